"""Tables of what a text mentions and what it does not, one file of tests/cases/language a kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.language import Reader
from pipeline.types import Mention

CASES = Path(__file__).parents[2] / "cases" / "language"
KINDS = {
    "money": "money",
    "durations": "duration",
    "ratios": "ratio",
    "digits": "digits",
    "names": "name",
    "vehicles": "vehicle",
    "purposes": "purpose",
    "relations": "relation",
    "positions": "position",
    "since": "date",
    "calendar_dates": "calendar_date",
    "ages": "age",
    "zodiacs": "zodiac",
    "plates": "plate",
    "vins": "vin",
    "addresses": "address",
    "marital_status": "marital_status",
    "residence_types": "residence_type",
    "conditions": "condition",
}


def rows() -> list[Any]:
    cases = []
    for stem, kind in KINDS.items():
        for line in (CASES / f"{stem}.tsv").read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                cells = [*line.split("\t"), "", "", "", "", ""][:6]
                cases.append(pytest.param(kind, *cells, id=f"{kind}: {cells[0]} {cells[1]}"))
    return cases


@pytest.fixture(scope="session")
def reader() -> Reader:
    return Reader()


def number(text: str) -> float | None:
    return float(text) if text else None


def attributes(text: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in text.split(";") if pair)


@pytest.mark.parametrize(("kind", "text", "span", "value", "low", "high", "qualities"), rows())
def test_mention(
    reader: Reader, kind: str, text: str, span: str, value: str, low: str, high: str, qualities: str
) -> None:
    found = [mention for mention in reader.read_text(text) if mention.kind == kind]
    assert all(mention.text == text[mention.start : mention.end] for mention in found)
    firm = [mention for mention in found if "weak" not in mention.attributes]
    if not span:
        assert firm == []
        return
    [mention] = [mention for mention in found if mention.text == span]
    if mention.quantity is None:
        assert mention.value == value
    else:
        assert bounds(mention) == (number(value), number(low), number(high))
    for name, wanted in attributes(qualities).items():
        assert mention.attributes.get(name, "") == wanted


def bounds(mention: Mention) -> tuple[float | None, float | None, float | None]:
    quantity = mention.quantity
    assert quantity is not None
    return tuple(None if each is None else round(each, 4) for each in (quantity.value, quantity.low, quantity.high))  # type: ignore[return-value]
