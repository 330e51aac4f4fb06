"""`evaluate --audio` and `--manifest`: figures of recognition on sound."""

from __future__ import annotations

import ctypes.util
import json
from pathlib import Path

import numpy as np
import pytest

from models.training.call_files import write_audio
from tests.conftest import Command

pytestmark = pytest.mark.audio


@pytest.mark.skipif(ctypes.util.find_library("espeak-ng") is None, reason="espeak-ng is not installed")
def test_generated_speech(callproof: Command) -> None:
    done = callproof("evaluate", "--audio", "--clips", "1", "--json", "--errors")
    assert done.returncode == 0, done.stderr
    measured = json.loads(done.stdout)["recognition"]
    assert measured["model"].startswith("openai-whisper:embedded")
    sets = measured["sets"]
    assert {"training_voices", "unseen_voices", "short_answers", "snr_10_db"} <= set(sets)
    assert sets["training_voices"]["clips"] == 7
    assert set(sets["training_voices"]["by_category"]) == {
        *("amounts", "digits", "names", "places", "vehicles", "sentences", "free")
    }
    assert 0 <= sets["training_voices"]["cer"] < 0.6
    assert 0 < sets["training_voices"]["word_times"]["median"] < 0.5
    assert measured["nobody_speaks"]["minutes"] > 0
    wrong = sum(round(one["clips"] * (1 - one["exact"])) for one in sets.values())
    assert len(measured["errors"]) == wrong


def test_recordings_of_a_manifest(callproof: Command, samples: Path, tmp_path: Path) -> None:
    truth = json.loads((samples / "clean.truth.json").read_text(encoding="utf-8"))
    said = "".join(turn["text"] for turn in sorted(truth["turns"], key=lambda turn: turn["start"]))
    write_audio(tmp_path / "silence.wav", np.zeros((1, 16000), np.float32), 8000)
    rows = [
        {"audio": str(samples / "clean.opus"), "text": said, "category": "calls"},
        {"audio": "silence.wav", "text": "好的"},
        {"audio": "missing.wav", "text": "好的"},
    ]
    path = tmp_path / "list.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    done = callproof("evaluate", "--manifest", path, "--json")
    assert done.returncode == 0, done.stderr
    (figures,) = json.loads(done.stdout)["recognition"]["sets"].values()
    assert figures["clips"] == 2
    assert figures["by_category"]["calls"]["cer"] < 0.3
    assert figures["by_category"]["recordings"]["cer"] == 1
    assert "missing.wav" in done.stderr
    table = callproof("--lang", "en", "evaluate", "--manifest", path).stdout
    assert "expected to do poorly on real recordings" in table
    assert "recordings of the manifest" in table


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("evaluate",), "name a folder of labelled calls, or give --audio"),
        (("evaluate", "somewhere", "--audio"), "somewhere: no such folder"),
        (("evaluate", "somewhere", "--audio", "--noise", "0.1"), "either DIR and --noise"),
        (("evaluate", "--audio", "--clips", "0"), "--clips"),
        (("evaluate", "--manifest", "none.jsonl"), "none.jsonl: cannot be read"),
        (("evaluate", "--audio", "--model", "enormous"), "enormous"),
    ],
)
def test_what_cannot_be_measured_is_said(callproof: Command, arguments: tuple[str, ...], complaint: str) -> None:
    done = callproof(*arguments)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert done.stdout == ""


def test_whole_calls_of_a_folder(callproof: Command, samples: Path) -> None:
    done = callproof("evaluate", samples, "--audio", "--json")
    assert done.returncode == 0, done.stderr
    measured = json.loads(done.stdout)["calls"]
    assert set(measured["calls"]) == {"clean", "mismatch", "straw"}
    whole = measured["all"]
    assert 0 < whole["cer"] < 0.1
    assert whole["cer"] <= whole["cpcer"] < 0.15
    assert whole["speaker_errors"] < 0.02
    assert set(whole["der"]) == {"0", "0.25"}
    assert whole["der"]["0.25"] < whole["der"]["0"] < 0.3
    assert 0 < whole["word_time_median"] < 0.2
    assert whole["invented_characters"] < 5
    assert whole["fields_as_true"] > 0.6


def test_a_folder_without_truth_is_said(callproof: Command, tmp_path: Path) -> None:
    write_audio(tmp_path / "one.wav", np.zeros((1, 8000), np.float32), 8000)
    done = callproof("evaluate", tmp_path, "--audio")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no recording with its truth" in done.stderr
    (tmp_path / "two.truth.json").write_text("{}", encoding="utf-8")
    assert "expected one recording two.*" in callproof("evaluate", tmp_path, "--audio").stderr
