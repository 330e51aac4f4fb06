"""People's work on calls: reviews, actions, saved searches."""

from __future__ import annotations

import sqlalchemy as sa

from pipeline.store.columns import BIG_KEY, Moment
from pipeline.store.schema.base import call_column, metadata

reviews = sa.Table(
    "reviews",
    metadata,
    sa.Column("id", BIG_KEY, primary_key=True, autoincrement=True),
    call_column(),
    sa.Column("report_version", sa.Integer, nullable=False),
    sa.Column("subject", sa.String(10), nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("decision", sa.String(10), nullable=False),
    sa.Column("reason", sa.String(100), nullable=False),
    sa.Column("severity", sa.String(20)),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("reviewer", sa.String(200), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("second_reviewer", sa.String(200)),
    sa.Column("second_at", Moment),
    sa.Column("handling_seconds", sa.Float),
    sa.Column("sealed", sa.LargeBinary),
    sa.Index(None, "call_seq", "id"),
    sa.Index(None, "state", "id"),
)

actions = sa.Table(
    "actions",
    metadata,
    sa.Column("id", BIG_KEY, primary_key=True, autoincrement=True),
    call_column(),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("target", sa.String(50)),
    sa.Column("actor", sa.String(200), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("sealed", sa.LargeBinary),
    sa.Index(None, "call_seq", "id"),
)

saved_searches = sa.Table(
    "saved_searches",
    metadata,
    sa.Column("id", BIG_KEY, primary_key=True, autoincrement=True),
    sa.Column("owner", sa.String(200), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.UniqueConstraint("owner", "name"),
)
