"""Shards of training clips on disk: one byte array of features, one list of what is said in them."""

import json
import os
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray

from models.training.recogniser.clips import features, make_clip
from models.training.recogniser.lexicon import load_lexicon, load_templates
from models.training.recogniser.texts import HeldOut, TextSource, excluded_sentences

CLIPS_PER_SHARD = 250
_UNITS_PER_SECOND = 50  # the encoder's frames


@dataclass(frozen=True)
class ShardClip:
    """A clip of a shard: `levels` uint8 [frames, 80] is a view of the memory-mapped shard; times in encoder frames."""

    levels: NDArray[np.uint8]
    floor: float
    units: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    @property
    def frames(self) -> int:
        return int(self.levels.shape[0])


def write_shard(path: Path, seed: int, samples: Path, count: int = CLIPS_PER_SHARD) -> None:
    """Make `count` clips from `seed` and write `path` (.npy) and its list beside it (.json), the list last."""
    source = TextSource(load_lexicon(), load_templates())
    held_out = HeldOut(excluded_sentences(samples))
    rng = Random(seed)
    arrays, entries, offset = [], [], 0
    for _ in range(count):
        clip = make_clip(source, held_out, rng)
        quantised = features(clip.samples)
        arrays.append(quantised.levels)
        entries.append(
            {
                "offset": offset,
                "frames": len(quantised.levels),
                "floor": quantised.floor,
                "units": [unit.text for unit in clip.units],
                "starts": [round(unit.start * _UNITS_PER_SECOND) for unit in clip.units],
                "ends": [round(unit.end * _UNITS_PER_SECOND) for unit in clip.units],
                "voice": clip.voice,
                "kind": clip.kind,
            }
        )
        offset += len(quantised.levels)
    np.save(path, np.concatenate(arrays))
    _write_whole(path.with_suffix(".json"), json.dumps(entries, ensure_ascii=False))


def _write_whole(path: Path, text: str) -> None:
    unfinished = path.with_suffix(".part")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)


def read_shard(path: Path) -> Iterator[ShardClip]:
    """The clips of the shard whose list is `path` (.json)."""
    levels = np.load(path.with_suffix(".npy"), mmap_mode="r")
    for entry in json.loads(path.read_text(encoding="utf-8")):
        start = entry["offset"]
        yield ShardClip(
            levels[start : start + entry["frames"]],
            entry["floor"],
            tuple(entry["units"]),
            tuple(entry["starts"]),
            tuple(entry["ends"]),
        )


def make_shards(folder: Path, count: int, samples: Path, *, first: int = 0) -> None:
    """Fill `folder` with shards `first` to `first + count - 1`; shards that exist stay.

    Each is made in a forked child: espeak-ng's library crashes now and then, which costs one shard's work and no more.
    """
    torch.set_num_threads(1)
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(first, first + count):
        path = folder / f"{index:05d}.npy"
        attempt = 0
        while not path.with_suffix(".json").exists():
            if attempt == 8:
                raise RuntimeError(f"shard {index} failed {attempt} times: see the messages above")
            _in_child(path, index * 100 + attempt, samples)
            attempt += 1
        if index % 20 == 19:
            print(f"shards {index + 1}", flush=True)


def _in_child(path: Path, seed: int, samples: Path) -> None:
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    status = 1
    try:
        write_shard(path, seed, samples)
        status = 0
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(status)
