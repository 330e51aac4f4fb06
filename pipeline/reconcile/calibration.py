"""Confidence that holds what it says: a map from what the rules are worth to how often they were right.

`configs/calibration.yaml` has for every outcome the points of a line that never falls, fitted on labelled calls by
`callproof evaluate DIR --calibrate FILE`. Below its first point a confidence shrinks in proportion.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from configs import path_of, read_yaml
from pipeline.contract import FieldOutcome
from pipeline.errors import SettingsError

FILE = "calibration.yaml"
Points = tuple[tuple[float, float], ...]


class Calibration:
    """Maps confidence outcome by outcome; what has no points is left as it is."""

    def __init__(self, points: dict[str, Points]) -> None:
        self._points = points

    def of(self, outcomes: Sequence[FieldOutcome]) -> tuple[FieldOutcome, ...]:
        """The outcomes with confidence as often right as it says."""
        return tuple(
            one.model_copy(update={"confidence": self.value(one.outcome, one.confidence)})
            if one.outcome in self._points
            else one
            for one in outcomes
        )

    def value(self, outcome: str, confidence: float) -> float:
        """The share of such outcomes that is right."""
        points = self._points.get(outcome)
        if not points:
            return confidence
        first, last = points[0], points[-1]
        if confidence <= first[0]:
            return round(first[1] * confidence / first[0], 3)
        if confidence >= last[0]:
            return last[1]
        place = bisect_right(points, confidence, key=lambda point: point[0])
        (low, below), (high, above) = points[place - 1], points[place]
        return round(below + (above - below) * (confidence - low) / (high - low), 3)


def load_calibration(own: Path | None = None) -> Calibration:
    """The map of the lender's folder `own` or the embedded one. Raises `SettingsError` where it is no such map."""
    written = read_yaml(FILE, own)
    where = path_of(FILE, own)
    if not isinstance(written, dict):
        raise SettingsError(f"config file {where}: must be a mapping of outcomes to points")
    found: dict[str, Points] = {}
    for outcome, listed in written.items():
        try:
            points = tuple((float(raw), float(right)) for raw, right in listed)
        except (TypeError, ValueError) as error:
            raise SettingsError(f"config file {where}: {outcome}: points are pairs of numbers") from error
        rising = all(one[0] < other[0] and one[1] <= other[1] for one, other in pairwise(points))
        if not points or not rising or not all(0 < raw <= 1 and 0 <= right <= 1 for raw, right in points):
            raise SettingsError(f"config file {where}: {outcome}: points must rise, between 0 and 1")
        found[str(outcome)] = points
    return Calibration(found)
