"""The façade: dispositions, coverage, risk and next steps of whole calls."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.findings import Findings, find, load_finding_rules
from pipeline.reconcile import reconcile
from tests.pipeline.findings.calls import cases, facts_of, turns_of

RULES = load_finding_rules()
APPLIED = {
    "identity.name": "王建国",
    "identity.id_number": "340102198805067219",
    "employment.employer": "合肥智远电子有限公司",
    "income.monthly": 9500,
    "debt.has_other_loans": True,
    "loan.amount": 120000,
    "loan.term_months": 36,
    "loan.purpose": "personal_use",
    "vehicle.model": "雅阁",
    "vehicle.actual_user": "self",
    "vehicle.dealer": "合肥恒信本田4S店",
}
WHOLE_CALL = ["A: 您好,这里是安达汽车金融,本次通话有录音。", "C: 嗯,你说。", "A: 感谢您的配合,再见。"]


def findings_of(case: dict[str, Any]) -> Findings:
    lines = case.get("turns", WHOLE_CALL)
    if "say" in case:
        lines = [*lines[:2], *case["say"], *lines[2:]]
    written = {field: {"field": field, "value": value} for field, value in APPLIED.items()} if case.get("all") else {}
    written |= {item["field"]: item for item in case.get("facts", ())}
    facts = facts_of(item for field, item in written.items() if field not in case.get("without", ()))
    outcomes = reconcile(facts, APPLIED, RULES.fields)
    return find(turns_of(lines), facts, outcomes, APPLIED, RULES)


@pytest.mark.parametrize("case", cases("dispositions.yaml"), ids=lambda case: case["id"])
def test_disposition(case: dict[str, Any]) -> None:
    findings, expect = findings_of(case), case["expect"]
    texts = {step.for_: step.text for step in findings.next_steps}
    assert findings.disposition == expect["disposition"]
    assert findings.coverage.missing == expect.get("missing", findings.coverage.missing)
    assert findings.risk.band == expect.get("band", findings.risk.band)
    assert findings.risk.score == expect.get("score", findings.risk.score)
    assert findings.risk.reasons == expect.get("reasons", findings.risk.reasons)
    assert expect.get("customer", "") in texts["customer"]
    assert expect.get("agent", "") in texts.get("agent", "")


def test_coverage_counts_what_settles_a_field() -> None:
    case = {
        "all": True,
        "facts": [
            {"field": "income.monthly", "value": 6000},
            {"field": "loan.purpose", "value": "freight", "history": ["personal_use"], "status": "contradicted"},
            {"field": "vehicle.model", "status": "unclear"},
        ],
        "without": ["loan.amount"],
    }
    coverage = findings_of(case).coverage
    assert (coverage.required, coverage.settled, coverage.missing) == (10, 8, ["loan.amount", "vehicle.model"])


def test_the_customers_text_names_no_value_and_no_suspicion() -> None:
    findings = findings_of(
        {"all": True, "say": ["C: 我是帮别人买的"], "facts": [{"field": "income.monthly", "value": 1}]}
    )
    text = next(step.text for step in findings.next_steps if step.for_ == "customer")
    for secret in ("王建国", "9500", "顶名", "不一致", "风险"):
        assert secret not in text


def test_next_steps_are_said_in_both_languages() -> None:
    findings = findings_of({"all": True, "say": ["C: 我是帮别人买的"], "without": ["loan.amount"]})
    steps = {step.for_: step for step in findings.next_steps}
    assert steps.keys() == {"agent", "reviewer", "customer"}
    assert steps["agent"].text_en == "When calling back, ask about: loan amount."
    assert all(step.text_en.isascii() for step in findings.next_steps), steps


def test_without_application_everything_said_is_kept_and_nothing_is_accused() -> None:
    facts = facts_of([{"field": "income.monthly", "value": 9500}, {"field": "debt.has_other_loans", "value": True}])
    outcomes = reconcile(facts, {}, RULES.fields)
    findings = find(turns_of(WHOLE_CALL), facts, outcomes, {}, RULES)
    assert {outcome.outcome for outcome in outcomes} == {"not_applied", "not_stated"}
    assert findings.signals == ()
    assert findings.disposition == "callback"
