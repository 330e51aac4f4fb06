"""Facts as reconciliation holds them: what a second look doubted is not built upon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.contract import FieldOutcome
from pipeline.types import Fact


def trusted(facts: Sequence[Fact], outcomes: Sequence[FieldOutcome]) -> tuple[Fact, ...]:
    """`facts` as their outcomes have them: doubted ones are unclear, corrected ones have the value that holds."""
    held = {outcome.field: outcome for outcome in outcomes}
    return tuple(_as_held(fact, held[fact.field]) if fact.field in held else fact for fact in facts)


def _as_held(fact: Fact, outcome: FieldOutcome) -> Fact:
    if fact.stated is None or fact.status not in ("settled", "contradicted"):
        return fact
    if outcome.outcome == "unclear":
        return replace(fact, status="unclear")
    stated = outcome.stated
    if outcome.outcome == "match" and stated is not None and stated.value != fact.stated.value:
        held = replace(fact.stated, value=stated.value, low=stated.low, high=stated.high, text=stated.text)
        return replace(fact, status="settled", stated=held)
    return replace(fact, status="settled") if outcome.outcome == "match" else fact
