"""The lexicon of occupations: whole, and asked in both directions."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import SettingsError
from pipeline.language.occupations import ActReader, load_occupations


def told(words: str, title: str) -> bool:
    return any(
        each.is_told_by(words) and (each.is_named_by(title) or each.is_kind_of(title)) for each in load_occupations()
    )


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
        ("修设备", "设备维修员"),
        ("养肉牛", "养殖场主"),
        ("开高栏", "驾驶员"),
    ],
)
def test_what_people_do_stands_for_the_title_on_paper(words: str, title: str) -> None:
    assert told(words, title)


@pytest.mark.parametrize(
    ("words", "title"), [("看大门", "保洁员"), ("炒菜", "服务员"), ("教书", "医生"), ("开出租", "货车司机")]
)
def test_other_occupations_are_other_ones(words: str, title: str) -> None:
    assert not told(words, title)


@pytest.mark.parametrize(
    ("text", "done"),
    [
        ("就在家养了几十头牛", ["养牛"]),
        ("修的是大设备,也开过叉车", ["修大设备", "开叉车"]),
        ("给人家带两个班呢", ["带班"]),
        ("修养一下,看看再说", []),
    ],
)
def test_what_is_done_is_found_whatever_small_words_stand_between(text: str, done: list[str]) -> None:
    assert [plain for _, _, plain in ActReader(load_occupations()).find(text)] == done


def test_a_kind_of_work_holds_its_own_kinds_and_no_others() -> None:
    lorry = next(each for each in load_occupations() if each.names[0] == "货车司机")
    assert lorry.is_kind_of("驾驶员")
    assert not lorry.is_kind_of("普工")


def test_no_word_is_listed_twice_in_a_line() -> None:
    for each in load_occupations():
        words = [*each.names, *each.also, *each.does]
        assert len(words) == len(set(words)), each.names[0]


@pytest.mark.parametrize(
    "content",
    [
        "occupations: {names: 司机}\n",
        "occupations:\n- {does: 开车}\n",
        "occupations:\n- {names: 司机, did: 开车}\n",
        "occupations:\n- {names: 的哥, under: 车夫}\n",
    ],
)
def test_a_lenders_own_list_that_does_not_fit_is_one_clear_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "lexicon").mkdir()
    (tmp_path / "lexicon" / "occupations.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match="occupations"):
        load_occupations(tmp_path)
