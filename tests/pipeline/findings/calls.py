"""Calls written down in case files, as the stages see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from pipeline.types import Evidence, Fact, Stated, Turn

FOLDER = Path(__file__).parents[2] / "cases" / "findings"
SPEAKERS = {"A": "agent", "C": "customer", "T": "third_party"}


def cases(name: str) -> list[dict[str, Any]]:
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


def turns_of(lines: Iterable[str]) -> list[Turn]:
    """Turns of two seconds each, from lines such as `C: 对。`."""
    turns = []
    for number, line in enumerate(lines):
        letter, text = line.split(": ", 1)
        turns.append(Turn(number, SPEAKERS[letter], number * 2.0, number * 2.0 + 2.0, text))
    return turns


def facts_of(written: Iterable[Mapping[str, Any]]) -> list[Fact]:
    facts = []
    for item in written:
        value = item.get("value")
        stated = None if value is None else Stated(value, str(value))
        history = tuple(Stated(past, str(past)) for past in item.get("history", ()))
        evidence = (Evidence(1, 2.0, 4.0, "customer", "…"),)
        facts.append(Fact(item["field"], item.get("status", "settled"), stated, history, evidence))
    return facts


def rows(name: str) -> list[list[str]]:
    """Rows of a tab-separated case file, without comments and its heading."""
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")][1:]
