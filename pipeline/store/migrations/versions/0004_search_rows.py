"""Terms of each line beside those of its chunk, so that words which meet in one turn are found at once.

The index is made anew when the store is opened next: its analyser has another version.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

from pipeline.store.columns import BIG_KEY

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE search_rows USING fts5(terms, detail=none, columnsize=0, tokenize='ascii')")
        return
    op.create_table(
        "search_rows",
        sa.Column("id", BIG_KEY, primary_key=True, autoincrement=False),
        sa.Column("terms", TSVECTOR(), nullable=False),
    )
    op.create_index("ix_search_rows_terms", "search_rows", ["terms"], postgresql_using="gin")
    # Matches of a common word are many rows to visit; what is long lies elsewhere, and a page holds a hundred of them.
    op.execute("ALTER TABLE search_chunks SET (toast_tuple_target = 128)")
    op.execute("ALTER TABLE search_rows SET (toast_tuple_target = 128)")
