"""Recognition windows: speech regions joined and cut to what a recogniser hears at once."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from pipeline.audio.level import frame_levels
from pipeline.types import Recording, SpeechRegion, Waveform

QUIET_FRAME_SECONDS = 0.02
QUIET_SECONDS = 0.14


def recognition_windows(
    recording: Recording,
    regions: Sequence[SpeechRegion],
    *,
    max_seconds: float = 10.0,
    join_gap: float = 0.6,
    padding: float = 0.15,
) -> tuple[SpeechRegion, ...]:
    """Windows over `regions`, ordered by start, then channel; each has one channel and one speaker.

    Neighbours at most `join_gap` seconds apart are joined, unless somebody else speaks in between on that channel.
    What is longer than `max_seconds`, padding included, is cut at its longest pause, and speech without a pause at its
    quietest moment. `padding` is added on both sides, never beyond the middle of the pause to other speech of the
    channel. Every second of `regions` is in a window.

    Raises:
        ValueError: `max_seconds` leaves no room for speech beside the padding.
    """
    limit = max_seconds - 2 * padding
    if limit <= 2 * QUIET_SECONDS:
        raise ValueError(f"max_seconds of {max_seconds} leaves no room beside a padding of {padding}")
    windows: list[SpeechRegion] = []
    for channel in recording.channels:
        own = sorted((r for r in regions if r.channel == channel.channel), key=lambda r: (r.start, r.end))
        spans = [span for group in _joined(own, join_gap) for span in _cut(group, limit, channel)]
        windows += _padded(spans, own, channel.duration, padding)
    return tuple(sorted(windows, key=lambda window: (window.start, window.channel)))


def _joined(regions: Sequence[SpeechRegion], gap: float) -> Iterator[list[SpeechRegion]]:
    """Groups of one speaker's regions with no larger pause and nobody else between them; they do not overlap."""
    group: list[SpeechRegion] = []
    for region in regions:
        if group and (region.speaker != group[-1].speaker or region.start - group[-1].end > gap):
            yield group
            group = []
        if group and region.start < group[-1].end:
            group[-1] = replace(group[-1], end=max(group[-1].end, region.end))
        else:
            group.append(region)
    if group:
        yield group


def _cut(group: list[SpeechRegion], limit: float, channel: Waveform) -> Iterator[SpeechRegion]:
    start, end = group[0].start, group[-1].end
    if end - start <= limit:
        yield SpeechRegion(start, end, group[0].channel, group[0].speaker)
    elif len(group) == 1:
        yield from _cut_unbroken(group[0], limit, channel)
    else:
        pauses = [after.start - before.end for before, after in pairwise(group)]
        at = int(np.argmax(pauses)) + 1
        yield from _cut(group[:at], limit, channel)
        yield from _cut(group[at:], limit, channel)


def _cut_unbroken(region: SpeechRegion, limit: float, channel: Waveform) -> Iterator[SpeechRegion]:
    start = region.start
    while region.end - start > limit:
        at = _quietest(channel, start + limit / 2, min(start + limit, region.end - QUIET_SECONDS))
        yield SpeechRegion(start, at, region.channel, region.speaker)
        start = at
    yield SpeechRegion(start, region.end, region.channel, region.speaker)


def _quietest(channel: Waveform, start: float, end: float) -> float:
    """The middle of the quietest 0.14 s between two times."""
    rate = channel.sample_rate
    levels = frame_levels(channel.samples[int(start * rate) : int(end * rate)], rate, seconds=QUIET_FRAME_SECONDS)
    width = round(QUIET_SECONDS / QUIET_FRAME_SECONDS)
    if len(levels) <= width:
        return (start + end) / 2
    smooth = np.convolve(levels, np.ones(width) / width, mode="valid")
    return min(end, start + (int(np.argmin(smooth)) + width / 2) * QUIET_FRAME_SECONDS)


def _padded(
    spans: Sequence[SpeechRegion], regions: Sequence[SpeechRegion], duration: float, padding: float
) -> Iterator[SpeechRegion]:
    starts, ends = sorted(region.start for region in regions), sorted(region.end for region in regions)
    for span in spans:
        before, after = bisect_right(ends, span.start), bisect_left(starts, span.end)
        floor = (ends[before - 1] + span.start) / 2 if before else 0.0
        ceiling = (span.end + starts[after]) / 2 if after < len(starts) else duration
        start, end = max(floor, span.start - padding, 0.0), min(ceiling, span.end + padding)
        if _is_within(span.start, starts, ends):
            start = span.start
        if _is_within(span.end, starts, ends):
            end = span.end
        yield replace(span, start=start, end=max(end, span.end))


def _is_within(second: float, starts: Sequence[float], ends: Sequence[float]) -> bool:
    """Whether a time lies inside some region: a cut in unbroken speech, or another speaker's words."""
    return bisect_left(starts, second) > bisect_right(ends, second)
