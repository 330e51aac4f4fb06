"""What stayed open is searched for the value on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from models.read import open_reading_models
from pipeline.dialogue.tools import tools
from pipeline.language import Reader
from pipeline.language.heard_numbers import as_numbers, is_broken
from pipeline.reconcile import OpenLook, SecondLook, load_field_rules, reconcile
from pipeline.types import Evidence, Fact, Stated, Turn

CASES = yaml.safe_load(
    (Path(__file__).parents[2] / "cases" / "reconcile" / "open_look.yaml").read_text(encoding="utf-8")
)
RULES = load_field_rules()
READER = Reader()
TOOLS = tools(open_reading_models())
SPEAKERS = {"A": "agent", "C": "customer"}


def outcomes_of(lines: list[str], applied: dict[str, Any], facts: list[Fact]) -> dict[str, Any]:
    pairs = [line.split(": ", 1) for line in lines]
    turns = [Turn(place, SPEAKERS[who], place * 2.0, place * 2 + 2.0, text) for place, (who, text) in enumerate(pairs)]
    look = SecondLook(turns, READER, TOOLS, RULES)
    found = reconcile(facts, applied, RULES, look, OpenLook(turns, READER, TOOLS, RULES, look))
    return {one.field: one for one in found}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["about"])
def test_open_look(case: dict[str, Any]) -> None:
    found = outcomes_of(case["turns"], case["applied"], [])[case["field"]]
    assert found.outcome == case["outcome"], found
    if found.outcome == "match":
        texts = [line.split(": ", 1)[1] for line in case["turns"]]
        assert all(item.quote in texts[item.turn] for item in found.evidence)
        assert found.confidence < 0.92
        assert found.stated.polarity == case.get("polarity", found.stated.polarity)


def test_what_was_read_is_left_alone() -> None:
    said = Fact("income.monthly", "settled", Stated(7000, "七千"), (), (Evidence(1, 0, 1, "customer", "七千"),), 0.9)
    found = outcomes_of(
        ["A: 月收入多少?", "C: 七千。", "A: 不是一万吗?", "C: 一万。"], {"income.monthly": 10000}, [said]
    )
    assert found["income.monthly"].outcome == "mismatch"


def test_a_model_names_its_brand_and_a_paid_instalment_its_loan() -> None:
    lines = ["A: 买的什么车?", "C: 宋普拉斯。", "A: 别的贷款每月还多少?", "C: 一千四百五。"]
    applied = {
        "vehicle.brand": "比亚迪",
        "vehicle.model": "宋PLUS",
        "debt.has_other_loans": True,
        "debt.monthly_payment": 1450,
    }
    found = outcomes_of(lines, applied, [])
    assert [found[field].outcome for field in applied] == ["match"] * 4


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        ("四万散千八", "四万三千八"),
        ("幺八二七尔六", "幺八二七二六"),
        ("三十六期", "三十六期"),
        ("七千吧", "七千吧"),
        ("散步", "散步"),
    ],
)
def test_numbers_by_sound(heard: str, written: str) -> None:
    assert as_numbers(heard) == written


@pytest.mark.parametrize(
    ("text", "number", "broken"),
    [("四万千九", "四万", True), ("八千左右", "八千", False), ("二十六万三", "六万三", False)],
)
def test_pieces_of_numbers(text: str, number: str, broken: bool) -> None:
    start = text.index(number)
    assert is_broken(text, start, start + len(number)) is broken
