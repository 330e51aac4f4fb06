"""Every version of a document is kept, sealed, and says what it was made from."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from pipeline.errors import ConflictError, KeysError, NotFoundError
from pipeline.store import SYSTEM, CallMetadata, Store, schema
from tests.pipeline.store.calls import QA, application, outcome, report, transcript

SAID = transcript(("agent", "您贵姓"), ("customer", "我叫王建国，一个月六千五"))


@pytest.fixture
def call_id(store: Store) -> str:
    return store.put_recording(b"sound", CallMetadata("C1"), by=SYSTEM).call_id


def test_a_corrected_application_is_a_new_version(store: Store, call_id: str) -> None:
    first, second = application(income={"monthly": 9500}), application(income={"monthly": 6500})
    assert store.set_application(call_id, first, by=QA) == 1
    assert store.set_application(call_id, first, by=QA) == 1
    assert store.set_application(call_id, second, by=QA) == 2
    assert store.application(call_id, by=QA) == second
    assert store.application(call_id, 1, by=QA) == first
    assert [version.created_by for version in store.versions(call_id, "application", by=QA)] == ["li.na", "li.na"]


def test_work_is_enqueued_for_a_new_version_only(store: Store, call_id: str) -> None:
    enqueued: list[str] = []
    for monthly in (9500, 9500, 6500):
        change = application(income={"monthly": monthly})
        store.set_application(call_id, change, by=QA, then=lambda _, call: enqueued.append(call))
    assert enqueued == ["C1", "C1"]


def test_a_change_based_on_an_older_version_is_refused(store: Store, call_id: str) -> None:
    store.set_application(call_id, application(income={"monthly": 9500}), by=QA, expected=0)
    with pytest.raises(ConflictError) as refused:
        store.set_application(call_id, application(income={"monthly": 1}), by=QA, expected=0)
    assert refused.value.code == "version_conflict"


def test_reports_keep_their_rule_and_model_versions(store: Store, call_id: str) -> None:
    store.save_transcript(call_id, SAID, by=SYSTEM, made_from={"model": "embedded"})
    store.save_report(call_id, report([outcome("income.monthly")], rules="sha256:1"), by=SYSTEM)
    store.save_report(call_id, report([], rules="sha256:2"), by=SYSTEM)
    versions = store.versions(call_id, "report", by=QA)
    assert [version.made_from["rules"] for version in versions] == ["sha256:1", "sha256:2"]
    assert versions[0].made_from["transcript"] == 1
    assert store.report(call_id, 1, by=QA).fields[0].outcome == "mismatch"
    assert store.report(call_id, by=QA).fields == []


def test_an_absent_document_is_not_found(store: Store, call_id: str) -> None:
    for read in (store.report, store.transcript, store.application):
        with pytest.raises(NotFoundError):
            read(call_id, by=QA)
    with pytest.raises(NotFoundError):
        store.report("C2", by=QA)


def test_no_row_shows_what_was_said(store: Store, call_id: str) -> None:
    store.set_application(call_id, application(identity={"name": "王建国", "mobile": "13856781234"}), by=QA)
    store.save_transcript(call_id, SAID, by=SYSTEM)
    store.save_report(call_id, report([outcome("income.monthly")]), by=SYSTEM)
    store.put_stage(call_id, "speech", "0" * 64, "王建国".encode(), by=SYSTEM)
    with store.database.read() as connection:
        everything = [
            str(tuple(row)) for table in schema.metadata.sorted_tables for row in connection.execute(sa.select(table))
        ]
        raw = b"".join(
            cell
            for table in (schema.documents, schema.stage_outputs, schema.field_outcomes)
            for row in connection.execute(sa.select(table))
            for cell in row
            if isinstance(cell, bytes)
        )
    for secret in ("王建国", "13856781234", "六千五"):
        assert not any(secret in row for row in everything)
        assert secret.encode() not in raw


@pytest.mark.parametrize("moved", ["call", "kind", "version"])
def test_a_document_moved_elsewhere_does_not_open(store: Store, call_id: str, moved: str) -> None:
    store.set_application(call_id, application(income={"monthly": 1}), by=QA)
    store.set_application(call_id, application(income={"monthly": 2}), by=QA)
    store.save_transcript(call_id, SAID, by=SYSTEM)
    store.put_recording(b"other", CallMetadata("C2"), by=SYSTEM)
    store.set_application("C2", application(income={"monthly": 3}), by=QA)
    table = schema.documents
    with store.database.write() as connection:
        rows = {(row.call_seq, row.kind, row.version): row.sealed for row in connection.execute(sa.select(table))}
        mine = min(seq for seq, _, _ in rows)
        source = {
            "call": rows[mine, "application", 2],
            "kind": rows[mine, "transcript", 1],
            "version": rows[mine, "application", 1],
        }[moved]
        target = table.c.call_seq != mine if moved == "call" else table.c.call_seq == mine
        wanted = sa.and_(target, table.c.kind == "application", table.c.version == (1 if moved == "call" else 2))
        assert connection.execute(table.update().where(wanted).values(sealed=source)).rowcount == 1
    with pytest.raises(KeysError):
        store.application("C2" if moved == "call" else call_id, by=QA)


def test_a_stage_output_is_kept_by_its_input(store: Store, call_id: str) -> None:
    assert store.get_stage(call_id, "speech", "a" * 64, by=SYSTEM) is None
    store.put_stage(call_id, "speech", "a" * 64, b"first", by=SYSTEM)
    store.put_stage(call_id, "speech", "a" * 64, b"second", by=SYSTEM)
    store.put_stage(call_id, "speech", "b" * 64, b"other", by=SYSTEM)
    assert store.get_stage(call_id, "speech", "a" * 64, by=SYSTEM) == b"first"
    assert store.get_stage(call_id, "speech", "b" * 64, by=SYSTEM) == b"other"
