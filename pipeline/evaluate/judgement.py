"""One report held against the labels of its call."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.contract import FieldOutcome, Report
from pipeline.evaluate.labels import SAID, ExpectedField, LabelledCall, has_value
from pipeline.evaluate.values import in_history, same_value

NOT_STATED = ExpectedField(outcome="not_stated")


@dataclass(frozen=True, slots=True)
class FieldJudgement:
    """One field of one call: what was labelled, what was found."""

    expected: ExpectedField
    found: FieldOutcome

    @property
    def fact_expected(self) -> bool:
        """A `match` may be labelled without its value; a denial (`mismatch` without one) is no fact."""
        return self.expected.outcome == "match" or (self.expected.outcome in SAID and self.expected.known)

    @property
    def fact_found(self) -> bool:
        stated = self.found.stated
        return self.found.outcome in SAID and stated is not None and has_value(stated)

    @property
    def fact_right(self) -> bool:
        """Field and value right; where a `match` is labelled without its value, any value that matches."""
        if not (self.fact_expected and self.fact_found) or self.found.stated is None:
            return False
        if not self.expected.known:
            return self.found.outcome == "match"
        return same_value(self.found.field, self.expected, self.found.stated)

    @property
    def came_up(self) -> bool:
        """By the label or by the report."""
        return self.expected.outcome != "not_stated" or self.found.outcome != "not_stated"

    @property
    def outcome_right(self) -> bool:
        return self.expected.outcome == self.found.outcome

    @property
    def corrected(self) -> bool:
        """Whether the customer put himself right here; the rival values of a contradiction are none."""
        return bool(self.expected.history) and self.expected.outcome != "contradicted"

    @property
    def correction_right(self) -> bool:
        """The last value holds, and every earlier one stands in the history."""
        held = self.fact_right if self.fact_expected else self.outcome_right
        field, history = self.found.field, self.found.history
        return held and all(in_history(field, earlier, history) for earlier in self.expected.history)

    @property
    def polarity_right(self) -> bool | None:
        """None where the fact is not right or no polarity is labelled."""
        if not self.fact_right or self.expected.polarity is None or self.found.stated is None:
            return None
        return self.found.stated.polarity == self.expected.polarity

    @property
    def turn_right(self) -> bool | None:
        """Whether the labelled turn is among the evidence; None where the fact is not right or no turn is labelled."""
        if not self.fact_right or self.expected.turn is None:
            return None
        return any(item.turn == self.expected.turn for item in self.found.evidence)


@dataclass(frozen=True, slots=True)
class CallJudgement:
    """One call: its labels, its report, and every field judged."""

    call: LabelledCall
    report: Report
    fields: tuple[FieldJudgement, ...]

    @property
    def expected_lapses(self) -> set[tuple[str, str]]:
        """(item, status) of what the agent left out or must not have done, by the labels."""
        lapses = self.call.expected.compliance
        return {*((item, "missing") for item in lapses.missing), *((item, "violated") for item in lapses.violated)}

    @property
    def found_lapses(self) -> set[tuple[str, str]]:
        return {(one.item, one.status) for one in self.report.compliance if one.status != "done"}

    @property
    def expected_signals(self) -> set[str]:
        return set(self.call.expected.signals)

    @property
    def found_signals(self) -> set[str]:
        return {signal.code for signal in self.report.signals}

    @property
    def duration(self) -> float:
        """Length of the call in seconds."""
        return self.call.transcript.duration or 0.0


def judge(call: LabelledCall, report: Report) -> CallJudgement:
    """`report` held against the labels of `call`, field by field in the report's order."""
    labels = call.expected.fields
    fields = tuple(FieldJudgement(labels.get(found.field, NOT_STATED), found) for found in report.fields)
    return CallJudgement(call, report, fields)
