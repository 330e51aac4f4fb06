"""How long calls are kept, and how they go: retention by class, legal hold, erasure with a certificate.

An erasure destroys the call's data keys, so that whatever copy is left of what they sealed cannot be opened, removes
every row and the recording, and leaves a certificate in the ledger. Database backups from before it hold the wrapped
keys until they expire: docs/operations.md says how to deal with them.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from configs import read_yaml
from pipeline.errors import ConflictError, ErasedError, InputError, SettingsError
from pipeline.store import schema
from pipeline.store.core import now
from pipeline.store.documents import Documents
from pipeline.store.projection import clear_projection
from pipeline.store.records import Principal
from pipeline.store.work import WAVEFORM

_BATCH: Final = 500
_ORPHAN_SECONDS: Final = 24 * 3600
_OF_CALL: Final = (
    schema.documents,
    schema.stage_outputs,
    schema.reviews,
    schema.actions,
    schema.idempotency_keys,
    schema.data_keys,
)


class RetentionClass(BaseModel):
    """Days that a class of calls is kept; None without end."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    audio_days: int | None = Field(ge=1)
    call_days: int | None = Field(ge=1)


def retention_classes(own: Path | None = None) -> dict[str, RetentionClass]:
    """The classes of `retention.yaml`. Raises `SettingsError`."""
    try:
        return {
            str(name): RetentionClass.model_validate(value)
            for name, value in read_yaml("retention.yaml", own)["classes"].items()
        }
    except (ValidationError, KeyError, AttributeError, TypeError) as error:
        raise SettingsError("retention.yaml: classes, each with audio_days and call_days (days or null)") from error


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was destroyed, as the ledger's row `ledger_seq` has it. `keys` are the SHA-256 of the wrapped data keys."""

    call_id: str
    reason: str
    erased_at: datetime
    keys: dict[str, str]
    removed: dict[str, int]
    ledger_seq: int


@dataclass(frozen=True, slots=True)
class Expired:
    """What retention has erased, or would erase."""

    audio: tuple[str, ...]
    calls: tuple[str, ...]


