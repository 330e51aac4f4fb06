"""Training data on a disk that fails: damaged shards, no room, half-written files."""

from __future__ import annotations

import ctypes.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from models.training.recogniser.batches import read_examples
from models.training.recogniser.files import DiskFullError, load_checkpoint, write_whole
from models.training.recogniser.shards import HELD_OUT_FOLDER, CorruptShardError, read_shard, write_shard
from models.training.recogniser.texts import HeldOut
from models.training.recogniser.vocabulary import Vocabulary
from pipeline.errors import InputError

ENTRY = {"offset": 0, "frames": 60, "floor": -1.2, "units": ["好"], "starts": [5], "ends": [20]}


def shard(folder: Path, name: str = "00000") -> Path:
    np.save(folder / f"{name}.npy", np.zeros((60, 80), np.uint8))
    path = folder / f"{name}.json"
    path.write_text(json.dumps([ENTRY]), encoding="utf-8")
    return path


def test_a_whole_shard_is_read(tmp_path: Path) -> None:
    (clip,) = read_shard(shard(tmp_path))
    assert (clip.frames, clip.units, clip.starts) == (60, ("好",), (5,))


@pytest.mark.parametrize("damage", ["short", "gone", "list", "type", "outside", "uneven"])
def test_a_damaged_shard_is_named_left_out_and_costs_nothing_else(
    damage: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = shard(tmp_path)
    levels = path.with_suffix(".npy")
    if damage == "short":
        levels.write_bytes(levels.read_bytes()[:200])
    elif damage == "gone":
        levels.unlink()
    elif damage == "list":
        path.write_text("[{", encoding="utf-8")
    elif damage == "type":
        np.save(levels, np.zeros((60, 80), np.float32))
    else:
        changed = {"frames": 61} if damage == "outside" else {"ends": []}
        path.write_text(json.dumps([{**ENTRY, **changed}]), encoding="utf-8")
    with pytest.raises(CorruptShardError, match=r"00000\.json and its \.npy are damaged"):
        read_shard(path)
    examples = read_examples([path, shard(tmp_path, "00001")], Vocabulary("好"), HeldOut())
    assert len(examples) == 1
    assert "left out: " in capsys.readouterr().err


def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "state.pt"
    torch.save({"step": 1}, path)
    script = f"""
import resource, signal, torch
from pathlib import Path
from models.training.recogniser.export import save_whole
from models.training.recogniser.files import DiskFullError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    save_whole({{"step": 2, "large": torch.zeros(1_000_000)}}, Path({str(path)!r}))
except DiskFullError as error:
    print(error.message)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "no room on the disk" in done.stdout
    assert "run the same command again" in done.stdout
    assert torch.load(path)["step"] == 1
    assert [file.name for file in tmp_path.iterdir()] == ["state.pt"]


def test_other_failures_pass_through_and_leave_nothing_behind(tmp_path: Path) -> None:
    def fail(_file: object) -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        write_whole(tmp_path / "a", fail)
    assert list(tmp_path.iterdir()) == []
    assert issubclass(DiskFullError, Exception)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04broken", b"text"])
def test_a_damaged_checkpoint_is_named(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "training.pt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"training\.pt is not the checkpoint"):
        load_checkpoint(path, "step")


@pytest.mark.skipif(ctypes.util.find_library("espeak-ng") is None, reason="espeak-ng is not installed")
def test_held_out_texts_stay_apart(tmp_path: Path) -> None:
    trained, held_out = tmp_path / "a.npy", tmp_path / HELD_OUT_FOLDER / "c.npy"
    write_shard(trained, 5, tmp_path, count=6)
    write_shard(held_out, 5, tmp_path, count=6, side="test")
    texts = [{"".join(clip.units) for clip in read_shard(path.with_suffix(".json"))} for path in (trained, held_out)]
    assert texts[1] - {""}
    assert not (texts[0] & texts[1]) - {""}
