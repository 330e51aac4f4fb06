"""Whatever is done to the ledger's rows is found, and where; without the ledger nothing is shown."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from pipeline.errors import LedgerError
from pipeline.store import SYSTEM, CallMetadata, Head, KeyRing, Store, proves_itself, schema
from pipeline.store.ledger import GENESIS
from tests.pipeline.store.calls import LEAD, QA, application, outcome, report, transcript

ROWS = 12


@pytest.fixture
def written(store: Store) -> Store:
    for number in range(ROWS):
        store.ledger.append("li.na", "report.read", f"C{number}", {"version": 1})
    return store


def tamper(store: Store, *statements: str) -> None:
    with store.database.write() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_a_whole_ledger_is_whole(written: Store) -> None:
    assert written.ledger.verify() == (True, ROWS, None, None)


def test_an_empty_ledger_is_whole(store: Store) -> None:
    assert store.ledger.verify() == (True, 0, None, None)


@pytest.mark.parametrize(
    ("statements", "broken_at"),
    [
        (["UPDATE ledger SET actor = 'nobody' WHERE seq = 5"], 5),
        (["UPDATE ledger SET at = '2020-01-01T00:00:00.000000+00:00' WHERE seq = 1"], 1),
        (["UPDATE ledger SET action = 'call.erase' WHERE seq = 7"], 7),
        (["UPDATE ledger SET subject = 'C99' WHERE seq = 12"], 12),
        (["UPDATE ledger SET details = '{}' WHERE seq = 2"], 2),
        (["UPDATE ledger SET signature = (SELECT signature FROM ledger WHERE seq = 3) WHERE seq = 4"], 4),
        (["UPDATE ledger SET previous = hash WHERE seq = 6"], 6),
        (["DELETE FROM ledger WHERE seq = 1"], 1),
        (["DELETE FROM ledger WHERE seq = 5"], 5),
        (["DELETE FROM ledger WHERE seq > 5 AND seq < 9"], 6),
        (["DELETE FROM ledger WHERE seq = 12"], 12),
        (["DELETE FROM ledger WHERE seq > 3"], 4),
        (["DELETE FROM ledger"], 1),
        (["DELETE FROM ledger_head"], 13),
        (
            [
                "UPDATE ledger SET seq = 100 WHERE seq = 3",
                "UPDATE ledger SET seq = 3 WHERE seq = 4",
                "UPDATE ledger SET seq = 4 WHERE seq = 100",
            ],
            3,
        ),
        (
            [
                "DELETE FROM ledger WHERE seq = 12",
                "INSERT INTO ledger SELECT 12, at, actor, action, subject, details, previous, hash, signature"
                " FROM ledger WHERE seq = 11",
            ],
            12,
        ),
        (["DELETE FROM ledger WHERE seq = 5", "UPDATE ledger SET seq = seq - 1 WHERE seq = 6"], 5),
    ],
)
def test_what_was_tampered_with_is_found(written: Store, statements: list[str], broken_at: int) -> None:
    tamper(written, *statements)
    verdict = written.ledger.verify()
    assert not verdict.whole
    assert verdict.broken_at == broken_at
    assert verdict.fault


def test_rows_cut_from_the_end_together_with_the_head_are_found_by_a_kept_head(written: Store) -> None:
    kept = written.ledger.head()
    tamper(written, "DELETE FROM ledger WHERE seq > 8")
    entry = list(written.ledger.entries())[-1]
    tamper(written, f"UPDATE ledger_head SET seq = 8, link = '{entry.link}'")
    assert written.ledger.verify().whole
    verdict = written.ledger.verify(kept)
    assert (verdict.whole, verdict.broken_at) == (False, 9)


def test_a_ledger_written_anew_is_found_by_a_kept_head(written: Store) -> None:
    kept = written.ledger.head()
    tamper(written, "DELETE FROM ledger", "UPDATE ledger_head SET seq = 0")
    with written.database.write() as connection:
        connection.execute(schema.ledger_head.update().values(link=GENESIS))
    for number in range(ROWS):
        written.ledger.append("li.na", "report.read", f"C{number}", {"version": 2})
    assert written.ledger.verify().whole
    assert written.ledger.verify(kept).broken_at == ROWS


def test_a_head_of_somebody_else_is_no_proof(written: Store) -> None:
    assert not written.ledger.verify(Head(3, "0" * 64, "00" * 64)).whole


def test_a_row_proves_itself_elsewhere(written: Store, keys: KeyRing) -> None:
    entry = next(written.ledger.entries(subject="C3"))
    assert proves_itself(entry, keys.public_key)
    assert not proves_itself(entry, KeyRing.new().public_key)


def test_rows_written_at_once_make_one_chain(store: Store, open_store: Callable[[], Store]) -> None:
    stores, barrier = (store, open_store()), threading.Barrier(6)

    def write(number: int) -> None:
        barrier.wait()
        for _ in range(10):
            stores[number % 2].ledger.append(f"user{number}", "search", "search")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(6)))
    assert store.ledger.verify() == (True, 60, None, None)


@pytest.mark.parametrize(
    ("read", "action"),
    [
        (lambda store: store.transcript("C1", by=QA), "transcript.read"),
        (lambda store: store.application("C1", by=QA), "application.read"),
        (lambda store: store.open_audio("R1", by=QA), "audio.read"),
        (lambda store: store.search("滴滴", by=QA), "search"),
        (lambda store: store.mismatches(by=QA), "mismatches.read"),
        (lambda store: store.reviews("C1", by=QA), "reviews.read"),
        (lambda store: store.get_stage("C1", "speech", "a" * 64, by=QA), "stage.read"),
    ],
)
def test_personal_data_is_shown_with_a_row_or_not_at_all(
    store: Store, read: Callable[[Store], object], action: str
) -> None:
    said = transcript(("customer", "跑滴滴"))
    store.put_transcript_call(said, application(income={"monthly": 1}), CallMetadata(), by=SYSTEM)
    store.put_recording(b"sound", CallMetadata("R1"), by=SYSTEM)
    store.put_stage("C1", "speech", "a" * 64, b"output", by=SYSTEM)
    store.save_report("C1", report([outcome("income.monthly")]), by=SYSTEM)
    store.add_review("C1", "field", "income.monthly", "confirm", "heard", by=LEAD)
    assert read(store)
    assert [entry.actor for entry in store.ledger.entries(action=action)] == ["li.na"]
    with store.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE ledger RENAME TO elsewhere")
    with pytest.raises(LedgerError):
        read(store)


def test_nothing_about_the_customer_stands_in_the_ledger(store: Store) -> None:
    paper = application(identity={"name": "王建国", "mobile": "13856781234"})
    store.put_transcript_call(transcript(("customer", "我叫王建国")), paper, CallMetadata(), by=SYSTEM)
    store.transcript("C1", by=QA)
    store.search("王建国", by=QA)
    with store.database.read() as connection:
        rows = str(connection.execute(sa.select(schema.ledger)).all())
    assert "王建国" not in rows
    assert "13856781234" not in rows
