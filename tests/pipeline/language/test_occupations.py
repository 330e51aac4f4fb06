"""The lexicon of occupations: whole, and asked in both directions."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import SettingsError
from pipeline.language.occupations import load_occupations


def told(words: str, title: str) -> bool:
    return any(each.is_told_by(words) and each.is_named_by(title) for each in load_occupations())


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("看大门", "物业保安"),
        ("打螺丝", "车间操作工"),
        ("跑业务", "销售代表"),
        ("的哥", "出租车司机"),
        ("开钩机", "挖掘机司机"),
        ("写代码", "前端工程师"),
        ("教书", "小学教师"),
        ("种大棚", "种植户"),
    ],
)
def test_what_people_do_stands_for_the_title_on_paper(words: str, title: str) -> None:
    assert told(words, title)


@pytest.mark.parametrize(
    ("words", "title"), [("看大门", "保洁员"), ("炒菜", "服务员"), ("教书", "医生"), ("开出租", "货车司机")]
)
def test_other_occupations_are_other_ones(words: str, title: str) -> None:
    assert not told(words, title)


def test_no_word_is_listed_twice_in_a_line() -> None:
    for each in load_occupations():
        words = [*each.names, *each.also, *each.does]
        assert len(words) == len(set(words)), each.names[0]


@pytest.mark.parametrize(
    "content",
    ["occupations: {names: 司机}\n", "occupations:\n- {does: 开车}\n", "occupations:\n- {names: 司机, did: 开车}\n"],
)
def test_a_lenders_own_list_that_does_not_fit_is_one_clear_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "lexicon").mkdir()
    (tmp_path / "lexicon" / "occupations.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match="occupations"):
        load_occupations(tmp_path)
