"""Calls, their keys and documents, and what stages have made of them."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from pipeline.store.columns import BIG_KEY, Moment
from pipeline.store.schema.base import call_column, metadata

STATUSES: Final = ("queued", "running", "done", "failed", "quarantined")
# Literal, not bound: a planner uses a partial index only where it sees the index's own condition.
NOT_ERASED: Final = sa.text("erased_at IS NULL")
WAITS: Final = sa.text("work_state IS NOT NULL AND erased_at IS NULL")

calls = sa.Table(
    "calls",
    metadata,
    sa.Column("seq", BIG_KEY, primary_key=True, autoincrement=True),
    sa.Column("call_id", sa.String(200), nullable=False, unique=True),
    sa.Column("unit", sa.String(100), nullable=False),
    sa.Column("content_hash", sa.String(64)),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("status_reason", sa.String(200)),
    sa.Column("status_at", Moment, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("received_at", Moment, nullable=False),
    sa.Column("recorded_at", Moment),
    sa.Column("agent_id", sa.String(200)),
    sa.Column("dealer", sa.String(500)),
    sa.Column("channels", sa.Integer),
    sa.Column("duration", sa.Float),
    sa.Column("application_id", sa.String(200)),
    sa.Column("loan_amount", sa.Float),
    sa.Column("disposition", sa.String(20)),
    sa.Column("risk_score", sa.Float),
    sa.Column("risk_band", sa.String(20)),
    sa.Column("assigned_to", sa.String(200)),
    sa.Column("claimed_by", sa.String(200)),
    sa.Column("claimed_at", Moment),
    sa.Column("work_state", sa.String(20)),
    sa.Column("audio_blob", sa.String(200)),
    sa.Column("audio_bytes", sa.BigInteger),
    sa.Column("application_version", sa.Integer, nullable=False, default=0),
    sa.Column("transcript_version", sa.Integer, nullable=False, default=0),
    sa.Column("report_version", sa.Integer, nullable=False, default=0),
    sa.Column("retention_class", sa.String(50), nullable=False),
    sa.Column("legal_hold", sa.String(200)),
    sa.Column("audio_erased_at", Moment),
    sa.Column("erased_at", Moment),
    sa.UniqueConstraint("unit", "content_hash"),
    sa.Index(None, "at", "seq"),
    sa.Index(None, "unit", "at", "seq"),
    sa.Index(None, "status", "at", "seq"),
    sa.Index(None, "disposition", "at", "seq"),
    sa.Index(None, "risk_band", "at", "seq"),
    sa.Index(None, "dealer", "at", "seq"),
    sa.Index(None, "agent_id", "at", "seq"),
    sa.Index(None, "claimed_by", "at", "seq"),
    sa.Index(None, "assigned_to", "at", "seq"),
    sa.Index(None, "work_state", "at", "seq"),
    sa.Index(None, "application_id"),
    sa.Index(None, "loan_amount"),
    sa.Index(None, "retention_class", "at"),
    *(
        sa.Index(f"ix_calls_{name}", *columns, sqlite_where=condition, postgresql_where=condition)
        for name, columns, condition in (
            ("counted", ("status", "work_state", "disposition", "unit"), NOT_ERASED),
            ("by_day", ("at", "status", "unit"), NOT_ERASED),
            ("waiting", ("work_state", "disposition", "received_at", "unit"), WAITS),
        )
    ),
)

idempotency_keys = sa.Table(
    "idempotency_keys",
    metadata,
    sa.Column("unit", sa.String(100), primary_key=True),
    sa.Column("key_hash", sa.String(64), primary_key=True),
    sa.Column("content_hash", sa.String(64), nullable=False),
    call_column(),
    sa.Column("created_at", Moment, nullable=False, index=True),
)

data_keys = sa.Table(
    "data_keys",
    metadata,
    call_column(primary_key=True),
    sa.Column("purpose", sa.String(20), primary_key=True),
    sa.Column("master_key", sa.String(50), nullable=False, index=True),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
)

system_keys = sa.Table(
    "system_keys",
    metadata,
    sa.Column("name", sa.String(50), primary_key=True),
    sa.Column("master_key", sa.String(50), nullable=False),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
)

documents = sa.Table(
    "documents",
    metadata,
    call_column(primary_key=True),
    sa.Column("kind", sa.String(20), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("content_hash", sa.String(64), nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("created_by", sa.String(200), nullable=False),
    sa.Column("made_from", sa.JSON, nullable=False),
)

stage_outputs = sa.Table(
    "stage_outputs",
    metadata,
    call_column(primary_key=True),
    sa.Column("stage", sa.String(50), primary_key=True),
    sa.Column("input_hash", sa.String(64), primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
)
