"""Shares of time, interruptions and pace from turn times."""

from __future__ import annotations

import pytest

from pipeline.findings.conduct import conduct_of
from pipeline.types import Turn


def turn(number: int, speaker: str, start: float, end: float, text: str = "请问您贵姓") -> Turn:
    return Turn(number, speaker, start, end, text)


def test_shares_of_a_plain_call() -> None:
    conduct = conduct_of([turn(0, "agent", 0, 6, "一" * 30), turn(1, "customer", 6, 8)], duration=10)
    assert conduct.agent_talk_ratio == 0.75
    assert conduct.silence_ratio == 0.2
    assert conduct.agent_chars_per_minute == 300
    assert conduct.overlap_seconds == 0
    assert conduct.interruptions == 0


@pytest.mark.parametrize(
    ("start", "text", "interruptions"),
    [
        (4.0, "那您每月收入多少", 1),
        (4.0, "嗯", 0),
        (4.0, "好的好的", 0),
        (4.8, "那您每月收入多少", 0),
        (5.0, "那您每月收入多少", 0),
    ],
)
def test_cutting_in(start: float, text: str, interruptions: int) -> None:
    turns = [turn(0, "customer", 0, 5, "我在合肥上班然后"), turn(1, "agent", start, 8, text)]
    assert conduct_of(turns).interruptions == interruptions


def test_the_customer_cutting_in_is_not_the_agents_conduct() -> None:
    turns = [turn(0, "agent", 0, 5), turn(1, "customer", 3, 8, "我先说一句")]
    conduct = conduct_of(turns)
    assert conduct.interruptions == 0
    assert conduct.overlap_seconds == 2


def test_no_times_no_measures() -> None:
    assert conduct_of([turn(0, "agent", 0, 0)]).agent_talk_ratio is None
    assert conduct_of([]).silence_ratio is None
