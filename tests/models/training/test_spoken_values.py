import re
from collections.abc import Callable
from random import Random

import pytest

from models.training.recogniser import spoken_values as values

NUMERALS = "零一二两三四五六七八九十百千万"


@pytest.mark.parametrize(
    ("make", "pattern"),
    [
        (values.money, rf"[{NUMERALS}点]+(块钱?|元|块[一二三四五六七八九]毛?|元[一二三四五六七八九]角)?"),
        (values.price, rf"[{NUMERALS}]+(多|出头|左右)?"),
        (values.term, rf"[{NUMERALS}]+(年半?|期|个月)"),
        (values.phone, "幺?[零一二三四五六七八九幺，]{11,13}"),
        (values.plate, "[京-琼一-龥][A-Z][A-Z]?[零一二三四五六七八九幺]{4,5}"),
        (values.birth_year, "[零一二三四五六七八九]{2}([零一二三四五六七八九]{2})?"),
        (values.duration, r"[零一二两三四五六七八九十几半]+(年|个月|个多月|年多|年半|年了|多)?(多|半)?"),
    ],
)
def test_every_form_reads_as_such(make: Callable[[Random], str], pattern: str) -> None:
    rng = Random(1)
    for _ in range(400):
        spoken = make(rng)
        assert re.fullmatch(pattern, spoken), spoken


@pytest.mark.parametrize("count", [3, 4, 6, 11, 16, 18, 19])
def test_digit_strings_are_as_long_as_asked(count: int) -> None:
    rng = Random(2)
    for _ in range(200):
        digits = values.digit_string(rng, count).replace("，", "")
        assert len(digits) == count
        assert set(digits) <= set("零一二三四五六七八九幺X叉")
        assert not {"一", "幺"} <= set(digits)


def test_long_strings_are_often_grouped_and_repeats_occur() -> None:
    rng = Random(3)
    drawn = [values.digit_string(rng, 16) for _ in range(200)]
    assert 60 < sum("，" in one for one in drawn) < 160
    assert any(re.search(r"(.)\1\1", one.replace("，", "")) for one in drawn)


@pytest.mark.parametrize("make", [values.money_range, values.money_hedged, values.percent, values.date])
def test_no_form_holds_arabic_digits_or_nothing(make: Callable[[Random], str]) -> None:
    rng = Random(4)
    for _ in range(300):
        spoken = make(rng)
        assert spoken
        assert not any(character.isascii() for character in spoken), spoken
