"""The ledger, its head, and facts of the store itself."""

from __future__ import annotations

import sqlalchemy as sa

from pipeline.store.columns import BIG_KEY
from pipeline.store.schema.base import metadata

ledger = sa.Table(
    "ledger",
    metadata,
    sa.Column("seq", BIG_KEY, primary_key=True, autoincrement=False),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("actor", sa.String(200), nullable=False),
    sa.Column("action", sa.String(50), nullable=False),
    sa.Column("subject", sa.String(300), nullable=False),
    sa.Column("details", sa.Text, nullable=False),
    sa.Column("previous", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("signature", sa.String(200), nullable=False),
    sa.Index(None, "subject", "seq"),
    sa.Index(None, "actor", "seq"),
    sa.Index(None, "action", "seq"),
)

ledger_head = sa.Table(
    "ledger_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("link", sa.String(64), nullable=False),
)

store_facts = sa.Table(
    "store_facts",
    metadata,
    sa.Column("name", sa.String(50), primary_key=True),
    sa.Column("value", sa.String(500), nullable=False),
)
