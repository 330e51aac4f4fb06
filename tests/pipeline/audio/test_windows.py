"""Windows hold every second of speech, of one channel and one speaker, and are never too long."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.audio import recognition_windows
from pipeline.types import Recording, SpeechRegion, Waveform

RATE = 8_000


def recording(seconds: float = 60.0, channels: int = 2, quiet: tuple[float, ...] = ()) -> Recording:
    samples = np.random.default_rng(0).normal(0, 0.1, int(seconds * RATE)).astype(np.float32)
    for second in quiet:
        samples[int((second - 0.1) * RATE) : int((second + 0.1) * RATE)] *= 0.01
    waves = tuple(Waveform(samples, RATE, channel) for channel in range(channels))
    return Recording(waves, "stereo", seconds, RATE, "pcm_s16le")


def windows(*regions: tuple, **options: float) -> list[tuple[float, float]]:
    found = recognition_windows(recording(), [SpeechRegion(*region) for region in regions], **options)
    return [(round(window.start, 3), round(window.end, 3)) for window in found]


CASES = [
    ("none", [], {}, []),
    ("padded", [(1, 2)], {}, [(0.85, 2.15)]),
    ("padding ends with the recording", [(0.1, 1), (59.0, 59.95)], {}, [(0, 1.15), (58.85, 60)]),
    ("a short pause joins", [(1, 2), (2.5, 3)], {}, [(0.85, 3.15)]),
    ("a long pause parts", [(1, 2), (3, 4)], {}, [(0.85, 2.15), (2.85, 4.15)]),
    ("padding meets in the middle", [(1, 2), (2.2, 3)], {"join_gap": 0.1}, [(0.85, 2.1), (2.1, 3.15)]),
    ("the longest pause is cut", [(1, 4), (4.2, 7), (7.5, 12)], {}, [(0.85, 7.15), (7.35, 12.15)]),
    ("and again", [(1, 4), (4.2, 7), (7.5, 12)], {"max_seconds": 5}, [(0.85, 4.1), (4.1, 7.15), (7.35, 12.15)]),
    ("other channels do not part", [(1, 2, 0), (2.1, 2.2, 1), (2.4, 3, 0)], {}, [(0.85, 3.15), (1.95, 2.35)]),
    (
        "other speakers do",
        [(1, 2, 0, "S0"), (2.1, 2.2, 0, "S1"), (2.4, 3, 0, "S0")],
        {},
        [(0.85, 2.05), (2.05, 2.3), (2.3, 3.15)],
    ),
]


@pytest.mark.parametrize(("regions", "options", "expected"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_windows(regions, options, expected):
    assert windows(*regions, **options) == expected


def test_unbroken_speech_is_cut_at_its_quietest_moment():
    found = recognition_windows(recording(quiet=(3.0, 8.0, 16.5)), [SpeechRegion(0.5, 22.0)])
    assert [window.start for window in found[1:]] == pytest.approx([8.0, 16.5], abs=0.06)
    assert [window.end for window in found[:-1]] == [window.start for window in found[1:]]


def test_no_room_is_refused():
    with pytest.raises(ValueError, match="max_seconds"):
        recognition_windows(recording(), [], max_seconds=0.4)


regions_of_calls = st.lists(
    st.tuples(st.floats(0, 59), st.floats(0.05, 30), st.integers(0, 1), st.sampled_from([None, "S0", "S1"])),
    max_size=12,
)


@settings(deadline=None, max_examples=150)
@given(regions_of_calls, st.sampled_from([3.0, 10.0, 28.0]))
def test_windows_hold_all_speech_and_keep_their_bounds(drawn, max_seconds):
    regions = [SpeechRegion(start, min(60.0, start + length), channel, who) for start, length, channel, who in drawn]
    found = recognition_windows(recording(), regions, max_seconds=max_seconds)

    assert list(found) == sorted(found, key=lambda window: (window.start, window.channel))
    for window in found:
        assert 0 <= window.start < window.end <= 60
        assert window.end - window.start <= max_seconds + 1e-6
    for region in regions:
        own = [w for w in found if (w.channel, w.speaker) == (region.channel, region.speaker)]
        for second in np.linspace(region.start, region.end, 20):
            assert any(w.start - 1e-9 <= second <= w.end + 1e-9 for w in own)
