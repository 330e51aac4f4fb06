"""Shards of training clips on disk: one byte array of features, one list of what is said in them."""

import errno
import json
import os
import traceback
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import IO, Any

import numpy as np
import torch
from numpy.typing import NDArray

from models.training.recogniser.clips import Neighbours, features, make_clip
from models.training.recogniser.files import DiskFullError, write_whole
from models.training.recogniser.lexicon import load_lexicon, load_templates
from models.training.recogniser.texts import HeldOut, Side, TextSource, excluded_sentences
from pipeline.errors import EngineError, InputError

CLIPS_PER_SHARD = 250
HELD_OUT_FOLDER = "held-out"  # beside the training shards: one shard of test sentences, for the curve
_ATTEMPTS = 8
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


def write_shard(path: Path, seed: int, samples: Path, *, count: int = CLIPS_PER_SHARD, side: Side = "train") -> None:
    """Make `count` clips from `seed` and write `path` (.npy) and its list beside it (.json), the list last."""
    source = TextSource(load_lexicon(), load_templates())
    held_out = HeldOut(excluded_sentences(samples))
    rng, neighbours = Random(seed), Neighbours()
    arrays, entries, offset = [], [], 0
    for _ in range(count):
        clip = make_clip(source, held_out, rng, neighbours=neighbours, side=side)
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
    levels, text = np.concatenate(arrays), json.dumps(entries, ensure_ascii=False).encode()
    write_whole(path, lambda file: np.save(file, levels))
    write_whole(path.with_suffix(".json"), lambda file: _write(file, text))


def _write(file: IO[bytes], content: bytes) -> None:
    file.write(content)


class CorruptShardError(InputError):
    """A shard whose files are damaged or do not belong together."""

    code = "corrupt_shard"


def read_shard(path: Path) -> list[ShardClip]:
    """The clips of the shard whose list is `path` (.json). Raises `CorruptShardError` for a damaged one."""
    try:
        levels = np.load(path.with_suffix(".npy"), mmap_mode="r")
        if levels.dtype != np.uint8 or levels.ndim != 2:
            raise ValueError(f"features of type {levels.dtype} with {levels.ndim} dimensions")
        clips = [_clip(entry, levels) for entry in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise CorruptShardError(
            f"{path} and its .npy are damaged ({type(error).__name__}): delete both; `clips` makes them again"
        ) from error
    return clips


def _clip(entry: dict[str, Any], levels: NDArray[np.uint8]) -> ShardClip:
    start, frames = int(entry["offset"]), int(entry["frames"])
    units, starts, ends = (tuple(entry[key]) for key in ("units", "starts", "ends"))
    if start < 0 or frames <= 0 or start + frames > len(levels) or not len(units) == len(starts) == len(ends):
        raise ValueError("clip outside the shard")
    return ShardClip(levels[start : start + frames], float(entry["floor"]), units, starts, ends)


def make_shards(folder: Path, count: int, samples: Path, *, first: int = 0) -> None:
    """Fill `folder` with shards `first` to `first + count - 1`; shards that exist stay.

    Each is made in a forked child: espeak-ng's library crashes now and then, which costs one shard's work and no more.
    """
    torch.set_num_threads(1)
    held_out = folder / HELD_OUT_FOLDER
    held_out.mkdir(parents=True, exist_ok=True)
    _make_shard(held_out / "00000.npy", 7, samples, "test")
    for index in range(first, first + count):
        _make_shard(folder / f"{index:05d}.npy", index * 100, samples, "train")
        if index % 20 == 19:
            print(f"shards {index + 1}", flush=True)


def _make_shard(path: Path, seed: int, samples: Path, side: Side) -> None:
    attempt = 0
    while not path.with_suffix(".json").exists():
        if attempt == _ATTEMPTS:
            raise EngineError(f"{path} failed {attempt} times: see the messages above")
        if _in_child(path, seed + attempt, samples, side) == errno.ENOSPC:
            raise DiskFullError(f"no room on the disk for {path}: make some and run the same command again")
        attempt += 1


def _in_child(path: Path, seed: int, samples: Path, side: Side) -> int:
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = 1
    try:
        write_shard(path, seed, samples, side=side)
        status = 0
    except DiskFullError:
        status = errno.ENOSPC
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(status)
