"""Labelled calls in, figures out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from pipeline.analysis import Analyst
from pipeline.contract import field_paths
from pipeline.evaluate.calibration import calibration_error, judged_outcomes
from pipeline.evaluate.figures import Counts, Share, added, fact_counts, figures_of
from pipeline.evaluate.judgement import CallJudgement, judge
from pipeline.evaluate.labels import LabelledCall

STAGE = "analyze"
BIN_EDGES = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


@dataclass(frozen=True, slots=True)
class FieldCounts:
    """How often one field was found rightly, wrongly, or missed."""

    field: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Facts found with a confidence from `low` up to `high` (the last bin holds 1): how sure, and how right."""

    low: float
    high: float
    mean_confidence: float | None
    right: Share


@dataclass(frozen=True)
class Evaluation:
    """Every call judged, and what that comes to."""

    calls: tuple[CallJudgement, ...]

    @cached_property
    def figures(self) -> dict[str, Share]:
        """Every figure by its name, in the order of the table."""
        return added(figures_of(call) for call in self.calls)

    @cached_property
    def fields(self) -> tuple[FieldCounts, ...]:
        """Counts of every field that came up, in the contract's order."""
        counts = {f"{section}.{name}": Counts() for section, name in field_paths()}
        for call in self.calls:
            for field in call.fields:
                counts[field.found.field] += fact_counts(field)
        return tuple(FieldCounts(field, one) for field, one in counts.items() if one != Counts())

    @cached_property
    def reliability(self) -> tuple[ReliabilityBin, ...]:
        """Facts found, in bins of their confidence; empty bins are left out."""
        found = [
            (field.found.confidence, field.fact_right)
            for call in self.calls
            for field in call.fields
            if field.fact_found
        ]
        bins = []
        for low, high in pairwise(BIN_EDGES):
            inside = [(sure, right) for sure, right in found if low <= sure < high or (sure == high == BIN_EDGES[-1])]
            if inside:
                mean = sum(sure for sure, _ in inside) / len(inside)
                bins.append(ReliabilityBin(low, high, mean, Share(sum(right for _, right in inside), len(inside))))
        return tuple(bins)

    @property
    def calibration_error(self) -> float | None:
        """Expected calibration error over all outcomes that came up."""
        return calibration_error(judged_outcomes(self.calls))


def evaluate(
    calls: Sequence[LabelledCall],
    analyst: Analyst,
    *,
    progress: Callable[[str, int, int], None] | None = None,
) -> Evaluation:
    """Every call analysed from its transcript and judged by its labels.

    `progress` is called with the stage's name, calls done and calls in all.
    """
    judged = []
    for done, call in enumerate(calls, start=1):
        judged.append(judge(call, analyst.analyse(call.transcript, call.application)))
        if progress:
            progress(STAGE, done, len(calls))
    return Evaluation(tuple(judged))
