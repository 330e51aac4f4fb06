"""Spaces that part words are left out for reading; those that are pauses stay."""

from __future__ import annotations

from pipeline.analysis import Analyst
from pipeline.contract import Application
from pipeline.language.spacing import without_word_spaces
from pipeline.types import Turn
from tests.support.grids import transcript_of


def turns(*texts: str) -> list[Turn]:
    return [Turn(at, "S0", 5.0 * at, 5.0 * at + 4, text) for at, text in enumerate(texts)]


def test_spaces_between_words_are_left_out() -> None:
    read = without_word_spaces(turns("您 一个 月 收入 大概 多少 ?", "我 一个 月 1 万 , 买 的 Model Y"))
    assert [turn.text for turn in read] == ["您一个月收入大概多少?", "我一个月1万,买的Model Y"]
    assert read[1].part_heard(4, 6) == "1 万"


def test_pauses_stay() -> None:
    said = turns("您一个月收入大概多少", "试了两回 没毛病 就是价钱 有点高")
    assert without_word_spaces(said) == tuple(said)


def test_a_call_with_word_spaces_is_read_as_one_without() -> None:
    lines = [("A", "每个 月 能 挣 多少 钱 ?"), ("C", "六千 , 不 是 , 六千 八"), ("A", "好 的"), ("C", "嗯")]
    application = Application.model_validate({"schema": "callproof.application/1", "income": {"monthly": 6800}})
    report = Analyst().analyse(transcript_of(lines), application)
    (income,) = (one for one in report.fields if one.field == "income.monthly")
    assert income.outcome == "match"
    assert income.stated is not None
    assert income.stated.text == "六千 八"
    assert all(item.quote in lines[item.turn][1] for item in income.evidence)
