"""An answer that the agent repeats is told once."""

from __future__ import annotations

import pytest

from pipeline.dialogue.repeated import Repeated
from pipeline.types import Turn

SPEAKERS = {"A": "agent", "C": "customer"}


def kept(*lines: str) -> list[str]:
    turns = [Turn(at, SPEAKERS[line[0]], at, at + 1, line[2:]) for at, line in enumerate(lines)]
    return [turn.text for turn in Repeated().told_once(turns)]


@pytest.mark.parametrize(
    ("answer", "repeated", "agreed"),
    [
        ("六千。", "六千是吧?", "对。"),
        ("没得。", "没得,好。", "嗯,对。"),
        ("城关,滨河路。", "哦,城关,滨河路,对吧?", "是的。"),
        ("五年嘛", "五年 好", "对"),
    ],
)
def test_a_repetition_and_the_yes_to_it_say_nothing(answer: str, repeated: str, agreed: str) -> None:
    assert kept("A 问。", f"C {answer}", f"A {repeated}", f"C {agreed}", "A 好。") == ["问。", answer, "好。"]


@pytest.mark.parametrize(
    ("answer", "repeated", "agreed"),
    [
        ("六千。", "六千是吧?", "不是,七千。"),
        ("六千多。", "六千是吧?", "对。"),
        ("六千。", "六千,首付呢?", "对。"),
        ("对。", "对是吧?", "不对。"),
    ],
)
def test_what_says_something_stays(answer: str, repeated: str, agreed: str) -> None:
    assert len(kept("A 问。", f"C {answer}", f"A {repeated}", f"C {agreed}")) == 4


@pytest.mark.parametrize("again", ["嗯", "是", "对", "哦"])
def test_what_is_said_over_and_over_is_read_in_good_time(again: str) -> None:
    said = again * 36 + "不"
    assert len(kept("A 问。", "C 六千", f"A 六千{said[4:]}", "C 对")) == 4
    assert len(kept("A 问。", "C 六千", "A 六千是吧", f"C {said}")) == 4
