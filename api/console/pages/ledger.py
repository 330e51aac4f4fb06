"""The audit ledger: who did and saw what, from the newest row, and whether it is whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Query, Request
from starlette.responses import HTMLResponse

from api.console.details import Details
from api.console.findings import reader_of
from api.console.names import Names
from api.console.page import Page, page_router
from api.console.view import is_part, render, texts_of
from api.http.services import ReadsLedger, Uses
from pipeline.store import Entry

router = page_router()
PAGE = Page("ledger", "/ledger", "ledger.read", router)
ROWS = 50
Text = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class Row:
    """A row for reading; `call` is set where its subject may be one."""

    entry: Entry
    at: datetime
    details: list[tuple[str, str]]


@router.get("/ledger")
def ledger(
    request: Request,
    services: Uses,
    caller: ReadsLedger,
    subject: Text = "",
    actor: Text = "",
    action: Text = "",
    before: Annotated[int | None, Query(ge=1, le=1 << 53)] = None,
) -> HTMLResponse:
    """Rows, the newest first. Whoever has only some units names a call of them."""
    subject, actor, action = subject.strip(), actor.strip(), action.strip()
    limited = caller.principal.units is not None
    entries: tuple[Entry, ...] = ()
    if not limited or subject:
        if limited:
            services.store.call(subject, by=caller.principal)
        entries = services.store.ledger.newest(
            ROWS + 1, subject=subject or None, actor=actor or None, action=action or None, before=before
        )
    texts = texts_of(request)
    reader = reader_of(texts, services.settings.configs)
    details = Details(texts, reader, Names(services, texts), services.rules)
    rows = [_row(entry, details.of) for entry in entries[:ROWS]]
    return render(
        request,
        "parts/ledger_rows.html" if is_part(request) else "ledger.html",
        caller,
        page="ledger",
        rows=rows,
        after=rows[-1].entry.seq if len(entries) > ROWS else None,
        asked={"subject": subject, "actor": actor, "action": action},
        limited=limited,
        head=services.store.ledger.head(),
        public_key=services.store.keys.public_key.hex(),
    )


def _row(entry: Entry, words: Callable[[str, dict[str, Any]], list[tuple[str, str]]]) -> Row:
    return Row(entry, datetime.fromisoformat(entry.at), words(entry.action, json.loads(entry.details)))
