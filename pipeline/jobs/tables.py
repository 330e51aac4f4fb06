"""The tables of this package; migration 0002 makes them. `jobs` and `job_workers` exist on SQLite alone."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from pipeline.store.columns import BIG_KEY, Moment

metadata: Final = sa.MetaData()

call_events = sa.Table(
    "call_events",
    metadata,
    sa.Column("id", BIG_KEY, primary_key=True, autoincrement=True),
    sa.Column("call_id", sa.String(200), nullable=False),
    sa.Column("unit", sa.String(100), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("stage", sa.String(20)),
    sa.Column("code", sa.String(50)),
    sa.Column("done", sa.Integer),
    sa.Column("total", sa.Integer),
)

job_workers = sa.Table(
    "job_workers",
    metadata,
    sa.Column("id", BIG_KEY, primary_key=True, autoincrement=True),
    sa.Column("heard_at", Moment, nullable=False),
)

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", BIG_KEY, primary_key=True, autoincrement=True),
    sa.Column("call_id", sa.String(200), nullable=False),
    sa.Column("stage", sa.String(20), nullable=False),
    sa.Column("queue", sa.String(10), nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("run_at", Moment, nullable=False),
    sa.Column("turn", sa.Integer, nullable=False),
    sa.Column("worker", BIG_KEY, sa.ForeignKey("job_workers.id")),
)
