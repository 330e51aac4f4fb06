"""The routes, one module a subject; `ROUTERS` in the order of the document."""

from __future__ import annotations

from fastapi import APIRouter

from api.http.routes import (
    actions,
    applications,
    audio,
    calls,
    corrections,
    documents,
    exports,
    figures,
    jobs,
    listing,
    oidc,
    people,
    retention,
    reviewing,
    rules,
    samples,
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
    applications.router,
    corrections.router,
    audio.router,
    reviewing.router,
    actions.router,
    jobs.router,
    search.router,
    figures.router,
    exports.router,
    rules.router,
    uploads.router,
    webhooks.router,
    people.router,
    retention.router,
    samples.router,
    oidc.router,
)
