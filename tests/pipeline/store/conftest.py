"""One suite over both databases: every test that takes `store` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.store import KeyRing, Store
from pipeline.store.database import Database

POSTGRES = os.environ.get("CALLPROOF_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
Opener = Callable[..., Store]


def _absent(reason: str) -> None:
    if os.environ.get("CALLPROOF_REQUIRE_SERVICES") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def postgres() -> sa.Engine:
    """The server where tests make databases of their own."""
    engine = sa.create_engine(POSTGRES, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
    try:
        with engine.connect():
            return engine
    except sa.exc.OperationalError:
        _absent("no PostgreSQL at CALLPROOF_TEST_POSTGRES (127.0.0.1:5432)")
        raise


def _postgres_url(name: str) -> str:
    return sa.make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def migrated_postgres(postgres: sa.Engine) -> Iterator[str]:
    """Name of a migrated, empty database that tests copy."""
    name = f"callproof_test_{secrets.token_hex(6)}"
    with postgres.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    database = Database(_postgres_url(name))
    database.migrate()
    database.close()
    yield name
    with postgres.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of an empty database of the test's own, with no table in it."""
    yield from _place(request, tmp_path, None)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a database of the test's own."""
    yield from _place(request, tmp_path, "migrated_postgres")


def _place(request: pytest.FixtureRequest, tmp_path: Path, template: str | None) -> Iterator[str]:
    if request.param == "sqlite":
        (tmp_path / "data").mkdir()
        yield f"sqlite:///{tmp_path / 'data' / 'callproof.db'}"
        return
    server = request.getfixturevalue("postgres")
    name = f"callproof_test_{secrets.token_hex(6)}"
    with server.connect() as connection:
        copied = f" TEMPLATE {request.getfixturevalue(template)}" if template else ""
        connection.exec_driver_sql(f"CREATE DATABASE {name}{copied}")
    yield _postgres_url(name)
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def keys() -> KeyRing:
    """A key ring of the test's own."""
    return KeyRing.new()


@pytest.fixture
def open_store(place: str, keys: KeyRing, tmp_path: Path) -> Iterator[Opener]:
    """Opens the test's store, again where a test wants to see what was kept."""
    opened: list[Store] = []

    def opener(**options: object) -> Store:
        store = Store.open(place, **{"keys": keys, "folder": tmp_path / "data", **options})  # type: ignore[arg-type]
        opened.append(store)
        return store

    yield opener
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Opener) -> Store:
    """An empty store."""
    return open_store()
