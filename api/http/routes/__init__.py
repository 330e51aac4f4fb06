"""The routes, one module a subject; `ROUTERS` in the order of the document."""

from __future__ import annotations

from fastapi import APIRouter

from api.http.routes import calls, documents, listing, session, system

ROUTERS: tuple[APIRouter, ...] = (
    system.router,
    session.router,
    calls.router,
    listing.router,
    documents.router,
)
