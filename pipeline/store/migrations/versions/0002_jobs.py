"""Jobs: the embedded queue (SQLite; on PostgreSQL Procrastinate keeps its own tables) and the events of calls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.store.columns import BIG_KEY, Moment

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "call_events",
        sa.Column("id", BIG_KEY, primary_key=True, autoincrement=True),
        sa.Column("call_id", sa.String(200), nullable=False),
        sa.Column("unit", sa.String(100), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("stage", sa.String(20)),
        sa.Column("code", sa.String(50)),
        sa.Column("done", sa.Integer()),
        sa.Column("total", sa.Integer()),
    )
    op.create_index("ix_call_events_call_id_id", "call_events", ["call_id", "id"])
    if op.get_bind().dialect.name != "sqlite":
        return
    op.create_table(
        "job_workers",
        sa.Column("id", BIG_KEY, primary_key=True, autoincrement=True),
        sa.Column("heard_at", Moment(), nullable=False),
    )
    op.create_table(
        "jobs",
        sa.Column("id", BIG_KEY, primary_key=True, autoincrement=True),
        sa.Column("call_id", sa.String(200), nullable=False),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("queue", sa.String(10), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("run_at", Moment(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("worker", BIG_KEY, sa.ForeignKey("job_workers.id", name="fk_jobs_worker")),
    )
    op.create_index("ix_jobs_call_id", "jobs", ["call_id"])
    op.create_index("ix_jobs_queue_priority_id", "jobs", ["queue", sa.text("priority DESC"), "id"])
    op.create_index("ix_jobs_worker", "jobs", ["worker"])
