"""`callproof weights`: what is shipped, whether it is whole, and what is said where nothing can be fetched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.weights.fetching import check_sums, write_sums
from pipeline.errors import ModelError
from tests.conftest import Command


def test_what_is_shipped_is_listed_and_whole(callproof: Command) -> None:
    listed = json.loads(callproof("weights", "list", "--json").stdout)
    assert {"recogniser", "questions", "purposes"} <= set(listed)
    assert all(len(entry["sha256"]) == 64 and entry["licence"] and entry["source"] for entry in listed.values())
    done = callproof("weights", "verify")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [f"{'ok':<8} {name}" for name in listed]


def test_a_fetched_folder_is_checked_by_its_sums(callproof: Command, tmp_path: Path) -> None:
    (tmp_path / "part").mkdir()
    for name in ("model.bin", "part/config.yaml", "gone.bin"):
        (tmp_path / name).write_text(name)
    write_sums(tmp_path)
    assert set(check_sums(tmp_path).values()) == {"ok"}
    (tmp_path / "model.bin").write_text("another")
    (tmp_path / "gone.bin").unlink()
    done = callproof("weights", "verify", tmp_path)
    assert done.returncode == 1
    assert dict(reversed(line.split()) for line in done.stdout.splitlines()) == {
        "gone.bin": "missing",
        "model.bin": "damaged",
        "part/config.yaml": "ok",
    }


@pytest.mark.parametrize("line", ["nonsense", f"{'0' * 64}  ../outside", f"{'0' * 64}  "])
def test_sums_that_are_none_are_said(tmp_path: Path, line: str) -> None:
    (tmp_path / "SHA256SUMS").write_text(line + "\n")
    with pytest.raises(ModelError, match="SHA256SUMS:1"):
        check_sums(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("fetch", "enormous"), "nor a hub repository"),
        (("fetch", "pyannote/speaker-diarization-community-1"), "set HF_TOKEN"),
        (("verify", "nowhere"), "SHA256SUMS"),
        (("convert", "nowhere.pt", "--output", "x"), "no such file"),
        (("convert", "embedded", "--output", "x", "--compute-type", "int3"), "int3"),
    ],
)
def test_what_cannot_be_done_is_said(
    callproof: Command, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], complaint: str
) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    done = callproof("weights", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert complaint in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
