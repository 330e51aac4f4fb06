"""Databases for tests: a migrated one is made once a session and made empty again, not made anew, for every test."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from pipeline.jobs.cluster import ClusterQueue
from pipeline.store.database import Database

SERVER = os.environ.get("CALLPROOF_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")


def absent(reason: str) -> None:
    """Skip for want of a service; with CALLPROOF_REQUIRE_SERVICES=1 fail."""
    if os.environ.get("CALLPROOF_REQUIRE_SERVICES") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def new_database(server: sa.Engine) -> Iterator[str]:
    """URL of an empty PostgreSQL database, dropped at the end."""
    name = f"callproof_test_{secrets.token_hex(6)}"
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield sa.make_url(SERVER).set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@dataclass
class SharedPostgres:
    """One migrated database, given to one test after another: each finds it as the migrations left it."""

    url: str
    _engine: sa.Engine = field(init=False)
    _tables: sa.MetaData = field(init=False)
    _rows: dict[str, list[dict[str, Any]]] = field(init=False)

    def __post_init__(self) -> None:
        self._engine = sa.create_engine(sa.make_url(self.url), poolclass=sa.NullPool)
        self._migrate()

    def emptied(self) -> str:
        """Its URL, once it holds what the migrations left and nothing else."""
        with self._engine.begin() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            if whole := set(sa.inspect(connection).get_table_names()) == self._tables.tables.keys():
                self._empty(connection)
            else:
                connection.exec_driver_sql("DROP SCHEMA public CASCADE")
                connection.exec_driver_sql("CREATE SCHEMA public")
        if not whole:
            self._migrate()
        return self.url

    def _migrate(self) -> None:
        database = Database(self.url)
        database.migrate()
        ClusterQueue(database)
        database.close()
        self._tables = sa.MetaData()
        self._tables.reflect(self._engine)
        with self._engine.connect() as connection:
            self._rows = {
                name: [dict(row._mapping) for row in connection.execute(sa.select(table))]
                for name, table in self._tables.tables.items()
            }

    def _empty(self, connection: sa.Connection) -> None:
        connection.exec_driver_sql("SET session_replication_role = replica")  # no foreign keys, no triggers
        for name, table in self._tables.tables.items():
            connection.execute(table.delete())
            if self._rows[name]:
                connection.execute(table.insert(), self._rows[name])
        connection.exec_driver_sql(
            "SELECT setval(format('%%I.%%I', schemaname, sequencename)::regclass, 1, false) FROM pg_sequences"
        )


def migrated_file(folder: Path) -> Path:
    """A migrated, empty SQLite database in `folder`, to be copied."""
    path = folder / "template.db"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


def copied(template: Path, folder: Path) -> str:
    """URL of a copy of a SQLite database as the store in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(template, folder / "callproof.db")
    return f"sqlite:///{folder / 'callproof.db'}"
