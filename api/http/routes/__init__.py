"""The routes, one module a subject; `ROUTERS` in the order of the document."""

from __future__ import annotations

from fastapi import APIRouter

from api.http.routes import (
    actions,
    audio,
    calls,
    corrections,
    documents,
    exports,
    jobs,
    listing,
    oidc,
    people,
    reviewing,
    rules,
    search,
    session,
    system,
    uploads,
    webhooks,
)

ROUTERS: tuple[APIRouter, ...] = (
    system.router,
    session.router,
    calls.router,
    listing.router,
    documents.router,
    corrections.router,
    audio.router,
    reviewing.router,
    actions.router,
    jobs.router,
    search.router,
    exports.router,
    rules.router,
    uploads.router,
    webhooks.router,
    people.router,
    oidc.router,
)
