"""Calls coming in: a recording or a transcript is stored once, however often and however concurrently it is given."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final, NamedTuple

import sqlalchemy as sa

from pipeline.contract import Application, Transcript, to_json
from pipeline.errors import ConflictError, ErasedError, InputError, NotFoundError, RecordingError
from pipeline.store import cipher, schema
from pipeline.store.arriving import Arriving, arriving, audio_context
from pipeline.store.core import Purpose, content_hash, insert_or_ignore, now
from pipeline.store.keeping import Keeping
from pipeline.store.records import CallMetadata, Principal, Stored

Then = Callable[[sa.Connection, str], None]
_CHUNK: Final = 1 << 20


class Audio(NamedTuple):
    """A range of a stored recording: `size` is the whole recording's length in bytes, `content` gives the range."""

    size: int
    start: int
    stop: int
    content: Iterator[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arrival:
    """A call on its way in."""

    metadata: CallMetadata
    content: str
    by: Principal
    application: Application | None
    idempotency_key: str | None
    then: Then | None
    transcript: Transcript | None = None
    values: dict[str, Any] = field(default_factory=dict)
    keys: dict[Purpose, bytes] = field(default_factory=dict)


class Recordings(Keeping):
    """Storing calls and reading their audio."""

    def receiving(self) -> AbstractContextManager[Arriving]:
        """A recording to be written as it comes, then given to `put_recording`."""
        return arriving(self._staging)

    def put_recording(
        self,
        source: bytes | BinaryIO | Iterable[bytes] | Arriving,
        metadata: CallMetadata,
        *,
        by: Principal,
        application: Application | None = None,
        idempotency_key: str | None = None,
        then: Then | None = None,
    ) -> Stored:
        """Store a recording, sealed. The same content in the same unit, or the same key again, gives the same call.

        `then(connection, call_id)` runs in the transaction that makes a new call, to enqueue its work.
        Raises `ConflictError` where the key or `metadata.call_id` already stands for other content,
        `RecordingError` for an empty recording.
        """
        self._check(metadata, by)
        with nullcontext(source) if isinstance(source, Arriving) else self.receiving() as sound:
            if not isinstance(source, Arriving):
                for chunk in _chunks(source):
                    sound.write(chunk)
            if sound.size == 0:
                raise RecordingError("the recording is empty", code="file_empty")
            arrival = _Arrival(
                metadata=metadata,
                content=sound.end(),
                by=by,
                application=application,
                idempotency_key=idempotency_key,
                then=then,
                values={"audio_blob": sound.name, "audio_bytes": sound.size},
                keys={"audio": sound.key, "text": cipher.new_data_key()},
            )
            if (known := self._known(arrival)) is not None:
                return known
            self.blobs.put(sound.name, sound.path)
        stored = None
        try:
            stored = self._put(arrival)
            return stored
        finally:
            if stored is None or not stored.created:
                self.blobs.delete(sound.name)

    def put_transcript_call(
        self,
        transcript: Transcript,
        application: Application | None,
        metadata: CallMetadata,
        *,
        by: Principal,
        idempotency_key: str | None = None,
        then: Then | None = None,
    ) -> Stored:
        """Store a call that comes as a transcript, without audio; its id is the metadata's, else the transcript's.

        Idempotent and raising as `put_recording`.
        """
        self._check(metadata, by)
        arrival = _Arrival(
            metadata=metadata,
            content=content_hash(to_json(transcript)),
            by=by,
            application=application,
            idempotency_key=idempotency_key,
            then=then,
            transcript=transcript,
            values={
                "call_id": metadata.call_id or transcript.call_id,
                "duration": transcript.duration,
                "recorded_at": metadata.recorded_at or transcript.recorded_at,
            },
            keys={"text": cipher.new_data_key()},
        )
        return self._known(arrival) or self._put(arrival)

    def open_audio(self, call_id: str, span: tuple[int, int | None] | None = None, *, by: Principal) -> Audio:
        """The recording, or bytes `span` = (start, stop) of it; the ledger has the access before a byte is given.

        Raises `NotFoundError` where the call never had audio, `ErasedError` where it was destroyed, `InputError` for a
        range outside it.
        """
        with self.database.write() as connection:
            call = self.find_call(connection, call_id, by)
            if call.audio_blob is None:
                if call.audio_erased_at is not None:
                    raise ErasedError(f"call {call_id}: its recording was erased on {call.audio_erased_at:%Y-%m-%d}")
                raise NotFoundError(f"call {call_id}: has no audio", code="audio_not_found")
            key = self.data_key(connection, call, "audio")
            start, stop = span or (0, None)
            stop = call.audio_bytes if stop is None else min(stop, call.audio_bytes)
            if not 0 <= start < stop:
                raise InputError(f"range: from 0 to {call.audio_bytes} bytes", code="bad_range")
            self.record(connection, by, "audio.read", call_id, {"start": start, "stop": stop})
        return Audio(call.audio_bytes, start, stop, self._unsealed_audio(call, key, start, stop))

    def audio_of(self, connection: sa.Connection, call: sa.Row[Any]) -> Iterator[bytes]:
        """A call's whole recording in this transaction, not recorded in the ledger: for checks, not for readers."""
        return self._unsealed_audio(call, self.data_key(connection, call, "audio"), 0, call.audio_bytes)

    def _unsealed_audio(self, call: sa.Row[Any], key: bytes, start: int, stop: int) -> Iterator[bytes]:
        name = call.audio_blob

        def read(begin: int, end: int) -> bytes:
            return self.blobs.read(name, begin, end)

        return cipher.unseal_segments(key, read, call.audio_bytes, start, stop, audio_context(name))

    # --- once, however often ---

    def _check(self, metadata: CallMetadata, by: Principal) -> None:
        self.check_retention_class(metadata.retention_class)
        if not by.may_see(metadata.unit):
            raise NotFoundError(f"unit {metadata.unit!r}: not within reach of {by.name}", code="unit_not_found")

    def _put(self, arrival: _Arrival) -> Stored:
        metadata, by, moment = arrival.metadata, arrival.by, now()
        row = {
            "call_id": metadata.call_id or f"C{moment:%Y%m%d}-{secrets.token_hex(6)}",
            "unit": metadata.unit,
            "content_hash": arrival.content,
            "status": "queued",
            "status_at": moment,
            "received_at": moment,
            "recorded_at": metadata.recorded_at,
            "agent_id": metadata.agent_id,
            "dealer": metadata.dealer,
            "channels": metadata.channels,
            "retention_class": metadata.retention_class,
            **arrival.values,
        }
        row["at"] = row["recorded_at"] or moment
        call_id = row["call_id"]
        with self.database.write() as connection:
            self._take_turns(connection, arrival)
            if (existing := self._existing(connection, arrival)) is not None:
                return existing
            insert = insert_or_ignore(connection, schema.calls).values(row).returning(schema.calls.c.seq)
            seq = connection.execute(insert).scalar_one_or_none()
            if seq is None:
                if (existing := self._existing(connection, arrival)) is not None:
                    return existing
                raise ConflictError(
                    f"call id {call_id!r} stands for other content; choose another", code="call_id_taken"
                )
            self._remember(connection, arrival, seq)
            self.new_call_keys(connection, seq, call_id, arrival.keys)
            self.record(connection, by, "call.create", call_id, {"sha256": arrival.content, "unit": metadata.unit})
            if arrival.application is not None:
                self.add_application(connection, call_id, arrival.application, by)
            if arrival.transcript is not None:
                self.add_transcript(connection, call_id, arrival.transcript, by, {})
            if arrival.then is not None:
                arrival.then(connection, call_id)
        return Stored(call_id, True)

    def _known(self, arrival: _Arrival) -> Stored | None:
        """The call that holds this already, looked up before anything is written."""
        with self.database.read() as connection:
            existing = self._existing(connection, arrival, remember=False)
        if existing is not None and arrival.idempotency_key is not None:
            with self.database.write() as connection:
                self._take_turns(connection, arrival)
                return self._existing(connection, arrival)
        return existing

    def _existing(self, connection: sa.Connection, arrival: _Arrival, *, remember: bool = True) -> Stored | None:
        unit, key = arrival.metadata.unit, arrival.idempotency_key
        if key is not None:
            known = connection.execute(_same_key(unit, key)).one_or_none()
            if known is not None and known.content_hash != arrival.content:
                raise ConflictError("this idempotency key came with other content before", code="idempotency_mismatch")
            if known is not None:
                return Stored(known.call_id, False)
        columns = schema.calls.c
        same = sa.select(columns.seq, columns.call_id).where(
            columns.unit == unit, columns.content_hash == arrival.content
        )
        found = connection.execute(same).one_or_none()
        if found is None:
            return None
        if remember:
            self._remember(connection, arrival, found.seq)
        return Stored(found.call_id, False)

    def _take_turns(self, connection: sa.Connection, arrival: _Arrival) -> None:
        """Requests with one idempotency key wait for each other (SQLite's writers do so anyhow)."""
        if arrival.idempotency_key is not None and not self.database.sqlite:
            number = bytes.fromhex(_hash(f"{arrival.metadata.unit}\0{arrival.idempotency_key}"))[:8]
            lock = sa.func.pg_advisory_xact_lock(int.from_bytes(number, "big", signed=True))
            connection.execute(sa.select(lock))

    def _remember(self, connection: sa.Connection, arrival: _Arrival, seq: int) -> None:
        if arrival.idempotency_key is None:
            return
        values = {
            "unit": arrival.metadata.unit,
            "key_hash": _hash(arrival.idempotency_key),
            "content_hash": arrival.content,
            "call_seq": seq,
            "created_at": now(),
        }
        connection.execute(insert_or_ignore(connection, schema.idempotency_keys).values(values))


def _same_key(unit: str, key: str) -> sa.Select[Any]:
    table = schema.idempotency_keys
    return (
        sa.select(table.c.content_hash, schema.calls.c.call_id)
        .join(schema.calls, schema.calls.c.seq == table.c.call_seq)
        .where(table.c.unit == unit, table.c.key_hash == _hash(key))
    )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _chunks(source: bytes | BinaryIO | Iterable[bytes]) -> Iterator[bytes]:
    if isinstance(source, bytes | bytearray | memoryview):
        view = memoryview(source)
        for start in range(0, len(view), _CHUNK):
            yield bytes(view[start : start + _CHUNK])
    elif hasattr(source, "read"):
        while chunk := source.read(_CHUNK):
            yield chunk
    else:
        yield from source
