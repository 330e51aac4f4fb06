"""How a call moves on: its status, who works on it, and what its stages gave."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

import sqlalchemy as sa

from pipeline.errors import ConflictError
from pipeline.store import cipher, schema
from pipeline.store.core import Core, insert_or_ignore, now
from pipeline.store.records import Principal, Status

WAVEFORM: Final = "waveform"
"""The stage whose output is the drawing of a recording; it goes with the recording."""
_MAY_BECOME: Final[dict[str, frozenset[str]]] = {
    "queued": frozenset({"running", "failed", "quarantined"}),
    "running": frozenset({"queued", "done", "failed", "quarantined"}),
    "done": frozenset({"queued"}),
    "failed": frozenset({"queued", "quarantined"}),
    "quarantined": frozenset({"queued"}),
}


class Work(Core):
    """Status, assignment and stage outputs."""

    def set_status(
        self,
        call_id: str,
        status: Status,
        *,
        by: Principal,
        expected: Status | Collection[Status] | None = None,
        reason: str | None = None,
        connection: sa.Connection | None = None,
    ) -> bool:
        """Move a call to `status` where it stands at `expected` (any that may become it); False where it does not.

        `reason` is a code or a message without personal data. Raises `ConflictError` for a move that no call makes.
        """
        if connection is None:
            with self.database.write() as own:
                return self.set_status(call_id, status, by=by, expected=expected, reason=reason, connection=own)
        sources = {source for source, targets in _MAY_BECOME.items() if status in targets}
        wanted = sources if expected is None else {expected} if isinstance(expected, str) else set(expected)
        if not wanted or not wanted <= sources:
            raise ConflictError(
                f"a call cannot go from {', '.join(sorted(wanted))} to {status}", code="status_conflict"
            )
        call = self.find_call(connection, call_id, by)
        table = schema.calls
        moved = connection.execute(
            table.update()
            .where(table.c.seq == call.seq, table.c.status.in_(sorted(wanted)), table.c.erased_at.is_(None))
            .values(status=status, status_reason=reason, status_at=now())
        )
        return moved.rowcount == 1

    # --- who works on it ---

    def claim(self, call_id: str, *, by: Principal) -> bool:
        """Take a call to work on it; False where somebody else has it."""
        table = schema.calls
        with self.database.write() as connection:
            call = self.find_call(connection, call_id, by)
            free = sa.or_(table.c.claimed_by.is_(None), table.c.claimed_by == by.name)
            taken = connection.execute(
                table.update().where(table.c.seq == call.seq, free).values(claimed_by=by.name, claimed_at=now())
            )
            if taken.rowcount == 1 and call.claimed_by != by.name:
                self.record(connection, by, "call.claim", call_id)
        return taken.rowcount == 1

    def release(self, call_id: str, *, by: Principal, force: bool = False) -> bool:
        """Give a call back; False where it is not this principal's, unless `force`."""
        table = schema.calls
        with self.database.write() as connection:
            call = self.find_call(connection, call_id, by)
            mine = table.c.claimed_by.is_not(None) if force else table.c.claimed_by == by.name
            freed = connection.execute(
                table.update().where(table.c.seq == call.seq, mine).values(claimed_by=None, claimed_at=None)
            )
            if freed.rowcount == 1:
                self.record(connection, by, "call.release", call_id, {"from": call.claimed_by})
        return freed.rowcount == 1

    def assign(self, call_ids: Iterable[str], to: str | None, *, by: Principal) -> None:
        """Name who shall work on calls, None names nobody; where one is not found, none is changed."""
        table = schema.calls
        with self.database.write() as connection:
            for call_id in call_ids:
                call = self.find_call(connection, call_id, by)
                connection.execute(table.update().where(table.c.seq == call.seq).values(assigned_to=to))
                self.record(connection, by, "call.assign", call_id, {"to": to})

    # --- stages ---

    def put_stage(self, call_id: str, stage: str, input_hash: str, output: bytes, *, by: Principal) -> None:
        """Keep a stage's output, sealed, under the hash of its input; the first one for an input stays."""
        with self.database.write() as connection:
            self.add_stage(connection, call_id, stage, input_hash, output, by)

    def add_stage(
        self, connection: sa.Connection, call_id: str, stage: str, input_hash: str, output: bytes, by: Principal
    ) -> None:
        """`put_stage` within a transaction."""
        call = self.find_call(connection, call_id, by)
        sealed = cipher.seal(self.data_key(connection, call), output, _stage_context(call_id, stage, input_hash))
        row = {
            "call_seq": call.seq,
            "stage": stage,
            "input_hash": input_hash,
            "sealed": sealed,
            "created_at": now(),
        }
        connection.execute(insert_or_ignore(connection, schema.stage_outputs).values(row))

    def get_stage(self, call_id: str, stage: str, input_hash: str, *, by: Principal) -> bytes | None:
        """A stage's output for this input; None where it has not run."""
        table = schema.stage_outputs
        with self.database.write() as connection:
            call = self.find_call(connection, call_id, by)
            same = (table.c.call_seq == call.seq, table.c.stage == stage, table.c.input_hash == input_hash)
            sealed = connection.execute(sa.select(table.c.sealed).where(*same)).scalar_one_or_none()
            if sealed is None:
                return None
            output = cipher.unseal(self.data_key(connection, call), sealed, _stage_context(call_id, stage, input_hash))
            self.record(connection, by, "stage.read", call_id, {"stage": stage})
        return output


def _stage_context(call_id: str, stage: str, input_hash: str) -> bytes:
    return cipher.associated(call_id, "stage", stage, input_hash)
