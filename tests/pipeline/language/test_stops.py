"""Stops are put into transcripts that have none; evidence stays letter for letter as it was heard."""

from __future__ import annotations

import pytest

from models.read import open_reading_models
from pipeline.analysis import Analyst
from pipeline.contract import Application, Transcript
from pipeline.dialogue.evidence import quote
from pipeline.language.stops import Stops
from pipeline.types import Turn, Word

SAID = (
    "您好请问是王建国先生吗",
    "对是我你说",
    "首付付了多少贷款贷了多少",
    "首付三万二贷了八万分三年还",
    "平时车谁开",
    "我自己开我老婆没有驾照",
)


@pytest.fixture(scope="module")
def stops() -> Stops:
    return Stops(open_reading_models().stops)


def turns(*texts: str) -> list[Turn]:
    return [
        Turn(number, "agent" if number % 2 == 0 else "customer", 3.0 * number, 3.0 * number + 2, text)
        for number, text in enumerate(texts)
    ]


def test_clauses_and_questions_are_parted(stops: Stops) -> None:
    read = [turn.text for turn in stops.put_in(turns(*SAID))]
    assert read[0].endswith("先生吗?")
    assert "三万二,贷" in read[3]
    assert read[5].startswith("我自己开,我老婆")


def test_what_was_heard_is_found_again(stops: Stops) -> None:
    for before, after in zip(turns(*SAID), stops.put_in(turns(*SAID)), strict=True):
        assert after.as_heard == before.text
        assert after.part_heard(0, len(after.text)) == before.text
        for place, character in enumerate(after.text):
            assert after.part_heard(place, place + 1) in (character, "")


def test_quotes_and_times_are_of_what_was_heard(stops: Stops) -> None:
    words = tuple(Word(character, 10 + number, 11 + number, 0.9) for number, character in enumerate(SAID[3]))
    spoken = turns(*SAID)
    spoken[3] = Turn(3, "customer", 10, 10 + len(words), SAID[3], words)
    read = stops.put_in(spoken)[3]
    start = read.text.index("八万")
    proof = quote(read, start, start + 2)
    assert proof.quote in SAID[3]
    assert "八万" in proof.quote
    assert (proof.start, proof.end) == (
        10 + SAID[3].index(proof.quote),
        10 + SAID[3].index(proof.quote) + len(proof.quote),
    )


def test_a_transcript_with_stops_stays_as_it_is(stops: Stops) -> None:
    before = turns("您好,请问是王建国先生吗?", "对,是我,你说。", "平时车谁开?", "我自己开,我老婆没有驾照。")
    assert stops.put_in(before) == tuple(before)


def test_nothing_said(stops: Stops) -> None:
    assert stops.put_in([]) == ()
    assert stops.put_in(turns("", " ", "  ")) == tuple(turns("", " ", "  "))


def test_a_call_without_stops_from_end_to_end() -> None:
    transcript = Transcript.model_validate(
        {
            "schema": "callproof.transcript/1",
            "call_id": "plain",
            "duration": 20.0,
            "turns": [
                {"id": turn.id, "speaker": turn.speaker, "start": turn.start, "end": turn.end, "text": turn.text}
                for turn in turns(*SAID)
            ],
        }
    )
    paper = {"loan": {"down_payment": 32000, "amount": 80000, "term_months": 36}, "vehicle": {"actual_user": "self"}}
    application = Application.model_validate({"schema": "callproof.application/1", "application_id": "A1", **paper})
    report = Analyst().analyse(transcript, application)
    fields = {field.field: field for field in report.fields}
    for path in ("loan.down_payment", "loan.amount", "loan.term_months", "vehicle.actual_user"):
        assert fields[path].outcome == "match", path
        assert all(item.quote in SAID[item.turn] for item in fields[path].evidence)


def test_spaces_between_clauses_are_where_the_stops_go(stops: Stops) -> None:
    heard = (
        "您好 请问是王建国先生吗",
        "对 是我",
        "在哪里上班 做了几年",
        "服装厂  干了12年整 之前当兵那几年不算",
        "好",
        "嗯",
    )
    read = stops.put_in(turns(*heard))
    assert not any(" " in turn.text for turn in read)
    assert read[1].text.startswith(("对,", "对。"))
    assert read[3].text[3] in ",。"
    assert [turn.as_heard for turn in read] == list(heard)
