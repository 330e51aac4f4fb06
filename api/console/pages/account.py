"""My account: who I am, my password, my language, the keys that I made."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import HTMLResponse

from api.console.page import Page, page_router
from api.console.view import render
from api.http.services import ReadsCalls, Uses

router = page_router()
PAGE = Page("account", "/account", "calls.read", router, in_navigation=False)


@router.get("/account")
def account(request: Request, services: Uses, caller: ReadsCalls) -> HTMLResponse:
    """One's own account."""
    name = caller.principal.name
    keys = [key for key in services.store.api_keys.all() if key.created_by == name and key.revoked_at is None]
    return render(
        request,
        "account.html",
        caller,
        page="account",
        keys=keys,
        shortest=services.rules.shortest_password,
        permissions=[one for one in services.rules.permissions if caller.may(one)],
    )
