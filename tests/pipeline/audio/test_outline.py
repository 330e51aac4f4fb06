"""How a recording looks: peaks that fit its length, at most so many."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.audio.outline import outline_of, peaks
from pipeline.types import Recording, SpeechRegion, Waveform

RATE = 8000


def recording(seconds: float, channels: int = 1) -> Recording:
    samples = np.zeros(int(seconds * RATE), np.float32)
    waves = tuple(Waveform(samples.copy(), RATE, channel) for channel in range(channels))
    return Recording(waves, "stereo" if channels == 2 else "mono", seconds, RATE, "pcm")


@pytest.mark.parametrize(
    ("samples", "stride", "expected"),
    [
        ([], 4, []),
        ([0.5, -1.0, 0.0, 0.25], 2, [255, 64]),
        ([0.0, 0.0, 1.0], 2, [0, 255]),
        ([0.1] * 5, 1.5, [26, 26, 26, 26]),
        ([2.0], 3, [255]),
    ],
)
def test_the_loudest_of_each_moment(samples: list[float], stride: float, expected: list[int]) -> None:
    assert peaks(np.array(samples, np.float32), stride) == expected


@pytest.mark.parametrize(("seconds", "rate"), [(1, 50), (100, 50), (600, 20), (3600, 10), (14_400, 10)])
def test_long_calls_have_fewer_points_a_second(seconds: float, rate: float) -> None:
    outline = outline_of(recording(seconds), ())
    assert outline.points_per_second == rate
    assert len(outline.channels[0]) == pytest.approx(seconds * rate, abs=1)


def test_a_sound_is_where_it_is_heard() -> None:
    call = recording(10, channels=2)
    call.channels[1].samples[5 * RATE : 6 * RATE] = 0.5
    outline = outline_of(call, (SpeechRegion(5.0, 6.0, 1),))
    assert max(outline.channels[0]) == 0
    loud = [at / outline.points_per_second for at, value in enumerate(outline.channels[1]) if value]
    assert (min(loud), max(loud)) == (5.0, 5.98)
    assert [(one.channel, one.start, one.end) for one in outline.regions] == [(1, 5.0, 6.0)]
