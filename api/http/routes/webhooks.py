"""Webhooks: who is told when calls are done."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from api.http.delivery import attempt, body_of
from api.http.security.signing import new_secret
from api.http.services import Caller, ManagesWebhooks, Uses
from api.http.shapes import Unit
from pipeline.contract import Shape
from pipeline.errors import ForbiddenError
from pipeline.store import Delivery, Webhook
from pipeline.store.webhooks import DeliveryState

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])
Event = Literal[
    "call.done", "call.failed", "call.quarantined", "call.handed_over", "call.document_asked", "call.settled"
]
HookId = Annotated[str, Path(max_length=40)]


class NewWebhook(Shape):
    """Where events go. `units` null: those of all units."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"url": "https://los.example.com/hooks/callproof", "events": ["call.done"]}]},
    )

    url: Annotated[str, Field(min_length=1, max_length=2000)]
    events: Annotated[list[Event], Field(min_length=1, max_length=10)]
    units: Annotated[list[Unit], Field(max_length=1000)] | None = None


class WebhookMade(BaseModel):
    """A new webhook; its signing secret is shown this once."""

    webhook: Webhook
    secret: str


class WebhookList(BaseModel):
    """Webhooks, the oldest first."""

    items: list[Webhook]


class WebhookChange(Shape):
    """On or off."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"active": False}]})

    active: bool


class DeliveryList(BaseModel):
    """The last deliveries, the newest first."""

    items: list[Delivery]


class Replayed(BaseModel):
    """How many deliveries wait again."""

    replayed: int


class Tested(BaseModel):
    """How the receiver answered: its HTTP status, or the code of what went wrong."""

    delivered: bool
    status: str


@router.get("", summary="Webhooks", response_model=WebhookList)
def list_webhooks(services: Uses, caller: ManagesWebhooks) -> WebhookList:
    """Those whose units are within reach."""
    return WebhookList(items=[hook for hook in services.store.webhooks.all() if _within(caller, hook.units)])


@router.post("", summary="Add a webhook", status_code=201, response_model=WebhookMade)
def add_webhook(services: Uses, caller: ManagesWebhooks, body: NewWebhook) -> WebhookMade:
    """Messages are signed as Standard Webhooks sets out; keep the secret. Private addresses are refused."""
    _check(caller, body.units)
    services.guard.check(body.url)
    secret = new_secret()
    hook = services.store.webhooks.add(body.url, set(body.events), secret, by=caller.principal, units=body.units)
    return WebhookMade(webhook=hook, secret=secret)


@router.patch("/{webhook_id}", summary="Turn a webhook on or off", response_model=Webhook)
def change_webhook(services: Uses, caller: ManagesWebhooks, webhook_id: HookId, body: WebhookChange) -> Webhook:
    """One that is off is told nothing."""
    _check(caller, services.store.webhooks.get(webhook_id).units)
    services.store.webhooks.set_active(webhook_id, body.active, by=caller.principal)
    return services.store.webhooks.get(webhook_id)


@router.delete("/{webhook_id}", summary="Remove a webhook", status_code=204)
def delete_webhook(services: Uses, caller: ManagesWebhooks, webhook_id: HookId) -> None:
    """Its deliveries go too."""
    _check(caller, services.store.webhooks.get(webhook_id).units)
    services.store.webhooks.delete(webhook_id, by=caller.principal)


@router.get("/{webhook_id}/deliveries", summary="How deliveries went", response_model=DeliveryList)
def list_deliveries(
    services: Uses, caller: ManagesWebhooks, webhook_id: HookId, state: DeliveryState | None = None
) -> DeliveryList:
    """The last hundred. `state=failed` are those that are not tried again by themselves."""
    _check(caller, services.store.webhooks.get(webhook_id).units)
    return DeliveryList(items=list(services.store.webhooks.deliveries(webhook_id, state=state)))


@router.post("/{webhook_id}/replay", summary="Send what has failed again", response_model=Replayed)
def replay_deliveries(services: Uses, caller: ManagesWebhooks, webhook_id: HookId) -> Replayed:
    """Every failed delivery, from its first attempt, under its old `webhook-id`."""
    _check(caller, services.store.webhooks.get(webhook_id).units)
    return Replayed(replayed=services.store.webhooks.replay(webhook_id, by=caller.principal))


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/replay", summary="Send one that has failed again", response_model=Replayed
)
def replay_delivery(services: Uses, caller: ManagesWebhooks, webhook_id: HookId, delivery_id: HookId) -> Replayed:
    """From its first attempt, under its old `webhook-id`."""
    _check(caller, services.store.webhooks.get(webhook_id).units)
    return Replayed(replayed=services.store.webhooks.replay(webhook_id, delivery_id, by=caller.principal))


@router.post("/{webhook_id}/test", summary="Send a test message", response_model=Tested)
async def test_webhook(services: Uses, caller: ManagesWebhooks, webhook_id: HookId) -> Tested:
    """One attempt of type `webhook.test`, now."""
    hook = services.store.webhooks.get(webhook_id)
    _check(caller, hook.units)
    message = body_of("webhook.test", datetime.now(UTC), {"webhook_id": webhook_id})
    status = await attempt(services, hook, f"msg_{secrets.token_hex(16)}", message)
    return Tested(delivered=status.startswith("2"), status=status)


def _within(caller: Caller, units: list[str] | None) -> bool:
    own = caller.principal.units
    return own is None or (units is not None and set(units) <= own)


def _check(caller: Caller, units: list[str] | None) -> None:
    if not _within(caller, units):
        raise ForbiddenError("units: some are not within your reach")
