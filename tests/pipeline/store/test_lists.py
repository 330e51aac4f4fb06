"""Lists of calls and mismatches: every filter, every page, only what is within reach."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from pipeline.errors import InputError
from pipeline.store import SYSTEM, CallFilters, CallMetadata, MismatchFilters, Principal, Store
from tests.pipeline.store.calls import LEAD, QA, application, outcome, report, signal, transcript

DAY = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def filled(store: Store) -> Store:
    """Four calls, a day apart: C3 is the newest, C0 has no report yet."""
    for number in range(4):
        call_id = f"C{number}"
        metadata = CallMetadata(
            call_id,
            f"A{number % 2}",
            f"经销商{number % 3}",
            DAY + timedelta(days=number),
            unit="north" if number < 2 else "south",
        )
        paper = application(loan={"amount": 50_000 * (number + 1)})
        store.put_recording(call_id.encode(), metadata, by=SYSTEM, application=paper)
    store.save_report(
        "C1",
        report([outcome("income.monthly"), outcome("loan.amount", "match", None)], call_id="C1", disposition="review"),
        by=SYSTEM,
    )
    store.save_report(
        "C2",
        report(
            [outcome("identity.name", severity="critical"), outcome("income.monthly", "contradicted")],
            [signal("coached")],
            call_id="C2",
            disposition="escalate",
            band="high",
        ),
        by=SYSTEM,
    )
    store.save_report(
        "C3", report([outcome("income.monthly", "match", None)], call_id="C3", disposition="pass"), by=SYSTEM
    )
    store.set_status("C0", "running", by=SYSTEM)
    store.claim("C1", by=QA)
    store.assign(["C2"], "li.na", by=LEAD)
    return store


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, "C3 C2 C1 C0"),
        ({"status": "running"}, "C0"),
        ({"status": "queued"}, "C3 C2 C1"),
        ({"disposition": "escalate"}, "C2"),
        ({"risk_band": "high"}, "C2"),
        ({"agent_id": "A1"}, "C3 C1"),
        ({"dealer": "经销商0"}, "C3 C0"),
        ({"unit": "north"}, "C1 C0"),
        ({"signal": "coached"}, "C2"),
        ({"field": "income.monthly"}, "C3 C2 C1"),
        ({"field": "income.monthly", "outcome": "match"}, "C3"),
        ({"outcome": "mismatch"}, "C2 C1"),
        ({"amount_from": 100_000, "amount_to": 150_000}, "C2 C1"),
        ({"since": DAY + timedelta(days=1), "until": DAY + timedelta(days=3)}, "C2 C1"),
        ({"claimed_by": "li.na"}, "C1"),
        ({"assigned_to": "li.na"}, "C2"),
        ({"unclaimed": True}, "C3 C2 C0"),
        ({"application_id": "A2026-000123"}, "C3 C2 C1 C0"),
        ({"agent_id": "A1", "disposition": "pass"}, "C3"),
        ({"dealer": "' OR 1=1 --"}, ""),
        ({"dealer_part": "销商"}, "C3 C2 C1 C0"),
        ({"dealer_part": "商2"}, "C2"),
        ({"agent_part": "a"}, "C3 C2 C1 C0"),
        ({"agent_part": "a1"}, "C3 C1"),
        ({"agent_part": "%"}, ""),
    ],
)
def test_calls_by_filter(filled: Store, filters: dict[str, object], expected: str) -> None:
    page = filled.calls(CallFilters(**filters), by=QA)  # type: ignore[arg-type]
    assert " ".join(call.call_id for call in page.items) == expected
    assert page.next is None


def test_a_whole_name_is_that_one_alone(filled: Store) -> None:
    longer = CallMetadata("C4", "A12", "经销商2（城南店）", DAY + timedelta(days=4))
    filled.put_recording(b"C4", longer, by=SYSTEM)
    for filters, expected in (
        ({"dealer_part": "经销商2"}, "C2"),
        ({"dealer_part": "商2"}, "C4 C2"),
        ({"agent_part": "A1"}, "C3 C1"),
        ({"agent_part": "a1"}, "C4 C3 C1"),
    ):
        page = filled.calls(CallFilters(**filters), by=QA)
        assert " ".join(call.call_id for call in page.items) == expected, filters


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, "C2/income.monthly C2/identity.name C1/income.monthly"),
        ({"field": "income.monthly"}, "C2/income.monthly C1/income.monthly"),
        ({"severity": "critical"}, "C2/identity.name"),
        ({"outcome": "contradicted"}, "C2/income.monthly"),
        ({"outcome": "match"}, ""),
        ({"dealer": "经销商1"}, "C1/income.monthly"),
        ({"agent_id": "A0"}, "C2/income.monthly C2/identity.name"),
        ({"unit": "north"}, "C1/income.monthly"),
        ({"since": DAY + timedelta(days=2)}, "C2/income.monthly C2/identity.name"),
        ({"until": DAY + timedelta(days=2)}, "C1/income.monthly"),
    ],
)
def test_mismatches_by_filter(filled: Store, filters: dict[str, object], expected: str) -> None:
    page = filled.mismatches(MismatchFilters(**filters), by=QA)  # type: ignore[arg-type]
    assert " ".join(f"{item.call_id}/{item.outcome.field}" for item in page.items) == expected


def test_a_mismatch_comes_with_its_evidence(filled: Store) -> None:
    item = filled.mismatches(MismatchFilters(unit="north"), by=QA).items[0]
    assert (item.outcome.applied, item.outcome.evidence[0].quote) == (9500, "六千五")
    (entry,) = filled.ledger.entries(action="mismatches.read")
    assert "C1" in entry.details


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
def test_pages_give_everything_once(filled: Store, limit: int) -> None:
    calls, mismatches, cursor = [], [], None
    while True:
        page = filled.calls(None, cursor, limit, by=QA)
        calls += [call.call_id for call in page.items]
        if (cursor := page.next) is None:
            break
    while True:
        found = filled.mismatches(None, cursor, limit, by=QA)
        mismatches += [(item.call_id, item.outcome.field) for item in found.items]
        if (cursor := found.next) is None:
            break
    assert calls == ["C3", "C2", "C1", "C0"]
    assert mismatches == [("C2", "income.monthly"), ("C2", "identity.name"), ("C1", "income.monthly")]


def test_calls_of_one_moment_keep_their_order_over_pages(store: Store) -> None:
    for number in range(5):
        store.put_recording(bytes([number + 1]), CallMetadata(f"C{number}", recorded_at=DAY), by=SYSTEM)
    first = store.calls(limit=2, by=QA)
    second = store.calls(cursor=first.next, limit=5, by=QA)
    assert [call.call_id for call in (*first.items, *second.items)] == ["C4", "C3", "C2", "C1", "C0"]


def test_other_units_are_out_of_reach(filled: Store) -> None:
    north = Principal("qa", units=frozenset({"north"}))
    assert [call.call_id for call in filled.calls(by=north).items] == ["C1", "C0"]
    assert [item.call_id for item in filled.mismatches(by=north).items] == ["C1"]
    assert filled.calls(CallFilters(unit="south"), by=north).items == ()
    assert filled.calls(by=Principal("qa", units=frozenset())).items == ()


def test_a_new_report_replaces_what_the_lists_know(filled: Store) -> None:
    filled.save_report("C2", report(call_id="C2", disposition="pass", rules="sha256:2"), by=SYSTEM)
    assert filled.calls(CallFilters(signal="coached"), by=QA).items == ()
    assert [item.call_id for item in filled.mismatches(by=QA).items] == ["C1"]


@pytest.mark.parametrize(("cursor", "limit"), [("x", 50), ("W10", 50), ("WyIyMDI2IiwxXQ", 50), (None, 0), (None, 501)])
def test_a_bad_cursor_or_limit_is_refused(filled: Store, cursor: str | None, limit: int) -> None:
    with pytest.raises(InputError):
        filled.calls(None, cursor, limit, by=QA)


def test_calls_are_counted_by_where_they_stand(filled: Store) -> None:
    counted = filled.count_calls(by=SYSTEM)
    assert sum(counted.values()) == 4
    assert counted["queued", "open", "review"] == 1
    assert sum(filled.count_calls(by=Principal("north", units=frozenset({"north"}))).values()) == 2


def test_flags_are_codes_the_most_severe_first_and_within_reach(filled: Store) -> None:
    flags = filled.flags_of(["C0", "C1", "C2", "other"], by=SYSTEM)
    assert flags == {"C1": ("income.monthly",), "C2": ("coached", "identity.name", "income.monthly")}
    assert filled.flags_of(["C1", "C2"], by=Principal("north", units=frozenset({"north"}))).keys() == {"C1"}
    assert filled.flags_of([], by=SYSTEM) == {}


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("filters", "index"),
    [
        (MismatchFilters(), "SCAN field_outcomes USING INDEX ix_disagreeing_at"),
        (MismatchFilters(outcome="contradicted"), "ix_disagreeing_outcome (outcome=?)"),
        (MismatchFilters(field="income.monthly"), "ix_disagreeing_field (field=?)"),
        (MismatchFilters(field="income.monthly", dealer="x"), "ix_disagreeing_"),
    ],
)
def test_pages_of_mismatches_come_out_of_an_index_in_order(store: Store, filters: MismatchFilters, index: str) -> None:
    for number in range(40):
        metadata = CallMetadata(f"C{number}", dealer=f"经销商{number}")
        store.put_transcript_call(transcript(("customer", f"{number}")), None, metadata, by=SYSTEM)
        fields = [outcome(field) for field in ("income.monthly", "loan.amount", "loan.purpose")]
        fields += [outcome(field, "match") for field in ("identity.name", "loan.term_months", "vehicle.model")]
        store.save_report(f"C{number}", report(fields, call_id=f"C{number}"), by=SYSTEM)
    store.database.look_over(anew=True)
    seen: list[tuple[str, Any]] = []
    sa.event.listen(store.database.engine, "before_cursor_execute", lambda *given: seen.append((given[2], given[3])))
    store.mismatches(filters, by=QA)
    statement, values = next(one for one in seen if "field_outcomes" in one[0])
    with store.database.read() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    assert index in plan[0][3]
    assert not any("TEMP B-TREE" in row[3] for row in plan)
