"""What the current report of a call says, for lists, filters and figures."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from pipeline.store.columns import Moment
from pipeline.store.schema.base import call_column, metadata

DISAGREEING: Final = ("mismatch", "contradicted")
# Literal, not bound: a planner uses a partial index only where it sees the index's own condition.
DISAGREES: Final = sa.text("outcome IN ('mismatch', 'contradicted')")

field_outcomes = sa.Table(
    "field_outcomes",
    metadata,
    call_column(primary_key=True),
    sa.Column("field", sa.String(100), primary_key=True),
    sa.Column("outcome", sa.String(20), nullable=False),
    sa.Column("severity", sa.String(20)),
    sa.Column("confidence", sa.Float, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("unit", sa.String(100), nullable=False),
    sa.Column("agent_id", sa.String(200)),
    sa.Column("dealer", sa.String(500)),
    sa.Column("sealed", sa.LargeBinary),
    sa.Index(None, "field", "outcome", "at", "call_seq", "unit"),
    *(
        sa.Index(
            f"ix_disagreeing_{'_'.join(columns) or 'at'}",
            *dict.fromkeys((*columns, "at", "call_seq", "field")),
            sqlite_where=DISAGREES,
            postgresql_where=DISAGREES,
        )
        for columns in ((), ("outcome",), ("severity",), ("field",), ("unit",), ("agent_id",), ("dealer",))
    ),
)

call_signals = sa.Table(
    "call_signals",
    metadata,
    call_column(primary_key=True),
    sa.Column("code", sa.String(50), primary_key=True),
    sa.Column("severity", sa.String(20), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Index(None, "code", "at", "call_seq"),
)

call_figures = sa.Table(
    "call_figures",
    metadata,
    call_column(primary_key=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("unit", sa.String(100), nullable=False),
    sa.Column("agent_id", sa.String(200)),
    sa.Column("dealer", sa.String(500)),
    sa.Column("disposition", sa.String(20), nullable=False),
    sa.Column("duration", sa.Float),
    sa.Column("compared", sa.Integer, nullable=False),
    sa.Column("mismatches", sa.Integer, nullable=False),
    sa.Column("turns", sa.Integer, nullable=False),
    sa.Column("corrected_turns", sa.Integer, nullable=False),
    sa.Column("confidence", sa.Float),
    sa.Column("agent_talk_ratio", sa.Float),
    sa.Column("silence_ratio", sa.Float),
    sa.Column("interruptions", sa.Integer),
    sa.Column("agent_chars_per_minute", sa.Float),
    sa.Index(None, "at"),
)

script_faults = sa.Table(
    "script_faults",
    metadata,
    call_column(primary_key=True),
    sa.Column("item", sa.String(50), primary_key=True),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("unit", sa.String(100), nullable=False),
    sa.Column("agent_id", sa.String(200)),
    sa.Index(None, "at", "unit", "agent_id", "item", "status"),
)
