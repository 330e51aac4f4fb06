"""How calls go: by age, on request, never under hold; and what is left of them."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from pipeline.errors import ConflictError, ErasedError, InputError, SettingsError
from pipeline.store import SYSTEM, CallFilters, CallMetadata, Store, schema
from pipeline.store.keeping import retention_classes
from pipeline.store.search.backends import chunks
from tests.pipeline.store.calls import LEAD, QA, application, outcome, report, signal, transcript

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def whole_call(store: Store, call_id: str = "C1", **metadata: object) -> None:
    """A call with everything that a call can have."""
    store.put_recording(
        f"sound of {call_id}".encode(),
        CallMetadata(call_id, **metadata),  # type: ignore[arg-type]
        by=SYSTEM,
        application=application(identity={"name": "王建国"}, loan={"amount": 120000}),
        idempotency_key=f"key of {call_id}",
    )
    store.save_transcript(call_id, transcript(("customer", "我叫王建国，跑滴滴"), call_id=call_id), by=SYSTEM)
    findings = report([outcome("income.monthly", severity="critical")], [signal("coached")], call_id=call_id)
    store.save_report(call_id, findings, by=SYSTEM)
    store.put_stage(call_id, "speech", "a" * 64, b"output", by=SYSTEM)
    store.add_review(call_id, "field", "income.monthly", "confirm", "heard", by=QA, note="说了两遍")


def blobs(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "data" / "blobs").rglob("*") if path.is_file()]


def test_an_erased_call_is_gone_and_its_certificate_stays(store: Store, tmp_path: Path) -> None:
    whole_call(store)
    whole_call(store, "C2")
    certificate = store.erase("C1", "customer's request 2026-17", by=LEAD)
    assert set(certificate.keys) == {"audio", "text"}
    assert certificate.removed["documents"] == 3
    for read in (store.transcript, store.report, store.application, store.open_audio, store.reviews):
        with pytest.raises(ErasedError):
            read("C1", by=QA)
    assert [hit.call_id for hit in store.search("滴滴", by=QA).items] == ["C2"]
    assert [item.call_id for item in store.mismatches(by=QA).items] == ["C2"]
    assert [call.call_id for call in store.calls(CallFilters(signal="coached"), by=QA).items] == ["C2"]
    left = store.call("C1", by=QA)
    assert left.erased_at is not None
    assert (left.application_id, left.loan_amount, left.disposition) == (None, None, None)
    (entry,) = store.ledger.entries(action="call.erase")
    assert (entry.subject, entry.actor, entry.seq) == ("C1", "zhao.lei", certificate.ledger_seq)
    assert len(blobs(tmp_path)) == 1
    assert store.ledger.verify().whole


def test_what_is_held_or_erased_meanwhile_does_not_stop_the_rest(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    old = NOW - timedelta(days=4000)
    for call_id in ("C1", "C2", "C3"):
        whole_call(store, call_id, recorded_at=old)
    erase = store.erase

    def meanwhile(call_id: str, reason: str, **by: Any) -> Any:
        if call_id == "C1":
            store.set_legal_hold("C1", "case 7", by=LEAD)
            erase("C2", "request", by=LEAD)
        return erase(call_id, reason, **by)

    monkeypatch.setattr(store, "erase", meanwhile)
    assert store.apply_retention(by=SYSTEM, at=NOW).calls == ("C3",)
    assert store.call("C1", by=QA).erased_at is None


def test_no_row_of_an_erased_call_is_left(store: Store) -> None:
    whole_call(store)
    seq = 1
    store.erase("C1", "request", by=LEAD)
    with store.database.read() as connection:
        for table in (*schema.metadata.sorted_tables, chunks):
            if "call_seq" in table.c:
                rows = connection.execute(sa.select(table).where(table.c.call_seq == seq)).all()
                assert rows == [], table.name


def test_what_was_erased_can_be_given_again_as_a_new_call(store: Store) -> None:
    whole_call(store)
    store.erase("C1", "request", by=LEAD)
    stored = store.put_recording(b"sound of C1", CallMetadata(), by=SYSTEM, idempotency_key="key of C1")
    assert stored.created
    with pytest.raises(ConflictError):
        store.put_recording(b"sound", CallMetadata("C1"), by=SYSTEM)


def test_an_erased_call_takes_no_more(store: Store) -> None:
    whole_call(store)
    store.erase("C1", "request", by=LEAD)
    with pytest.raises(ErasedError):
        store.erase("C1", "again", by=LEAD)
    with pytest.raises(ErasedError):
        store.save_report("C1", report(), by=SYSTEM)
    with pytest.raises(ErasedError):
        store.set_status("C1", "running", by=SYSTEM)


def test_audio_alone_can_go(store: Store, tmp_path: Path) -> None:
    whole_call(store)
    assert set(store.erase_audio("C1", "request", by=LEAD).keys) == {"audio"}
    with pytest.raises(ErasedError):
        store.open_audio("C1", by=QA)
    assert store.transcript("C1", by=QA).turns[0].text == "我叫王建国，跑滴滴"
    assert store.call("C1", by=QA).audio_erased_at is not None
    assert blobs(tmp_path) == []


def test_a_legal_hold_keeps_a_call(store: Store) -> None:
    whole_call(store, recorded_at=NOW - timedelta(days=9000))
    store.set_legal_hold("C1", "case 2026-4", by=LEAD)
    for erase in (store.erase, store.erase_audio):
        with pytest.raises(ConflictError) as refused:
            erase("C1", "request", by=LEAD)
        assert refused.value.code == "legal_hold"
    assert store.apply_retention(by=SYSTEM, at=NOW).calls == ()
    store.set_legal_hold("C1", None, by=LEAD)
    assert store.apply_retention(by=SYSTEM, at=NOW).calls == ("C1",)


@pytest.mark.parametrize(
    ("name", "age", "audio", "call"),
    [
        ("standard", 1094, False, False),
        ("standard", 1096, True, False),
        ("standard", 1826, False, True),
        ("declined", 366, True, False),
        ("trial", 29, False, False),
        ("trial", 31, False, True),
        ("permanent", 9000, False, False),
    ],
)
def test_a_class_says_how_long(store: Store, name: str, age: int, audio: bool, call: bool) -> None:
    whole_call(store, recorded_at=NOW - timedelta(days=age), retention_class=name)
    planned = store.apply_retention(by=SYSTEM, at=NOW, dry_run=True)
    assert (planned.audio, planned.calls) == (("C1",) if audio else (), ("C1",) if call else ())
    assert store.call("C1", by=QA).audio_bytes is not None
    assert store.apply_retention(by=SYSTEM, at=NOW) == planned
    left = store.call("C1", by=QA)
    assert (left.audio_bytes is None, left.erased_at is not None) == (audio or call, call)


def test_an_unknown_class_is_refused(store: Store) -> None:
    with pytest.raises(InputError):
        store.put_recording(b"sound", CallMetadata(retention_class="forever"), by=SYSTEM)


@pytest.mark.parametrize(
    "text", ["classes: [1]", "{}", "classes: {a: {audio_days: 0, call_days: 1}}", "classes: {a: 3}"]
)
def test_unusable_classes_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "retention.yaml").write_text(text)
    with pytest.raises(SettingsError):
        retention_classes(tmp_path)


def test_a_recording_that_belongs_to_no_call_is_swept_away(store: Store, tmp_path: Path) -> None:
    whole_call(store)
    stray = tmp_path / "data" / "blobs" / "ab" / ("ab" + "0" * 30)
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"left by a crash")
    assert store.sweep_blobs() == 0
    os.utime(stray, (0, 0))
    assert store.sweep_blobs() == 1
    assert not stray.exists()
    assert len(blobs(tmp_path)) == 1
