"""Where somebody speaks, per channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.audio.level import FRAME_SECONDS, Levels, active_level, frame_levels, gain_to, quiet_level
from pipeline.audio.silero import CHUNK_SECONDS, GEOMETRY, Probabilities, SpeechDetector, silero
from pipeline.types import Recording, SpeechRegion


@dataclass(frozen=True, slots=True)
class RegionOptions:
    """When a probability becomes a region. Seconds, except the two thresholds.

    silero's own defaults (0.5, at least 0.25 s of speech) lose 嗯, 好 and 对, on which a verification can turn; three
    chunks are enough here. On telephone sound the network can be 0.2 s late, half of a 对: a region's edges move out
    by at most `reach` over frames that stand `above_noise` dB out of the channel's noise. `padding` comes on top.
    """

    threshold: float = 0.4
    end_threshold: float = 0.25
    min_speech: float = 0.09
    min_silence: float = 0.2
    reach: float = 0.24
    above_noise: float = 12.0
    padding: float = 0.05


DEFAULT_OPTIONS = RegionOptions()


def speech_regions(
    recording: Recording, *, options: RegionOptions = DEFAULT_OPTIONS, detector: SpeechDetector | None = None
) -> tuple[SpeechRegion, ...]:
    """Speech regions of all channels of `recording`, ordered by start, then channel; without speech, none.

    The channels go through silero-vad in one batch, each at a common speech level: at -40 dB a quiet 嗯 goes unheard,
    at -23 dB it does not. Silence and noise count as nothing.

    Raises:
        ModelError: the weights of silero-vad are not installed.
        ValueError: the recording is at neither 8 nor 16 kHz.
    """
    rate = recording.channels[0].sample_rate
    if rate not in GEOMETRY:
        raise ValueError(f"speech regions need a recording at 8000 or 16000 Hz, not {rate}")
    detector = detector or silero(rate)
    samples = [channel.samples for channel in recording.channels]
    gains = np.array([gain_to(row, active_level(row, rate)) for row in samples], np.float32)
    found = []
    for channel, likely in zip(recording.channels, detector.probabilities(samples, gains), strict=True):
        stretches = _widened(list(_stretches(likely, options)), frame_levels(channel.samples, rate), options)
        for start, end in _padded(stretches, channel.duration, options.padding):
            found.append(SpeechRegion(start=start, end=end, channel=channel.channel))
    return tuple(sorted(found, key=lambda region: (region.start, region.channel)))


def _stretches(likely: Probabilities, options: RegionOptions) -> Iterator[tuple[float, float]]:
    """Hysteresis as in silero's `get_speech_timestamps`: in at `threshold`, out after `min_silence` below the other."""
    start: int | None = None
    last = 0
    patience = round(options.min_silence / CHUNK_SECONDS)
    for at, value in enumerate(likely.tolist()):
        if start is None:
            if value >= options.threshold:
                start, last = at, at
        elif value >= options.end_threshold:
            last = at
        elif at - last >= patience:
            yield from _if_long_enough(start, last + 1, options)
            start = None
    if start is not None:
        yield from _if_long_enough(start, last + 1, options)


def _if_long_enough(start: int, end: int, options: RegionOptions) -> Iterator[tuple[float, float]]:
    if (end - start) * CHUNK_SECONDS >= options.min_speech:
        yield start * CHUNK_SECONDS, end * CHUNK_SECONDS


def _widened(stretches: list[tuple[float, float]], levels: Levels, options: RegionOptions) -> list[tuple[float, float]]:
    """Move the edges of each stretch out over frames that are too loud to be noise, never over another stretch."""
    if not stretches:
        return []
    loud = levels >= quiet_level(levels) + options.above_noise
    reach = round(options.reach / FRAME_SECONDS)
    edges = [(int(start / FRAME_SECONDS), int(end / FRAME_SECONDS)) for start, end in stretches]
    widened = []
    for at, (start, end) in enumerate(edges):
        floor = max(start - reach, edges[at - 1][1] if at else 0)
        ceiling = min(end + reach, edges[at + 1][0] if at + 1 < len(edges) else len(loud))
        while start > floor and loud[start - 1]:
            start -= 1
        while end < ceiling and loud[end]:
            end += 1
        widened.append((min(stretches[at][0], start * FRAME_SECONDS), max(stretches[at][1], end * FRAME_SECONDS)))
    return widened


def _padded(stretches: list[tuple[float, float]], duration: float, padding: float) -> Iterator[tuple[float, float]]:
    """Widen each stretch, up to the middle of the pause to its neighbour."""
    for at, (start, end) in enumerate(stretches):
        floor = (stretches[at - 1][1] + start) / 2 if at else 0.0
        ceiling = (end + stretches[at + 1][0]) / 2 if at + 1 < len(stretches) else duration
        yield round(max(floor, start - padding), 3), round(min(ceiling, end + padding, duration), 3)
