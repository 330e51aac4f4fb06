"""Lists across calls: newest first, narrowed by filters, paged by cursor."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from pipeline.store import projection, schema
from pipeline.store.documents import Documents
from pipeline.store.names import named
from pipeline.store.records import (
    CallFilters,
    CallRecord,
    Mismatch,
    MismatchFilters,
    Page,
    Principal,
    checked_limit,
    read_cursor,
    write_cursor,
)

_RECORD = tuple(schema.calls.c[part.name] for part in fields(CallRecord))
_EQUAL = ("status", "disposition", "risk_band", "agent_id", "dealer", "unit", "claimed_by", "assigned_to", "work_state")

SEVEREST_FIRST = {"critical": 0, "major": 1, "minor": 2}


class Listing(Documents):
    """Calls and mismatches in pages."""

    def call(self, call_id: str, *, by: Principal) -> CallRecord:
        """What lists show of one call; of an erased one too. Raises `NotFoundError`."""
        with self.database.read() as connection:
            row = self.find_call(connection, call_id, by, erased=True)
        return CallRecord(*(getattr(row, column.name) for column in _RECORD))

    def calls(
        self, filters: CallFilters | None = None, cursor: str | None = None, limit: int = 50, *, by: Principal
    ) -> Page[CallRecord]:
        """Calls, the newest first. They hold nothing that names a customer, so the ledger has no row for a list.

        Raises `InputError` for a cursor or limit that cannot be.
        """
        table, chosen = schema.calls, filters or CallFilters()
        query = sa.select(*_RECORD, table.c.seq).where(*_within_reach(table.c.unit, by), *_conditions(chosen))
        if cursor is not None:
            query = query.where(
                sa.tuple_(table.c.at, table.c.seq) < sa.tuple_(*_position(table, *read_cursor(cursor, datetime, int)))
            )
        query = query.order_by(table.c.at.desc(), table.c.seq.desc()).limit(checked_limit(limit) + 1)
        with self.database.read() as connection:
            rows = connection.execute(query).all()
        shown = rows[:limit]
        after = write_cursor(shown[-1].at, shown[-1].seq) if len(rows) > limit else None
        return Page(tuple(CallRecord(*row[:-1]) for row in shown), after)

    def calls_named(self, call_ids: Collection[str], *, by: Principal) -> dict[str, CallRecord]:
        """These calls by id, those within reach."""
        table = schema.calls
        query = sa.select(*_RECORD).where(table.c.call_id.in_(list(call_ids)), *_within_reach(table.c.unit, by))
        with self.database.read() as connection:
            return {row.call_id: CallRecord(*row) for row in connection.execute(query)}

    def count_calls(self, *, by: Principal) -> dict[tuple[str, str | None, str | None], int]:
        """How many calls there are of each (status, work state, disposition) within reach; erased ones not."""
        columns = schema.calls.c
        group = (columns.status, columns.work_state, columns.disposition)
        query = (
            sa.select(*group, sa.func.count())
            .where(*_within_reach(columns.unit, by), schema.NOT_ERASED)
            .group_by(*group)
        )
        with self.database.read() as connection:
            return {(row[0], row[1], row[2]): int(row[3]) for row in connection.execute(query)}

    def flags_of(self, call_ids: Collection[str], *, by: Principal) -> dict[str, tuple[str, ...]]:
        """Why calls are flagged: codes of signals, then paths of fields that disagree, the most severe first.

        Codes and paths only, nothing that was said: as lists, the ledger has no row for it.
        """
        calls, signals, outcomes = schema.calls.c, schema.call_signals.c, schema.field_outcomes.c
        mine = (calls.call_id.in_(list(call_ids)), *_within_reach(calls.unit, by))
        of_signals = (
            sa.select(calls.call_id, signals.code.label("flag"), signals.severity, sa.literal(0).label("kind"))
            .join(schema.calls, calls.seq == signals.call_seq)
            .where(*mine)
        )
        of_fields = (
            sa.select(calls.call_id, outcomes.field.label("flag"), outcomes.severity, sa.literal(1).label("kind"))
            .join(schema.calls, calls.seq == outcomes.call_seq)
            .where(schema.DISAGREES, *mine)
        )
        with self.database.read() as connection:
            rows = connection.execute(of_signals.union_all(of_fields)).all()
        found: dict[str, list[str]] = {}
        for row in sorted(rows, key=lambda row: (row.kind, SEVEREST_FIRST.get(row.severity, 3), row.flag)):
            found.setdefault(row.call_id, []).append(row.flag)
        return {call_id: tuple(flags) for call_id, flags in found.items()}

    def gaps_of(
        self, call_ids: Collection[str], fields: Collection[str], *, by: Principal
    ) -> dict[str, tuple[tuple[str, str], ...]]:
        """Which of `fields` calls left open: paths with `unclear` or `not_stated`, in the given order."""
        calls, outcomes, order = schema.calls.c, schema.field_outcomes.c, list(fields)
        query = (
            sa.select(calls.call_id, outcomes.field, outcomes.outcome)
            .join(schema.calls, calls.seq == outcomes.call_seq)
            .where(calls.call_id.in_(list(call_ids)), *_within_reach(calls.unit, by))
            .where(outcomes.field.in_(order), outcomes.outcome.in_(("unclear", "not_stated")))
        )
        with self.database.read() as connection:
            rows = connection.execute(query).all()
        found: dict[str, list[tuple[str, str]]] = {}
        for row in sorted(rows, key=lambda row: order.index(row.field)):
            found.setdefault(row.call_id, []).append((row.field, row.outcome))
        return {call_id: tuple(gaps) for call_id, gaps in found.items()}

    def mismatches(
        self, filters: MismatchFilters | None = None, cursor: str | None = None, limit: int = 50, *, by: Principal
    ) -> Page[Mismatch]:
        """Fields that differ from the application, across calls, newest first; the ledger names the calls shown."""
        table, chosen = schema.field_outcomes, filters or MismatchFilters()
        query = (
            sa.select(table, schema.calls.c.call_id)
            .join(schema.calls, schema.calls.c.seq == table.c.call_seq)
            .where(schema.DISAGREES, *_within_reach(table.c.unit, by))
        )
        for name in ("field", "severity", "dealer", "agent_id", "unit"):
            if (value := getattr(chosen, name)) is not None:
                query = query.where(table.c[name] == value)
        if chosen.outcome is not None:
            query = query.where(self._with_outcome(chosen.outcome))
        query = query.where(*_dates(table.c.at, chosen.since, chosen.until))
        key = (table.c.at, table.c.call_seq, table.c.field)
        if cursor is not None:
            query = query.where(
                sa.tuple_(*key) < sa.tuple_(*_position(table, *read_cursor(cursor, datetime, int, str)))
            )
        query = query.order_by(*(column.desc() for column in key)).limit(checked_limit(limit) + 1)
        with self.database.write() as connection:
            rows = connection.execute(query).all()
            shown = rows[:limit]
            keys = self.data_keys(connection, {row.call_seq: row.call_id for row in shown})
            found = {"calls": sorted({row.call_id for row in shown})}
            self.record(connection, by, "mismatches.read", "mismatches", found)
        items = tuple(
            Mismatch(
                row.call_id,
                row.at,
                row.unit,
                row.agent_id,
                row.dealer,
                projection.open_outcome(keys[row.call_seq], row.call_id, row.field, row.sealed),
            )
            for row in shown
        )
        after = write_cursor(shown[-1].at, shown[-1].call_seq, shown[-1].field) if len(rows) > limit else None
        return Page(items, after)

    def _with_outcome(self, outcome: str) -> Any:
        same = schema.field_outcomes.c.outcome == outcome
        # SQLite keeps no count of single values: unless told, it takes contradictions for as many as mismatches and
        # walks them all by time.
        return sa.func.unlikely(same) if self.database.sqlite and outcome == "contradicted" else same


def _within_reach(unit: sa.ColumnElement[str], by: Principal) -> list[sa.ColumnElement[bool]]:
    return [] if by.units is None else [unit.in_(sorted(by.units))]


def _dates(at: Any, since: datetime | None, until: datetime | None) -> list[sa.ColumnElement[bool]]:
    return ([at >= since] if since else []) + ([at < until] if until else [])


def _conditions(chosen: CallFilters) -> list[sa.ColumnElement[bool]]:
    columns = schema.calls.c
    found = [columns[name] == value for name in _EQUAL if (value := getattr(chosen, name)) is not None]
    found += _dates(columns.at, chosen.since, chosen.until)
    found += _dates(columns.received_at, chosen.received_since, chosen.received_until)
    if chosen.application_id is not None:
        found.append(columns.application_id == chosen.application_id)
    if chosen.amount_from is not None:
        found.append(columns.loan_amount >= chosen.amount_from)
    if chosen.amount_to is not None:
        found.append(columns.loan_amount <= chosen.amount_to)
    for column, part in ((columns.agent_id, chosen.agent_part), (columns.dealer, chosen.dealer_part)):
        if part is not None:
            found.append(named(column, part))
    if chosen.unclaimed:
        found.append(columns.claimed_by.is_(None))
    if chosen.signal is not None:
        signals = schema.call_signals
        found.append(sa.exists().where(signals.c.call_seq == columns.seq, signals.c.code == chosen.signal))
    if chosen.differs is not None:
        outcomes = schema.field_outcomes
        differs = (outcomes.c.field == chosen.differs, outcomes.c.outcome.in_(schema.DISAGREEING))
        found.append(sa.exists().where(outcomes.c.call_seq == columns.seq, *differs))
    if chosen.fault is not None:
        faults = schema.script_faults
        found.append(sa.exists().where(faults.c.call_seq == columns.seq, faults.c.item == chosen.fault))
    if chosen.field is not None or chosen.outcome is not None:
        outcomes = schema.field_outcomes
        same = [
            outcomes.c[name] == value
            for name, value in (("field", chosen.field), ("outcome", chosen.outcome))
            if value is not None
        ]
        found.append(sa.exists().where(outcomes.c.call_seq == columns.seq, *same))
    return found


def _position(table: sa.Table, at: datetime, seq: int, *more: str) -> list[sa.ColumnElement[Any]]:
    return [sa.literal(at, table.c.at.type), sa.literal(seq), *(sa.literal(part) for part in more)]
