"""What was not heard is asked again, and that is one question."""

from __future__ import annotations

import pytest

from pipeline.dialogue.asked_again import AskedAgain
from pipeline.types import Turn


def kept(*lines: str) -> list[str]:
    speakers = {"A": "agent", "C": "customer"}
    turns = [Turn(at, speakers[line[0]], at, at + 1, line[2:]) for at, line in enumerate(lines)]
    return [turn.text for turn in AskedAgain().asked_once(turns)]


@pytest.mark.parametrize(
    "unheard", ["什么?", "啊?没听清", "喂?你说什么?", "不好意思,您再说一遍", "听不见", "信号不好,你说"]
)
def test_the_same_question_is_one(unheard: str) -> None:
    assert kept("A 月供多少?", f"C {unheard}", "A 我问月供多少?", "C 两千") == ["月供多少?", "两千"]


def test_another_wording_stays() -> None:
    assert kept("A 月供多少?", "C 啊?", "A 就是每个月还银行多少钱", "C 两千") == [
        "月供多少?",
        "就是每个月还银行多少钱",
        "两千",
    ]


@pytest.mark.parametrize("answer", ["啊", "嗯", "什么贷款?没有啊", "没听说过", "再说吧", "喂,我是"])
def test_an_answer_stays(answer: str) -> None:
    assert kept("A 您名下有贷款吗?", f"C {answer}", "A 好的") == ["您名下有贷款吗?", answer, "好的"]


@pytest.mark.parametrize("unheard", ["你那边断断续续的。", "没听明白,你再说一下。", "喂,听不清,你大点声。"])
@pytest.mark.parametrize("sure", ["喂,能听到吗?", "好,我再问一遍。", "听得到,"])
def test_who_makes_sure_that_he_is_heard_asks_nothing_else(unheard: str, sure: str) -> None:
    assert kept("A 您的月供是多少?", f"C {unheard}", f"A {sure}您的月供是多少?", "C 两千") == [
        "您的月供是多少?",
        "两千",
    ]
    assert kept("A 您的月供是多少?", f"C {unheard}", f"A {sure}", "C 听到了,你说", "A 您的月供是多少?", "C 两千") == [
        "您的月供是多少?",
        "两千",
    ]


def test_it_is_only_behind_a_question() -> None:
    assert kept("C 喂?", "A 喂,您好", "C 您好") == ["喂?", "喂,您好", "您好"]


def test_long_turns_are_held_against_each_other_in_good_time() -> None:
    first, second = "月供多少," * 20_000, "首付几万," * 20_000
    assert kept(f"A {first}", "C 什么?", f"A {second}") == [first, second]
