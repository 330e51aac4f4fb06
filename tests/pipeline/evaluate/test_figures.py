"""The figures, counted by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.analysis import Analyst
from pipeline.evaluate import FIGURES, Evaluation, Share, evaluate, judge, read_calls
from pipeline.evaluate.listening import seconds_to_hear
from tests.pipeline.evaluate.reports import call, field, report

CALLS = Path(__file__).parents[2] / "cases" / "evaluate"


@pytest.fixture(scope="module")
def analyst() -> Analyst:
    return Analyst()


def test_three_calls_with_wrong_labels(analyst: Analyst) -> None:
    figures = evaluate(read_calls(CALLS), analyst).figures
    counted = {name: (share.hits, share.of) for name, share in figures.items() if name != "listening_share"}
    assert counted == {
        "fact_precision": (9, 11),
        "fact_recall": (9, 11),
        "fact_f1": (18, 22),
        "outcome_accuracy": (10, 13),
        "mismatch_precision": (1, 3),
        "mismatch_recall": (1, 1),
        "correction_recall": (1, 1),
        "confirmation_attribution": (8, 9),
        "evidence_turn": (8, 9),
        "signal_precision": (0, 1),
        "signal_recall": (0, 1),
        "signal_f1": (0, 2),
        "compliance_precision": (0, 1),
        "compliance_recall": (0, 1),
        "compliance_f1": (0, 2),
        "role_accuracy": (7, 7),
        "disposition_accuracy": (2, 3),
        "recognition_rate": (11, 30),
    }
    assert 0 < figures["listening_share"].hits < figures["listening_share"].of


def test_right_labels_leave_nothing_wrong(analyst: Analyst) -> None:
    figures = evaluate(read_calls(CALLS / "right_labels.yaml"), analyst).figures
    judged = set(FIGURES) - {"recognition_rate", "listening_share"}
    assert {name for name in judged if figures[name].value not in (1.0, None)} == set()


def test_an_excerpt_counts_in_no_figure_of_a_whole_call(analyst: Analyst, tmp_path: Path) -> None:
    part = "excerpt: true\nturns:\n- A: 月收入多少?\n- C: 八千。\n"
    label = "expect: {fields: {income.monthly: {outcome: not_applied, value: 8000}}}\n"
    (tmp_path / "part.yaml").write_text(part + label, encoding="utf-8")
    figures = evaluate(read_calls(tmp_path), analyst).figures
    assert (figures["fact_f1"].hits, figures["fact_f1"].of) == (2, 2)
    whole = ("compliance_f1", "role_accuracy", "disposition_accuracy", "recognition_rate", "listening_share")
    assert {figures[name] for name in whole} == {Share()}


def test_progress_counts_the_calls(analyst: Analyst) -> None:
    seen: list[tuple[str, int, int]] = []
    evaluate(read_calls(CALLS), analyst, progress=lambda *step: seen.append(step))
    assert seen == [("analyze", done, 3) for done in (1, 2, 3)]


def test_every_field_that_came_up_has_its_counts(analyst: Analyst) -> None:
    fields = {one.field: one.counts for one in evaluate(read_calls(CALLS), analyst).fields}
    assert list(fields) == [
        "identity.name",
        "income.monthly",
        "loan.amount",
        "loan.term_months",
        "loan.purpose",
        "vehicle.price",
    ]
    amount = fields["loan.amount"]
    assert (amount.tp, amount.fp, amount.fn) == (1, 1, 1)


def test_confidence_in_bins() -> None:
    labels = {"fields": {"loan.amount": {"outcome": "match", "value": 1}}}
    found = [("match", 1, 0.95), ("match", 2, 0.91), ("match", 1, 1.0), ("match", 1, 0.5), ("not_stated", None, 0.99)]
    calls = tuple(
        judge(call(labels), report([field("loan.amount", outcome, value, confidence=confidence)]))
        for outcome, value, confidence in found
    )
    low, top = Evaluation(calls).reliability
    assert (low.low, low.high, low.right) == (0.5, 0.6, Share(1, 1))
    assert (top.low, top.high, top.right) == (0.9, 1.0, Share(2, 3))
    assert top.mean_confidence == pytest.approx((0.95 + 0.91 + 1.0) / 3)


def test_a_role_the_wrong_way_round() -> None:
    evaluation = Evaluation((judge(call({}), report([], roles={"S0": "agent", "S1": "third_party"})),))
    assert evaluation.figures["role_accuracy"] == Share(1, 2)


def test_nothing_counted_is_no_share() -> None:
    assert Evaluation(()).figures["fact_f1"].value is None


@pytest.mark.parametrize(
    ("turns", "outcome", "seconds"),
    [
        ([10], "mismatch", 5.0),
        ([10], "match", 0.0),
        ([10], "not_applied", 0.0),
        ([10, 12], "unclear", 7.0),
        ([10, 20], "contradicted", 10.0),
        ([0], "mismatch", 3.0),
        ([29], "mismatch", 3.0),
    ],
)
def test_what_is_still_to_be_heard(turns: list[int], outcome: str, seconds: float) -> None:
    """Evidence of turn n lasts from n to n + 1 s, in a call of 30 s; 2 s are heard before and after it."""
    assert seconds_to_hear(report([field("loan.amount", outcome, 1, turns=turns)]), duration=30) == seconds
