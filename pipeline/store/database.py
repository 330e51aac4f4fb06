"""The database behind the store: one engine for SQLite (WAL) or PostgreSQL, its transactions and its migrations."""

from __future__ import annotations

import fcntl
import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event

from pipeline.errors import StoreError, StoreVersionError

MIGRATIONS: Final = Path(__file__).parent / "migrations"
BUSY_SECONDS: Final = 60
_MIGRATION_LOCK: Final = 0x63616C6C70726F6F
log = logging.getLogger("callproof.store")
_SQLITE_OUT_OF_REACH: Final = ("SQLITE_BUSY", "SQLITE_CANTOPEN", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY")


class Database:
    """One database. `read()` and `write()` are transactions: all of it or nothing.

    On SQLite writers of one process take turns, so that none of them polls for the file's lock.
    """

    def __init__(self, url: str) -> None:
        self.url = sa.make_url(url)
        if self.url.get_backend_name() not in ("sqlite", "postgresql"):
            raise StoreError(f"database {self.url.get_backend_name()}: only sqlite and postgresql are supported")
        self.sqlite = self.url.get_backend_name() == "sqlite"
        if not self.sqlite and self.url.drivername == "postgresql":
            self.url = self.url.set(drivername="postgresql+psycopg")
        self.engine = _sqlite_engine(self.url) if self.sqlite else _postgres_engine(self.url)
        self._writer = threading.RLock() if self.sqlite else nullcontext()
        self._immediate = self.engine.execution_options(callproof_begin="IMMEDIATE")

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A transaction that only reads; on PostgreSQL too it sees one state of the data."""
        with self.engine.connect() as connection, connection.begin():
            if not self.sqlite:
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that writes."""
        with self._writer, self._immediate.connect() as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    def look_over(self, *, anew: bool = False) -> None:
        """Let SQLite count how much there is of what, so that it takes the right indexes; PostgreSQL does so by itself.

        It does so where a table has grown tenfold since, or `anew`: seconds for a store of 100,000 calls. A count of
        samples is no help: it takes what is seldom for what is common.
        """
        if self.sqlite:
            with self.write() as connection:
                connection.exec_driver_sql("PRAGMA analysis_limit=0")
                connection.exec_driver_sql("ANALYZE" if anew else "PRAGMA optimize=0x10002")
            self.engine.dispose()  # a connection reads the counts when it is opened

    def revision(self) -> str | None:
        """The migration that the database stands at; None for an empty database."""
        with self.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def migrate(self, revision: str = "head") -> None:
        """Bring the database to `revision`; processes that start together take turns."""
        stood = self.revision()
        with self.alone(), self.engine.connect() as connection:
            configuration = Config()
            configuration.set_main_option("script_location", str(MIGRATIONS))
            configuration.attributes["connection"] = connection
            command.upgrade(configuration, revision)
        stands = self.revision()
        if stood != stands:
            log.info("the database was brought from revision %s to %s", stood or "none", stands)
        self.look_over(anew=stood not in (None, stands))

    def check_revision(self) -> None:
        """Raises `StoreVersionError` where the database is not at this program's revision."""
        stands, wanted = self.revision(), head_revision()
        if stands == wanted:
            return
        if stands is None or stands in known_revisions():
            raise StoreVersionError(
                f"the database stands at revision {stands}, this program needs {wanted}: run `callproof store migrate`"
            )
        raise StoreVersionError(
            f"the database (revision {stands}) was written by a newer callproof: update the program"
        )

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Processes that migrate or make the index anew take turns; not to be entered twice."""
        if not self.sqlite:
            with self.engine.connect() as connection:
                connection.execute(sa.select(sa.func.pg_advisory_lock(_MIGRATION_LOCK)))
                connection.commit()
                try:
                    yield
                finally:
                    connection.execute(sa.select(sa.func.pg_advisory_unlock(_MIGRATION_LOCK)))
                    connection.commit()
            return
        if self.url.database in (None, "", ":memory:"):
            yield
            return
        with Path(f"{self.url.database}.migrating").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def out_of_reach(error: BaseException) -> str | None:
    """Why the database cannot be used now, where that and not the program is what is wrong; it names no record."""
    if isinstance(error, sa.exc.TimeoutError):
        return "every connection is taken"
    if not isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError):
        return None
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        name = getattr(cause, "sqlite_errorname", "")
        return str(cause) if name.startswith(_SQLITE_OUT_OF_REACH) else None
    said = [line.strip() for line in str(cause).splitlines() if line.strip()] or [type(error).__name__]
    fatal = [line for line in said if "FATAL:" in line]
    return (fatal or said)[0].rpartition("FATAL:")[2].strip()


def head_revision() -> str:
    """The newest migration that this program knows."""
    return str(ScriptDirectory(str(MIGRATIONS)).get_current_head())


def known_revisions() -> tuple[str, ...]:
    """Every migration that this program knows, the newest first."""
    return tuple(script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions())


def _sqlite_engine(url: sa.URL) -> sa.Engine:
    if url.database and not Path(url.database).exists():
        Path(url.database).touch(mode=0o600)
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}, pool_size=20)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
            "temp_store=MEMORY",
            "cache_size=-65536",
            "mmap_size=1073741824",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get('callproof_begin', '')}")

    return engine


def _postgres_engine(url: sa.URL) -> sa.Engine:
    try:
        import psycopg  # noqa: F401
    except ImportError as error:
        raise StoreError("PostgreSQL needs psycopg: pip install 'callproof[postgres]'") from error
    url = url.update_query_dict({"application_name": url.query.get("application_name", "callproof")})
    engine = sa.create_engine(url, pool_size=10, max_overflow=20, pool_pre_ping=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        # Compiling a query takes longer than any of ours runs.
        connection.execute("SET jit = off")
        connection.commit()

    return engine
