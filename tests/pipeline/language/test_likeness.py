"""How alike words sound, and what is heard of a stop."""

from __future__ import annotations

import pytest

from models.read import open_reading_models
from pipeline.language import Reader
from pipeline.language.likeness import parts_of, unlikeness
from pipeline.language.stops import Stops
from pipeline.types import Turn, Word


@pytest.mark.parametrize(
    ("sound", "parts"),
    [
        ("kuang", ("k", "u", "a", "ng")),
        ("yue", ("", "v", "e", "")),
        ("lve", ("l", "v", "e", "")),
        ("jiu", ("j", "i", "o", "u")),
        ("xiong", ("x", "i", "e", "ng")),
        ("you", ("", "i", "o", "u")),
        ("wu", ("", "", "u", "")),
        ("qu", ("q", "", "v", "")),
    ],
)
def test_parts_of_a_syllable(sound: str, parts: tuple[str, str, str, str]) -> None:
    assert parts_of(sound) == parts


def test_what_is_misheard_is_nearer_than_another_name() -> None:
    for heard, meant in (("侵略", "秦岳"), ("海拔挂境", "海蓝跨境"), ("属学明", "普学明")):
        assert unlikeness(heard, meant) / len(heard) < 0.3
    for said, paper in (("宏泰", "恒塑"), ("顺达", "裕盛"), ("王强", "李芳")):
        assert unlikeness(said, paper) / len(said) > 0.4


def test_a_part_is_found_within_a_longer_name() -> None:
    assert unlikeness("海兰", "杭州海蓝跨境", within=True) == 0
    assert unlikeness("海兰", "杭州海蓝跨境") > 2


def test_what_is_doubted_counts_less() -> None:
    assert unlikeness("侵略", "秦岳", [1, 0.35]) < unlikeness("侵略", "秦岳", [1, 1])


def spoken(text: str, pauses: dict[int, float]) -> Turn:
    """A turn of a quarter of a second a character, with pauses behind some."""
    words, at = [], 0.0
    for place, character in enumerate(text):
        words.append(Word(character, at, at + 0.25, 0.9))
        at += 0.25 + pauses.get(place, 0.0)
    return Turn(0, "customer", 0, at, text, tuple(words))


def test_a_pause_is_a_stop() -> None:
    stops = Stops(open_reading_models().stops)
    (run_on,) = stops.put_in([spoken("是我正上客呢", {})])
    (parted,) = stops.put_in([spoken("是我正上客呢", {1: 0.3})])
    assert "," not in run_on.text
    assert parted.text.startswith("是我,正上客")
    assert parted.as_heard == "是我正上客呢"


def test_no_stop_parts_the_name_of_a_car_or_a_denied_number() -> None:
    stops, reader = Stops(open_reading_models().stops), Reader()
    for text, whole in (
        ("长安CS三五PLUS娃给挑的", "CS三五PLUS"),
        ("五菱荣光小卡", "荣光小卡"),
        ("没有十年我爸摆了二十几年我自己接手才五年", "没有十年"),
    ):
        (read,) = stops.put_in([Turn(0, "customer", 0, 5, text)], reader.wholes)
        assert whole in read.text
    (read,) = stops.put_in([Turn(0, "customer", 0, 5, "没有十年前就还清了")], reader.wholes)
    assert read.text.startswith("没有,")
