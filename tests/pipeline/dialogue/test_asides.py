"""What is said beside the point is left out, and nothing else is."""

from __future__ import annotations

import pytest

from pipeline.dialogue.asides import Asides
from pipeline.types import Turn

SPEAKERS = {"A": "agent", "C": "customer"}


def kept(*lines: str) -> list[str]:
    turns = [Turn(at, SPEAKERS[line[0]], at, at + 1, line[2:]) for at, line in enumerate(lines)]
    return [turn.text for turn in Asides().left_out(turns)]


@pytest.mark.parametrize(
    ("aside", "reply"),
    [
        ("您稍等,我记一下。", "好,你记。"),
        ("系统有点慢,稍等啊。", "没事没事。"),
        ("您那边有点吵。", "在外面呢,车多。"),
        ("不好意思,耽误您时间了。", "没事,你问吧。"),
        ("还有两个问题就完了。", "嗯,不急。"),
    ],
)
def test_an_aside_and_its_reply_are_left_out(aside: str, reply: str) -> None:
    assert kept("A 车多少钱?", "C 九万八。", f"A {aside}", f"C {reply}", "A 首付呢?", "C 三万。") == [
        "车多少钱?",
        "九万八。",
        "首付呢?",
        "三万。",
    ]


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        ("您稍等,我记一下。", "好,对了我的首付是四万。"),
        ("您月供多少?", "好。"),
        ("您方便吗?", "不方便,我在开会。"),
        ("系统里是三万,稍等。", "对。"),
    ],
)
def test_what_tells_something_stays(said: str, reply: str) -> None:
    assert kept(f"A {said}", f"C {reply}", "A 好。") == [said, reply, "好。"]
