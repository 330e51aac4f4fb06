"""The queries that figures are counted by, on one state of the data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final

import sqlalchemy as sa

from pipeline.contract import field_paths
from pipeline.store import schema
from pipeline.store.acting import FLAGGED
from pipeline.store.core import now
from pipeline.store.figures import (
    AGES,
    AgentFigures,
    DayFigures,
    FigureFilters,
    Rate,
    Recognition,
    Saved,
    Waiting,
)
from pipeline.store.projection import COMPARED
from pipeline.store.records import Principal

FIELDS: Final = tuple(".".join(path) for path in field_paths())
LONGEST_HANDLING: Final = 3600.0
"""Seconds from claim to decision beyond which the claim says nothing about the work."""


class Counting:
    """The queries, on one state of the data."""

    def __init__(self, connection: sa.Connection, filters: FigureFilters, by: Principal, *, sqlite: bool) -> None:
        self._connection = connection
        self._filters = filters
        self._by = by
        self._sqlite = sqlite

    def _rows(self, query: sa.Select[Any]) -> Iterable[Any]:
        return self._connection.execute(query).all()

    def _of(self, table: Any, *, dated: bool = True) -> list[sa.ColumnElement[bool]]:
        """The conditions of the filters and of what is within reach, on a table with `at` and `unit`."""
        found = [table.c.at >= self._filters.since, table.c.at < self._filters.until] if dated else []
        if self._filters.unit is not None:
            found.append(table.c.unit == self._filters.unit)
        if self._by.units is not None:
            found.append(table.c.unit.in_(sorted(self._by.units)))
        return found

    def _day(self, column: sa.ColumnElement[datetime]) -> sa.ColumnElement[str]:
        minutes = int(self._filters.offset.total_seconds() // 60)
        if self._sqlite:
            return sa.func.date(column, f"{minutes:+d} minutes", type_=sa.String)
        moment = sa.func.timezone("UTC", column) + sa.literal(self._filters.offset, sa.Interval)
        return sa.func.to_char(moment, "YYYY-MM-DD", type_=sa.String)

    def dispositions(self) -> dict[str, DayFigures]:
        """Days that have finished calls: those by disposition, and the mean word probability."""
        figures = schema.call_figures
        day = self._day(figures.c.at).label("day")
        dispositions: dict[str, dict[str, int]] = {}
        sums: dict[str, tuple[float, int]] = {}
        for row in self._rows(
            sa.select(
                day,
                figures.c.disposition,
                sa.func.count().label("number"),
                sa.func.sum(figures.c.confidence).label("total"),
                sa.func.count(figures.c.confidence).label("heard"),
            )
            .where(*self._of(figures))
            .group_by(day, figures.c.disposition)
        ):
            dispositions.setdefault(row.day, {})[row.disposition] = row.number
            total, heard = sums.get(row.day, (0.0, 0))
            sums[row.day] = (total + (row.total or 0.0), heard + row.heard)
        return {
            name: DayFigures(name, 0, {}, found, sums[name][0] / sums[name][1] if sums[name][1] else None)
            for name, found in dispositions.items()
        }

    def days(self, finished: Mapping[str, DayFigures]) -> tuple[DayFigures, ...]:
        """Every day between the dates, those without a call too (up to today); `finished` from `dispositions`."""
        calls = schema.calls
        day = self._day(calls.c.at).label("day")
        statuses: dict[str, dict[str, int]] = {}
        query = sa.select(day, calls.c.status, sa.func.count().label("number"))
        chosen = query.where(*self._of(calls), schema.NOT_ERASED)
        for row in self._rows(chosen.group_by(day, calls.c.status)):
            statuses.setdefault(row.day, {})[row.status] = row.number
        return tuple(
            replace(
                finished.get(name, DayFigures(name, 0, {}, {}, None)),
                calls=sum(statuses.get(name, {}).values()),
                statuses=statuses.get(name, {}),
            )
            for name in self._names_of_days()
        )

    def _names_of_days(self) -> list[str]:
        offset = self._filters.offset
        first = (self._filters.since.astimezone(UTC) + offset).date()
        last = (min(self._filters.until, now()).astimezone(UTC) + offset - timedelta(microseconds=1)).date()
        return [str(first + timedelta(days=number)) for number in range((last - first).days + 1)]

    def fields(self) -> tuple[Rate, ...]:
        """Per field, of the calls in which it was compared, those where it differed; the most compared first."""
        table = schema.field_outcomes
        compared: dict[str, int] = {}
        differing: dict[str, int] = {}
        query = sa.select(table.c.field, table.c.outcome, sa.func.count().label("number"))
        # Naming every field lets the index be entered at each field's dates.
        chosen = (table.c.field.in_(FIELDS), table.c.outcome.in_(COMPARED), *self._of(table))
        for row in self._rows(query.where(*chosen).group_by(table.c.field, table.c.outcome)):
            compared[row.field] = compared.get(row.field, 0) + row.number
            if row.outcome in schema.DISAGREEING:
                differing[row.field] = differing.get(row.field, 0) + row.number
        return tuple(
            Rate(name, differing.get(name, 0), whole)
            for name, whole in sorted(compared.items(), key=lambda one: -one[1])
        )

    def people(self, column: str, most: int) -> Iterable[Any]:
        """Finished calls and means by agent or dealer, those with most calls first."""
        table = schema.call_figures
        who, number = table.c[column], sa.func.count()
        differs = sa.func.sum(sa.case((table.c.mismatches > 0, 1), else_=0))
        conduct = [
            sa.func.avg(table.c[name]).label(name)
            for name in ("agent_talk_ratio", "silence_ratio", "interruptions", "agent_chars_per_minute")
        ]
        return self._rows(
            sa.select(who.label("name"), number.label("calls"), differs.label("differing"), *conduct)
            .where(who.is_not(None), *self._of(table))
            .group_by(who)
            .order_by(number.desc(), who)
            .limit(most)
        )

    @cached_property
    def _faults(self) -> Sequence[tuple[str | None, str, int]]:
        """How many calls of each agent did not keep each script item."""
        table = schema.script_faults
        query = sa.select(table.c.agent_id, table.c.item, sa.func.count().label("number"))
        rows = self._rows(query.where(*self._of(table)).group_by(table.c.agent_id, table.c.item))
        return [(row.agent_id, row.item, int(row.number)) for row in rows]

    def agents(self, rows: Iterable[Any]) -> tuple[AgentFigures, ...]:
        """Agents with their script faults."""
        faults: dict[str | None, dict[str, int]] = {}
        for agent, item, number in self._faults:
            faults.setdefault(agent, {})[item] = number
        return tuple(
            AgentFigures(
                row.name,
                row.calls,
                int(row.differing or 0),
                faults.get(row.name, {}),
                *(
                    None if value is None else float(value)
                    for value in (
                        row.agent_talk_ratio,
                        row.silence_ratio,
                        row.interruptions,
                        row.agent_chars_per_minute,
                    )
                ),
            )
            for row in rows
        )

    def script(self) -> tuple[Rate, ...]:
        """Per script item that was not kept somewhere, how many of the finished calls did not keep it."""
        figures = schema.call_figures
        whole = self._connection.execute(
            sa.select(sa.func.count()).select_from(figures).where(*self._of(figures))
        ).scalar_one()
        items: Counter[str] = Counter()
        for _, item, number in self._faults:
            items[item] += number
        return tuple(Rate(item, number, whole) for item, number in items.most_common())

    def recognition(self) -> Recognition:
        """Over calls that came with sound and ended."""
        calls, figures = schema.calls, schema.call_figures
        ended = calls.c.status.in_(("done", "failed", "quarantined"))
        with_sound = sa.or_(calls.c.audio_blob.is_not(None), calls.c.audio_erased_at.is_not(None))
        heard = sa.func.sum(sa.case((calls.c.transcript_version > 0, 1), else_=0))
        counted = self._connection.execute(
            sa.select(sa.func.count(), heard).where(ended, with_sound, *self._of(calls))
        ).one()
        turns = self._connection.execute(
            sa.select(
                sa.func.sum(figures.c.turns), sa.func.sum(figures.c.corrected_turns), sa.func.avg(figures.c.confidence)
            ).where(*self._of(figures))
        ).one()
        return Recognition(
            counted[0], int(counted[1] or 0), int(turns[0] or 0), int(turns[1] or 0), _float_or_none(turns[2])
        )

    def saved(self) -> Saved:
        """See `Saved`."""
        figures, reviews = schema.call_figures, schema.reviews
        decided = (
            sa.select(reviews.c.call_seq, sa.func.max(reviews.c.handling_seconds).label("seconds"))
            .group_by(reviews.c.call_seq)
            .subquery()
        )
        passed = sa.and_(figures.c.disposition == "pass", decided.c.call_seq.is_(None))
        handled = decided.c.seconds <= LONGEST_HANDLING
        row = self._connection.execute(
            sa.select(
                sa.func.sum(sa.case((passed, 1), else_=0)),
                sa.func.sum(sa.case((passed, figures.c.duration), else_=0)),
                sa.func.sum(sa.case((handled, 1), else_=0)),
                sa.func.sum(sa.case((handled, figures.c.duration), else_=0)),
                sa.func.sum(sa.case((handled, decided.c.seconds), else_=0)),
            )
            .select_from(figures.outerjoin(decided, decided.c.call_seq == figures.c.call_seq))
            .where(*self._of(figures))
        ).one()
        passed_calls, passed_seconds, handled_calls, handled_seconds, seconds = (value or 0 for value in row)
        return Saved(int(passed_calls), passed_seconds / 60, int(handled_calls), handled_seconds / 60, seconds / 60)

    def waiting(self) -> Waiting:
        """See `Waiting`."""
        calls, moment = schema.calls, now()
        flagged = (calls.c.work_state.is_not(None), calls.c.work_state != "settled", schema.NOT_ERASED)
        states = sa.select(calls.c.work_state, sa.func.count()).where(*flagged, *self._of(calls, dated=False))
        open_ = (calls.c.work_state == "open", calls.c.disposition.in_(FLAGGED), schema.NOT_ERASED)
        bounds = [(calls.c.received_at >= age.since(moment), age.name) for age in AGES[:-1]]
        age = sa.case(*bounds, else_=AGES[-1].name)
        counted = sa.select(age.label("age"), sa.func.count(), sa.func.min(calls.c.received_at))
        ages = list(self._rows(counted.where(*open_, *self._of(calls, dated=False)).group_by(age)))
        queued = sa.select(sa.func.count(), sa.func.min(calls.c.status_at)).where(
            calls.c.status == "queued", *self._of(calls, dated=False)
        )
        number, since = self._connection.execute(queued).one()
        return Waiting(
            {str(row[0]): int(row[1]) for row in self._rows(states.group_by(calls.c.work_state))},
            {str(row[0]): int(row[1]) for row in ages},
            min((row[2] for row in ages), default=None),
            int(number),
            since,
        )


def _float_or_none(value: Any) -> float | None:
    return None if value is None else float(value)
