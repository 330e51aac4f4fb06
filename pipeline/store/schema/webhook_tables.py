"""Telling others: webhooks, and what is delivered to them."""

from __future__ import annotations

import sqlalchemy as sa

from pipeline.store.columns import Moment
from pipeline.store.schema.base import metadata

webhooks = sa.Table(
    "webhooks",
    metadata,
    sa.Column("id", sa.String(20), primary_key=True),
    sa.Column("url", sa.String(2000), nullable=False),
    sa.Column("events", sa.JSON, nullable=False),
    sa.Column("units", sa.JSON),
    sa.Column("sealed_secret", sa.LargeBinary, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("created_by", sa.String(200), nullable=False),
    sa.Column("created_at", Moment, nullable=False),
)

webhook_deliveries = sa.Table(
    "webhook_deliveries",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("webhook_id", sa.String(20), sa.ForeignKey("webhooks.id"), nullable=False, index=True),
    sa.Column("event", sa.String(50), nullable=False),
    sa.Column("payload", sa.JSON, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("next_at", Moment),
    sa.Column("last_status", sa.String(100)),
    sa.Column("created_at", Moment, nullable=False),
    sa.Index(None, "state", "next_at"),
)
