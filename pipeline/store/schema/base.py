"""What all tables share: their metadata, and the column that leads to a call."""

from __future__ import annotations

import sqlalchemy as sa

from pipeline.store.columns import BIG_KEY

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def call_column(*, primary_key: bool = False) -> sa.Column[int]:
    """The column that names the call of a row."""
    return sa.Column("call_seq", BIG_KEY, sa.ForeignKey("calls.seq"), nullable=False, primary_key=primary_key)
