"""Every earlier version's store is readable after migration; both databases end with the tables that the code has."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from pipeline.errors import StoreVersionError
from pipeline.store import CallFilters, KeyRing, Store, schema
from pipeline.store.database import MIGRATIONS, Database, head_revision, known_revisions
from tests.pipeline.store.calls import QA
from tests.pipeline.store.frozen import FOLDER, SOUND, thaw


@pytest.mark.parametrize("revision", sorted(path.stem for path in FOLDER.glob("*.json")))
def test_a_call_of_an_earlier_version_is_readable(empty_place: str, revision: str, tmp_path: Path) -> None:
    kept = json.loads((FOLDER / f"{revision}.json").read_text(encoding="utf-8"))
    database = Database(empty_place)
    database.migrate(revision)
    with database.write() as connection:
        thaw(connection, kept["tables"])
    database.close()
    for name, sealed in kept["blobs"].items():
        (tmp_path / "data" / "blobs" / name).parent.mkdir(parents=True)
        (tmp_path / "data" / "blobs" / name).write_bytes(base64.b64decode(sealed))
    keys = KeyRing.parse(json.dumps(kept["keys"]), "frozen")
    with Store.open(empty_place, keys=keys, folder=tmp_path / "data") as store:
        assert store.database.revision() == head_revision()
        assert b"".join(store.open_audio("C1", by=QA).content) == SOUND
        assert store.transcript("C1", by=QA).turns[0].text == "我叫王建国，跑滴滴，一个月六千五"
        assert store.application("C1", by=QA).identity.name == "王建国"
        assert store.report("C1", by=QA).signals[0].code == "coached"
        assert store.reviews("C1", by=QA)[0].note == "说了两遍"
        assert [hit.call_id for hit in store.search("滴滴", by=QA).items] == ["C1"]
        assert [call.call_id for call in store.calls(CallFilters(signal="coached"), by=QA).items] == ["C1"]
        assert store.mismatches(by=QA).items[0].outcome.applied == 9500
        assert store.users.get("li.na").units == ["north"]
        assert store.ledger.verify().whole


def test_revisions_are_one_line() -> None:
    assert len(ScriptDirectory(str(MIGRATIONS)).get_heads()) == 1
    assert {path.stem for path in FOLDER.glob("*.json")} <= set(known_revisions())


def test_the_migrated_tables_are_those_of_the_code(place: str) -> None:
    database = Database(place)
    database.migrate()

    def ours(thing: sa.Table, name: str, kind: str, reflected: bool, other: object) -> bool:
        return kind != "table" or name in schema.metadata.tables

    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours})
        assert compare_metadata(context, schema.metadata) == []
    database.close()


def test_processes_that_start_together_migrate_once(empty_place: str) -> None:
    databases = [Database(empty_place) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda database: database.migrate(), databases))
    for database in databases:
        assert database.revision() == head_revision()
        database.close()


@pytest.mark.parametrize(("revision", "hint"), [("0001", "callproof store migrate"), ("9999", "newer callproof")])
def test_another_version_says_what_to_do(place: str, tmp_path: Path, revision: str, hint: str) -> None:
    database = Database(place)
    database.migrate()
    with database.write() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")
    database.close()
    with pytest.raises(StoreVersionError, match=hint):
        Store.open(place, keys=KeyRing.new(), folder=tmp_path / "data", migrate=False)
