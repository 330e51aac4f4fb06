"""Years of work that are told by ages, and by any year named."""

from __future__ import annotations

import pytest

from pipeline.language import Reader
from pipeline.language.lifetimes import LifetimeReader

READER = Reader()


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("二十二岁进的厂,今年都四十五了", 23),
        ("我十八出来跑车的,今年三十", 12),
        ("生老二那年来的,老二今年上初二了", 14),
        ("儿子上初一那会儿来的,现在高三了", 5),
        ("丫头断奶那阵进的厂,如今十一岁咯", 10),
    ],
)
def test_ages_of_then_and_of_now_tell_the_years(text: str, years: int) -> None:
    found = LifetimeReader().read(text)
    assert found is not None
    assert found.quantity is not None
    assert found.quantity.value == 12 * years
    assert text[found.start : found.end] == found.text


@pytest.mark.parametrize("text", ["我今年四十一了", "儿子十九岁,上大学", "三十岁以后再说吧,现在忙"])
def test_one_age_tells_no_years(text: str) -> None:
    assert LifetimeReader().read(text) is None


def test_a_year_of_something_else_gives_way_to_another_one() -> None:
    assert [m.value for m in READER.since_when("一二年结的婚,一五年到的这边")] == ["2015"]
    assert [m.value for m in READER.since_when("一二年结婚那会儿")] == ["2012"]


def test_a_time_of_the_year_is_read_behind_a_relative_year() -> None:
    found = READER.since_when("去年国庆过来的")[0]
    assert (found.attributes["ago"], found.attributes["month"]) == ("1", "10")
