"""Indexes by which calls are counted without reading their rows: in the inbox's tabs and on the dashboard."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

NOT_ERASED = "erased_at IS NULL"
INDEXES = (
    ("counted", ["status", "work_state", "disposition", "unit"], NOT_ERASED),
    ("by_day", ["at", "status", "unit"], NOT_ERASED),
    ("waiting", ["work_state", "disposition", "received_at", "unit"], f"work_state IS NOT NULL AND {NOT_ERASED}"),
)


def upgrade() -> None:
    for name, columns, condition in INDEXES:
        where = sa.text(condition)
        op.create_index(f"ix_calls_{name}", "calls", columns, sqlite_where=where, postgresql_where=where)
