"""Whether debts and the new instalment leave enough of the stated income."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.contract import EvidenceItem, SignalItem
from pipeline.findings.settings import SignalRule
from pipeline.types import Fact, Scalar, Stated

INCOME, DEBTS, INSTALMENT = "income.monthly", "debt.monthly_payment", "loan.monthly_payment"


def over_indebted(rule: SignalRule, facts: Mapping[str, Fact], applied: Mapping[str, Scalar]) -> SignalItem | None:
    """The signal where the debts said and the new instalment take more than `rule.limit` of the settled income.

    The instalment is the one said, else the applied one. Debts that were not said count as none. CNY a month.
    """
    income = _settled(facts.get(INCOME))
    instalment = _settled(facts.get(INSTALMENT))
    if instalment is None:
        instalment = _number(applied.get(INSTALMENT))
    debts = _settled(facts.get(DEBTS)) or 0.0
    if rule.limit is None or not income or instalment is None:
        return None
    share = (debts + instalment) / income
    if share <= rule.limit:
        return None
    wording = {"share": f"{share * 100:.0f}", "limit": f"{rule.limit * 100:.0f}"}
    used = [fact for name in (INCOME, DEBTS, INSTALMENT) if (fact := facts.get(name)) and fact.status == "settled"]
    evidence = [
        EvidenceItem(turn=item.turn, start=item.start, end=item.end, speaker=item.speaker, quote=item.quote)
        for fact in used
        for item in fact.evidence[-1:]
    ]
    return SignalItem(
        code=rule.code,
        severity=rule.severity,
        confidence=round(min(fact.confidence for fact in used), 3),
        explanation=rule.explanation.en.format_map(wording),
        explanation_zh=rule.explanation.zh.format_map(wording),
        evidence=evidence,
    )


def _settled(fact: Fact | None) -> float | None:
    return _amount(fact.stated) if fact is not None and fact.status == "settled" and fact.stated else None


def _amount(stated: Stated) -> float | None:
    """The value said, the middle of a range, or the one bound there is."""
    if (value := _number(stated.value)) is not None:
        return value
    bounds = [bound for bound in (stated.low, stated.high) if bound is not None]
    return sum(bounds) / len(bounds) if bounds else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
