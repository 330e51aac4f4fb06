"""What a warning sign says of a field: whoever signs for a friend has said what the loan is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.contract import SignalItem
from pipeline.findings.settings import SignalRules
from pipeline.findings.signals import open_to
from pipeline.types import Evidence, Fact, Scalar, Stated

# What a field is that was left open, a sign may tell that is only likely.
_SURE, _LIKELY = 0.8, 0.7
_PLAIN = 0.8
_PRIVATE = "personal_use"


def with_implied(
    facts: Sequence[Fact], signals: Sequence[SignalItem], applied: Mapping[str, Scalar], rules: SignalRules
) -> tuple[Fact, ...]:
    """`facts` with the values that clear signs imply, proved by what the sign was seen in, and without those that would
    show in a sign that is not seen: they are unclear.

    What the customer has settled as private use is left as it is: the sign and the field then speak for themselves.
    """
    said = {fact.field: fact for fact in facts}
    seen = {signal.code: signal for signal in signals if signal.confidence >= _SURE and signal.evidence}
    likely = {signal.code: signal for signal in signals if signal.confidence >= _LIKELY and signal.evidence}
    raised = {signal.code for signal in signals}
    for rule in rules.signals:
        for field, values in rule.needed_for.items() if rule.code not in raised and open_to(rule, applied) else ():
            known = said.get(field)
            if known is not None and known.status == "settled" and known.stated and known.stated.value in values:
                said[field] = replace(known, status="unclear")
        for field, value in rule.implies.items():
            known = said.get(field)
            if known is None and field not in applied:
                continue
            left_open = known is None or known.status == "unclear"
            if (signal := (likely if left_open else seen).get(rule.code)) is None:
                continue
            if known is None or not _is_settled(known, value) or _owns_up(known, signal):
                said[field] = _implied(field, value, signal)
    return tuple(said[field] for field in sorted(said))


def _is_settled(fact: Fact, implied: str) -> bool:
    return fact.status == "settled" and fact.stated is not None and fact.stated.value in (_PRIVATE, implied)


def _owns_up(fact: Fact, signal: SignalItem) -> bool:
    """Whether who first said private use says plainly, in a later turn, what else it is for."""
    if fact.stated is None or fact.stated.value != _PRIVATE:
        return False
    last = max((item.turn for item in fact.evidence), default=-1)
    later = [item for item in signal.evidence if item.speaker == "customer" and item.turn > last]
    return bool(later) and signal.confidence >= _PLAIN


def _implied(field: str, value: str, signal: SignalItem) -> Fact:
    evidence = tuple(Evidence(item.turn, item.start, item.end, item.speaker, item.quote) for item in signal.evidence)
    said = next((item for item in evidence if item.speaker == "customer"), evidence[0])
    return Fact(field, "settled", Stated(value, said.quote), (), evidence, signal.confidence)
