"""Words of one mixed channel given to their speakers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.speech.attribute import attribute, snapped, unbroken
from pipeline.speech.turn_marks import load_turn_marks
from pipeline.types import Diarization, SpeechRegion, Utterance, Word

MARKS = load_turn_marks()


def spoken(speech: str, start: float = 0.0, *, step: float = 0.25) -> tuple[Word, ...]:
    """A word a character; each `_` is a pause of one step."""
    return tuple(
        Word(one, round(start + step * at, 3), round(start + step * (at + 1), 3), 0.9)
        for at, one in enumerate(speech)
        if one != "_"
    )


def heard(speech: str, *, speaker: str | None = None, raw: str | None = None) -> Utterance:
    words = spoken(speech)
    text = "".join(word.text for word in words)
    return Utterance(SpeechRegion(0.0, words[-1].end, 0, speaker), text, raw or text, words)


def who(*parts: tuple[float, float, str]) -> Diarization:
    return Diarization(tuple(SpeechRegion(start, end, 0, speaker) for start, end, speaker in parts))


@pytest.mark.parametrize(
    ("speech", "parts", "expected"),
    [
        # the change where the diarizer says, between two characters
        ("贵姓免贵姓王", [(0, 0.5, "S0"), (0.5, 1.5, "S1")], ["S0贵姓", "S1免贵姓王"]),
        # half a character wrong: the nearest boundary
        ("贵姓免贵姓王", [(0, 0.6, "S0"), (0.6, 1.5, "S1")], ["S0贵姓", "S1免贵姓王"]),
        # a pause nearby draws the change, from either side
        ("多少钱__八万", [(0, 0.5, "S0"), (0.5, 1.75, "S1")], ["S0多少钱", "S1八万"]),
        ("多少钱__八万", [(0, 1.5, "S0"), (1.5, 1.75, "S1")], ["S0多少钱", "S1八万"]),
        # so does punctuation
        ("是你吗?是我", [(0, 0.75, "S0"), (0.75, 1.5, "S1")], ["S0是你吗?", "S1是我"]),
        ("是你吗?是我", [(0, 1.2, "S0"), (1.2, 1.5, "S1")], ["S0是你吗?", "S1是我"]),
        # but not from afar
        ("是__你们大家都在这里", [(0, 2.0, "S0"), (2.0, 2.75, "S1")], ["S0是你们大家都", "S1在这里"]),
        # but from where a turn plainly begins: after a question and a pause, or with a filler after one
        ("清楚吗__没有人教我", [(0, 2.0, "S0"), (2.0, 2.75, "S1")], ["S0清楚吗", "S1没有人教我"]),
        ("那好__嗯嗯中介弄的", [(0, 2.0, "S0"), (2.0, 2.75, "S1")], ["S0那好", "S1嗯嗯中介弄的"]),
        # not from further away, and not where nothing was asked
        ("清楚吗__没有人教我这么来说的", [(0, 3.5, "S0"), (3.5, 4.0, "S1")], ["S0清楚吗没有人教我这么来说", "S1的"]),
        ("清楚了__没有人教我", [(0, 2.0, "S0"), (2.0, 2.75, "S1")], ["S0清楚了没有人", "S1教我"]),
        # an answer of one character inside the other's sentence
        ("每个月嗯还两千", [(0, 0.75, "S0"), (0.75, 1.0, "S1"), (1.0, 1.75, "S0")], ["S0每个月", "S1嗯", "S0还两千"]),
        # a change before the first and after the last character
        ("两千块", [(-1, 0.1, "S0"), (0.1, 0.75, "S1")], ["S1两千块"]),
        ("两千块", [(0, 0.7, "S0"), (0.7, 2.0, "S1")], ["S0两千块"]),
        # three speakers
        (
            "谁啊我是他哥",
            [(0, 0.5, "S0"), (0.5, 1.0, "S1"), (1.0, 1.5, "S2")],
            ["S0谁啊", "S1我是", "S2他哥"],
        ),
    ],
)
def test_each_character_goes_to_its_speaker(speech, parts, expected) -> None:
    found = attribute([heard(speech)], who(*parts), MARKS)
    assert [f"{one.region.speaker}{one.text}" for one in found] == expected
    assert all("".join(word.text for word in one.words) == one.text for one in found)
    assert "".join(one.text for one in found) == speech.replace("_", "")


def test_a_turn_that_begins_a_window_begins_after_the_question_before_it() -> None:
    asked = replace(heard("您清楚吗", speaker="S0"), region=SpeechRegion(0.0, 1.0, 0, "S0"))
    words = tuple(replace(word, start=word.start + 2, end=word.end + 2) for word in spoken("没有人教我"))
    answer = Utterance(SpeechRegion(2.0, 3.25, 0), "没有人教我", "没有人教我", words)
    found = attribute([asked, answer], who((0, 1, "S0"), (2.0, 2.75, "S0"), (2.75, 3.25, "S1")), MARKS)
    assert [f"{one.region.speaker}{one.text}" for one in found] == ["S0您清楚吗", "S1没有人教我"]


def test_an_utterance_of_one_speaker_is_left_whole() -> None:
    (found,) = attribute([heard("两千块", speaker="S1")], who((0, 0.4, "S0"), (0.4, 0.75, "S1")), MARKS)
    assert (found.region.speaker, found.text) == ("S1", "两千块")


def test_without_word_times_the_longest_has_it_all() -> None:
    region = SpeechRegion(0.0, 3.0)
    (found,) = attribute([Utterance(region, "两千块", "两千块", ())], who((0, 1, "S0"), (1, 3, "S1")), MARKS)
    assert (found.region.speaker, found.region.end) == ("S1", 3.0)


def test_each_has_his_own_raw_text() -> None:
    parts = who((0, 0.5, "S0"), (0.5, 1.0, "S1"))
    assert [one.raw_text for one in attribute([heard("贵姓姓张", raw="貴姓 姓張")], parts, MARKS)] == ["貴姓", "姓張"]


def test_words_under_two_voices_count_half() -> None:
    parts = who((0, 1.0, "S0"), (1.0, 2.0, "S1"))
    both = Diarization(parts.regions, (SpeechRegion(0.5, 1.0, 0, "S1"),))
    first, second = attribute([heard("一共多少八万五千")], both, MARKS)
    assert [word.probability for word in first.words] == [0.9, 0.9, 0.45, 0.45]
    assert [word.probability for word in second.words] == [0.9] * 4
    assert (first.flags, second.flags) == (("overlap",), ())


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        # a splinter before a pause goes on with the other: it is the first one's
        ([(0, 4, "S0"), (4, 4.2, "S1"), (4.6, 6, "S1")], [(0, 4.2, "S0"), (4.6, 6, "S1")]),
        # and one after a pause
        ([(0, 4, "S0"), (4.4, 4.6, "S0"), (4.6, 6, "S1")], [(0, 4, "S0"), (4.4, 6, "S1")]),
        # a short answer by itself stays
        ([(0, 4, "S0"), (4, 4.2, "S1"), (4.6, 6, "S0")], [(0, 4, "S0"), (4, 4.2, "S1"), (4.6, 6, "S0")]),
        ([(0, 4, "S0"), (4.4, 4.6, "S1"), (5, 6, "S0")], [(0, 4, "S0"), (4.4, 4.6, "S1"), (5, 6, "S0")]),
        # what is longer is no splinter
        ([(0, 4, "S0"), (4, 4.5, "S1"), (5, 6, "S1")], [(0, 4, "S0"), (4, 4.5, "S1"), (5, 6, "S1")]),
    ],
)
def test_changes_move_to_the_pause_beside_them(parts, expected) -> None:
    assert [(one.start, one.end, one.speaker) for one in snapped(who(*parts)).regions] == expected


def test_windows_are_not_cut_where_speech_goes_on() -> None:
    parts = who((0, 1, "S0"), (1, 2, "S1"), (3, 4, "S1"), (4, 5, "S1"))
    assert [(one.start, one.end, one.speaker) for one in unbroken(parts.regions)] == [(0, 2, None), (3, 5, "S1")]
