"""One suite over both databases: every test that takes `store` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.store import KeyRing, Store
from tests.support.databases import SERVER, SharedPostgres, absent, copied, migrated_file, new_database

Opener = Callable[..., Store]


@pytest.fixture(scope="session")
def postgres() -> sa.Engine:
    """The server where tests make databases of their own."""
    engine = sa.create_engine(SERVER, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
    try:
        with engine.connect():
            return engine
    except sa.exc.OperationalError:
        absent("no PostgreSQL at CALLPROOF_TEST_POSTGRES (127.0.0.1:5432)")
        raise


@pytest.fixture(scope="session")
def shared_postgres(postgres: sa.Engine) -> Iterator[SharedPostgres]:
    """The migrated database that tests share, one after another."""
    with new_database(postgres) as url:
        yield SharedPostgres(url)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The migrated SQLite file that tests copy."""
    return migrated_file(tmp_path_factory.mktemp("template"))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of an empty database of the test's own, with no table in it."""
    if request.param == "sqlite":
        (tmp_path / "data").mkdir()
        yield f"sqlite:///{tmp_path / 'data' / 'callproof.db'}"
        return
    with new_database(request.getfixturevalue("postgres")) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a migrated database without a row of anybody else's. On PostgreSQL tests have it in turns."""
    if request.param == "sqlite":
        yield copied(request.getfixturevalue("sqlite_template"), tmp_path / "data")
        return
    yield request.getfixturevalue("shared_postgres").emptied()


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
