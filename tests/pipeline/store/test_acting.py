"""Where the work on a flagged call stands, and what people do with it; on both databases."""

from __future__ import annotations

import pytest

from pipeline.errors import ConflictError
from pipeline.store import SYSTEM, CallFilters, CallMetadata, Store
from tests.pipeline.store.calls import LEAD, QA, outcome, report, transcript


def done(store: Store, disposition: str = "review", severity: str = "major") -> None:
    store.put_recording(b"sound", CallMetadata("C1"), by=SYSTEM)
    store.save_transcript("C1", transcript(("customer", "一个月六千")), by=SYSTEM)
    store.set_status("C1", "running", by=SYSTEM)
    store.save_report("C1", report([outcome("income.monthly", severity=severity)], disposition=disposition), by=SYSTEM)
    store.set_status("C1", "done", by=SYSTEM)


def state(store: Store) -> str | None:
    return store.call("C1", by=QA).work_state


def test_a_call_is_handed_over_and_settled(store: Store) -> None:
    done(store)
    assert state(store) == "open"
    store.claim("C1", by=QA)
    store.assign(["C1"], QA.name, by=LEAD)
    store.act("C1", "hand_over", "risk", by=QA, note="疑似代购")
    assert store.call("C1", by=LEAD).assigned_to is None, "nobody at risk could take what is assigned to QA"
    record = store.call("C1", by=QA)
    assert (record.work_state, record.claimed_by) == ("risk", None)
    store.act("C1", "ask_document", "income_proof", by=LEAD)
    assert [call.call_id for call in store.calls(CallFilters(work_state="document"), by=QA).items] == ["C1"]
    store.act("C1", "settle", "explained", by=LEAD)
    assert state(store) == "settled"
    assert [(one.kind, one.target, one.note, one.actor) for one in store.actions("C1", by=QA)] == [
        ("hand_over", "risk", "疑似代购", "li.na"),
        ("ask_document", "income_proof", None, "zhao.lei"),
        ("settle", "explained", None, "zhao.lei"),
    ]
    (entry,) = store.ledger.entries(subject="C1", action="call.hand_over")
    assert "代购" not in entry.details


def test_webhooks_are_told(store: Store) -> None:
    hook = store.webhooks.add("https://x.example", ["call.handed_over"], "s", by=SYSTEM)
    done(store)
    store.act("C1", "hand_over", "service", by=QA, note="回拨")
    (delivery,) = store.webhooks.deliveries(hook.id)
    assert delivery.payload == {"call_id": "C1", "application_id": None, "target": "service"}


@pytest.mark.parametrize(("disposition", "after"), [("review", "settled"), ("escalate", "open"), ("pass", None)])
def test_a_settled_call_is_open_again_where_its_disposition_changes(
    store: Store, disposition: str, after: str | None
) -> None:
    done(store)
    store.act("C1", "settle", "clear", by=QA)
    store.save_report("C1", report(disposition=disposition, rules="sha256:2"), by=SYSTEM)
    assert state(store) == after


def test_a_call_that_passes_needs_no_work(store: Store) -> None:
    done(store, "pass")
    assert state(store) is None


def test_what_is_not_done_or_waits_for_a_second_person_is_not_settled(store: Store) -> None:
    done(store, severity="critical")
    store.add_review("C1", "field", "income.monthly", "confirm", "heard_as_reported", by=QA)
    with pytest.raises(ConflictError, match="second person"):
        store.act("C1", "settle", "clear", by=QA)
    with pytest.raises(ConflictError, match="open"):
        store.act("C1", "reopen", by=QA)
    store.set_status("C1", "queued", by=SYSTEM)
    with pytest.raises(ConflictError, match="queued"):
        store.act("C1", "hand_over", "risk", by=QA)


def test_handling_time_counts_from_the_claim(store: Store) -> None:
    done(store)
    store.add_review("C1", "field", "income.monthly", "confirm", "heard_as_reported", by=LEAD)
    store.claim("C1", by=QA)
    store.add_review("C1", "field", "income.monthly", "confirm", "heard_as_reported", by=QA)
    with store.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT handling_seconds FROM reviews ORDER BY id").scalars().all()
    assert rows[0] is None
    assert 0 <= rows[1] < 60


def test_erasure_takes_the_notes(store: Store) -> None:
    done(store)
    store.act("C1", "hand_over", "risk", by=QA, note="疑似代购")
    assert store.erase("C1", "request", by=SYSTEM).removed["actions"] == 1
