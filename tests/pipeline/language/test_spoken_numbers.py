"""Speaks amounts, digits and lengths of time the way people say them and reads them back."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bench.spoken import LARGEST, amount_forms, colloquial, digit_forms, month_forms
from pipeline.language import Reader
from pipeline.language.approximations import Amounts
from pipeline.language.numerals import find_numbers
from pipeline.language.script import fold

ALL_BELOW = 20_000
SAMPLE = 1_200
READER = Reader()
LONGEST_TERM = 360
ASKED_FOR = (4, 6, 11, 18)


def sampled() -> Iterator[int]:
    """Amounts of 20,000 and more, exact ones and round ones."""
    draw = random.Random(20261124)
    for _ in range(SAMPLE):
        value = draw.randint(ALL_BELOW, LARGEST)
        yield from {value // 10**zeros * 10**zeros for zeros in range(6)} - {0}


def misread(values: Iterator[int] | range) -> list[tuple[int, str, str]]:
    wrong = []
    for value in values:
        for form, text in amount_forms(value):
            found = find_numbers(fold(text))
            whole = len(found) == 1 and (found[0].start, found[0].end) == (0, len(text))
            if not whole or round(found[0].low, 6) != value or found[0].low != found[0].high:
                wrong.append((value, form, text))
    return wrong


def test_every_amount_below_20000_in_every_form() -> None:
    assert misread(range(1, ALL_BELOW)) == []


def test_sampled_amounts_up_to_9999999_in_every_form() -> None:
    assert misread(sampled()) == []


@settings(max_examples=300, deadline=None)
@given(
    st.integers(100, LARGEST),
    st.sampled_from(["", "块", "块钱", "元", "吧", "啊", "。"]),
    st.sampled_from(["", "首付", "嗯,", "我"]),
)
def test_an_amount_is_one_mention_of_money_at_its_place(value: int, after: str, before: str) -> None:
    for _, text in amount_forms(value):
        money = [mention for mention in READER.read_text(before + text + after) if mention.kind == "money"]
        assert [mention.quantity.value for mention in money if mention.quantity] == [pytest.approx(value)], text
        assert money[0].start == len(before)
        assert money[0].text.startswith(text)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(ASKED_FOR).flatmap(lambda length: st.text("0123456789", min_size=length, max_size=length)))
def test_digits_read_out_in_every_form(digits: str) -> None:
    assume(not (len(digits) == 4 and digits[:2] in ("19", "20")))
    for form, text in digit_forms(digits):
        found = [mention.value for mention in READER.read_text(text) if mention.kind == "digits"]
        assert found == [digits], (form, text)


def test_every_length_of_time_in_every_form() -> None:
    wrong = []
    for months in range(1, LONGEST_TERM + 1):
        for form, text in month_forms(months):
            if months > 100 and text.endswith("一个月"):
                continue  # 三百五十一个月 is 350 a month
            found = [mention for mention in READER.read_text(text) if mention.kind == "duration"]
            if [m.quantity.value for m in found if m.quantity and not m.quantity.hedged] != [months]:
                wrong.append((months, form, text))
    assert wrong == []


@settings(max_examples=60, deadline=None)
@given(
    st.integers(3, 9_999).map(lambda value: value * 100),
    st.sampled_from(["一个月", "三年还", "三十六期", "每个月", ""]),
)
def test_what_follows_an_amount_is_not_part_of_it(value: int, following: str) -> None:
    assume(not colloquial(value).endswith("百"))  # 三百三十六期 may be 336 instalments
    found = find_numbers(colloquial(value) + following)
    assert (found[0].low, found[0].high) == (value, value)


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
    assert all(mention.text == text[mention.start : mention.end] for mention in READER.read_text(text))
