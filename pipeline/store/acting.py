"""What becomes of a flagged call: handed over, a document asked for, settled, opened again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import sqlalchemy as sa

from pipeline.errors import ConflictError
from pipeline.store import cipher, schema
from pipeline.store.core import Core, now
from pipeline.store.records import Principal
from pipeline.store.webhooks import Webhooks

ActionKind = Literal["hand_over", "ask_document", "settle", "reopen"]
WorkState = Literal["open", "risk", "service", "document", "settled"]
FLAGGED: Final = ("escalate", "review", "callback")
_STATES: Final[dict[ActionKind, WorkState | None]] = {
    "hand_over": None,
    "ask_document": "document",
    "settle": "settled",
    "reopen": "open",
}
ANNOUNCED: Final[dict[ActionKind, str]] = {
    "hand_over": "call.handed_over",
    "ask_document": "call.document_asked",
    "settle": "call.settled",
}
"""Actions that webhooks are told of, and the event's name there."""


@dataclass(frozen=True, slots=True)
class Action:
    """What somebody did with a call. `target` is whom it went to, which document, or how it was settled."""

    id: int
    call_id: str
    kind: ActionKind
    target: str | None
    note: str | None
    actor: str
    at: datetime


def state_after_report(state: str | None, before: str | None, disposition: str) -> str | None:
    """Where a call's work stands once a report says `disposition`; `before` is what the last one said.

    A settled call whose disposition changes is open again; a call that passes needs no work.
    """
    if state in ("risk", "service", "document") or (state == "settled" and before == disposition):
        return state
    return "open" if disposition in FLAGGED else None


class Acting(Core):
    """Actions on calls."""

    webhooks: Webhooks

    def act(
        self, call_id: str, kind: ActionKind, target: str | None = None, *, by: Principal, note: str | None = None
    ) -> Action:
        """Do something with a finished call; it is given back, so that whoever comes next can take it.

        `hand_over` names `risk` or `service`, where it is nobody's yet. Raises `ConflictError` for a call that is not
        done, to settle one with a decision that waits for its second person, or to open one that is open.
        """
        state = _STATES[kind] or target
        table, calls = schema.actions, schema.calls
        with self.database.write() as connection:
            call = self.find_call(connection, call_id, by, lock=True)
            if call.status != "done":
                raise ConflictError(f"call {call_id}: is {call.status}; act on it when it is done", code="not_done")
            if kind == "reopen" and call.work_state == "open":
                raise ConflictError(f"call {call_id}: is open", code="is_open")
            if kind == "settle" and self._pending(connection, call.seq):
                raise ConflictError(
                    f"call {call_id}: a critical decision waits for its second person", code="review_pending"
                )
            row = {"call_seq": call.seq, "kind": kind, "target": target, "actor": by.name, "at": now()}
            number = connection.execute(table.insert().values(row).returning(table.c.id)).scalar_one()
            if note is not None:
                sealed = cipher.seal_json(self.data_key(connection, call), note, _context(call_id, number))
                connection.execute(table.update().where(table.c.id == number).values(sealed=sealed))
            moved = {"work_state": state, "claimed_by": None, "claimed_at": None}
            if kind == "hand_over":
                moved["assigned_to"] = None
            connection.execute(calls.update().where(calls.c.seq == call.seq).values(moved))
            details = {"action": number, "target": target, "from": call.work_state, "to": state}
            self.record(connection, by, f"call.{kind}", call_id, details)
            if kind in ANNOUNCED:
                payload = {"call_id": call_id, "application_id": call.application_id, "target": target}
                self.webhooks.announce(connection, ANNOUNCED[kind], payload, call.unit)
        return Action(number, call_id, kind, target, note, by.name, row["at"])

    def actions(self, call_id: str, *, by: Principal) -> tuple[Action, ...]:
        """What was done with a call, the first action first."""
        table = schema.actions
        with self.database.write() as connection:
            call = self.find_call(connection, call_id, by)
            rows = connection.execute(sa.select(table).where(table.c.call_seq == call.seq).order_by(table.c.id)).all()
            key = self.data_key(connection, call) if rows else b""
            found = tuple(
                Action(
                    row.id,
                    call_id,
                    row.kind,
                    row.target,
                    None if row.sealed is None else cipher.unseal_json(key, row.sealed, _context(call_id, row.id)),
                    row.actor,
                    row.at,
                )
                for row in rows
            )
            if any(action.note is not None for action in found):
                self.record(connection, by, "actions.read", call_id, {"actions": len(found)})
        return found

    def _pending(self, connection: sa.Connection, seq: int) -> bool:
        table = schema.reviews
        waits = sa.select(table.c.id).where(table.c.call_seq == seq, table.c.state == "pending")
        return bool(connection.scalar(sa.select(waits.exists())))


def _context(call_id: str, number: int) -> bytes:
    return cipher.associated(call_id, "action", number)
