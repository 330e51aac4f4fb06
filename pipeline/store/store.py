"""The store as everyone uses it: opened once, closed at the end; its parts are in the modules beside this one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import sqlalchemy as sa

from configs.settings import Settings
from pipeline.errors import DatabaseError, KeysError, StoreError
from pipeline.store import schema
from pipeline.store.access import ApiKeys, Sessions, Users
from pipeline.store.acting import Acting
from pipeline.store.applications import Applications
from pipeline.store.blobs import Blobs, open_blobs
from pipeline.store.core import SYSTEM_KEYS
from pipeline.store.correcting import Correcting
from pipeline.store.database import Database, out_of_reach
from pipeline.store.figuring import Figuring
from pipeline.store.keeping import RetentionClass, retention_classes
from pipeline.store.keys import EMBEDDED_NAME, KeyRing
from pipeline.store.listing import Listing
from pipeline.store.recordings import Recordings
from pipeline.store.reviewing import Reviewing
from pipeline.store.rotation import Rotating
from pipeline.store.saved_searches import SavedSearches
from pipeline.store.search.index import SearchIndex
from pipeline.store.searching import Searching
from pipeline.store.webhooks import Webhooks
from pipeline.store.work import Work

DATABASE_NAME: Final = "callproof.db"


class Store(Recordings, Listing, Searching, Reviewing, Correcting, Acting, Work, Figuring, Applications, Rotating):
    """Calls and everything about them, in one database and one place for blobs."""

    users: Users
    api_keys: ApiKeys
    sessions: Sessions
    webhooks: Webhooks
    saved_searches: SavedSearches

    @classmethod
    def open(
        cls,
        place: str | Path,
        *,
        keys: KeyRing | None = None,
        blobs: Blobs | str | Path | None = None,
        folder: Path | None = None,
        retention: Mapping[str, RetentionClass] | None = None,
        migrate: bool = True,
    ) -> Self:
        """The store at a data folder (SQLite within) or at a database URL.

        `keys`: where None, those of the environment, else in embedded mode (a folder) the folder's own, made on first
        use. `blobs`: a folder or object storage URL; where None, `blobs/` in the data folder. `folder`: for a URL,
        where uploads are staged and blobs lie. Raises `KeysError`, `StoreError`, `DatabaseError`, `StoreVersionError`.
        """
        url, home = _located(place, folder)
        ring = keys or KeyRing.from_environment() or _embedded_keys(url, home)
        database = Database(url)
        try:
            if migrate:
                database.migrate()
            else:
                database.check_revision()
            if isinstance(blobs, str | Path) or blobs is None:
                blobs = open_blobs(blobs if blobs is not None else home / "blobs")
            store = cls(database, ring, blobs, home / "staging")
            store.retention = retention if retention is not None else retention_classes()
            store._check_keys()
            store.index = SearchIndex(store.system_key("index"), sqlite=database.sqlite)
            if migrate:
                store.renew_index()
        except BaseException as error:
            database.close()
            if (why := out_of_reach(error)) is None:
                raise
            where = database.url.render_as_string(hide_password=True)
            raise DatabaseError(f"database {where}: cannot be opened ({why})") from error
        store.users, store.api_keys, store.sessions = Users(store), ApiKeys(store), Sessions(store)
        store.webhooks, store.saved_searches = Webhooks(store), SavedSearches(store)
        return store

    @classmethod
    def of(cls, settings: Settings, *, migrate: bool = True) -> Self:
        """The store that the settings name: `database`, else SQLite in the folder `data`. Raises as `open`."""
        return cls.open(
            settings.database or settings.data,
            blobs=settings.blobs,
            folder=settings.data,
            retention=retention_classes(settings.configs),
            migrate=migrate,
        )

    def close(self) -> None:
        """Give the database's connections back."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check_keys(self) -> None:
        """Open the store's own keys, so that a wrong key document is noticed at once and not at the first call."""
        for name in SYSTEM_KEYS:
            try:
                self.system_key(name)
            except KeysError as error:
                raise KeysError(f"these keys do not belong to this database: {error.message}") from error
        self._check_signing_key()

    def _check_signing_key(self) -> None:
        table = schema.store_facts
        with self.database.write() as connection:
            known = connection.execute(sa.select(table.c.value).where(table.c.name == "ledger_public_key")).scalar()
            if known is None:
                values = {"name": "ledger_public_key", "value": self.keys.public_key.hex()}
                connection.execute(table.insert().values(values))
            elif known != self.keys.public_key.hex():
                raise KeysError(
                    "the signing key is not the one that signed this ledger; restore the right key document"
                )


def _located(place: str | Path, folder: Path | None) -> tuple[str, Path]:
    if isinstance(place, str) and "://" in place:
        url = sa.make_url(place)
        if folder is None and url.get_backend_name() == "sqlite" and url.database:
            folder = Path(url.database).parent
        if folder is None:
            raise StoreError("a database URL needs a folder beside it for uploads (folder=)")
        home, location = folder, place
    else:
        home = Path(place)
        location = f"sqlite:///{home / DATABASE_NAME}"
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreError(f"data folder {home}: cannot be made ({error.strerror})") from error
    return location, home


def _embedded_keys(url: str, home: Path) -> KeyRing:
    if not url.startswith("sqlite"):
        raise KeysError("PostgreSQL needs keys: set CALLPROOF_KEYS_FILE; `callproof store new-keys` prints a document")
    if Path(str(sa.make_url(url).database)).exists() and not (home / EMBEDDED_NAME).exists():
        raise KeysError(f"{home / EMBEDDED_NAME}: missing; this store opens only with the keys that it was made with")
    return KeyRing.embedded(home)
