"""Applications across calls."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.http.services import ReadsCalls, Uses
from api.http.shapes import Cursor, Limit
from pipeline.store.applications import ApplicationSummary

router = APIRouter(prefix="/v1", tags=["documents"])


class ApplicationPage(BaseModel):
    """Applications by id, the highest first; `next` is the cursor of the next page."""

    items: list[ApplicationSummary]
    next: str | None


@router.get("/applications", summary="Applications and their calls", response_model=ApplicationPage)
def list_applications(
    services: Uses,
    caller: ReadsCalls,
    begins: Annotated[str | None, Query(max_length=200, description="what the id begins with")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> ApplicationPage:
    """What is shown is that of an application's last call; it names no customer."""
    page = services.store.applications(begins, cursor, limit, by=caller.principal)
    return ApplicationPage(items=list(page.items), next=page.next)
