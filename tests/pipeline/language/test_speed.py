"""A long turn takes time in proportion to its length."""

from __future__ import annotations

import time

import pytest

from pipeline.language import Reader

LENGTH = 100_000


@pytest.mark.parametrize(
    "piece",
    [
        "一",
        "1",
        "八千五百块一个月",
        "王强本人",
        "本田雅阁",
        "七八",
        "八千到",
        "1 ",
        "一点",
        "不跑滴滴",
        "我老婆",
        "大概",
        "万",
        "，",
    ],
)
def test_a_long_turn_is_read_in_linear_time(piece: str) -> None:
    reader = Reader()
    short = _seconds(reader, piece * (LENGTH // 4 // len(piece)))
    long = _seconds(reader, piece * (LENGTH // len(piece)))
    assert long < 12
    assert long < 9 * short + 0.5


def _seconds(reader: Reader, text: str) -> float:
    began = time.process_time()
    reader.read_text(text)
    return time.process_time() - began
