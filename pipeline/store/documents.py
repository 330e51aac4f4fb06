"""Applications, transcripts and reports of a call: sealed, every version kept with what it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar

import sqlalchemy as sa

from pipeline.contract import TRANSCRIPT_SCHEMA, Application, Report, Shape, Transcript, to_json
from pipeline.errors import ConflictError, NotFoundError
from pipeline.store import cipher, projection, schema
from pipeline.store.core import Core, content_hash, now
from pipeline.store.records import DocumentVersion, Principal
from pipeline.store.search.index import SearchIndex

Kind = Literal["application", "transcript", "report"]
S = TypeVar("S", bound=Shape)


class Documents(Core):
    """Versioned documents of calls."""

    index: SearchIndex

    # --- writing ---

    def set_application(
        self, call_id: str, application: Application, *, by: Principal, then: Any = None, expected: int | None = None
    ) -> int:
        """Store a new version of the application and return its number; the same content again keeps the last one.

        The transcript stays: a corrected application is reconciled again, not transcribed again. `then(connection,
        call_id)` runs in the same transaction where the version is new, to enqueue that work. Raises `ConflictError`
        where `expected`, the version that the change was based on, is not the last.
        """
        with self.database.write() as connection:
            call = self.find_call(connection, call_id, by, lock=True)
            if expected is not None and expected != call.application_version:
                raise ConflictError(
                    f"call {call_id}: the application is at version {call.application_version}, not {expected}",
                    code="version_conflict",
                )
            version = self.add_application(connection, call_id, application, by)
            if then is not None and version != call.application_version:
                then(connection, call_id)
        return version

    def save_transcript(
        self, call_id: str, transcript: Transcript, *, by: Principal, made_from: Mapping[str, Any] | None = None
    ) -> int:
        """Store a version of the transcript, index it for search, and return the version's number."""
        with self.database.write() as connection:
            self.find_call(connection, call_id, by, lock=True)
            return self.add_transcript(connection, call_id, transcript, by, made_from or {})

    def save_report(
        self, call_id: str, report: Report, *, by: Principal, made_from: Mapping[str, Any] | None = None
    ) -> int:
        """Store a version of the report, with rule and model versions, and return the version's number.

        The last report is what lists, mismatches and search filters go by. An equal report keeps the last version.
        """
        with self.database.write() as connection:
            return self.add_report(connection, call_id, report, by, made_from or {})

    def add_application(self, connection: sa.Connection, call_id: str, application: Application, by: Principal) -> int:
        """`set_application` within a transaction."""
        call = self.find_call(connection, call_id, by)
        version = self._add(connection, call, self.data_key(connection, call), "application", application, by, {})
        values: dict[str, Any] = {
            "application_id": application.application_id,
            "loan_amount": application.loan.amount,
        }
        if call.dealer is None and application.vehicle.dealer is not None:
            values["dealer"] = application.vehicle.dealer
        connection.execute(schema.calls.update().where(schema.calls.c.seq == call.seq).values(values))
        return version

    def add_transcript(
        self,
        connection: sa.Connection,
        call_id: str,
        transcript: Transcript,
        by: Principal,
        made_from: Mapping[str, Any],
    ) -> int:
        """`save_transcript` within a transaction."""
        call = self.find_call(connection, call_id, by)
        key = self.data_key(connection, call)
        version = self._add(connection, call, key, "transcript", transcript, by, made_from)
        if version != call.transcript_version:
            values = {"duration": transcript.duration or call.duration}
            connection.execute(schema.calls.update().where(schema.calls.c.seq == call.seq).values(values))
            self.index_call(connection, self.find_call(connection, call_id, by))
        return version

    def add_report(
        self, connection: sa.Connection, call_id: str, report: Report, by: Principal, made_from: Mapping[str, Any]
    ) -> int:
        """`save_report` within a transaction."""
        call = self.find_call(connection, call_id, by, lock=True)
        key = self.data_key(connection, call)
        origin = {
            "application": call.application_version,
            "transcript": call.transcript_version,
            **report.versions.model_dump(mode="json"),
            **made_from,
        }
        version = self._add(connection, call, key, "report", report, by, origin)
        if version != call.report_version:
            call = self.find_call(connection, call_id, by)
            self.project_call(connection, call)
            self.index_call(connection, call)
        return version

    def _add(
        self,
        connection: sa.Connection,
        call: sa.Row[Any],
        key: bytes,
        kind: Kind,
        shape: Shape,
        by: Principal,
        made_from: Mapping[str, Any],
    ) -> int:
        table, last = schema.documents, getattr(call, f"{kind}_version")
        value = to_json(shape)
        digest = content_hash(value)
        if last:
            same = sa.select(table.c.content_hash, table.c.made_from).where(_is(call, kind, last))
            stored = connection.execute(same).one()
            if stored.content_hash == digest and stored.made_from == dict(made_from):
                return int(last)
        version = int(last) + 1
        row = {
            "call_seq": call.seq,
            "kind": kind,
            "version": version,
            "sealed": cipher.seal_json(key, value, _context(call.call_id, kind, version)),
            "content_hash": digest,
            "created_at": now(),
            "created_by": by.name,
            "made_from": dict(made_from),
        }
        connection.execute(table.insert().values(row))
        counter = {f"{kind}_version": version}
        connection.execute(schema.calls.update().where(schema.calls.c.seq == call.seq).values(counter))
        self.record(connection, by, f"{kind}.save", call.call_id, {"version": version, "sha256": digest})
        return version

    # --- reading ---

    def application(self, call_id: str, version: int | None = None, *, by: Principal) -> Application:
        """The application, its last version where none is named. Raises `NotFoundError`, `ErasedError`."""
        return self._read(call_id, "application", Application, version, by)

    def transcript(self, call_id: str, version: int | None = None, *, by: Principal) -> Transcript:
        """The transcript, its last version where none is named. Raises `NotFoundError`, `ErasedError`."""
        return self._read(call_id, "transcript", Transcript, version, by)

    def report(self, call_id: str, version: int | None = None, *, by: Principal) -> Report:
        """The report, its last version where none is named. Raises `NotFoundError`, `ErasedError`."""
        return self._read(call_id, "report", Report, version, by)

    def versions(self, call_id: str, kind: Kind, *, by: Principal) -> tuple[DocumentVersion, ...]:
        """Every stored version of a kind of document, the first one first."""
        table = schema.documents
        with self.database.read() as connection:
            call = self.find_call(connection, call_id, by)
            rows = connection.execute(
                sa.select(
                    table.c.kind,
                    table.c.version,
                    table.c.created_at,
                    table.c.created_by,
                    table.c.content_hash,
                    table.c.made_from,
                )
                .where(table.c.call_seq == call.seq, table.c.kind == kind)
                .order_by(table.c.version)
            ).all()
        return tuple(DocumentVersion(*row) for row in rows)

    def _read(self, call_id: str, kind: Kind, shape: type[S], version: int | None, by: Principal) -> S:
        with self.database.write() as connection:
            call = self.find_call(connection, call_id, by)
            number = version or getattr(call, f"{kind}_version")
            document = self.open_document(connection, call, kind, number, shape)
            self.record(connection, by, f"{kind}.read", call_id, {"version": number})
        return document

    def open_document(
        self, connection: sa.Connection, call: sa.Row[Any], kind: Kind, version: int, shape: type[S]
    ) -> S:
        """A document in this transaction, not yet recorded in the ledger. Raises `NotFoundError`."""
        table = schema.documents
        sealed = connection.execute(sa.select(table.c.sealed).where(_is(call, kind, version))).scalar_one_or_none()
        if sealed is None:
            which = f"version {version} of its {kind}" if version else kind
            raise NotFoundError(f"call {call.call_id}: has no {which}", code=f"{kind}_not_found")
        key = self.data_key(connection, call)
        return shape.model_validate(cipher.unseal_json(key, sealed, _context(call.call_id, kind, version)))

    def project_call(self, connection: sa.Connection, call: sa.Row[Any]) -> None:
        """Put down what lists and figures know of a call's last report."""
        if not call.report_version:
            return
        report = self.open_document(connection, call, "report", call.report_version, Report)
        heard = Transcript(schema=TRANSCRIPT_SCHEMA, call_id=call.call_id, turns=[])
        if call.transcript_version:
            heard = self.open_document(connection, call, "transcript", call.transcript_version, Transcript)
        projection.project_report(connection, call, self.data_key(connection, call), report, heard)

    def index_call(self, connection: sa.Connection, call: sa.Row[Any]) -> None:
        """Put a call's last transcript into the search index, with the roles and outcomes of its last report."""
        if not call.transcript_version:
            return
        transcript = self.open_document(connection, call, "transcript", call.transcript_version, Transcript)
        report = None
        if call.report_version:
            report = self.open_document(connection, call, "report", call.report_version, Report)
        self.index.put(connection, call, self.data_key(connection, call), transcript, report)


def _is(call: sa.Row[Any], kind: Kind, version: int) -> sa.ColumnElement[bool]:
    table = schema.documents
    return sa.and_(table.c.call_seq == call.seq, table.c.kind == kind, table.c.version == version)


def _context(call_id: str, kind: Kind, version: int) -> bytes:
    return cipher.associated(call_id, kind, version)
