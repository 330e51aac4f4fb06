"""Generated calls mixed to one channel, from sound to speakers, against their exact truth."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from configs.settings import Settings
from models.training.calls import parse_script, synthesize, write_audio
from models.training.long_calls import mixed
from pipeline.contract import Transcript
from pipeline.documents import read_transcript
from pipeline.evaluate.calls import measure_call, stretches_of
from pipeline.flow import Engines, hear_speech, transcribe_speech
from pipeline.speech.attribute import snapped
from pipeline.types import Diarization, SpeechRegion

pytestmark = pytest.mark.audio
JITTER_SECONDS = 0.15
RATE = 8000


def jittered(truth: Transcript, *, seed: int) -> Diarization:
    """The true stretches of speech, every edge off by up to 0.15 s, without gaps between two that touch."""
    rng = np.random.default_rng(seed)
    stretches = sorted(stretches_of(truth))
    labels = {name: f"S{at}" for at, name in enumerate(dict.fromkeys(name for _, _, name in stretches))}
    edges = [(a[1] + b[0]) / 2 + rng.uniform(-JITTER_SECONDS, JITTER_SECONDS) for a, b in pairwise(stretches)]
    starts, ends = [max(0.0, stretches[0][0] - 0.1), *edges], [*edges, stretches[-1][1] + 0.1]
    return Diarization(
        tuple(
            SpeechRegion(start, end, 0, labels[name])
            for start, end, (_, _, name) in zip(starts, ends, stretches, strict=True)
            if end > start
        )
    )


def test_words_find_their_speaker_though_the_diarizer_is_a_little_wrong(samples: Path, tmp_path: Path) -> None:
    from pipeline.audio import read_recording

    truth = read_transcript(samples / "clean.truth.json")
    sound = np.stack([one.samples for one in read_recording(samples / "clean.opus", sample_rate=RATE).channels])
    write_audio(tmp_path / "mono.wav", mixed(sound), RATE)
    settings = Settings()
    engines = Engines(settings)
    recording, _ = hear_speech(tmp_path / "mono.wav", engines, settings)
    speakers = snapped(jittered(truth, seed=1))
    heard, _ = transcribe_speech(recording, speakers, engines, settings, call_id="mono")
    figures = measure_call("mono", truth, heard, speakers)
    assert (figures.speaker_errors.value or 0) <= 0.02
    assert (figures.by_speaker.value or 0) <= 0.10
    assert {turn.speaker for turn in heard.turns} == {"agent", "customer"}


@pytest.mark.usefixtures("espeak")
def test_a_third_voice_on_one_channel_is_a_third_party(tmp_path: Path) -> None:
    said = [
        ("agent", "您好,这里是安达汽车金融,工号零三六,本次通话有录音。"),
        ("agent", "请问是王建国先生本人吗?"),
        ("customer", "是我,你说。"),
        ("agent", "请问您在哪里上班,每个月到手多少?"),
        ("third_party", "你就说八千。"),
        ("customer", "我在物流公司开车,一个月八千块左右。"),
        ("agent", "好的,贷款是三年三十六期,请问车辆平时谁开?"),
        ("customer", "我自己开,上下班用。"),
    ]
    script = {
        "schema": "callproof.script/1",
        "call_id": "third",
        "layout": "mixed",
        "voices": {"agent": "f2", "customer": "m1", "third_party": "m5"},
        "turns": [{"speaker": speaker, "text": text, "pause": 0.5} for speaker, text in said],
    }
    call = synthesize(parse_script(script))
    truth = Transcript.model_validate(call.transcript)
    write_audio(tmp_path / "third.wav", call.audio, call.sample_rate)
    settings = Settings(speakers=3)
    engines = Engines(settings)
    recording, _ = hear_speech(tmp_path / "third.wav", engines, settings)
    heard, _ = transcribe_speech(recording, jittered(truth, seed=2), engines, settings, call_id="third")
    assert [turn.speaker for turn in heard.turns].count("third_party") == 1
    (aside,) = [turn for turn in heard.turns if turn.speaker == "third_party"]
    assert "八千" in aside.text
    figures = measure_call("third", truth, heard, jittered(truth, seed=2))
    assert (figures.speaker_errors.value or 0) <= 0.02
