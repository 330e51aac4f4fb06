"""Figures over many calls, counted by hand, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from pipeline.contract import Report, TranscriptWord
from pipeline.store import SYSTEM, CallMetadata, Correction, FigureFilters, Figures, Principal, Store, schema
from pipeline.store.counting import Counting
from pipeline.store.figures import Rate
from tests.pipeline.store.calls import QA, application, outcome, report, transcript

FIRST = datetime(2026, 11, 1, tzinfo=UTC)
ALL = FigureFilters(since=FIRST, until=FIRST + timedelta(days=4), offset=timedelta(0))


def put(
    store: Store,
    number: int,
    made: Report,
    *,
    day: int = 0,
    agent: str = "a1",
    dealer: str = "d1",
    unit: str = "north",
    minutes: int = 2,
    words: tuple[float | None, ...] = (0.8, 0.6),
) -> str:
    call_id = f"C{number}"
    at = FIRST + timedelta(days=day, hours=20)
    store.put_recording(
        bytes([number]), CallMetadata(call_id, agent_id=agent, dealer=dealer, unit=unit, recorded_at=at), by=SYSTEM
    )
    said = transcript(("agent", "您好"), ("customer", "你好"), call_id=call_id)
    heard = [TranscriptWord(text="您", start=0, end=1, probability=value) for value in words]
    said.turns[0] = said.turns[0].model_copy(update={"words": heard})
    said = type(said).model_validate({**said.model_dump(by_alias=True), "duration": 60.0 * minutes})
    store.save_transcript(call_id, said, by=SYSTEM)
    store.set_status(call_id, "running", by=SYSTEM)
    store.save_report(call_id, made, by=SYSTEM)
    store.set_status(call_id, "done", by=SYSTEM)
    return call_id


def with_conduct(made: Report, faults: tuple[str, ...] = (), **conduct: float) -> Report:
    items = [{"item": name, "status": "missing"} for name in faults]
    items.append({"item": "closing_courtesy", "status": "done"})
    value = made.model_dump(mode="json", by_alias=True)
    return Report.model_validate({**value, "compliance": items, "conduct": conduct})


@pytest.fixture
def filled(store: Store) -> Store:
    fields = [outcome("income.monthly"), outcome("loan.amount", "match"), outcome("identity.name", "not_stated")]
    put(store, 1, with_conduct(report(fields), ("recording_notice",), silence_ratio=0.1, interruptions=2))
    put(store, 2, with_conduct(report(fields[1:], disposition="pass"), silence_ratio=0.3, interruptions=4))
    put(store, 3, report([outcome("income.monthly", "contradicted")]), day=1, agent="a2", dealer="d2", unit="south")
    store.put_recording(b"new", CallMetadata("C4", unit="north", recorded_at=FIRST + timedelta(days=3)), by=SYSTEM)
    return store


def test_days(filled: Store) -> None:
    days = filled.figures(ALL, by=QA).days
    assert [(one.day, one.calls) for one in days] == [
        ("2026-11-01", 2),
        ("2026-11-02", 1),
        ("2026-11-03", 0),
        ("2026-11-04", 1),
    ]
    assert days[0].dispositions == {"review": 1, "pass": 1}
    assert days[0].confidence == pytest.approx(0.7)
    assert days[2].confidence is None
    assert days[3].statuses == {"queued": 1}


def test_days_begin_where_people_live(filled: Store) -> None:
    days = filled.figures(FigureFilters(since=ALL.since, until=ALL.until), by=QA).days
    assert {one.day: one.calls for one in days if one.calls} == {"2026-11-02": 2, "2026-11-03": 1, "2026-11-04": 1}


def rates(figures: Figures, name: str) -> dict[str, tuple[int, int]]:
    return {one.name: (one.part, one.whole) for one in getattr(figures, name)}


def test_rates(filled: Store) -> None:
    found = filled.figures(ALL, by=QA)
    assert rates(found, "fields") == {"income.monthly": (2, 2), "loan.amount": (0, 2)}
    assert rates(found, "dealers") == {"d1": (1, 2), "d2": (1, 1)}
    assert rates(found, "script") == {"recording_notice": (1, 3)}
    first, second = found.agents
    assert (first.agent_id, first.calls, first.with_mismatch, first.faults) == ("a1", 2, 1, {"recording_notice": 1})
    assert (first.silence_ratio, first.interruptions) == (pytest.approx(0.2), pytest.approx(3))
    assert (second.agent_id, second.silence_ratio) == ("a2", None)


def test_what_is_out_of_reach_or_out_of_time_is_not_counted(filled: Store) -> None:
    south = filled.figures(ALL, by=Principal("x", "lead", frozenset({"south"})))
    assert (sum(one.calls for one in south.days), rates(south, "dealers")) == (1, {"d2": (1, 1)})
    assert south.waiting.states == {"open": 1}
    north = filled.figures(FigureFilters(since=ALL.since, until=ALL.until, unit="north"), by=QA)
    assert rates(north, "dealers") == {"d1": (1, 2)}
    assert filled.figures(ALL, by=Principal("x", "lead", frozenset())).fields == ()
    later = filled.figures(FigureFilters(since=FIRST + timedelta(days=1), until=ALL.until), by=QA)
    assert rates(later, "fields") == {"income.monthly": (1, 1)}


def test_recognition_counts_what_people_set_right(filled: Store) -> None:
    filled.correct_transcript("C1", Correction(turn=1, text="你好啊"), by=QA)
    filled.save_report("C1", report(rules="sha256:2"), by=SYSTEM)
    filled.set_status("C4", "failed", by=SYSTEM, reason="no_speech")
    found = filled.figures(ALL, by=QA).recognition
    assert (found.ended, found.recognised, found.turns, found.corrected_turns) == (4, 3, 6, 1)
    assert found.confidence == pytest.approx(0.7)


def test_saved_minutes(filled: Store) -> None:
    filled.claim("C1", by=QA)
    with filled.database.write() as connection:
        earlier = sa.literal(datetime.now(UTC) - timedelta(seconds=90), schema.calls.c.claimed_at.type)
        connection.execute(schema.calls.update().where(schema.calls.c.call_id == "C1").values(claimed_at=earlier))
    filled.add_review("C1", "field", "income.monthly", "confirm", "heard_as_reported", by=QA)
    filled.add_review("C3", "field", "income.monthly", "confirm", "heard_as_reported", by=QA)
    saved = filled.figures(ALL, by=QA).saved
    assert (saved.passed_calls, saved.passed_minutes) == (1, 2.0)
    assert (saved.handled_calls, saved.handled_minutes) == (1, 2.0)
    assert saved.handling_minutes == pytest.approx(1.5, abs=0.1)
    assert saved.minutes == pytest.approx(2.5, abs=0.1)


def test_what_waits(filled: Store) -> None:
    filled.act("C3", "hand_over", "risk", by=QA)
    waiting = filled.figures(ALL, by=QA).waiting
    assert (waiting.states, waiting.ages) == ({"open": 1, "risk": 1}, {"hour": 1})
    assert waiting.queued == 1
    assert waiting.oldest_at is not None


def test_earlier_calls_are_counted_after_reindexing(filled: Store) -> None:
    before = filled.figures(ALL, by=QA)
    with filled.database.write() as connection:
        connection.execute(schema.call_figures.delete())
        connection.execute(schema.script_faults.delete())
    filled.reindex()
    after = filled.figures(ALL, by=QA)
    assert (after.dealers, after.agents, after.script) == (before.dealers, before.agents, before.script)


def test_applications(filled: Store) -> None:
    for call, name in (("C1", "A-1"), ("C2", "A-1"), ("C3", "A-2"), ("C4", "B_%")):
        filled.set_application(call, application().model_copy(update={"application_id": name}), by=SYSTEM)
    page = filled.applications(limit=2, by=QA)
    assert [(one.application_id, one.calls) for one in page.items] == [("B_%", 1), ("A-2", 1)]
    rest = filled.applications(cursor=page.next, limit=2, by=QA)
    assert [(one.application_id, one.calls, one.call_id) for one in rest.items] == [("A-1", 2, "C2")]
    assert rest.next is None
    assert [one.application_id for one in filled.applications("A", by=QA).items] == ["A-2", "A-1"]
    assert [one.application_id for one in filled.applications("B_%", by=QA).items] == ["B_%"]
    assert filled.applications("_", by=QA).items == ()
    south = filled.applications(by=Principal("x", "lead", frozenset({"south"})))
    assert [one.application_id for one in south.items] == ["A-2"]


def test_what_was_counted_is_kept_until_something_changes(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []
    fields = Counting.fields

    def counting(self: Counting) -> tuple[Rate, ...]:
        counted.append("fields")
        return fields(self)

    monkeypatch.setattr(Counting, "fields", counting)
    before = filled.figures(ALL, by=QA)
    filled.report("C1", by=QA)
    assert filled.figures(ALL, by=QA) == before
    assert counted == ["fields"]
    filled.save_report("C1", report([outcome("loan.amount")]), by=SYSTEM)
    after = {one.name: one.part for one in filled.figures(ALL, by=QA).fields}
    assert after["loan.amount"] == 1
    filled.set_status("C4", "running", by=SYSTEM)
    assert filled.figures(ALL, by=QA).days[3].statuses == {"running": 1}
    assert counted == ["fields"] * 2


def test_what_is_kept_is_of_the_units_within_reach(filled: Store) -> None:
    everything = filled.figures(ALL, by=QA)
    south = filled.figures(ALL, by=Principal("li.na", "qa", frozenset({"south"})))
    assert sum(one.calls for one in everything.agents) == 3
    assert [(one.agent_id, one.calls) for one in south.agents] == [("a2", 1)]
