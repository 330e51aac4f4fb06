"""What happened to calls, in order: for progress on screens, and to count what went wrong before.

A row holds identifiers, codes and counts, nothing personal. Webhooks are told through the store's outbox in the same
transaction (`webhooks.announce`), so that they are told at least once whatever crashes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

import sqlalchemy as sa

from pipeline.jobs.queue import Stage
from pipeline.jobs.tables import call_events as table

Kind = Literal[
    "queued", "started", "progress", "stage_done", "retried", "lost", "released", "done", "failed", "quarantined"
]
ANNOUNCED: Final[dict[Kind, str]] = {"done": "call.done", "failed": "call.failed", "quarantined": "call.quarantined"}
"""Kinds that webhooks are told of, and the event's name there."""


@dataclass(frozen=True, slots=True)
class CallEvent:
    """Something that happened to a call; `done` of `total` steps where it is progress, `code` where it went wrong."""

    id: int
    call_id: str
    unit: str
    at: datetime
    kind: Kind
    stage: Stage | None
    code: str | None
    done: int | None
    total: int | None


def add_event(
    connection: sa.Connection, call: sa.Row[Any], kind: Kind, *, stage: Stage | None = None, code: str | None = None
) -> None:
    """Put an event of a call down in this transaction; the progress of a stage that is over goes."""
    number = _put_down(connection, call, kind, stage=stage, code=code)
    if kind != "started":
        _forget_progress(connection, call, number)


def add_progress(connection: sa.Connection, call: sa.Row[Any], stage: Stage, done: int, total: int) -> None:
    """How far a stage of a call is; only the last such row of a call is kept."""
    number = _put_down(connection, call, "progress", stage=stage, done=done, total=total)
    _forget_progress(connection, call, number)


def _put_down(connection: sa.Connection, call: sa.Row[Any], kind: Kind, **values: Any) -> int:
    row = {"call_id": call.call_id, "unit": call.unit, "at": datetime.now(UTC), "kind": kind, **values}
    made = connection.execute(table.insert().values(row)).inserted_primary_key
    assert made is not None
    return int(made[0])


def _forget_progress(connection: sa.Connection, call: sa.Row[Any], before: int) -> None:
    """Only after the event that follows was put down: SQLite would give the number of a last row that is gone to the
    next one, and whoever had been told up to that number would never hear of it."""
    gone = (table.c.call_id == call.call_id, table.c.kind == "progress", table.c.id < before)
    connection.execute(table.delete().where(*gone))


def count_since_queued(connection: sa.Connection, call_id: str, stage: Stage, kind: Kind) -> int:
    """How often `kind` happened in a stage of a call since it was last queued."""
    queued = sa.select(sa.func.max(table.c.id)).where(table.c.call_id == call_id, table.c.kind == "queued")
    since = sa.func.coalesce(queued.scalar_subquery(), 0)
    same = (table.c.call_id == call_id, table.c.stage == stage, table.c.kind == kind, table.c.id > since)
    return int(connection.scalar(sa.select(sa.func.count()).select_from(table).where(*same)) or 0)


def events_after(connection: sa.Connection, after: int, call_id: str | None, limit: int) -> tuple[CallEvent, ...]:
    """Events with a higher number than `after`, the first ones first."""
    query = sa.select(table).where(table.c.id > after).order_by(table.c.id).limit(limit)
    if call_id is not None:
        query = query.where(table.c.call_id == call_id)
    return tuple(CallEvent(*row) for row in connection.execute(query))
