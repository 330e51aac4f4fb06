"""The drill of docs/operations.md on PostgreSQL, by the real pg_dump and pg_restore; on SQLite: test_store_commands."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.errors import InputError, StoreError
from pipeline.jobs import Jobs
from pipeline.store import SYSTEM, CallFilters, Store
from pipeline.store.backup import back_up, check, restore
from tests.pipeline.store.calls import QA
from tests.pipeline.store.frozen import SOUND, fill
from tests.support.databases import absent, new_database

pytestmark = pytest.mark.parametrize("place", ["postgresql"], indirect=True)


@pytest.fixture(autouse=True)
def programs() -> None:
    for program in ("pg_dump", "pg_restore"):
        if shutil.which(program) is None:
            absent(f"{program} is not installed: apt install postgresql-client")


@pytest.fixture
def empty_database(postgres: sa.Engine) -> Iterator[str]:
    with new_database(postgres) as url:
        yield url


def test_what_was_backed_up_is_all_there_after_a_restore(store: Store, empty_database: str, tmp_path: Path) -> None:
    fill(store)
    jobs = Jobs(store)
    with store.database.write() as connection:
        jobs.enqueue(connection, "C1")
    manifest = back_up(store, tmp_path / "backup", by=SYSTEM)
    store.erase("C1", "after the backup", by=SYSTEM)
    assert (tmp_path / "backup" / "database.dump").read_bytes()[:5] == b"PGDMP"
    assert restore(tmp_path / "backup", tmp_path / "new", empty_database) == manifest
    with Store.open(empty_database, keys=store.keys, folder=tmp_path / "new") as again:
        found = check(again, manifest.ledger_head)
        assert found.sound, found.faults
        assert (found.calls, found.documents, found.recordings) == (1, 3, 1)
        assert b"".join(again.open_audio("C1", by=QA).content) == SOUND
        assert [hit.call_id for hit in again.search("滴滴", by=QA).items] == ["C1"]
        assert [call.call_id for call in again.calls(CallFilters(signal="coached"), by=QA).items] == ["C1"]
        waiting = Jobs(again)
        job = waiting.take(waiting.queue.join(), ("gpu", "cpu"))
        assert job is not None
        assert job.call_id == "C1"
        assert again.ledger.verify(manifest.ledger_head).whole


def test_a_backup_goes_only_into_an_empty_database(store: Store, empty_database: str, tmp_path: Path) -> None:
    fill(store)
    back_up(store, tmp_path / "backup", by=SYSTEM)
    with pytest.raises(InputError, match="PostgreSQL"):
        restore(tmp_path / "backup", tmp_path / "new")
    restore(tmp_path / "backup", tmp_path / "new", empty_database)
    with pytest.raises(StoreError, match="pg_restore failed"):
        restore(tmp_path / "backup", tmp_path / "other", empty_database)


def test_a_backup_that_was_changed_is_refused(store: Store, empty_database: str, tmp_path: Path) -> None:
    fill(store)
    back_up(store, tmp_path / "backup", by=SYSTEM)
    dump = tmp_path / "backup" / "database.dump"
    dump.write_bytes(dump.read_bytes()[:-1] + b"x")
    with pytest.raises(InputError, match="changed"):
        restore(tmp_path / "backup", tmp_path / "new", empty_database)
