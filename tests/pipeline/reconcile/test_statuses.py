"""What each status of a fact becomes, with and without an application."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.contract import field_paths
from pipeline.reconcile import load_field_rules, reconcile
from pipeline.types import Evidence, Fact, Stated

CASES = yaml.safe_load(
    (Path(__file__).parents[2] / "cases" / "reconcile" / "statuses.yaml").read_text(encoding="utf-8")
)
RULES = load_field_rules()


def fact_of(field: str, written: dict[str, Any]) -> Fact:
    stated = written.get("stated")
    return Fact(
        field,
        written["status"],
        Stated(**stated) if stated else None,
        tuple(Stated(**item) for item in written.get("history", ())),
        (Evidence(1, 2.0, 3.0, "customer", "…"),),
        written.get("confidence", 1.0),
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_status(case: dict[str, Any]) -> None:
    facts = [fact_of(case["field"], case["fact"])] if "fact" in case else []
    result = next(item for item in reconcile(facts, case["applied"], RULES) if item.field == case["field"])
    for key, expected in case["expect"].items():
        if key in ("value", "high", "polarity"):
            actual = getattr(result.stated, key) if result.stated else None
        elif key == "history":
            actual = len(result.history)
        else:
            actual = getattr(result, key)
        if key == "explanation_zh":
            expected = expected.replace(",", "\uff0c")
        assert actual == expected, key


def test_every_field_once_in_the_contracts_order() -> None:
    outcomes = reconcile([], {}, RULES)
    assert [item.field for item in outcomes] == [f"{section}.{name}" for section, name in field_paths()]
    assert {item.outcome for item in outcomes} == {"not_stated"}


def test_required_fields_and_severities_are_the_contracts() -> None:
    assert set(RULES.required) == {
        "identity.name",
        "identity.id_number",
        "employment.employer",
        "income.monthly",
        "debt.has_other_loans",
        "loan.amount",
        "loan.term_months",
        "loan.purpose",
        "vehicle.model",
        "vehicle.actual_user",
    }
    critical = {rule.field for rule in RULES.fields if rule.severity == "critical"}
    assert critical == {"identity.name", "identity.id_number"}


def test_the_last_of_several_facts_on_one_field_counts() -> None:
    facts = [Fact("loan.amount", "settled", Stated(value, str(value))) for value in (80000, 120000)]
    result = next(item for item in reconcile(facts, {"loan.amount": 120000}, RULES) if item.field == "loan.amount")
    assert result.outcome == "match"
