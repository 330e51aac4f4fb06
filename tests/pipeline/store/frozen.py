"""Stores as earlier versions left them, row by row, so that this version proves that it reads them.

`python -m tests.pipeline.store.frozen` freezes what this version writes, under its revision: run it when a migration
is added, and commit the file. Files of earlier revisions are never made again.
"""

from __future__ import annotations

import base64
import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from pipeline.store import SYSTEM, CallMetadata, KeyRing, Store, schema
from pipeline.store.database import head_revision
from tests.pipeline.store.calls import QA, application, outcome, report, signal, transcript

FOLDER = Path(__file__).parents[2] / "cases" / "store"
SOUND = b"sound " * 20


def fill(store: Store) -> None:
    """One call with everything that a call can have."""
    paper = application(identity={"name": "王建国"}, income={"monthly": 9500}, loan={"amount": 120000})
    store.put_recording(SOUND, CallMetadata("C1", "036", unit="north"), by=SYSTEM, application=paper)
    store.save_transcript("C1", transcript(("customer", "我叫王建国，跑滴滴，一个月六千五")), by=SYSTEM)
    store.save_report("C1", report([outcome("income.monthly")], [signal("coached")]), by=SYSTEM)
    store.add_review("C1", "field", "income.monthly", "confirm", "heard", by=QA, note="说了两遍")
    store.users.add("li.na", "qa", by=SYSTEM, units=["north"])


def frozen(store: Store) -> dict[str, Any]:
    """The rows of the store's own tables as JSON; the search index is made anew by whoever reads them."""
    with store.database.read() as connection:
        tables = {
            table.name: [
                {name: _written(value) for name, value in row._mapping.items()}
                for row in connection.execute(sa.select(table))
            ]
            for table in schema.metadata.sorted_tables
        }
    tables["store_facts"] = [row for row in tables["store_facts"] if row["name"] != "search_version"]
    blobs = {name: base64.b64encode(store.blobs.read(name, 0, 10_000)).decode() for name, _ in store.blobs.names()}
    return {"keys": json.loads(store.keys.document()), "tables": tables, "blobs": blobs}


def thaw(connection: sa.Connection, tables: dict[str, list[dict[str, Any]]]) -> None:
    """Put frozen rows into tables as they stand in the database."""
    metadata = sa.MetaData()
    metadata.reflect(connection, only=list(tables))
    connection.execute(metadata.tables["ledger_head"].delete())
    for table in metadata.sorted_tables:
        for row in tables[table.name]:
            connection.execute(
                table.insert().values({name: _read(table.c[name].type, value) for name, value in row.items()})
            )


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def _read(kind: Any, value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"base64"}:
        return base64.b64decode(value["base64"])
    if isinstance(value, str) and isinstance(kind, sa.DateTime):
        moment = datetime.fromisoformat(value).astimezone(UTC)
        return moment if kind.timezone else moment.replace(tzinfo=None)
    return value


def main() -> None:
    """Freeze what this version writes."""
    with tempfile.TemporaryDirectory() as folder, Store.open(folder, keys=KeyRing.new()) as store:
        fill(store)
        target = FOLDER / f"{head_revision()}.json"
        target.write_text(json.dumps(frozen(store), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
