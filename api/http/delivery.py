"""Webhooks told of events: out of the store's outbox, signed, tried again for days, to checked addresses only."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import time
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
from anyio import to_thread

from api.http.security.addresses import Target
from api.http.security.signing import sign
from api.http.services import Services
from pipeline.errors import CallproofError, InputError
from pipeline.store import SYSTEM, Delivery, Webhook
from pipeline.version import __version__

RETRY_SECONDS: Final = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""How long to wait after each failure (Standard Webhooks); after the last the delivery has failed."""
TIMEOUT_SECONDS: Final = 15.0
LEASE: Final = timedelta(seconds=120)
AT_ONCE: Final = 20
IDLE_SECONDS: Final = 2.0
KEPT: Final = timedelta(days=30)
"""How long a delivery that has arrived can still be looked at."""
SWEEP_SECONDS: Final = 3600.0
log = logging.getLogger("callproof.webhooks")


async def deliver_all(services: Services) -> None:
    """Deliver what is due, for as long as the server runs; what a server that died had at hand is due after `LEASE`."""
    swept = 0.0
    while True:
        due: tuple[Delivery, ...] = ()
        try:
            if time.monotonic() - swept > SWEEP_SECONDS or not swept:
                swept = time.monotonic()
                await to_thread.run_sync(services.store.database.look_over)
                await to_thread.run_sync(services.store.webhooks.forget, datetime.now(UTC) - KEPT)
            due = await to_thread.run_sync(services.store.webhooks.due, datetime.now(UTC) + LEASE, AT_ONCE)
            for ended in await asyncio.gather(*(deliver(services, one) for one in due), return_exceptions=True):
                if isinstance(ended, Exception):
                    _report(ended)
        except Exception as error:
            _report(error)
        if not due:
            await asyncio.sleep(IDLE_SECONDS)


def _report(error: Exception) -> None:
    log.error("webhooks: %s", error.code if isinstance(error, CallproofError) else type(error).__name__)


async def deliver(services: Services, delivery: Delivery) -> None:
    """One attempt, and how it ended."""
    hooks = services.store.webhooks
    hook = await to_thread.run_sync(hooks.get, delivery.webhook_id)
    body = body_of(delivery.event, delivery.created_at, delivery.payload)
    status = await attempt(services, hook, delivery.id, body)
    if status.startswith("2"):
        await to_thread.run_sync(hooks.settle, delivery.id, "delivered", status)
        return
    if status == "410":
        await to_thread.run_sync(lambda: hooks.set_active(hook.id, False, by=SYSTEM))
    if status == "410" or delivery.attempts > len(RETRY_SECONDS):
        log.warning("webhook %s: %s was not delivered (%s)", hook.id, delivery.id, status)
        await to_thread.run_sync(hooks.settle, delivery.id, "failed", status)
        return
    wait = RETRY_SECONDS[delivery.attempts - 1] * random.uniform(0.9, 1.1)
    next_at = datetime.now(UTC) + timedelta(seconds=wait)
    await to_thread.run_sync(lambda: hooks.settle(delivery.id, "waiting", status, next_at=next_at))


async def attempt(services: Services, hook: Webhook, message_id: str, body: bytes) -> str:
    """Send `body` once; the answer's status, or the code of what went wrong. Nothing of the answer is read."""
    try:
        target = await to_thread.run_sync(services.guard.check, hook.url)
        secret = await to_thread.run_sync(services.store.webhooks.secret, hook.id)
        return str(await send(target, sign(secret, message_id, int(time.time()), body), body))
    except InputError as error:
        return error.code
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
        return type(error).__name__


async def send(target: Target, headers: dict[str, str], body: bytes, *, verify: Any = True) -> int:
    """POST `body` to the address that was checked, by the name that was given; redirects are not followed."""
    address = f"[{target.address}]" if ":" in target.address else target.address
    named = f"[{target.host}]" if ":" in target.host else target.host
    usual = target.port == (443 if target.scheme == "https" else 80)
    every = {
        **headers,
        "Host": named if usual else f"{named}:{target.port}",
        "Content-Type": "application/json",
        "User-Agent": f"callproof/{__version__}",
    }
    url = f"{target.scheme}://{address}:{target.port}{target.path}"
    async with (
        asyncio.timeout(TIMEOUT_SECONDS * 2),
        httpx.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False, verify=verify) as client,
        client.stream("POST", url, content=body, headers=every, extensions={"sni_hostname": target.host}) as answer,
    ):
        return answer.status_code


def body_of(event: str, at: datetime, payload: dict[str, Any]) -> bytes:
    """The message: type, time and data, as Standard Webhooks recommends."""
    value = {"type": event, "timestamp": at.astimezone(UTC).isoformat(), "data": payload}
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
