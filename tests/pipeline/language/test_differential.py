"""Beside cn2an and WeTextProcessing on what they read: every difference is explained in differences.tsv.

Needs the extra `differential` (pip install "callproof[differential]"); the rest of the suite does not.
"""

from __future__ import annotations

import random
import re
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.spoken import FIGURES, LARGEST, amount_forms, below_ten_thousand, digit_forms
from pipeline.language import Reader
from pipeline.language.numerals import find_numbers

cn2an = pytest.importorskip("cn2an", reason='needs the extra "differential"')
inverse_normalizer = pytest.importorskip("itn.chinese.inverse_normalizer", reason='needs the extra "differential"')

CASES = Path(__file__).parents[2] / "cases" / "language"
TABLES = ("money", "durations", "ratios", "digits")
HAN_FORMS = ("formal", "colloquial", "pair", "pair, colloquial", "circle", "ten without one", "spoken decimal")
SAMPLE = 400
NORMALISER = inverse_normalizer.InverseNormalizer()
READER = Reader()
_WRITTEN = re.compile(r"(?:¥|￥)?(\d+(?:\.\d+)?)(万|亿)?(?:~(\d+(?:\.\d+)?)(万|亿)?)?(%|期|个月|年|块|元)?")
_MIXED = re.compile(r"(\d+)万(\d{1,4})")
_SCALE = {"": 1, "万": 10_000, "亿": 100_000_000}


def spoken() -> list[str]:
    """Amounts, ranges, instalments, percentages and digit strings as people say them, each once."""
    draw = random.Random(20261124)
    amounts = [*range(1, 130), *(draw.randrange(130, LARGEST) for _ in range(SAMPLE))]
    amounts += [value // 10**zeros * 10**zeros for value in amounts for zeros in (2, 3, 4) if value >= 10**zeros]
    said = [text for value in amounts for name, text in amount_forms(value) if name in HAN_FORMS]
    said += [f"{FIGURES[low]}{FIGURES[low + 1]}{unit}" for low in range(3, 9) for unit in ("百", "千", "万")]
    said += [f"{below_ten_thousand(months)}期" for months in (12, 18, 24, 30, 36, 48, 60)]
    said += [f"百分之{below_ten_thousand(share)}" for share in range(1, 100)]
    lengths = [length for length in (4, 6, 11, 18) for _ in range(20)]
    strings = ["".join(draw.choice("0123456789") for _ in range(length)) for length in lengths]
    said += [text for digits in strings for name, text in digit_forms(digits) if name in ("plain", "telephone")]
    return list(dict.fromkeys([*said, *_from_the_tables()]))


def _from_the_tables() -> list[str]:
    """The cases of the grammar's tables that are one mention from end to end."""
    lines = (line for name in TABLES for line in (CASES / f"{name}.tsv").read_text(encoding="utf-8").splitlines())
    cells = (line.split("\t") for line in lines if not line.startswith("#"))
    return [row[0] for row in cells if len(row) > 1 and row[0] == row[1]]


def ours(text: str) -> tuple[float, float] | str | None:
    """Bounds of the number that the whole text is, or its digits; None where we read neither."""
    for mention in READER.read_text(text):
        if (mention.start, mention.end) != (0, len(text)):
            continue
        if mention.kind == "digits":
            return mention.value
        a_guess = mention.kind == "duration" and mention.attributes["unit"] == "bare"
        if mention.quantity is not None and not a_guess:
            quantity = mention.quantity
            low, high = (quantity.low, quantity.high) if quantity.hedged else (quantity.value, quantity.value)
            return (round(low or 0, 6), round(high or 0, 6))
    for number in find_numbers(text):
        if (number.start, number.end) == (0, len(text)):
            return (round(number.low, 6), round(number.high, 6))
    return None


def by_cn2an(text: str) -> tuple[float, float] | str | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            value = float(cn2an.cn2an(text, "smart"))
        except ValueError:
            return None
    return (value, value)


def by_wetext(text: str) -> tuple[float, float] | str | None:
    """What its written form says, as 813万3300, 7000~8000, 30%; None where that is no number any more."""
    written = NORMALISER.normalize(text)
    mixed = _MIXED.fullmatch(written)
    if mixed is not None:
        rest = float(mixed[2]) * (1000 if len(mixed[2]) == 1 else 1)
        return (float(mixed[1]) * 10_000 + rest,) * 2
    found = _WRITTEN.fullmatch(written)
    if found is None:
        return None
    first, scale, second, last, unit = found.groups(default="")
    share = 0.01 if unit == "%" else 1
    low = round(float(first) * _SCALE[scale or (last if second else "")] * share, 6)
    high = round(float(second) * _SCALE[last or scale] * share, 6) if second else low
    return (low, high)


def same(one: tuple[float, float] | str | None, other: tuple[float, float] | str | None) -> bool:
    if isinstance(one, str) and isinstance(other, tuple):
        return float(one) == other[0] == other[1]
    return one == other


def explanations(library: str) -> dict[re.Pattern[str], str]:
    lines = (CASES / "differences.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return {re.compile(pattern): why for name, pattern, why in rows if name == library}


@pytest.mark.parametrize(("library", "read"), [("cn2an", by_cn2an), ("wetext", by_wetext)])
def test_every_difference_is_explained(library: str, read: Callable[[str], tuple[float, float] | str | None]) -> None:
    explained = explanations(library)
    unexplained, used = [], set()
    for text in spoken():
        mine, theirs = ours(text), read(text)
        if theirs is None or same(mine, theirs):
            continue
        why = [pattern for pattern in explained if pattern.fullmatch(text)]
        used.update(why)
        if not why:
            unexplained.append((text, mine, theirs))
    assert unexplained == []
    assert set(explained) == used, "an explanation that no difference needs is stale: take it out"
