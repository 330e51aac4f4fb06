"""Figures that a recogniser wrote for words are read as the words."""

from __future__ import annotations

import pytest

from pipeline.language.figures_for_words import FiguresForWords
from pipeline.types import Turn


@pytest.mark.parametrize(
    ("heard", "as_read"),
    [
        ("1年12万", "一年12万"),
        ("1个月8000", "一个月8000"),
        ("我2哥开", "我二哥开"),
        ("1下子说不准", "一下子说不准"),
        ("13812345678", "13812345678"),
        ("11年进的厂", "11年进的厂"),
        ("1.5万", "1.5万"),
        ("宝马1系", "宝马1系"),
        ("2024-1年", "2024-1年"),
    ],
)
def test_figures(heard: str, as_read: str) -> None:
    (turn,) = FiguresForWords().spoken([Turn(0, "customer", 0.0, 1.0, heard)])
    assert turn.text == as_read
    assert turn.as_heard == heard