class Keeping(Documents):
    """Retention and erasure."""

    retention: Mapping[str, RetentionClass]

    def set_retention_class(self, call_id: str, name: str, *, by: Principal) -> None:
        """Put a call into another class. Raises `InputError` for one that the configuration does not have."""
        self.check_retention_class(name)
        self._change(call_id, "retention.class", {"retention_class": name}, by)

    def set_legal_hold(self, call_id: str, reason: str | None, *, by: Principal) -> None:
        """Keep a call whatever its class and whoever asks (`reason`: a case number), or with None let it go again."""
        self._change(call_id, "retention.hold" if reason else "retention.release", {"legal_hold": reason}, by)

    def check_retention_class(self, name: str) -> None:
        """Raises `InputError` for a class that the configuration does not have."""
        if name not in self.retention:
            raise InputError(
                f"retention class {name!r}: not in retention.yaml; one of {', '.join(self.retention)}",
                code="bad_retention_class",
            )

    def erase(self, call_id: str, reason: str, *, by: Principal) -> Certificate:
        """Destroy a call for good. Raises `ConflictError` under legal hold, `ErasedError` the second time."""
        with self.database.write() as connection:
            call = self.find_call(connection, call_id, by, lock=True)
            _refuse_held(call)
            keys = self._fingerprints(connection, call.seq)
            removed = {
                table.name: connection.execute(table.delete().where(table.c.call_seq == call.seq)).rowcount
                for table in _OF_CALL
            }
            clear_projection(connection, call.seq)
            self.index.backend.remove(connection, call.seq)
            removed["recordings"] = int(call.audio_blob is not None)
            moment = now()
            connection.execute(_update(call.seq, **_TOMBSTONE, erased_at=moment, status_at=moment))
            details = {"reason": reason, "keys": keys, "removed": removed}
            entry = self.ledger.append(by.name, "call.erase", call_id, details, connection=connection)
        self._after_erasure(call.audio_blob)
        return Certificate(call_id, reason, moment, keys, removed, entry.seq)

    def erase_audio(self, call_id: str, reason: str, *, by: Principal) -> Certificate:
        """Destroy a call's recording and its key; transcript and report stay. Raises as `erase`."""
        keys_table = schema.data_keys
        with self.database.write() as connection:
            call = self.find_call(connection, call_id, by, lock=True)
            _refuse_held(call)
            if call.audio_blob is None:
                raise ConflictError(f"call {call_id}: has no audio to erase", code="audio_not_found")
            keys = self._fingerprints(connection, call.seq, "audio")
            connection.execute(
                keys_table.delete().where(keys_table.c.call_seq == call.seq, keys_table.c.purpose == "audio")
            )
            moment = now()
            stages = schema.stage_outputs
            drawn = sa.and_(stages.c.call_seq == call.seq, stages.c.stage == WAVEFORM)
            connection.execute(stages.delete().where(drawn))
            connection.execute(_update(call.seq, audio_blob=None, audio_bytes=None, audio_erased_at=moment))
            removed = {"recordings": 1}
            details = {"reason": reason, "keys": keys, "removed": removed}
            entry = self.ledger.append(by.name, "audio.erase", call_id, details, connection=connection)
        self._after_erasure(call.audio_blob)
        return Certificate(call_id, reason, moment, keys, removed, entry.seq)

    def apply_retention(self, *, by: Principal, at: datetime | None = None, dry_run: bool = False) -> Expired:
        """Erase what its class keeps no longer at `at` (now), or with `dry_run` only name it. Holds are left alone."""
        moment, audio, calls = at or now(), [], []
        for name, kept in self.retention.items():
            if kept.call_days is not None:
                calls += self._over(
                    name, moment - timedelta(days=kept.call_days), by, schema.calls.c.erased_at.is_(None)
                )
            if kept.audio_days is not None:
                has_audio = schema.calls.c.audio_blob.is_not(None)
                audio += self._over(name, moment - timedelta(days=kept.audio_days), by, has_audio)
        gone = set(calls)
        audio = [call_id for call_id in audio if call_id not in gone]
        if not dry_run:
            calls = [call_id for call_id in calls if self._expire(self.erase, call_id, by)]
            audio = [call_id for call_id in audio if self._expire(self.erase_audio, call_id, by)]
        return Expired(tuple(audio), tuple(calls))

    def _expire(self, erase: Callable[..., Certificate], call_id: str, by: Principal) -> bool:
        """Whether it was this that erased it: meanwhile a hold may have been set, or somebody else was quicker."""
        try:
            erase(call_id, "retention", by=by)
        except (ConflictError, ErasedError):
            return False
        return True

    def sweep_blobs(self, *, older_seconds: float = _ORPHAN_SECONDS) -> int:
        """Remove recordings that belong to no call (a crash between writing and storing); how many there were."""
        table, before, removed = schema.calls, time.time() - older_seconds, 0
        for name, written in list(self.blobs.names()):
            if written > before:
                continue
            with self.database.read() as connection:
                used = connection.execute(sa.select(table.c.seq).where(table.c.audio_blob == name)).first()
            if used is None:
                self.blobs.delete(name)
                removed += 1
        return removed

    def _over(self, name: str, before: datetime, by: Principal, condition: sa.ColumnElement[bool]) -> list[str]:
        table = schema.calls
        query = sa.select(table.c.call_id, table.c.unit).where(
            table.c.retention_class == name, table.c.at < before, table.c.legal_hold.is_(None), condition
        )
        with self.database.read() as connection:
            return [row.call_id for row in connection.execute(query.order_by(table.c.seq)) if by.may_see(row.unit)]

    def _change(self, call_id: str, action: str, values: dict[str, Any], by: Principal) -> None:
        with self.database.write() as connection:
            call = self.find_call(connection, call_id, by, lock=True)
            connection.execute(_update(call.seq, **values))
            self.record(connection, by, action, call_id, values)

    def _fingerprints(self, connection: sa.Connection, seq: int, purpose: str | None = None) -> dict[str, str]:
        table = schema.data_keys
        rows = connection.execute(sa.select(table.c.purpose, table.c.wrapped).where(table.c.call_seq == seq))
        return {row.purpose: hashlib.sha256(row.wrapped).hexdigest() for row in rows if purpose in (None, row.purpose)}

    def _after_erasure(self, blob: str | None) -> None:
        """Remove the blob, and what SQLite's write-ahead log still holds of the rows."""
        if blob is not None:
            self.blobs.delete(blob)
        if self.database.sqlite:
            with self.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


_TOMBSTONE: Final[dict[str, Any]] = {
    "content_hash": None,
    "application_id": None,
    "loan_amount": None,
    "duration": None,
    "disposition": None,
    "risk_score": None,
    "risk_band": None,
    "audio_blob": None,
    "audio_bytes": None,
    "claimed_by": None,
    "claimed_at": None,
    "work_state": None,
    "assigned_to": None,
    "status_reason": None,
    "application_version": 0,
    "transcript_version": 0,
    "report_version": 0,
}


def _update(seq: int, **values: Any) -> sa.Update:
    return schema.calls.update().where(schema.calls.c.seq == seq).values(values)


def _refuse_held(call: sa.Row[Any]) -> None:
    if call.legal_hold is not None:
        raise ConflictError(f"call {call.call_id}: is under legal hold; release it first", code="legal_hold")
