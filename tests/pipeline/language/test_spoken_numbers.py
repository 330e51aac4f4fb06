"""Speaks amounts the way people say them and reads them back."""

from __future__ import annotations

import random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipeline.language.approximations import Amounts
from pipeline.language.numerals import find_numbers

FIGURES = "零一二三四五六七八九"
UNITS = ("", "十", "百", "千")


def below_ten_thousand(value: int) -> str:
    """3050 as 三千零五十, 12 as 十二."""
    text, gap = "", False
    digits = f"{value:d}"
    for index, digit in enumerate(digits):
        unit = UNITS[len(digits) - 1 - index]
        if digit == "0":
            gap = bool(text)
            continue
        text += ("零" if gap else "") + FIGURES[int(digit)] + unit
        gap = False
    return text.removeprefix("一") if 10 <= value < 20 else text


def formal(value: int) -> str:
    """In full: 179800 as 十七万九千八百."""
    high, low = divmod(value, 10_000)
    if not high:
        return below_ten_thousand(low)
    text = below_ten_thousand(high) + "万"
    if not low:
        return text
    return text + ("零" if low < 1000 else "") + below_ten_thousand(low)


def colloquial(value: int) -> str:
    """As people say it: 8500 as 八千五, 12000 as 一万二, 179800 as 十七万九千八."""
    text = formal(value)
    for shorter, unit, after in (("百", 100, "千"), ("十", 10, "百"), ("千", 1000, "万")):
        if value % unit == 0 and value // unit % 10 and value // (unit * 10) and text.endswith(shorter):
            previous = text[:-2]
            if previous.endswith(after):
                return text[:-1]
    return text


def mixed(value: int) -> str:
    """As some recognisers write it: 17万9千8."""
    table = str.maketrans("一二三四五六七八九", "123456789")
    text = colloquial(value)
    return text.translate(table) if "零" not in text and "十" not in text else f"{value}"


def read(text: str) -> list[float]:
    return [number.low for number in find_numbers(text) if number.low == number.high]


@pytest.mark.parametrize("speak", [formal, colloquial, mixed])
def test_every_small_amount(speak: object) -> None:
    wrong = [(value, speak(value)) for value in range(1, 3000) if read(speak(value)) != [value]]  # type: ignore[operator]
    assert wrong == []


@pytest.mark.parametrize("speak", [formal, colloquial, mixed])
def test_sampled_large_amounts(speak: object) -> None:
    draw = random.Random(20260101)
    sample = [draw.randrange(3000, 9_999_999) for _ in range(1500)]
    sample += [value // 10**zeros * 10**zeros for value in sample for zeros in (2, 3, 4) if value >= 10**zeros]
    wrong = [(value, speak(value)) for value in sample if value and read(speak(value)) != [value]]  # type: ignore[operator]
    assert wrong == []


@settings(max_examples=60, deadline=None)
@given(
    st.integers(3, 9_999).map(lambda value: value * 100),
    st.sampled_from(["一个月", "三年还", "三十六期", "每个月", ""]),
)
def test_what_follows_an_amount_is_not_part_of_it(value: int, following: str) -> None:
    assume(not colloquial(value).endswith("百"))  # 三百三十六期 may be 336 instalments
    assert read(colloquial(value) + following)[0] == value


@settings(max_examples=80, deadline=None)
@given(
    st.text(
        alphabet="零一二两三四五六七八九十百千万亿半几多来把点到至左右不到小大0123456789.,kw个年月期块元 ", max_size=40
    )
)
def test_any_text_is_read_without_error_and_in_order(text: str) -> None:
    amounts = Amounts().find(text)
    for amount in amounts:
        assert 0 <= amount.start <= amount.number.start < amount.number.end <= len(text)
        assert amount.low <= amount.high
    starts = [amount.number.start for amount in amounts]
    assert starts == sorted(starts)
