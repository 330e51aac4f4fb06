"""The inbox: calls that wait for a person."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import HTMLResponse

from api.console.page import Page, page_router
from api.console.view import render
from api.http.services import ReadsCalls, Uses
from api.http.shapes import Cursor
from pipeline.store import CallFilters

router = page_router()
PAGE = Page("inbox", "/inbox", "calls.read", router)
ROWS = 50


@router.get("/inbox")
def inbox(request: Request, services: Uses, caller: ReadsCalls, cursor: Cursor = None) -> HTMLResponse:
    """Calls, the newest first."""
    page = services.store.calls(CallFilters(), cursor, ROWS, by=caller.principal)
    return render(request, "inbox.html", caller, page="inbox", calls=page.items)
