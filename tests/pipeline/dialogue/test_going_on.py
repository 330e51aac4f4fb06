"""What the customer says in several turns with nothing said between is one utterance; what proves it keeps its turn."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.analysis import Analyst
from pipeline.contract import Application, FieldOutcome
from pipeline.dialogue.going_on import GoingOn
from pipeline.types import Turn
from tests.support.grids import transcript_of

SPEAKERS = {"A": "agent", "C": "customer", "T": "third_party"}


@pytest.fixture(scope="module")
def analyst() -> Analyst:
    return Analyst()


def joined(*lines: str) -> list[str]:
    turns = [Turn(at, SPEAKERS[line[0]], at, at + 1, line[2:]) for at, line in enumerate(lines)]
    return [turn.text for turn in GoingOn().joined(turns)]


def outcome(analyst: Analyst, field: str, *lines: str, **application: Any) -> FieldOutcome:
    told = Application.model_validate({"schema": "callproof.application/1", **application})
    report = analyst.analyse(transcript_of([(line[0], line[2:]) for line in lines]), told)
    return next(one for one in report.fields if one.field == field)


def test_turns_with_nothing_between_are_one() -> None:
    assert joined("A 几年?", "C 五年太紧了", "C 选了三年") == ["几年?", "五年太紧了,选了三年"]


def test_a_mere_listener_parts_nothing() -> None:
    assert joined("A 几年?", "C 五年太紧了", "A 嗯。", "C 选了三年。", "A 好的") == [
        "几年?",
        "五年太紧了,选了三年。",
        "好的",
    ]


@pytest.mark.parametrize(
    "lines",
    [
        ("C 五年", "A 五年?", "C 三年"),
        ("C 五年", "A 嗯?", "C 三年"),
        ("C 五年", "T 三年", "C 三年"),
        ("C 138", "A 嗯", "C 5678"),
        ("C 尾号一二三四", "C 五六七八"),
        ("C 嗯", "C 你说"),
        ("C 你哪位?", "C 我在开车"),
        ("A 您好。", "A 您哪位?", "C 你好"),
        ("A 月供两千六。", "C 嗯", "A 三年"),
        ("C 五年", "A 好的", "C 三年"),
    ],
)
def test_what_stands_by_itself(lines: tuple[str, ...]) -> None:
    assert joined(*lines) == [line[2:] for line in lines]


def test_an_agent_goes_on_too() -> None:
    assert joined("A 您这个车", "A 是新车吗?", "C 新车") == ["您这个车,是新车吗?", "新车"]
    assert joined("A 贷款八万,", "C 嗯", "A 分三年对吧?", "C 对") == ["贷款八万,分三年对吧?", "对"]


def test_a_nod_into_a_sentence_parts_nothing() -> None:
    assert joined("C 底薪三千二,", "A 嗯,好", "C 提成四千", "A 好") == ["底薪三千二,提成四千", "好"]


def test_a_story_is_not_joined_without_end() -> None:
    told = joined(*["C 我跟你讲啊"] * 1000)
    assert len(told) == 125
    assert joined("C " + "我跟你讲" * 60, "C 是这样") == ["我跟你讲" * 60, "是这样"]


def test_the_last_of_an_utterance_holds_and_its_own_turn_proves_it(analyst: Analyst) -> None:
    lines = ("A 您选的是几年的?", "C 五年太紧了", "A 嗯。", "C 选了三年")
    found = outcome(analyst, "loan.term_months", *lines, loan={"term_months": 60})
    assert found.outcome == "mismatch"
    assert found.stated is not None
    assert found.stated.value == 36
    (proof,) = found.evidence
    assert (proof.turn, proof.quote) == (3, "选了三年")
    assert 15 <= proof.start < proof.end <= 19


def test_every_piece_is_in_what_was_heard(analyst: Analyst) -> None:
    lines = ("A 您有其他贷款吗?", "C 有的", "A 嗯", "C 就一笔房贷在还")
    found = outcome(analyst, "debt.has_other_loans", *lines, debt={"has_other_loans": False})
    assert found.outcome == "mismatch"
    assert found.stated is not None
    said = [line[2:] for line in lines]
    assert all(any(piece in text for text in said) for piece in found.stated.text.split(" "))
    assert all(item.quote in said[item.turn] for item in found.evidence)
