"""Where somebody speaks, per channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.audio.level import active_level, gain_to
from pipeline.audio.silero import CHUNK_SECONDS, GEOMETRY, Probabilities, SpeechDetector, silero
from pipeline.types import Recording, SpeechRegion


@dataclass(frozen=True, slots=True)
class RegionOptions:
    """When a probability becomes a region. Seconds, except the two thresholds.

    silero's own defaults (0.5, at least 0.25 s of speech) lose 嗯, 好 and 对, on which a verification can turn; three
    chunks are enough here. `padding` covers the chunk or so by which the network is late.
    """

    threshold: float = 0.4
    end_threshold: float = 0.25
    min_speech: float = 0.09
    min_silence: float = 0.2
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
    samples = np.stack([channel.samples for channel in recording.channels])
    gains = np.array([gain_to(row, active_level(row, rate)) for row in samples], np.float32)
    found = []
    for channel, likely in zip(recording.channels, detector.probabilities(samples, gains), strict=True):
        for start, end in _padded(list(_stretches(likely, options)), channel.duration, options.padding):
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


def _padded(stretches: list[tuple[float, float]], duration: float, padding: float) -> Iterator[tuple[float, float]]:
    """Widen each stretch, up to the middle of the pause to its neighbour."""
    for at, (start, end) in enumerate(stretches):
        floor = (stretches[at - 1][1] + start) / 2 if at else 0.0
        ceiling = (end + stretches[at + 1][0]) / 2 if at + 1 < len(stretches) else duration
        yield round(max(floor, start - padding), 3), round(min(ceiling, end + padding, duration), 3)
