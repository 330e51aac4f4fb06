"""The plain diarizer on the sample calls, mixed to one channel, against the script's truth."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from models.diarize import open_diarizer
from models.diarize.plain import PlainDiarizer, Told, best_path, plainest
from models.diarize.voice import pitch
from pipeline.audio import read_recording, speech_regions
from pipeline.errors import ModelError
from pipeline.types import SpeechRegion, Waveform

STEP = 0.05


@pytest.mark.parametrize("name", ["clean", "mismatch"])
def test_two_voices_of_a_mixed_call_are_told_apart(name: str, samples: Path) -> None:
    recording = read_recording(samples / f"{name}.opus")
    mixed = Waveform(sum(one.samples for one in recording.channels), 16000)  # type: ignore[arg-type]
    regions = [SpeechRegion(one.start, one.end) for one in speech_regions(recording)]
    found = PlainDiarizer().diarize(mixed, sorted(regions, key=lambda one: one.start), speakers=2).regions
    truth = json.loads((samples / f"{name}.truth.json").read_text("utf-8"))["turns"]
    pairs = [
        (turn["speaker"], region.speaker)
        for turn in truth
        for region in found
        for _ in np.arange(max(turn["start"], region.start), min(turn["end"], region.end), STEP)
    ]
    first = truth[0]["speaker"]
    right = sum((speaker == first) == (label == "S0") for speaker, label in pairs)
    assert right / len(pairs) >= 0.97


def tone(hertz: float, seconds: float = 1.0) -> np.ndarray:
    time = np.arange(round(seconds * 16000)) / 16000
    return sum(np.sin(2 * np.pi * hertz * k * time) / k for k in range(1, 8)).astype(np.float32) * 0.2


@pytest.mark.parametrize("hertz", [85, 120, 200, 310])
def test_pitch_of_a_steady_tone(hertz: float) -> None:
    tones = pitch(tone(hertz), 16000)
    assert 2 ** np.nanmedian(tones) == pytest.approx(hertz, rel=0.02)


def test_labels_follow_first_appearance_and_neighbours_are_joined() -> None:
    sound = np.concatenate([tone(220), tone(220), tone(110), tone(220)])
    regions = [SpeechRegion(0, 1), SpeechRegion(1, 2), SpeechRegion(2, 3), SpeechRegion(3, 4)]
    found = PlainDiarizer().diarize(Waveform(sound, 16000), regions, speakers=2).regions
    assert [(one.start, one.end, one.speaker) for one in found] == [(0, 2, "S0"), (2, 3, "S1"), (3, 4, "S0")]


def test_a_change_of_speaker_needs_no_pause(samples: Path) -> None:
    recording = read_recording(samples / "clean.opus")
    truth = json.loads((samples / "clean.truth.json").read_text("utf-8"))["turns"]
    mixed = sum(one.samples for one in recording.channels)
    parts, at, borders = [], 0.0, []
    for turn in truth[:30]:
        part = mixed[round(turn["start"] * 16000) : round(turn["end"] * 16000)]
        parts.append(part)
        borders.append((at, at + len(part) / 16000, turn["speaker"]))
        at += len(part) / 16000
    sound = Waveform(np.concatenate(parts), 16000)
    found = PlainDiarizer().diarize(sound, [SpeechRegion(0.0, at)], speakers=2).regions
    assert found[0].start == 0
    assert found[-1].end == at
    assert all(one.end == other.start for one, other in itertools.pairwise(found))
    first = borders[0][2]
    seconds = sum(
        max(0.0, min(end, region.end) - max(start, region.start))
        for start, end, speaker in borders
        for region in found
        if (speaker == first) == (region.speaker == "S0")
    )
    assert seconds / at >= 0.93


@pytest.mark.parametrize("seed", range(20))
def test_the_best_path_is_the_best_of_all_paths(seed: int) -> None:
    rng = np.random.default_rng(seed)
    likely, cost = rng.normal(0, 2, (7, 3)), rng.uniform(0, 3, 7)

    def worth(path: Sequence[int]) -> float:
        changes = sum(float(cost[at]) for at in range(1, 7) if path[at] != path[at - 1])
        return float(sum(likely[at, voice] for at, voice in enumerate(path))) - changes

    best = max(itertools.product(range(3), repeat=7), key=worth)
    assert best_path(likely, cost).tolist() == list(best)


@pytest.mark.parametrize(("regions", "speakers"), [([], 2), ([SpeechRegion(0, 0.5)], 2), ([SpeechRegion(0, 3)], 1)])
def test_little_speech_or_one_speaker(regions: list[SpeechRegion], speakers: int) -> None:
    found = PlainDiarizer().diarize(Waveform(tone(150, 4), 16000), regions, speakers=speakers).regions
    assert {one.speaker for one in found} <= {"S0"}


def test_silence_gives_finite_labels() -> None:
    regions = [SpeechRegion(0, 1), SpeechRegion(1.5, 3)]
    found = PlainDiarizer().diarize(Waveform(np.zeros(64000, dtype=np.float32), 16000), regions, speakers=2).regions
    assert found


def test_an_unknown_diarizer_is_named() -> None:
    with pytest.raises(ModelError, match="clever"):
        open_diarizer("clever")


@pytest.mark.parametrize(
    ("likely", "held"), [((-1000.0, -990.0), 0), ((-1000.0, -950.0), 1), ((-1000.0, -1200.0, -900.0), 2)]
)
def test_the_first_grouping_holds_unless_another_is_plainly_likelier(likely: Sequence[float], held: int) -> None:
    found = [Told(np.array([index]), each) for index, each in enumerate(likely)]
    assert plainest(found) is found[held]
