"""Small calls in tests/cases/dialogue and the facts that they come to."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from models.read import open_reading_models
from pipeline.dialogue import extract_facts
from pipeline.dialogue.tools import Tools, tools
from pipeline.language import Reader
from pipeline.types import Fact, Turn

CASES = Path(__file__).parents[2] / "cases" / "dialogue"
SPEAKERS = {"a": "agent", "c": "customer", "t": "third_party"}


def cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{path.stem}: {case['name']}")
        for path in sorted(CASES.glob("*.yaml"))
        for case in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


@pytest.fixture(scope="session")
def reader() -> Reader:
    return Reader()


@pytest.fixture(scope="session")
def readers() -> Tools:
    return tools(open_reading_models())


def spoken(lines: list[str]) -> list[Turn]:
    turns = []
    for number, line in enumerate(lines):
        speaker, _, text = line.partition(" ")
        turns.append(Turn(number, SPEAKERS.get(speaker, speaker), number * 3.0, number * 3.0 + 2.0, text))
    return turns


def expected(given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        return {"status": "settled", "value": given, "polarity": "stated", "history": []}
    wanted = dict(given)
    if "confirmed" in wanted:
        wanted |= {"value": wanted.pop("confirmed"), "polarity": "confirmed"}
    return {"status": "settled", **wanted}


def seen(fact: Fact, keys: set[str]) -> dict[str, Any]:
    values: dict[str, Any] = {"status": fact.status, "history": [stated.value for stated in fact.history]}
    for key in ("value", "low", "high", "polarity", "hedged", "ratio"):
        values[key] = getattr(fact.stated, key, None)
    return {key: values[key] for key in keys}


@pytest.mark.parametrize("case", cases())
def test_call(case: dict[str, Any], reader: Reader, readers: Tools) -> None:
    turns = spoken(case["turns"])
    facts = {
        fact.field: fact
        for fact in extract_facts(
            readers.uttered(turns), reader=reader.for_call(), tools=readers.for_call(), on=date(2026, 11, 23)
        )
    }
    wanted = {field: expected(given) for field, given in case["facts"].items()}
    got = {field: seen(fact, set(wanted.get(field, {"status", "value"}))) for field, fact in facts.items()}
    assert got == wanted
    for fact in facts.values():
        assert fact.evidence
        for evidence in fact.evidence:
            turn = turns[evidence.turn]
            assert evidence.quote in turn.text
            assert turn.start <= evidence.start <= evidence.end <= turn.end
