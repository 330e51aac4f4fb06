"""Webhooks and their deliveries: what is to be told to whom, and how far that has come."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from pipeline.errors import NotFoundError
from pipeline.store import cipher, schema
from pipeline.store.core import Core, now
from pipeline.store.records import Principal

DeliveryState = Literal["waiting", "delivered", "failed"]


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where events go. The signing secret is asked for apart (`Webhooks.secret`)."""

    id: str
    url: str
    events: list[str]
    units: list[str] | None
    active: bool
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one webhook; `payload` holds no personal data."""

    id: str
    webhook_id: str
    event: str
    payload: dict[str, Any]
    state: DeliveryState
    attempts: int
    next_at: datetime | None
    last_status: str | None
    created_at: datetime


class Webhooks:
    """The webhooks of a store."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def add(
        self, url: str, events: Collection[str], secret: str, *, by: Principal, units: Collection[str] | None = None
    ) -> Webhook:
        """A new webhook; the caller has checked that `url` may be called."""
        webhook_id = secrets.token_hex(6)
        row = {
            "id": webhook_id,
            "url": url,
            "events": sorted(events),
            "units": None if units is None else sorted(units),
            "active": True,
            "created_by": by.name,
            "created_at": now(),
        }
        sealed = cipher.seal(self._core.system_key("system"), secret.encode(), _context(webhook_id))
        with self._core.database.write() as connection:
            connection.execute(schema.webhooks.insert().values({**row, "sealed_secret": sealed}))
            self._core.record(connection, by, "webhook.add", f"webhook:{webhook_id}", {"events": row["events"]})
        return self.get(webhook_id)

    def get(self, webhook_id: str) -> Webhook:
        """A webhook. Raises `NotFoundError`."""
        with self._core.database.read() as connection:
            row = connection.execute(sa.select(*_WEBHOOK).where(schema.webhooks.c.id == webhook_id)).one_or_none()
        if row is None:
            raise NotFoundError(f"webhook {webhook_id!r}: not found", code="webhook_not_found")
        return Webhook(*row)

    def all(self) -> tuple[Webhook, ...]:
        """Every webhook, the oldest first."""
        with self._core.database.read() as connection:
            rows = connection.execute(sa.select(*_WEBHOOK).order_by(schema.webhooks.c.created_at)).all()
        return tuple(Webhook(*row) for row in rows)

    def secret(self, webhook_id: str) -> str:
        """The signing secret. Raises `NotFoundError`."""
        table = schema.webhooks
        with self._core.database.read() as connection:
            query = sa.select(table.c.sealed_secret).where(table.c.id == webhook_id)
            sealed = connection.execute(query).scalar_one_or_none()
        if sealed is None:
            raise NotFoundError(f"webhook {webhook_id!r}: not found", code="webhook_not_found")
        return cipher.unseal(self._core.system_key("system"), sealed, _context(webhook_id)).decode()

    def set_active(self, webhook_id: str, active: bool, *, by: Principal) -> None:
        """Turn a webhook on or off. Raises `NotFoundError`."""
        table = schema.webhooks
        with self._core.database.write() as connection:
            changed = connection.execute(table.update().where(table.c.id == webhook_id).values(active=active))
            if changed.rowcount != 1:
                raise NotFoundError(f"webhook {webhook_id!r}: not found", code="webhook_not_found")
            self._core.record(connection, by, "webhook.change", f"webhook:{webhook_id}", {"active": active})

    def delete(self, webhook_id: str, *, by: Principal) -> None:
        """Remove a webhook and its deliveries. Raises `NotFoundError`."""
        deliveries = schema.webhook_deliveries
        with self._core.database.write() as connection:
            connection.execute(deliveries.delete().where(deliveries.c.webhook_id == webhook_id))
            gone = connection.execute(schema.webhooks.delete().where(schema.webhooks.c.id == webhook_id))
            if gone.rowcount != 1:
                raise NotFoundError(f"webhook {webhook_id!r}: not found", code="webhook_not_found")
            self._core.record(connection, by, "webhook.delete", f"webhook:{webhook_id}")

    # --- deliveries ---

    def announce(self, connection: sa.Connection, event: str, payload: dict[str, Any], unit: str) -> int:
        """Put an event down for every active webhook that wants it, in this transaction; how many there are."""
        rows = [
            {
                "id": f"msg_{secrets.token_hex(16)}",
                "webhook_id": hook.id,
                "event": event,
                "payload": payload,
                "state": "waiting",
                "attempts": 0,
                "next_at": now(),
                "created_at": now(),
            }
            for hook in connection.execute(sa.select(*_WEBHOOK).where(schema.webhooks.c.active.is_(True)))
            if event in hook.events and (hook.units is None or unit in hook.units)
        ]
        if rows:
            connection.execute(schema.webhook_deliveries.insert(), rows)
        return len(rows)

    def due(self, lease_until: datetime, limit: int = 50) -> tuple[Delivery, ...]:
        """Deliveries whose time has come, of webhooks that are on; not due again before `lease_until`, whoever asks."""
        table, hooks = schema.webhook_deliveries, schema.webhooks
        active = sa.select(hooks.c.id).where(hooks.c.active.is_(True))
        chosen = (
            sa.select(table.c.id)
            .where(table.c.state == "waiting", table.c.next_at <= now(), table.c.webhook_id.in_(active))
            .order_by(table.c.next_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        with self._core.database.write() as connection:
            ids = connection.execute(chosen).scalars().all()
            if not ids:
                return ()
            leased = (
                table.update().where(table.c.id.in_(ids)).values(next_at=lease_until, attempts=table.c.attempts + 1)
            )
            return tuple(Delivery(*row) for row in connection.execute(leased.returning(*table.c)))

    def settle(self, delivery_id: str, state: DeliveryState, status: str, *, next_at: datetime | None = None) -> None:
        """How an attempt ended; `waiting` with `next_at` tries again."""
        table = schema.webhook_deliveries
        with self._core.database.write() as connection:
            values = {"state": state, "last_status": status[:100], "next_at": next_at}
            connection.execute(table.update().where(table.c.id == delivery_id).values(values))

    def deliveries(
        self, webhook_id: str | None = None, limit: int = 100, *, state: DeliveryState | None = None
    ) -> tuple[Delivery, ...]:
        """The last deliveries, the newest first, of one webhook and in one state where named."""
        table = schema.webhook_deliveries
        wanted = ((table.c.webhook_id, webhook_id), (table.c.state, state))
        query = sa.select(table).where(*(column == value for column, value in wanted if value is not None))
        with self._core.database.read() as connection:
            rows = connection.execute(query.order_by(table.c.created_at.desc()).limit(limit)).all()
        return tuple(Delivery(*row) for row in rows)

    def replay(self, webhook_id: str, delivery_id: str | None = None, *, by: Principal) -> int:
        """Let what has failed of a webhook (or one delivery of it) wait again from its first attempt; how many.

        Raises `NotFoundError` for a delivery that has not failed.
        """
        table = schema.webhook_deliveries
        failed = [table.c.webhook_id == webhook_id, table.c.state == "failed"]
        if delivery_id is not None:
            failed.append(table.c.id == delivery_id)
        with self._core.database.write() as connection:
            again = table.update().where(*failed).values(state="waiting", attempts=0, next_at=now())
            count = connection.execute(again).rowcount
            if delivery_id is not None and count != 1:
                raise NotFoundError(f"delivery {delivery_id!r}: none that has failed", code="delivery_not_found")
            self._core.record(connection, by, "webhook.replay", f"webhook:{webhook_id}", {"deliveries": count})
        return count

    def forget(self, before: datetime) -> int:
        """Remove deliveries made before `before` that have arrived; how many there were."""
        table = schema.webhook_deliveries
        old = table.delete().where(table.c.state == "delivered", table.c.created_at < before)
        with self._core.database.write() as connection:
            return connection.execute(old).rowcount


_WEBHOOK = tuple(column for column in schema.webhooks.c if column.name != "sealed_secret")


def _context(webhook_id: str) -> bytes:
    return cipher.associated("webhook", webhook_id)
