"""The figures of an evaluation: every one is a share, counted call by call and added up."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from pipeline.evaluate.judgement import CallJudgement, FieldJudgement
from pipeline.evaluate.listening import seconds_to_hear


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` out of `of`; counts, or seconds of sound."""

    hits: float = 0
    of: float = 0

    def __add__(self, other: Share) -> Share:
        return Share(self.hits + other.hits, self.of + other.of)

    @property
    def value(self) -> float | None:
        """Between 0 and 1; None where nothing was counted."""
        return self.hits / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Counts:
    """True positives, false positives, false negatives."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn)

    @property
    def precision(self) -> Share:
        return Share(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> Share:
        return Share(self.tp, self.tp + self.fn)

    @property
    def f1(self) -> Share:
        return Share(2 * self.tp, 2 * self.tp + self.fp + self.fn)


def fact_counts(field: FieldJudgement) -> Counts:
    """A wrong value is found in vain and missed at once."""
    right = field.fact_right
    return Counts(int(right), int(field.fact_found and not right), int(field.fact_expected and not right))


def figures_of(call: CallJudgement) -> dict[str, Share]:
    """Every figure of one call, in the order of the table; an excerpt counts in those of its turns alone."""
    return {
        name: Share() if call.call.excerpt and name in _OF_WHOLE_CALLS else measure(call)
        for name, measure in _MEASURES.items()
    }


def added(figures: Iterable[Mapping[str, Share]]) -> dict[str, Share]:
    """The figures of several calls together; counts are added, not shares averaged."""
    total = dict.fromkeys(FIGURES, Share())
    for one in figures:
        total = {name: share + one[name] for name, share in total.items()}
    return total


def _facts(call: CallJudgement) -> Counts:
    return sum((fact_counts(field) for field in call.fields), Counts())


def _mismatches(call: CallJudgement) -> Counts:
    expected = {field.found.field for field in call.fields if field.expected.outcome == "mismatch"}
    return _sets(expected, {field.found.field for field in call.fields if field.found.outcome == "mismatch"})


def _signals(call: CallJudgement) -> Counts:
    return _sets(call.expected_signals, call.found_signals)


def _lapses(call: CallJudgement) -> Counts:
    return _sets(call.expected_lapses, call.found_lapses)


def _sets(expected: set[str] | set[tuple[str, str]], found: set[str] | set[tuple[str, str]]) -> Counts:
    return Counts(len(expected & found), len(found - expected), len(expected - found))


def _share(judged: Collection[bool | None]) -> Share:
    known = [one for one in judged if one is not None]
    return Share(sum(known), len(known))


def _roles(call: CallJudgement) -> Share:
    return _share([call.report.roles.get(label) == role for label, role in call.call.roles.items()])


_MEASURES: dict[str, Callable[[CallJudgement], Share]] = {
    "fact_precision": lambda call: _facts(call).precision,
    "fact_recall": lambda call: _facts(call).recall,
    "fact_f1": lambda call: _facts(call).f1,
    "outcome_accuracy": lambda call: _share([field.outcome_right for field in call.fields if field.came_up]),
    "mismatch_precision": lambda call: _mismatches(call).precision,
    "mismatch_recall": lambda call: _mismatches(call).recall,
    "correction_recall": lambda call: _share([field.correction_right for field in call.fields if field.corrected]),
    "confirmation_attribution": lambda call: _share([field.polarity_right for field in call.fields]),
    "evidence_turn": lambda call: _share([field.turn_right for field in call.fields]),
    "signal_precision": lambda call: _signals(call).precision,
    "signal_recall": lambda call: _signals(call).recall,
    "signal_f1": lambda call: _signals(call).f1,
    "compliance_precision": lambda call: _lapses(call).precision,
    "compliance_recall": lambda call: _lapses(call).recall,
    "compliance_f1": lambda call: _lapses(call).f1,
    "role_accuracy": _roles,
    "disposition_accuracy": lambda call: _share([call.report.disposition == call.call.expected.disposition]),
    "recognition_rate": lambda call: Share(call.report.coverage.settled, call.report.coverage.required),
    "listening_share": lambda call: Share(seconds_to_hear(call.report, duration=call.duration), call.duration),
}
FIGURES = tuple(_MEASURES)
_OF_WHOLE_CALLS = frozenset(
    {
        *("compliance_precision", "compliance_recall", "compliance_f1"),
        *("role_accuracy", "disposition_accuracy", "recognition_rate", "listening_share"),
    }
)
