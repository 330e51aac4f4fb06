import ctypes.util
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from models.training.calls import SynthesizedCall, parse_script, synthesize, write_audio
from pipeline.contract import Transcript
from pipeline.errors import InputError, ScriptError

pytestmark = pytest.mark.skipif(
    ctypes.util.find_library("espeak-ng") is None, reason="espeak-ng is not installed: apt install espeak-ng"
)


def script(**changes: Any) -> dict[str, Any]:
    content: dict[str, Any] = {
        "schema": "callproof.script/1",
        "call_id": "C1",
        "recorded_at": "2026-11-20T10:02:11+08:00",
        "voices": {"agent": "base", "customer": "f2", "third_party": "m3"},
        "channel": {"snr_db": 40},
        "turns": [
            {"speaker": "agent", "text": "您好，买的什么车？", "pause": 0.5},
            {"speaker": "customer", "text": "特斯拉Model Y。", "pause": 0.6},
            {"speaker": "third_party", "text": "自己开。", "pause": -0.3},
        ],
    }
    return {**content, **changes}


@pytest.fixture(scope="module")
def call() -> SynthesizedCall:
    return synthesize(parse_script(script()))


def level(samples: np.ndarray[Any, np.dtype[np.float32]], turn: dict[str, Any]) -> float:
    return float(np.std(samples[int(turn["start"] * 8000) : int(turn["end"] * 8000)]))


def test_the_truth_is_a_transcript(call: SynthesizedCall) -> None:
    transcript = Transcript.model_validate(call.transcript)
    assert [turn.speaker for turn in transcript.turns] == ["agent", "customer", "third_party"]
    assert [word["text"] for word in call.transcript["turns"][1]["words"]] == ["特", "斯", "拉", "ModelY"]
    assert call.transcript["turns"][0]["text"] == "您好，买的什么车？"
    assert call.transcript["duration"] == pytest.approx(call.audio.shape[1] / call.sample_rate, abs=0.01)


def test_each_side_is_heard_on_its_channel_at_its_time(call: SynthesizedCall) -> None:
    agent, customer, third = call.transcript["turns"]
    assert call.audio.shape[0] == 2
    assert level(call.audio[0], agent) > 10 * level(call.audio[1], agent)
    assert level(call.audio[1], customer) > 10 * level(call.audio[0], customer)
    assert level(call.audio[1], third) > 10 * level(call.audio[0], third)
    assert agent["start"] == pytest.approx(0.5, abs=0.05)


def test_a_negative_pause_overlaps(call: SynthesizedCall) -> None:
    _, customer, third = call.transcript["turns"]
    assert third["start"] < customer["end"]


def test_the_same_script_sounds_the_same(call: SynthesizedCall) -> None:
    again = synthesize(parse_script(script()))
    assert np.array_equal(call.audio, again.audio)
    assert call.transcript == again.transcript


def test_mixed_calls_have_one_channel() -> None:
    assert synthesize(parse_script(script(layout="mixed"))).audio.shape[0] == 1


def test_the_first_turn_cannot_begin_before_the_call() -> None:
    turns = [{"speaker": "agent", "text": "您好", "pause": -1}]
    with pytest.raises(ScriptError, match=r"begin 1\.0 s before"):
        synthesize(parse_script(script(turns=turns)))


@pytest.mark.parametrize("suffix", [".opus", ".wav", ".flac", ".mp3", ".ogg"])
def test_files_hold_what_was_said(call: SynthesizedCall, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"call{suffix}"
    write_audio(path, call.audio, call.sample_rate)
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        seconds = sum(frame.samples for frame in container.decode(stream)) / stream.rate
        assert stream.channels == 2
    assert seconds == pytest.approx(call.audio.shape[1] / call.sample_rate, abs=0.15)


def test_the_same_call_gives_the_same_file(call: SynthesizedCall, tmp_path: Path) -> None:
    for name in ("a.opus", "b.opus"):
        write_audio(tmp_path / name, call.audio, call.sample_rate)
    assert (tmp_path / "a.opus").read_bytes() == (tmp_path / "b.opus").read_bytes()


def test_amr_holds_one_channel(call: SynthesizedCall, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds one channel"):
        write_audio(tmp_path / "call.amr", call.audio, call.sample_rate)
    write_audio(tmp_path / "call.amr", call.audio[:1], call.sample_rate)
    assert (tmp_path / "call.amr").read_bytes().startswith(b"#!AMR")


def test_an_unknown_suffix_is_refused(call: SynthesizedCall, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"use one of \.amr"):
        write_audio(tmp_path / "call.docx", call.audio, call.sample_rate)
