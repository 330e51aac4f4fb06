"""What is told of others alone is left out for reading; what they have to do with the application stays."""

from __future__ import annotations

import pytest

from pipeline.dialogue.of_others import OfOthers
from pipeline.types import Turn

SPEAKERS = {"A": "agent", "C": "customer"}


@pytest.fixture(scope="module")
def others() -> OfOthers:
    return OfOthers()


def read(others: OfOthers, *lines: str) -> str:
    """How the customer's last turn is read."""
    turns = [Turn(at, SPEAKERS[line[0]], at, at + 1, line[2:]) for at, line in enumerate(lines)]
    return [turn.text for turn in others.left_out(turns) if turn.speaker == "customer"][-1]


@pytest.mark.parametrize(
    "told",
    [
        "我表弟在深圳上班,工资两万。",
        "我哥在县城做装修,一个月一万多呢。",
        "隔壁老王家的房子,一个月要还五千多。",
        "我邻居买车找的中介,给人家三千块。",
        "我们厂里那个小李,房贷四千呢。",
        "人家小李买的那个才贵,花了二十多万。",
        "我堂哥开饭店的,一年挣几十万。",
    ],
)
def test_others_alone(others: OfOthers, told: str) -> None:
    assert read(others, "A 您一个月多少?", f"C 九千,{told}") == "九千。"
    assert read(others, "A 您一个月多少?", f"C 九千。{told}") == "九千。"


@pytest.mark.parametrize(
    "told",
    [
        "我表弟拿去用。",
        "我哥帮我还。",
        "我朋友介绍的,收了三千手续费。",
        "我老婆在超市上班,三千。",
        "我弟有时候开去跑滴滴。",
        "用的我同学的名字。",
    ],
)
def test_who_has_to_do_with_it_stays(others: OfOthers, told: str) -> None:
    assert read(others, "A 您一个月多少?", f"C 九千,{told}") == f"九千,{told}"


def test_it_stays_where_the_agent_asks_about_people_or_goes_on_about_him(others: OfOthers) -> None:
    told = "九千,我表弟在深圳上班。"
    assert read(others, "A 联系人是谁?", "C 嗯,我表弟在深圳上班。") == "嗯,我表弟在深圳上班。"
    assert read(others, "A 一个月多少?", f"C {told}", "A 他是做什么的?") == told


def test_what_he_asks_himself_of_somebody_stays(others: OfOthers) -> None:
    told = "就接送小孩。滴滴?我堂弟跑呢,一身的毛病。"
    assert read(others, "A 不会去跑网约车吧?", f"C {told}") == told


def test_a_story_without_end_is_read_in_good_time(others: OfOthers) -> None:
    assert read(others, "A 联系人是谁?", "C " + "我表弟在深圳上班,我自己九千,他" * 20_000).startswith("我表弟")
