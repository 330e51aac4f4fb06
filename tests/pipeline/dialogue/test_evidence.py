"""Where the proof of a value stands, when it was said, and how far it is trusted."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.read import open_reading_models
from pipeline.dialogue import extract_facts
from pipeline.dialogue.evidence import QUOTE_AT_MOST, quote, trust
from pipeline.dialogue.tools import tools
from pipeline.language import Reader
from pipeline.language.per_call import one_call
from pipeline.types import Fact, Turn, Word

ON = date(2026, 11, 23)
READER = Reader()
TOOLS = tools(open_reading_models())


def words(text: str, start: float, probability: float = 1.0) -> tuple[Word, ...]:
    return tuple(Word(each, start + i * 0.25, start + i * 0.25 + 0.25, probability) for i, each in enumerate(text))


def facts(*turns: Turn) -> dict[str, Fact]:
    return {
        fact.field: fact
        for fact in extract_facts(TOOLS.uttered(turns), reader=READER.for_call(), tools=TOOLS.for_call(), on=ON)
    }


def test_times_come_from_the_words() -> None:
    text = "嗯，一个月八千，房租一千五"
    turn = Turn(1, "customer", 10.0, 20.0, text, words("嗯一个月八千房租一千五", 10.0))
    proof = quote(turn, text.index("八千"), text.index("八千") + 2)
    assert (proof.quote, proof.start, proof.end) == ("一个月八千", 10.25, 11.5)


def test_times_are_spread_over_a_turn_without_words() -> None:
    turn = Turn(1, "customer", 10.0, 20.0, "八千，就八千")
    proof = quote(turn, 0, 2)
    assert (proof.quote, proof.start) == ("八千", 10.0)
    assert proof.end == pytest.approx(10 + 10 * 2 / 6, abs=0.001)


def test_a_long_turn_is_quoted_in_part() -> None:
    text = "啊" * 200 + "八千" + "啊" * 200
    proof = quote(Turn(0, "customer", 0.0, 60.0, text), 200, 202)
    assert "八千" in proof.quote
    assert len(proof.quote) <= QUOTE_AT_MOST + 2


def test_trust_is_that_of_the_words() -> None:
    turn = Turn(0, "customer", 0.0, 2.0, "八千", words("八千", 0.0, 0.6), confidence=0.9)
    assert trust(turn, 0, 2) == pytest.approx(0.6)
    assert trust(Turn(0, "customer", 0.0, 2.0, "八千", confidence=0.9), 0, 2) == 0.9


def test_agreement_is_proved_by_both_sides_the_customer_last() -> None:
    found = facts(Turn(0, "agent", 0.0, 3.0, "贷款金额是十二万对吧"), Turn(1, "customer", 3.0, 4.0, "对"))
    assert [proof.speaker for proof in found["loan.amount"].evidence] == ["agent", "customer"]


def test_own_words_are_worth_more_than_agreement_and_agreement_more_than_a_murmur() -> None:
    ask, tell = Turn(0, "agent", 0.0, 3.0, "贷多少"), Turn(0, "agent", 0.0, 3.0, "贷款金额是十二万对吧")
    said, agreed, murmured = (
        facts(question, Turn(1, "customer", 3.0, 4.0, text))["loan.amount"].confidence
        for question, text in ((ask, "十二万"), (tell, "对"), (tell, "嗯"))
    )
    assert said > agreed > murmured


PIECES = [
    "首付",
    "六万",
    "对",
    "不对",
    "没有",
    "嗯",
    "三十六期",
    "收入",
    "多少",
    "是吧",
    "您",
    "王建国",
    "七二幺九",
    "身份证后四位",
    "雅阁",
    "自己开",
    "跑滴滴",
    "房贷",
    "一个月",
    "三成",
    "不清楚",
    "吗",
    "，",
    "我老婆",
    "a",
    "５",
]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["agent", "customer", "third_party", "S0"]), st.lists(st.sampled_from(PIECES))),
        max_size=12,
    )
)
def test_any_call_gives_facts_with_proof_out_of_its_own_words(lines: list[tuple[str, list[str]]]) -> None:
    turns = [Turn(i, speaker, i * 2.0, i * 2.0 + 1.5, "".join(pieces)) for i, (speaker, pieces) in enumerate(lines)]
    for fact in extract_facts(TOOLS.uttered(turns), reader=READER.for_call(), tools=TOOLS.for_call(), on=ON):
        assert fact.evidence
        assert 0 < fact.confidence <= 1
        for proof in fact.evidence:
            assert proof.quote in turns[proof.turn].text
            assert turns[proof.turn].start <= proof.start <= proof.end <= turns[proof.turn].end


@pytest.mark.parametrize(
    ("text", "length"),
    [("首付六万贷十二万分三十六期月供三千九我自己开", 100_000), ("我弟让我跑滴滴一天挣三百,我没理,", 50_000)],
)
def test_a_very_long_turn_is_read_in_good_time(text: str, length: int) -> None:
    long = text * (length // len(text))
    began = time.process_time()
    with one_call():
        facts(Turn(0, "agent", 0.0, 1.0, long + "对吧"), Turn(1, "customer", 1.0, 900.0, long))
    assert time.process_time() - began < 60
