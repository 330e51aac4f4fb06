"""Figures of a recogniser over what was said and what was heard."""

from __future__ import annotations

import pytest

from models.hear.matching import matches
from pipeline.evaluate.recognition import (
    HeardClip,
    SaidUnit,
    character_error_rate,
    characters_per_minute,
    error_rate,
    measure,
    reliability_of,
    word_outcomes,
)
from pipeline.evaluate.recognition_document import recognition_document
from pipeline.types import Word


def clip(said: str, heard: str, **known: object) -> HeardClip:
    return HeardClip(**{"said": said, "heard": heard, "category": "sentences", "seconds": 2.0, **known})  # type: ignore[arg-type]


def words(heard: str, probability: float = 0.9, start: float = 0.0) -> tuple[Word, ...]:
    return tuple(
        Word(text, start + 0.2 * place, start + 0.2 * (place + 1), probability) for place, text in enumerate(heard)
    )


@pytest.mark.parametrize(
    ("said", "heard", "rate"),
    [
        ("月供三千八。", "月供三千八", 0),
        ("三千八", "三千", 1 / 3),
        ("好", "好的吧", 2),
        ("Model Y", "modely", 0),
        ("幺三", "一三", 1 / 2),
    ],
)
def test_character_error_rate(said: str, heard: str, rate: float) -> None:
    assert character_error_rate([(said, heard)]).value == pytest.approx(rate)


def test_nothing_said_has_no_rate() -> None:
    assert character_error_rate([]).value is None
    assert error_rate([]).characters.value is None


@pytest.mark.parametrize(
    ("said", "heard", "places"),
    [("月供三千", "月供三千", (0, 1, 2, 3)), ("月供三千", "供三前", (1, 2, -1)), ("", "嗯", (-1,)), ("嗯", "", ())],
)
def test_matches(said: str, heard: str, places: tuple[int, ...]) -> None:
    assert matches(said, heard) == places


@pytest.mark.parametrize(
    ("said", "heard", "amounts", "digits", "vehicles"),
    [
        ("月供三千八百块对吗", "月供三千八百块对吧", (1, 1), (0, 0), (0, 0)),
        ("月供三千八百块", "月供三千百块", (0, 1), (0, 0), (0, 0)),
        ("后四位幺九六幺", "后四位幺九六幺", (0, 0), (1, 1), (0, 0)),
        ("后四位幺九六幺", "后四位幺九六六幺", (0, 0), (0, 1), (0, 0)),
        ("买的秦PLUS八万五", "买的秦plus八万五", (1, 1), (0, 0), (1, 1)),
        ("买的雅阁", "买的压格", (0, 0), (0, 0), (0, 1)),
        ("一九八八年的", "一九八八年的", (0, 0), (0, 0), (0, 0)),
        ("好的一个", "好的一个", (0, 0), (0, 0), (0, 0)),
    ],
)
def test_values_count_as_right_only_whole(
    said: str, heard: str, amounts: tuple[int, int], digits: tuple[int, int], vehicles: tuple[int, int]
) -> None:
    values = measure([clip(said, heard)], vehicles=["秦PLUS", "雅阁"]).values
    found = [(values[name].hits, values[name].of) for name in ("amounts", "digits", "vehicles")]
    assert found == [amounts, digits, vehicles]


def test_groups() -> None:
    figures = measure(
        [
            clip("三千", "三千", category="amounts", voice="f1", codec="a-law", snr_db=12),
            clip("好的", "好", category="short", voice="m1", codec="opus", snr_db=47.0),
            clip("对", "对", category="short"),
        ]
    )
    assert {name: rate.clips for name, rate in figures.by_category.items()} == {"amounts": 1, "short": 2}
    assert list(figures.by_snr) == ["10-20 dB", "30-40 dB"]
    assert list(figures.by_voice) == ["f1", "m1"]
    assert figures.by_codec["opus"].characters.value == 0.5
    assert figures.overall.exact.value == pytest.approx(2 / 3)


def test_words_are_right_when_all_their_characters_are() -> None:
    heard = (Word("月供", 0, 0.4, 0.9), Word("，", 0.4, 0.4, 0.5), Word("三前", 0.4, 0.8, 0.3))
    assert word_outcomes(clip("月供三千", "月供，三前", words=heard)) == [(0.9, True), (0.3, False)]


def test_reliability_and_its_error() -> None:
    bins = reliability_of([(0.95, True), (0.95, True), (0.95, False), (1.0, True), (0.2, False)])
    assert [one.right.of for one in bins] == [0, 0, 1, 0, 0, 0, 0, 0, 0, 4]
    figures = measure([clip("好对", "好队", words=words("好队", 0.75))])
    assert figures.calibration_error == pytest.approx(0.25)


def test_times_of_rightly_heard_characters() -> None:
    units = tuple(SaidUnit(text, 0.2 * place, 0.2 * (place + 1)) for place, text in enumerate("是ModelY的"))
    heard = (Word("是", 0.05, 0.25, 0.9), Word("ModelY", 0.25, 0.4, 0.9), Word("得", 0.4, 0.6, 0.9))
    times = measure([clip("是ModelY的", "是ModelY得", units=units, words=heard)]).times
    assert times is not None
    assert (times.words, times.median) == (1, pytest.approx(0.05))
    assert times.near.value == 1


def test_text_where_nobody_speaks() -> None:
    assert characters_per_minute([clip("", "嗯", seconds=20.0), clip("", "", seconds=10.0)]) == 2
    assert characters_per_minute([]) is None


def test_the_machine_form_is_json_values() -> None:
    document = recognition_document(measure([clip("好的", "好", words=words("好"))]))
    assert document["clips"] == 1
    assert document["cer"] == 0.5
    assert document["values_right"]["amounts"] == {"value": None, "hits": 0, "of": 0}
    assert "word_times" not in document
    assert sum(one["words"] for one in document["reliability"]) == 1
