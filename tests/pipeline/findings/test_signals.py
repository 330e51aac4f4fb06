"""Which signals follow from what is said, and above all which do not."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from models.read import open_reading_models
from pipeline.findings import load_finding_rules
from pipeline.findings.signals import find_signals
from tests.pipeline.findings.calls import cases, facts_of, turns_of

RULES = load_finding_rules()
MODELS = open_reading_models()
PRIVATE = {"loan.purpose": "personal_use"}
DAY = date(2026, 11, 23)


@pytest.mark.parametrize("case", cases("signals.yaml"), ids=lambda case: case["id"])
def test_signals(case: dict[str, Any]) -> None:
    applied = case.get("applied", PRIVATE)
    if applied and "loan.purpose" not in applied:
        applied = {**PRIVATE, **applied}
    turns = turns_of(case["turns"])
    signals = find_signals(turns, facts_of(case.get("facts", ())), applied, RULES.signals, MODELS.signals, on=DAY)
    assert [signal.code for signal in signals] == case["signals"]
    for signal in signals:
        assert 0 < signal.confidence <= 1
        assert signal.explanation
        assert signal.explanation_zh


def test_a_month_tells_nothing_where_the_day_of_the_call_is_not_known() -> None:
    turns = turns_of(["A: 还住青石街吗?", "C: 不住了,十月份搬的家。"])
    assert find_signals(turns, [], PRIVATE, RULES.signals, MODELS.signals) == ()


def test_evidence_quotes_the_turn_letter_for_letter() -> None:
    turns = turns_of(["A: 买车做什么用?", "C: 嗯,这个 车,我是 帮别人 买的,对。"])
    (signal,) = find_signals(turns, [], PRIVATE, RULES.signals, MODELS.signals)
    (evidence,) = signal.evidence
    assert evidence.quote in turns[1].text
    assert evidence.quote == "我是 帮别人 买的"
    assert (evidence.turn, evidence.speaker) == (1, "customer")
