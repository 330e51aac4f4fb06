"""What counts as right: one field at a time, with reports written by hand."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.contract import StatedItem
from pipeline.evaluate import field_errors, judge
from pipeline.evaluate.figures import Counts, fact_counts
from pipeline.evaluate.labels import SaidValue
from pipeline.evaluate.values import same_value
from tests.pipeline.evaluate.reports import call, field, report

AMOUNT = "loan.amount"
RIGHT, WRONG, INVENTED, MISSED, NONE = Counts(1), Counts(0, 1, 1), Counts(0, 1, 0), Counts(0, 0, 1), Counts()


@pytest.mark.parametrize(
    ("expected", "found", "counts", "kind"),
    [
        ({"outcome": "match", "value": 80000}, field(AMOUNT, "match", 80000), RIGHT, None),
        ({"outcome": "match"}, field(AMOUNT, "match", 79000), RIGHT, None),
        ({"outcome": "match"}, field(AMOUNT, "mismatch", 70000), WRONG, "value"),
        ({"outcome": "match", "value": 80000}, field(AMOUNT, "mismatch", 80000), RIGHT, "outcome"),
        ({"outcome": "match", "value": 80000}, field(AMOUNT, "match", 90000), WRONG, "value"),
        ({"outcome": "match", "value": 80000}, field(AMOUNT, "unclear"), MISSED, "missed"),
        ({"outcome": "unclear"}, field(AMOUNT, "match", 80000), INVENTED, "invented"),
        (None, field(AMOUNT, "not_applied", 80000), INVENTED, "invented"),
        (None, field(AMOUNT, "unclear"), NONE, "outcome"),
        (None, field(AMOUNT, "not_stated"), NONE, None),
        ({"outcome": "mismatch"}, field(AMOUNT, "mismatch", high=100000), NONE, None),
        ({"outcome": "mismatch"}, field(AMOUNT, "unclear"), NONE, "outcome"),
        (
            {"outcome": "mismatch", "low": 6e4, "high": 7e4},
            field(AMOUNT, "mismatch", 65000, low=6e4, high=7e4),
            RIGHT,
            None,
        ),
        ({"outcome": "match", "value": 36, "history": [24]}, field(AMOUNT, "match", 36, history=[24]), RIGHT, None),
        ({"outcome": "match", "value": 36, "history": [24]}, field(AMOUNT, "match", 36), RIGHT, "history"),
        ({"outcome": "contradicted", "value": 36, "history": [24]}, field(AMOUNT, "contradicted", 36), RIGHT, None),
        ({"outcome": "match", "value": 1, "polarity": "confirmed"}, field(AMOUNT, "match", 1), RIGHT, "polarity"),
        ({"outcome": "match", "value": 1, "turn": 3}, field(AMOUNT, "match", 1, turns=[0, 1]), RIGHT, "turn"),
        ({"outcome": "match", "value": 1, "turn": 1}, field(AMOUNT, "match", 1, turns=[0, 1]), RIGHT, None),
    ],
)
def test_a_field(expected: dict[str, Any] | None, found: dict[str, Any], counts: Counts, kind: str | None) -> None:
    labels = {"fields": {AMOUNT: expected}} if expected else {}
    judged = judge(call(labels), report([found]))
    assert fact_counts(judged.fields[0]) == counts
    assert [error.kind for error in field_errors(judged)] == ([kind] if kind else [])


@pytest.mark.parametrize(
    ("name", "expected", "found", "same"),
    [
        (AMOUNT, 80000, 80500, True),
        (AMOUNT, 80000, 81500, False),
        ("employment.years", 0.25, 0.25, True),
        ("employment.years", 0.25, 0.5, False),
        ("employment.years", 1, True, False),
        ("debt.has_other_loans", False, False, True),
        ("debt.has_other_loans", False, True, False),
        ("debt.has_other_loans", False, 0, False),
        ("identity.id_number", "021x", "021X", True),
        ("identity.id_number", "0217", "217", False),
        ("identity.name", "王建国", "王建果", False),
        ("vehicle.model", "Model Y", "modelY", True),
        ("vehicle.model", "秦PLUS", "秦\uff30\uff2c\uff35\uff33", True),
        ("vehicle.model", "秦PLUS", "秦", False),
        ("employment.employer", "京东", "京东方", False),
        ("identity.residence", "望江西路", "蜀山区望江西路99号", True),
        ("identity.residence", "望江西路", "黄山路", False),
        ("identity.residence", "敦化路三百二十八号", "敦化路328号", True),
        ("identity.residence", "敦化路三百二十八号", "敦化路382号", False),
        ("identity.residence", "盛景嘉园,隆兴西路", "盛景嘉园隆兴西路", True),
    ],
)
def test_a_value(name: str, expected: Any, found: Any, same: bool) -> None:
    stated = StatedItem(value=found, text="…", polarity="stated")
    assert same_value(name, SaidValue(value=expected), stated) is same


@pytest.mark.parametrize(
    ("expected", "found", "same"),
    [
        ((6500, 6000, 7000), (6500, None, None), True),
        ((None, 6000, 7000), (6500, 6000, 7000), True),
        ((6800, 6000, 7000), (6500, 6000, 7000), True),
        ((None, 6000, 7000), (6500, None, None), False),
        ((None, 6000, 7000), (6500, 6000, None), False),
        ((None, 6000, 7000), (None, 5000, 7000), False),
    ],
)
def test_a_range_is_right_by_its_value_or_by_both_ends(expected: Any, found: Any, same: bool) -> None:
    value, low, high = found
    stated = StatedItem(value=value, low=low, high=high, text="…", polarity="stated")
    assert same_value(AMOUNT, SaidValue(value=expected[0], low=expected[1], high=expected[2]), stated) is same


def test_an_error_says_where_to_look() -> None:
    labels = {"fields": {AMOUNT: {"outcome": "match", "value": 80000, "turn": 1}}}
    (error,) = field_errors(judge(call(labels), report([field(AMOUNT, "mismatch", 90000, turns=[3])])))
    assert (error.file, error.subject, error.kind) == ("call.yaml", AMOUNT, "value")
    assert (error.expected, error.found) == ("match 80000", "mismatch 90000")
    assert (error.turn, error.said) == (1, "八万块钱整。")


def test_errors_of_findings_roles_and_disposition() -> None:
    signal = {"code": "evasive", "severity": "minor", "confidence": 0.7}
    wrong = report(
        [],
        roles={"S0": "customer", "S1": "agent"},
        disposition="review",
        signals=[{**signal, "evidence": field(AMOUNT, "match", 1, turns=[3])["evidence"]}],
        compliance=[{"item": "no_rudeness", "status": "violated"}],
    )
    labels = {"signals": ["coached"], "compliance": {"missing": ["recording_notice"]}}
    errors = field_errors(judge(call(labels), wrong))
    assert [(error.kind, error.subject, error.expected, error.found) for error in errors] == [
        ("signal", "coached", "raised", "-"),
        ("signal", "evasive", "-", "raised"),
        ("compliance", "recording_notice", "missing", "done"),
        ("compliance", "no_rudeness", "done", "violated"),
        ("role", "S0", "agent", "customer"),
        ("role", "S1", "customer", "agent"),
        ("disposition", "disposition", "pass", "review"),
    ]
    assert errors[1].said == "还有别的事吗?"
