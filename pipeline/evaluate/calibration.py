"""How far confidence can be believed, and the map that mends it: isotonic regression, cross-validated call by call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.evaluate.judgement import CallJudgement, FieldJudgement
from pipeline.reconcile.calibration import Calibration, Points

OUTCOMES = ("match", "mismatch", "contradicted", "unclear", "not_applied")
FOLDS = 5
FEWEST = 12
BINS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1.0)


@dataclass(frozen=True, slots=True)
class Judged:
    """One outcome of a report: how sure it was, and whether it was right."""

    outcome: str
    confidence: float
    right: bool


@dataclass(frozen=True, slots=True)
class CalibrationFit:
    """A map fitted on all calls, of the outcomes that such maps help; the expected calibration error before it, and
    with maps of the other folds.
    """

    points: Mapping[str, Points]
    before: Mapping[str, float]
    after: Mapping[str, float]
    counts: Mapping[str, int]


def judged_outcomes(calls: Iterable[CallJudgement]) -> list[Judged]:
    """Every outcome of every report that says that something came up."""
    return [
        Judged(field.found.outcome, field.found.confidence, _is_right(field))
        for call in calls
        for field in call.fields
        if field.found.outcome in OUTCOMES
    ]


def calibration_error(judged: Sequence[Judged]) -> float | None:
    """Expected calibration error (Naeini et al. 2015): mean gap of confidence and share right, weighted by outcomes."""
    if not judged:
        return None
    gap = 0.0
    for low, high in pairwise(BINS):
        inside = [one for one in judged if low <= one.confidence < high or one.confidence == high == BINS[-1]]
        gap += abs(sum(one.confidence - one.right for one in inside))
    return gap / len(judged)


def fit_points(judged: Sequence[Judged]) -> Points:
    """A line that never falls through the share right at every confidence (pool adjacent violators)."""
    blocks: list[list[float]] = []  # sum of confidence, right, outcomes
    for one in sorted(judged, key=lambda each: each.confidence):
        if blocks and blocks[-1][0] / blocks[-1][2] == one.confidence:
            blocks[-1] = [blocks[-1][0] + one.confidence, blocks[-1][1] + one.right, blocks[-1][2] + 1]
        else:
            blocks.append([one.confidence, float(one.right), 1.0])
        while len(blocks) > 1 and _pools(blocks[-2], blocks[-1]):
            last = blocks.pop()
            blocks[-1] = [mine + other for mine, other in zip(blocks[-1], last, strict=True)]
    if len(blocks) > 1 and blocks[-1][2] < FEWEST:
        last = blocks.pop()
        blocks[-1] = [mine + other for mine, other in zip(blocks[-1], last, strict=True)]
    points = [(round(total / n, 3), round((right + 1) / (n + 2), 3)) for total, right, n in blocks]
    rising: list[tuple[float, float]] = []
    for raw, right in points:
        if rising and raw <= rising[-1][0]:
            continue
        rising.append((raw, max(right, rising[-1][1]) if rising else right))
    return tuple(rising)


def fit_calibration(calls: Sequence[Sequence[CallJudgement]]) -> CalibrationFit:
    """The map for calls whose reports are not calibrated; each item is one call in all its readings."""
    folds = [[each for readings in calls[start::FOLDS] for each in judged_outcomes(readings)] for start in range(FOLDS)]
    everything = [one for fold in folds for one in fold]
    mended: list[Judged] = []
    for index, fold in enumerate(folds):
        others = [one for place, other in enumerate(folds) if place != index for one in other]
        calibration = Calibration(_points(others))
        mended += [Judged(one.outcome, calibration.value(one.outcome, one.confidence), one.right) for one in fold]
    before, after = _errors(everything), _errors(mended)
    helped = {name: points for name, points in _points(everything).items() if after[name] < before[name]}
    return CalibrationFit(helped, before, after, dict(_counts(everything)))


def _is_right(field: FieldJudgement) -> bool:
    return field.outcome_right and (field.fact_right or not field.fact_expected)


def _pools(lower: Sequence[float], upper: Sequence[float]) -> bool:
    return upper[1] / upper[2] <= lower[1] / lower[2] or lower[2] < FEWEST


def _points(judged: Sequence[Judged]) -> dict[str, Points]:
    by_outcome = {name: [one for one in judged if one.outcome == name] for name in OUTCOMES}
    return {name: fit_points(some) for name, some in by_outcome.items() if len(some) >= FEWEST}


def _errors(judged: Sequence[Judged]) -> dict[str, float]:
    found = {"all": calibration_error(judged)}
    found.update({name: calibration_error([one for one in judged if one.outcome == name]) for name in OUTCOMES})
    return {name: error for name, error in found.items() if error is not None}


def _counts(judged: Sequence[Judged]) -> list[tuple[str, int]]:
    return [("all", len(judged)), *((name, sum(one.outcome == name for one in judged)) for name in OUTCOMES)]
