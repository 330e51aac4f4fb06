from random import Random

import pytest

from models.training.recogniser.spoken_numbers import say_amount, say_digits, say_number


@pytest.mark.parametrize(
    ("value", "spoken"),
    [
        (0, "零"),
        (2, "二"),
        (10, "十"),
        (12, "十二"),
        (20, "二十"),
        (105, "一百零五"),
        (110, "一百一十"),
        (111, "一百一十一"),
        (200, "二百"),
        (1005, "一千零五"),
        (2000, "两千"),
        (2250, "两千二百五十"),
        (3050, "三千零五十"),
        (12000, "一万两千"),
        (20000, "两万"),
        (20500, "两万零五百"),
        (22000, "两万两千"),
        (100005, "十万零五"),
        (109800, "十万九千八百"),
        (120000, "十二万"),
        (179800, "十七万九千八百"),
        (1_200_000, "一百二十万"),
    ],
)
def test_full_reading(value: int, spoken: str) -> None:
    assert say_number(value) == spoken


@pytest.mark.parametrize(
    ("value", "spoken"),
    [
        (350, "三百五"),
        (1200, "一千二"),
        (8500, "八千五"),
        (3050, "三千零五十"),
        (12000, "一万二"),
        (12500, "一万两千五"),
        (20500, "两万零五百"),
        (126000, "十二万六"),
        (179800, "十七万九千八"),
        (120000, "十二万"),
        (5000, "五千"),
        (300, "三百"),
    ],
)
def test_everyday_reading(value: int, spoken: str) -> None:
    assert say_amount(value) == spoken


@pytest.mark.parametrize("value", [-1, 100_000_000])
def test_no_reading_outside_the_range(value: int) -> None:
    with pytest.raises(ValueError, match="expected 0 to 99999999"):
        say_number(value)


def test_one_is_read_the_same_way_throughout_a_digit_string() -> None:
    readings = {say_digits("1012", Random(seed)) for seed in range(40)}
    assert readings == {"幺零幺二", "一零一二"}
