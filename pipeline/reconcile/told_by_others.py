"""What the outcome of one field tells of another."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.contract import FieldOutcome
from pipeline.reconcile import wording
from pipeline.reconcile.case import HAS_LOANS
from pipeline.reconcile.reporting import item_of
from pipeline.reconcile.rules import FieldRules
from pipeline.types import Stated

BRAND, MODEL, PAYS = "vehicle.brand", "vehicle.model", "debt.monthly_payment"


def told_by_others(outcomes: dict[str, FieldOutcome], rules: FieldRules) -> tuple[FieldOutcome, ...]:
    """What one field tells of another: who pays off a loan has one, a model names its brand."""
    loans, pays = outcomes[HAS_LOANS], outcomes[PAYS]
    if loans.applied is True and loans.outcome != "match" and pays.outcome == "match":
        outcomes[HAS_LOANS] = _as_told(loans, pays, rules)
    brand, model = outcomes[BRAND], outcomes[MODEL]
    if brand.applied is not None and brand.outcome in ("not_stated", "unclear") and model.outcome == "match":
        outcomes[BRAND] = _as_told(brand, model, rules)
    return _brands_by_models(outcomes, rules)


def _as_told(outcome: FieldOutcome, by: FieldOutcome, rules: FieldRules) -> FieldOutcome:
    """`outcome` as a match that `by` proves."""
    rule, applied = rules.rule(outcome.field), outcome.applied
    assert applied is not None
    assert by.stated is not None
    stated = Stated(applied, by.stated.text, polarity=by.stated.polarity)
    words = wording.compared(rule, rules, stated, applied, rule.ladder[0], {})
    earlier = [
        saying for saying in (outcome.stated, *outcome.history) if saying and saying.value not in (None, applied)
    ]
    changed = {
        "outcome": "match",
        "severity": None,
        "confidence": round(by.confidence * rules.second_look.confidence, 3),
        "stated": item_of(stated),
        "history": earlier,
        "level": rule.ladder[0].name,
        "explanation": words.en,
        "explanation_zh": words.zh,
        "evidence": by.evidence,
    }
    return outcome.model_copy(update=changed)


def _brands_by_models(outcomes: Mapping[str, FieldOutcome], rules: FieldRules) -> tuple[FieldOutcome, ...]:
    """A brand known only by its model is the applied one where the model is: a name may be of two brands."""
    brand, model = outcomes[BRAND], outcomes[MODEL]
    if brand.outcome != "mismatch" or model.outcome != "match" or brand.stated is None or model.stated is None:
        return tuple(outcomes.values())
    if str(brand.stated.value) in brand.stated.text or brand.stated.text != model.stated.text:
        return tuple(outcomes.values())
    rule, applied = rules.rule(BRAND), brand.applied
    assert applied is not None
    stated = Stated(applied, brand.stated.text, polarity=brand.stated.polarity)
    level = next((level for level in rule.ladder if level.name == "alias"), rule.ladder[0])
    words = wording.compared(rule, rules, stated, applied, level, {})
    changed = {
        "outcome": "match",
        "severity": None,
        "stated": item_of(stated),
        "level": level.name,
        "explanation": words.en,
        "explanation_zh": words.zh,
    }
    return tuple({**outcomes, BRAND: brand.model_copy(update=changed)}.values())
