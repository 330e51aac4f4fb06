"""Jobs: what waits, what failed and why, and once more."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query, Request
from starlette.responses import HTMLResponse

from api.console.page import Page, page_router
from api.console.view import render
from api.http.routes.jobs import job_state
from api.http.services import ManagesJobs, Uses
from api.http.shapes import Cursor
from pipeline.store import CallFilters

router = page_router()
PAGE = Page("jobs", "/jobs", "jobs.manage", router)
ROWS = 50


@router.get("/jobs")
def jobs(
    request: Request,
    services: Uses,
    caller: ManagesJobs,
    status: Annotated[Literal["quarantined", "failed"], Query()] = "quarantined",
    cursor: Cursor = None,
) -> HTMLResponse:
    """Queues, and calls that could not be finished."""
    page = services.store.calls(CallFilters(status=status), cursor, ROWS, by=caller.principal)
    return render(
        request,
        "jobs.html",
        caller,
        page="jobs",
        state=job_state(services, caller),
        which=status,
        calls=page.items,
        after=page.next,
    )
