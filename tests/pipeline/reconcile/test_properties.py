"""What must hold for any value: nothing raises, and what equals the application matches."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.reconcile import load_field_rules, reconcile
from pipeline.types import Fact, Stated

RULES = load_field_rules()
LETTERS = st.text(alphabet="王建国李娜合肥市蜀山区望江西路电子有限公司4S店秦PLUS号栋99x*,  ", min_size=1, max_size=20)
TEXT_FIELDS = [rule.field for rule in RULES.fields if rule.type not in ("money", "months", "years", "yes_no")]
TEXTS = LETTERS | st.text(min_size=1, max_size=30)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(TEXT_FIELDS), TEXTS, TEXTS)
def test_any_text_is_compared_without_raising(field: str, stated: str, applied: str) -> None:
    outcomes = reconcile([Fact(field, "settled", Stated(stated, stated))], {field: applied}, RULES)
    outcome = next(item for item in outcomes if item.field == field)
    assert outcome.outcome in ("match", "mismatch", "unclear")


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["identity.name", "employment.employer", "vehicle.model", "identity.residence"]), LETTERS)
def test_the_same_text_matches(field: str, text: str) -> None:
    outcomes = reconcile([Fact(field, "settled", Stated(text, text))], {field: text}, RULES)
    assert next(item for item in outcomes if item.field == field).outcome == "match"


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 10**7), st.floats(-0.3, 0.3))
def test_the_tolerance_is_of_the_applied_value(applied: int, share: float) -> None:
    said = applied * (1 + share)
    outcomes = reconcile([Fact("income.monthly", "settled", Stated(said, "…"))], {"income.monthly": applied}, RULES)
    outcome = next(item for item in outcomes if item.field == "income.monthly")
    if abs(abs(share) - 0.1) > 1e-9:
        assert (outcome.outcome == "match") == (abs(share) < 0.1)
