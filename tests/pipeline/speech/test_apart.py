"""Two who speak at once on one channel are heard apart, and nothing is heard twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pipeline.speech.apart import heard_apart
from pipeline.speech.attribute import attribute
from pipeline.speech.transcribe import mixed_windows, on_one_channel, transcribe
from pipeline.speech.turn_marks import load_turn_marks
from pipeline.speech.turns import build_turns
from pipeline.types import Diarization, Recording, Samples, SpeechRegion, Utterance, Waveform, Window, Word

RATE = 16_000
LOW, HIGH = 300.0, 1500.0


class ByPitch:
    """Hears a low and a high tone apart."""

    known = True

    def prints(self, stretches: Sequence[Samples]) -> Any:
        return self if self.known and stretches else None

    def tracks(
        self, samples: Samples, alone: Sequence[Sequence[tuple[float, float]]], prints: Sequence[Any]
    ) -> Samples:
        spectrum = np.fft.rfft(samples)
        low = np.fft.rfftfreq(len(samples), 1 / RATE) < (LOW + HIGH) / 2
        both = [np.fft.irfft(np.where(band, spectrum, 0), len(samples)) for band in (low, ~low)]
        return np.stack(both).astype(np.float32)


class Tones:
    """A recogniser that writes 低 and 高 for the tones in a window."""

    name = "tones"

    def recognise(self, windows: Sequence[Window]) -> Iterator[Utterance]:
        for window in windows:
            power = np.abs(np.fft.rfft(window.samples))
            hertz = np.fft.rfftfreq(len(window.samples), 1 / RATE)
            loud = [power[abs(hertz - tone) < 60].max() > 0.05 * len(window.samples) / 2 for tone in (LOW, HIGH)]
            text = "".join(letter for letter, is_loud in zip("低高", loud, strict=True) if is_loud)
            region = window.region
            step = (region.end - region.start) / max(1, len(text))
            words = tuple(
                Word(letter, region.start + at * step, region.start + (at + 1) * step, 0.9)
                for at, letter in enumerate(text)
            )
            yield Utterance(region, text, text, words)


def tone(hertz: float, *places: tuple[float, float], seconds: float = 12.0) -> Samples:
    times = np.arange(int(seconds * RATE)) / RATE
    spoken = np.zeros(len(times), np.float32)
    for start, end in places:
        spoken[int(start * RATE) : int(end * RATE)] = 0.2
    return (spoken * np.sin(2 * np.pi * hertz * times)).astype(np.float32)


def call(low: list[tuple[float, float]], high: list[tuple[float, float]]) -> Waveform:
    return Waveform(tone(LOW, *low) + tone(HIGH, *high), RATE)


def told(*regions: tuple[float, float, str]) -> Diarization:
    return Diarization(tuple(SpeechRegion(start, end, 0, name) for start, end, name in regions))


INTERRUPTED = call([(0.0, 3.0), (8.0, 10.0)], [(2.5, 6.0)])
SPEAKERS = told((0.0, 2.7, "S0"), (2.7, 6.0, "S1"), (8.0, 10.0, "S0"))


def test_who_is_interrupted_keeps_his_words_and_so_does_who_interrupts() -> None:
    found = heard_apart(INTERRUPTED, SPEAKERS, ByPitch())
    (stretch,) = found.stretches
    assert (stretch.start, stretch.end) == (0.0, 6.0)
    assert [(one.speaker, one.channel) for one in stretch.regions] == [("S0", 0), ("S1", 1)]
    assert stretch.regions[0].end == pytest.approx(3.0, abs=0.05)
    assert stretch.regions[1].start == pytest.approx(2.5, abs=0.05)
    (overlap,) = found.overlaps
    assert (overlap.start, overlap.end) == pytest.approx((2.5, 3.0), abs=0.05)
    assert overlap.speaker == "S1"
    assert found.regions == SPEAKERS.regions


def test_what_one_says_alone_stays_as_it_was_recorded() -> None:
    (stretch,) = heard_apart(INTERRUPTED, SPEAKERS, ByPitch()).stretches
    alone = slice(RATE, 2 * RATE)
    np.testing.assert_array_equal(stretch.tracks[0, alone], INTERRUPTED.samples[alone])
    assert not stretch.tracks[1, alone].any()
    both = slice(int(2.6 * RATE), int(2.9 * RATE))
    np.testing.assert_allclose(stretch.tracks[1, both], tone(HIGH, (2.5, 6.0))[both], atol=0.02)


@pytest.mark.parametrize(
    ("waveform", "speakers", "known"),
    [
        (call([(0.0, 2.7)], [(2.7, 6.0)]), told((0.0, 2.7, "S0"), (2.7, 6.0, "S1")), True),
        (INTERRUPTED, SPEAKERS, False),
        (INTERRUPTED, told((0.0, 6.0, "S0")), True),
        (INTERRUPTED, told((0.0, 2.7, "S0"), (2.7, 6.0, "S1"), (8.0, 10.0, "S2")), True),
        (INTERRUPTED, Diarization(()), True),
    ],
    ids=["nobody interrupts", "voices unknown", "one speaker", "three speakers", "nobody"],
)
def test_all_else_stays_as_the_diarizer_said(waveform: Waveform, speakers: Diarization, known: bool) -> None:
    separator = ByPitch()
    separator.known = known
    assert heard_apart(waveform, speakers, separator) == speakers


def test_every_word_is_heard_once_and_is_its_speaker_s() -> None:
    speakers = heard_apart(INTERRUPTED, SPEAKERS, ByPitch())
    recording = Recording((INTERRUPTED,), "mono", INTERRUPTED.duration, 8000, "pcm_alaw")
    windows, covered = mixed_windows(recording, speakers, max_seconds=8)
    heard = on_one_channel(transcribe(windows, covered, Tones()))
    turns = build_turns(attribute(heard, speakers, load_turn_marks()))
    assert [(turn.speaker, turn.text) for turn in turns] == [("S0", "低"), ("S1", "高"), ("S0", "低")]
    assert turns[1].start == pytest.approx(2.5, abs=0.2)


def test_a_word_between_two_of_the_other_s_is_not_joined_over() -> None:
    """Regions on both sides of a stretch that was taken out are not one window, which would hold the stretch again."""
    waveform = call([(0.0, 2.0), (2.1, 4.0), (4.1, 7.0)], [(2.0, 2.6), (8.0, 11.0)])
    speakers = told((0.0, 2.0, "S0"), (2.1, 2.3, "S1"), (2.3, 4.0, "S0"), (4.1, 7.0, "S0"), (8.0, 11.0, "S1"))
    found = heard_apart(waveform, speakers, ByPitch())
    (stretch,) = found.stretches
    recording = Recording((waveform,), "mono", waveform.duration, 8000, "pcm_alaw")
    windows, _ = mixed_windows(recording, found, max_seconds=8)
    mixed = [one.region for one in windows if one.region.channel == 0]
    assert all(one.end <= stretch.start + 0.06 or one.start >= stretch.end - 0.06 for one in mixed)


def test_without_stretches_windows_are_those_of_the_mixed_channel() -> None:
    recording = Recording((INTERRUPTED,), "mono", INTERRUPTED.duration, 8000, "pcm_alaw")
    windows, covered = mixed_windows(recording, replace(SPEAKERS, stretches=()), max_seconds=8)
    assert {one.region.channel for one in windows} == {0}
    assert [(one.start, one.end) for one in covered] == [(0.0, 6.0), (8.0, 10.0)]
