"""What every part of the store stands on: database, keys, blobs and ledger, and how a call is found and opened."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

import sqlalchemy as sa

from pipeline.errors import ErasedError, NotFoundError
from pipeline.store import cipher, schema
from pipeline.store.blobs import Blobs
from pipeline.store.database import Database
from pipeline.store.keys import KeyRing
from pipeline.store.ledger import Ledger
from pipeline.store.records import Principal

Purpose = Literal["audio", "text"]
PURPOSES: Final[tuple[Purpose, ...]] = ("audio", "text")
SYSTEM_KEYS: Final = ("index", "system")


class Core:
    """Shared ground of the store's parts."""

    def __init__(self, database: Database, keys: KeyRing, blobs: Blobs, staging: Path) -> None:
        self.database = database
        self.keys = keys
        self.blobs = blobs
        self.ledger = Ledger(database, keys)
        self._staging = staging
        self._system: dict[str, bytes] = {}

    # --- keys ---

    def new_call_keys(self, connection: sa.Connection, seq: int, call_id: str, keys: Mapping[Purpose, bytes]) -> None:
        """Wrap and store a new call's data keys."""
        rows = []
        for purpose, key in keys.items():
            wrapped = cipher.wrap(self._keys_now(), key, key_owner(call_id, purpose))
            rows.append(
                {"call_seq": seq, "purpose": purpose, "master_key": wrapped.master_key, "wrapped": wrapped.wrapped}
            )
        connection.execute(schema.data_keys.insert(), rows)

    def data_key(self, connection: sa.Connection, call: sa.Row[Any], purpose: Purpose = "text") -> bytes:
        """A call's data key. Raises `ErasedError` where it was destroyed, `KeysError` where it cannot be opened."""
        table = schema.data_keys
        row = connection.execute(
            sa.select(table.c.master_key, table.c.wrapped).where(
                table.c.call_seq == call.seq, table.c.purpose == purpose
            )
        ).one_or_none()
        if row is None:
            raise ErasedError(f"call {call.call_id}: its {purpose} was erased; only the certificate is left")
        return self._unwrap(cipher.WrappedKey(row.master_key, row.wrapped), key_owner(call.call_id, purpose))

    def data_keys(self, connection: sa.Connection, calls: Mapping[int, str]) -> dict[int, bytes]:
        """The text keys of several calls (sequence number → call id) at once; erased ones are left out."""
        table = schema.data_keys
        query = sa.select(table.c.call_seq, table.c.master_key, table.c.wrapped).where(
            table.c.purpose == "text", table.c.call_seq.in_(list(calls))
        )
        return {
            row.call_seq: self._unwrap(
                cipher.WrappedKey(row.master_key, row.wrapped), key_owner(calls[row.call_seq], "text")
            )
            for row in connection.execute(query)
        }

    def use_keys(self, ring: KeyRing) -> None:
        """Go on with other keys of the same store."""
        self.keys = ring
        self.ledger.keys = ring

    def _keys_now(self) -> KeyRing:
        """The ring to wrap with, as its file has it: what is wrapped with a retired key would never open again."""
        if self.keys.path is not None:
            ring = KeyRing.from_file(self.keys.path)
            if ring.active != self.keys.active:
                self.use_keys(ring)
        return self.keys

    def _unwrap(self, key: cipher.WrappedKey, owner: bytes) -> bytes:
        """Open a wrapped key; a master key that another process has put into the key file since is read from there."""
        if key.master_key not in self.keys.master and self.keys.path is not None:
            self.use_keys(KeyRing.from_file(self.keys.path))
        return cipher.unwrap(self.keys, key, owner)

    def system_key(self, name: str) -> bytes:
        """A key of the store itself: `index` (search terms) or `system` (secrets and saved searches)."""
        if name not in self._system:
            with self.database.write() as connection:
                self._system[name] = self._system_key(connection, name)
        return self._system[name]

    def _system_key(self, connection: sa.Connection, name: str) -> bytes:
        table, owner = schema.system_keys, system_key_owner(name)
        lookup = sa.select(table.c.master_key, table.c.wrapped).where(table.c.name == name)
        row = connection.execute(lookup).one_or_none()
        if row is None:
            wrapped = cipher.wrap(self._keys_now(), cipher.new_data_key(), owner)
            values = {"name": name, "master_key": wrapped.master_key, "wrapped": wrapped.wrapped}
            connection.execute(insert_or_ignore(connection, table).values(values))
            row = connection.execute(lookup).one()
        return self._unwrap(cipher.WrappedKey(row.master_key, row.wrapped), owner)

    # --- calls ---

    def find_call(
        self, connection: sa.Connection, call_id: str, by: Principal, *, lock: bool = False, erased: bool = False
    ) -> sa.Row[Any]:
        """The row of a call. Raises `NotFoundError` (also out of reach), `ErasedError` unless `erased`."""
        query = sa.select(schema.calls).where(schema.calls.c.call_id == call_id)
        row = connection.execute(query.with_for_update() if lock else query).one_or_none()
        if row is None or not by.may_see(row.unit):
            raise NotFoundError(f"call {call_id!r}: not found", code="call_not_found")
        if row.erased_at is not None and not erased:
            raise ErasedError(f"call {call_id}: erased on {row.erased_at.date()}; only the certificate is left")
        return row

    def record(
        self,
        connection: sa.Connection,
        by: Principal,
        action: str,
        subject: str,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """One row of the ledger in this transaction: without it, nothing of the transaction holds."""
        self.ledger.append(by.name, action, subject, details, connection=connection)


def key_owner(call_id: str, purpose: str) -> bytes:
    """What a call's data key is bound to."""
    return cipher.associated("data key", call_id, purpose)


def system_key_owner(name: str) -> bytes:
    """What a key of the store itself is bound to."""
    return cipher.associated("system key", name)


def now() -> datetime:
    """This moment, UTC."""
    return datetime.now(UTC)


def canonical(value: object) -> bytes:
    """`value` as JSON in the one form in which it is hashed."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def content_hash(value: object) -> str:
    """SHA-256 of a JSON value in canonical form."""
    return hashlib.sha256(canonical(value)).hexdigest()


def insert_or_ignore(connection: sa.Connection, table: sa.Table) -> Any:
    """INSERT that does nothing where a unique key is taken already; add `.values(…)`."""
    if connection.dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as sqlite_insert

        return sqlite_insert(table).on_conflict_do_nothing()
    from sqlalchemy.dialects.postgresql import insert as postgres_insert

    return postgres_insert(table).on_conflict_do_nothing()
