"""How a recording looks: the loudest of each moment, and where somebody speaks, for whoever draws it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from pipeline.contract import OUTLINE_SCHEMA, Outline, OutlineRegion
from pipeline.types import Recording, Samples, SpeechRegion

FINEST: Final = 50.0
COARSEST: Final = 10.0
MOST_POINTS: Final = 12_000
FULL_SCALE: Final = 255


def outline_of(recording: Recording, regions: Sequence[SpeechRegion]) -> Outline:
    """The outline of `recording`: per channel the peak of each stretch of 1/`points_per_second` s, 0 to 255 of full
    scale, and the speech `regions`. Short calls have 50 points a second, long ones no fewer than 10."""
    rate = min(FINEST, max(COARSEST, MOST_POINTS / max(recording.duration, 1.0)))
    return Outline(
        schema=OUTLINE_SCHEMA,
        duration=round(recording.duration, 3),
        points_per_second=round(rate, 3),
        layout=recording.layout,
        channels=[peaks(channel.samples, channel.sample_rate / round(rate, 3)) for channel in recording.channels],
        regions=[
            OutlineRegion(channel=region.channel, start=round(region.start, 3), end=round(region.end, 3))
            for region in regions
        ],
    )


def peaks(samples: Samples, stride: float) -> list[int]:
    """The largest magnitude of each `stride` samples (at least one, not always whole) of `samples`, shape (n,)."""
    count = math.ceil(len(samples) / stride)
    if count == 0:
        return []
    starts = np.minimum((np.arange(count) * stride).astype(np.int64), len(samples) - 1)
    highest = np.maximum.reduceat(np.abs(samples), starts)
    found: list[int] = np.clip(np.rint(highest * FULL_SCALE), 0, FULL_SCALE).astype(int).tolist()
    return found
