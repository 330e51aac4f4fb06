"""Sayings, proofs and weights in the shapes of the report."""

from __future__ import annotations

from pipeline.contract import EvidenceItem, Outcome, Severity, StatedItem
from pipeline.reconcile.rules import FieldRule
from pipeline.types import Fact, Stated


def severity_of(rule: FieldRule, outcome: Outcome) -> Severity | None:
    """How much an outcome weighs: the field's severity for mismatch and contradiction; at most major for unclear."""
    if outcome in ("mismatch", "contradicted"):
        return rule.severity
    if outcome == "unclear" and rule.required:
        return "major" if rule.severity == "critical" else rule.severity
    return None


def item_of(stated: Stated) -> StatedItem:
    """A saying as the report has it: value, bounds, words."""
    return StatedItem(
        value=stated.value,
        low=stated.low,
        high=stated.high,
        text=stated.text,
        polarity=stated.polarity,
        hedged=stated.hedged,
    )


def evidence_of(fact: Fact) -> list[EvidenceItem]:
    """What proves a fact, by turn and second, as the report has it."""
    return [
        EvidenceItem(turn=item.turn, start=item.start, end=item.end, speaker=item.speaker, quote=item.quote)
        for item in fact.evidence
    ]
