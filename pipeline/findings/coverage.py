"""How much of what had to be settled is settled, and what is missing: the call-back list."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.contract import Coverage, FieldOutcome
from pipeline.reconcile import FieldRules

SETTLED = frozenset({"match", "mismatch", "contradicted"})
MISSING = frozenset({"not_stated", "unclear"})


def coverage_of(outcomes: Sequence[FieldOutcome], rules: FieldRules) -> Coverage:
    """Counts over the required fields; `missing` keeps their order.

    A required field that was said but is not on paper is neither: there is nothing to settle it against, and
    nothing left to ask.
    """
    required = set(rules.required)
    wanted = [outcome for outcome in outcomes if outcome.field in required]
    return Coverage(
        required=len(required),
        settled=sum(outcome.outcome in SETTLED for outcome in wanted),
        missing=[outcome.field for outcome in wanted if outcome.outcome in MISSING],
    )
