"""What seems to differ from the application is looked at again in the turns that prove it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from models.read import open_reading_models
from pipeline.dialogue.tools import tools
from pipeline.language import Reader
from pipeline.reconcile import SecondLook, load_field_rules, reconcile
from pipeline.types import Evidence, Fact, Stated, Turn

CASES = yaml.safe_load(
    (Path(__file__).parents[2] / "cases" / "reconcile" / "second_look.yaml").read_text(encoding="utf-8")
)
RULES = load_field_rules()
READER = Reader()
TOOLS = tools(open_reading_models())
SPEAKERS = {"A": "agent", "C": "customer"}


def turns_of(lines: list[str]) -> list[Turn]:
    pairs = [line.split(": ", 1) for line in lines]
    return [Turn(place, SPEAKERS[who], place * 2.0, place * 2 + 2.0, text) for place, (who, text) in enumerate(pairs)]


def fact_of(field: str, said: dict[str, Any], turns: list[Turn]) -> Fact:
    every = [*said.get("history", ()), said]
    stated = [Stated(one["value"], one["text"], polarity=one.get("polarity", "stated")) for one in every]
    evidence = tuple(Evidence(one["turn"], 0.0, 1.0, "customer", turns[one["turn"]].text) for one in every)
    status = "contradicted" if len(every) > 1 else "settled"
    return Fact(field, status, stated[-1], tuple(stated[:-1]), evidence, 0.92)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["about"])
def test_second_look(case: dict[str, Any]) -> None:
    turns = turns_of(case["turns"])
    fact = fact_of(case["field"], case["said"], turns)
    look = SecondLook(turns, READER, TOOLS, RULES)
    (found,) = (one for one in reconcile([fact], case["applied"], RULES, look) if one.field == case["field"])
    assert found.outcome == case["outcome"], found
    if found.outcome == "match" and fact.stated and fact.stated.value != case["applied"][case["field"]]:
        assert found.confidence < fact.confidence
        assert found.stated is not None
        assert found.stated.value == case["applied"][case["field"]]


def test_without_turns_what_was_read_stands() -> None:
    fact = Fact("income.monthly", "settled", Stated(79900, "七万九千九"), confidence=0.9)
    applied = {"income.monthly": 7000, "vehicle.price": 79900}
    (found,) = (one for one in reconcile([fact], applied, RULES) if one.field == "income.monthly")
    assert found.outcome == "mismatch"
