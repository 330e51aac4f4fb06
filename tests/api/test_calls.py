"""Commands that start from sound: what they print and write."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import pytest

from pipeline.contract import Report, Transcript
from tests.conftest import Command


def test_rttm_lines_name_file_times_and_speaker(callproof: Command, samples: Path) -> None:
    done = callproof("diarize", samples / "clean.opus", "--rttm")
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    assert all(len(row) == 10 and row[0] == "SPEAKER" and row[1] == "clean" for row in rows)
    assert {row[7] for row in rows} == {"S0", "S1"}
    starts = [float(row[3]) for row in rows]
    assert starts == sorted(starts)
    assert all(float(row[4]) > 0 for row in rows)


@pytest.mark.audio
def test_a_transcript_has_roles_words_and_the_recording_s_length(
    callproof: Command, samples: Path, tmp_path: Path
) -> None:
    done = callproof(
        "transcribe", samples / "mismatch.opus", "--json", "--call-id", "C7", "--recorded-at", "2026-11-20"
    )
    assert done.returncode == 0, done.stderr
    transcript = Transcript.model_validate(json.loads(done.stdout))
    assert transcript.call_id == "C7"
    assert transcript.recorded_at is not None
    assert transcript.duration == pytest.approx(81.6, abs=1)
    assert {turn.speaker for turn in transcript.turns} == {"agent", "customer"}
    for turn in transcript.turns:
        assert turn.words
        assert turn.confidence is not None
        assert turn.text == "".join(word.text for word in turn.words)
        assert all(word.probability is not None and word.start <= word.end for word in turn.words)


@pytest.mark.audio
def test_a_mixed_call_says_how_its_speakers_were_told_apart(callproof: Command, samples: Path, tmp_path: Path) -> None:
    mixed = tmp_path / "mixed.wav"
    with av.open(str(samples / "clean.opus")) as source, av.open(str(mixed), "w") as target:
        stream = target.add_stream("pcm_alaw", rate=8000, layout="mono")
        resampler = av.AudioResampler("s16", "mono", 8000)
        frames = [piece for frame in source.decode(audio=0) for piece in resampler.resample(frame)]
        sound = np.concatenate([frame.to_ndarray() for frame in frames], axis=1)
        whole = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound), format="s16", layout="mono")
        whole.rate = 8000
        target.mux(stream.encode(whole))
        target.mux(stream.encode(None))
    done = callproof("run", mixed, "--json", "--output", tmp_path / "report.json")
    assert done.returncode == 0, done.stderr
    report = Report.model_validate(json.loads(done.stdout))
    assert json.loads((tmp_path / "report.json").read_text("utf-8")) == json.loads(done.stdout)
    assert report.versions.diarizer == "plain"
    assert "mono_plain_diarizer" in report.notes
    assert set(report.roles.values()) == {"agent", "customer"}


@pytest.mark.usefixtures("espeak")
def test_a_script_is_spoken_with_its_truth(callproof: Command, samples: Path, tmp_path: Path) -> None:
    done = callproof(
        "synth", samples / "straw.script.yaml", "-o", tmp_path / "call.opus", "--truth", tmp_path / "t.json"
    )
    assert done.returncode == 0, done.stderr
    truth = Transcript.model_validate(json.loads((tmp_path / "t.json").read_text("utf-8")))
    assert {turn.speaker for turn in truth.turns} == {"agent", "customer", "third_party"}
    assert (tmp_path / "call.opus").read_bytes()[:4] == b"OggS"


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("turns: [", "YAML"),
        ("[]", "mapping"),
        ("schema: callproof.script/1\ncall_id: x\nvoices: {}\nturns: []\n", "turns"),
        (
            "schema: callproof.script/1\ncall_id: x\nvoices: {agent: f2}\nturns: [{speaker: customer, text: 好}]\n",
            "customer",
        ),
    ],
)
def test_a_bad_script_is_one_clear_line(content: str, named: str, callproof: Command, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(content, encoding="utf-8")
    done = callproof("synth", tmp_path / "bad.yaml", "-o", tmp_path / "call.wav")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "bad.yaml" in done.stderr
    assert named in done.stderr
    assert not (tmp_path / "call.wav").exists()
