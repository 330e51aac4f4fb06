"""What a page of the console is: where it stands, who may see it, and its routes."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from api.console.errors import PageRoute


@dataclass(frozen=True, slots=True)
class Page:
    """One page. Its label is the text `NAME.nav`; `permission` is what its route asks for."""

    name: str
    path: str
    permission: str
    router: APIRouter
    in_navigation: bool = True


def page_router() -> APIRouter:
    """A router whose errors are pages, and which the API's document leaves out."""
    return APIRouter(route_class=PageRoute, include_in_schema=False, default_response_class=HTMLResponse)
