"""Applications across calls: one line each, with its calls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from pipeline.store import schema
from pipeline.store.core import Core
from pipeline.store.records import Page, Principal, checked_limit, read_cursor, write_cursor


@dataclass(frozen=True, slots=True)
class ApplicationSummary:
    """An application by its id: how many calls it has, when the last was made, and of that one what lists show."""

    application_id: str
    calls: int
    last_at: datetime
    call_id: str
    dealer: str | None
    loan_amount: float | None
    disposition: str | None
    risk_band: str | None
    work_state: str | None
    version: int


class Applications(Core):
    """Applications."""

    def applications(
        self, begins: str | None = None, cursor: str | None = None, limit: int = 50, *, by: Principal
    ) -> Page[ApplicationSummary]:
        """Applications whose id begins with `begins`, by id, the highest first. They name no customer."""
        calls = schema.calls
        reach: list[sa.ColumnElement[bool]] = [calls.c.application_id.is_not(None), calls.c.erased_at.is_(None)]
        if by.units is not None:
            reach.append(calls.c.unit.in_(sorted(by.units)))
        chosen = list(reach)
        if begins:
            chosen.append(calls.c.application_id.startswith(begins, autoescape=True))
        if cursor is not None:
            chosen.append(calls.c.application_id < read_cursor(cursor, str)[0])
        ids = sa.select(calls.c.application_id, sa.func.count().label("number")).where(*chosen)
        ids = ids.group_by(calls.c.application_id).order_by(calls.c.application_id.desc())
        with self.database.read() as connection:
            found = connection.execute(ids.limit(checked_limit(limit) + 1)).all()
            counts = {row.application_id: row.number for row in found[:limit]}
            newest: dict[str, ApplicationSummary] = {}
            rows = connection.execute(
                sa.select(calls).where(calls.c.application_id.in_(counts), *reach).order_by(calls.c.at, calls.c.seq)
            )
            for row in rows:
                newest[row.application_id] = ApplicationSummary(
                    row.application_id,
                    counts[row.application_id],
                    row.at,
                    row.call_id,
                    row.dealer,
                    row.loan_amount,
                    row.disposition,
                    row.risk_band,
                    row.work_state,
                    row.application_version,
                )
        after = write_cursor(found[limit - 1].application_id) if len(found) > limit else None
        return Page(tuple(newest[name] for name in counts), after)
