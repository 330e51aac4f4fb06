"""Administration: users, keys, webhooks, retention."""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

from fastapi import Request
from starlette.responses import HTMLResponse

from api.console.names import Names
from api.console.page import Page, page_router
from api.console.view import render, texts_of
from api.http.routes import people, retention, webhooks
from api.http.routes.people import Role
from api.http.services import Caller, ManagesUsers, Services, Uses

router = page_router()
PAGE = Page("administration", "/administration", "users.manage", router)
Tab = Literal["users", "keys", "webhooks", "retention"]
NEEDS: Final = {
    "users": "users.manage",
    "keys": "keys.manage",
    "webhooks": "webhooks.manage",
    "retention": "retention.manage",
}


@router.get("/administration")
def administration(request: Request, services: Uses, caller: ManagesUsers, tab: Tab = "users") -> HTMLResponse:
    """One part of it."""
    caller.require(NEEDS[tab])
    return render(
        request,
        "administration.html",
        caller,
        page="administration",
        tab=tab,
        tabs=[name for name, permission in NEEDS.items() if caller.may(permission)],
        roles=get_args(Role),
        granted={role: sorted(services.rules.granted(role)) for role in get_args(Role)},
        permissions=list(services.rules.permissions),
        shortest=services.rules.shortest_password,
        events=get_args(webhooks.Event),
        names=Names(services, texts_of(request)),
        **_content(services, caller, tab),
    )


def _content(services: Services, caller: Caller, tab: Tab) -> dict[str, Any]:
    if tab == "users":
        return {"users": people.list_users(services, caller).items}
    if tab == "keys":
        return {"keys": people.list_keys(services, caller).items}
    if tab == "webhooks":
        hooks = webhooks.list_webhooks(services, caller).items
        return {"hooks": [(hook, services.store.webhooks.deliveries(hook.id)[:5]) for hook in hooks]}
    return {"retention": retention.retention_state(services, caller)}
