"""Which way a call goes: the first of escalate, review, callback, pass that holds."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.contract import Disposition, FieldOutcome, SignalItem
from pipeline.reconcile import FieldRules


def disposition_of(
    outcomes: Sequence[FieldOutcome], signals: Sequence[SignalItem], *, broke_off: bool, rules: FieldRules
) -> Disposition:
    """The recommendation for a call; a person decides.

    A critical field contradicted, or unclear, is reviewed, not escalated: nothing speaks against the applicant yet.
    """
    required = set(rules.required)
    if any(signal.severity == "critical" for signal in signals) or any(
        outcome.outcome == "mismatch" and outcome.severity == "critical" for outcome in outcomes
    ):
        return "escalate"
    if signals or any(
        outcome.outcome in ("mismatch", "contradicted") or (outcome.outcome == "unclear" and outcome.field in required)
        for outcome in outcomes
    ):
        return "review"
    if broke_off or any(outcome.outcome == "not_stated" and outcome.field in required for outcome in outcomes):
        return "callback"
    return "pass"
