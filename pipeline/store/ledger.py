"""The ledger: every reading of personal data and every decision, one row each, chained by hash and signed.

A row's hash covers its content and the link before it; a link is the hash of a row's hash and signature (Ed25519).
So no row can be edited, removed, put in or moved without breaking the chain, and a row with its signature proves
itself elsewhere. Rows cut from the end are found by the head, kept apart, and by any signed head kept outside.
Nothing about a customer stands in a row: identifiers, field paths and counts only, for the ledger outlives an erasure.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pipeline.errors import LedgerError
from pipeline.store import schema
from pipeline.store.database import Database
from pipeline.store.keys import KeyRing

GENESIS: Final = hashlib.sha256(b"callproof.ledger/1").hexdigest()
_HEAD: Final = 1
_BATCH: Final = 5_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the ledger. `previous` is the link before it."""

    seq: int
    at: str
    actor: str
    action: str
    subject: str
    details: str
    previous: str
    hash: str
    signature: str

    @property
    def link(self) -> str:
        """What the next row stands on."""
        return hashlib.sha256(f"{self.hash}{self.signature}".encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        """The row for a report or an evidence bundle, its details parsed."""
        return {**asdict(self), "details": json.loads(self.details)}


class Head(NamedTuple):
    """The signed end of the ledger at some time: keep it elsewhere, and rows cut later are found."""

    seq: int
    hash: str
    signature: str


class Verdict(NamedTuple):
    """Whether the ledger is whole; where it is not, at which row, and what is wrong there."""

    whole: bool
    rows: int
    broken_at: int | None = None
    fault: str | None = None


def content_hash(seq: int, at: str, actor: str, action: str, subject: str, details: str, previous: str) -> str:
    """SHA-256 of a row's content, in the one form in which it is signed."""
    content = json.dumps([seq, at, actor, action, subject, details, previous], ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def proves_itself(entry: Entry, public_key: bytes) -> bool:
    """Whether a single row, taken out of the ledger, is as it was signed."""
    fields = (entry.seq, entry.at, entry.actor, entry.action, entry.subject, entry.details, entry.previous)
    return entry.hash == content_hash(*fields) and _signed(entry.hash, entry.signature, public_key)


class Ledger:
    """The ledger of one store."""

    def __init__(self, database: Database, keys: KeyRing) -> None:
        self._database = database
        self.keys = keys

    def append(
        self,
        actor: str,
        action: str,
        subject: str,
        details: Mapping[str, Any] | None = None,
        *,
        connection: sa.Connection | None = None,
    ) -> Entry:
        """One more row, in the transaction of `connection` or in its own.

        Raises `LedgerError` where it cannot be written; the caller then shows and changes nothing.
        """
        try:
            if connection is not None:
                return self._append(connection, actor, action, subject, details or {})
            with self._database.write() as own:
                return self._append(own, actor, action, subject, details or {})
        except sa.exc.SQLAlchemyError as error:
            raise LedgerError(f"the ledger cannot be written ({type(error).__name__}); nothing was shown") from error

    def _append(
        self, connection: sa.Connection, actor: str, action: str, subject: str, details: Mapping[str, Any]
    ) -> Entry:
        head = schema.ledger_head
        last = connection.execute(sa.select(head.c.seq, head.c.link).where(head.c.id == _HEAD).with_for_update()).one()
        at = datetime.now(UTC).isoformat(timespec="microseconds")
        text = json.dumps(details, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        seq = last.seq + 1
        digest = content_hash(seq, at, actor, action, subject, text, last.link)
        signature = self.keys.signer.sign(digest.encode()).hex()
        entry = Entry(seq, at, actor, action, subject, text, last.link, digest, signature)
        connection.execute(schema.ledger.insert().values(asdict(entry)))
        connection.execute(head.update().where(head.c.id == _HEAD).values(seq=seq, link=entry.link))
        return entry

    def entries(
        self, *, subject: str | None = None, actor: str | None = None, action: str | None = None, after: int = 0
    ) -> Iterator[Entry]:
        """Rows in order, those after row `after`, of one subject, actor or action where named."""
        table = schema.ledger
        wanted = {table.c.subject: subject, table.c.actor: actor, table.c.action: action}
        query = sa.select(table).where(*(column == value for column, value in wanted.items() if value is not None))
        while True:
            with self._database.read() as connection:
                rows = connection.execute(query.where(table.c.seq > after).order_by(table.c.seq).limit(_BATCH)).all()
            for row in rows:
                yield Entry(*row)
            if len(rows) < _BATCH:
                return
            after = rows[-1].seq

    def newest(
        self,
        limit: int,
        *,
        subject: str | None = None,
        actor: str | None = None,
        action: str | None = None,
        before: int | None = None,
    ) -> tuple[Entry, ...]:
        """The last `limit` rows, the newest first, those before row `before`; narrowed as `entries`."""
        table = schema.ledger
        wanted = {table.c.subject: subject, table.c.actor: actor, table.c.action: action}
        query = sa.select(table).where(*(column == value for column, value in wanted.items() if value is not None))
        if before is not None:
            query = query.where(table.c.seq < before)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(table.c.seq.desc()).limit(limit)).all()
        return tuple(Entry(*row) for row in rows)

    def head(self) -> Head | None:
        """The last row's number, hash and signature; None while the ledger is empty."""
        table = schema.ledger
        with self._database.read() as connection:
            row = connection.execute(
                sa.select(table.c.seq, table.c.hash, table.c.signature).order_by(table.c.seq.desc()).limit(1)
            ).one_or_none()
        return Head(*row) if row else None

    def verify(self, kept: Head | None = None) -> Verdict:
        """Whether every row is as it was signed and none is missing, moved or put in.

        `kept` is a head from earlier, kept elsewhere: the ledger must still contain it.
        """
        if kept is not None and not _signed(kept.hash, kept.signature, self.keys.public_key):
            return Verdict(False, 0, kept.seq, "the head given was not signed by this ledger's key")
        link, count = GENESIS, 0
        for entry in self.entries():
            fault = self._fault(entry, count + 1, link)
            if fault is None and kept is not None and kept.seq == entry.seq and kept.hash != entry.hash:
                fault = "not the row that the given head signed: the ledger was written anew"
            if fault is not None:
                return Verdict(False, count, count + 1, fault)
            link, count = entry.link, entry.seq
        with self._database.read() as connection:
            head = connection.execute(sa.select(schema.ledger_head)).one_or_none()
        if head is None or head.seq != count or head.link != link:
            until = "an unknown row" if head is None else f"row {head.seq}"
            return Verdict(False, count, count + 1, f"rows are missing from the end: the head stands at {until}")
        if kept is not None and kept.seq > count:
            return Verdict(False, count, count + 1, f"rows are missing from the end: the given head is row {kept.seq}")
        return Verdict(True, count)

    def _fault(self, entry: Entry, expected: int, link: str) -> str | None:
        if entry.seq != expected:
            return f"row {expected} is missing (row {entry.seq} follows)"
        if entry.previous != link:
            return "does not follow the row before it: edited, moved or put in"
        fields = (entry.seq, entry.at, entry.actor, entry.action, entry.subject, entry.details, entry.previous)
        if entry.hash != content_hash(*fields):
            return "its content was edited"
        if not _signed(entry.hash, entry.signature, self.keys.public_key):
            return "was not signed by this ledger's key"
        return None


def _signed(digest: str, signature: str, public_key: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(bytes.fromhex(signature), digest.encode())
    except (InvalidSignature, ValueError):
        return False
    return True
