"""The app: routes, errors, headers and limits around one store."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic.json_schema import models_json_schema

from api.console import mount_console, warm
from api.http.delivery import deliver_all
from api.http.metrics import Timing
from api.http.problems import MEDIA_TYPE, Problem, handle_errors
from api.http.routes import ROUTERS
from api.http.security.addresses import Guard
from api.http.security.headers import BodyLimit, HeadAsGet, LastResort, SecureHeaders
from api.http.security.roles import AccessRules
from api.http.services import Allowed, Services, Work
from api.http.shapes import Metadata, TranscriptCall
from api.tracing import TracedRequests, Tracing
from configs.settings import Settings
from pipeline.contract import Application
from pipeline.jobs import Jobs
from pipeline.store import Store
from pipeline.version import __version__

DESCRIPTION = """Recorded car-loan verification calls into evidence. It recommends; a person decides.

Everything under `/v1` needs `Authorization: Bearer KEY`, or a session's cookie (and, for changes, its token in
`X-CSRF-Token`). Errors are RFC 9457 problem documents with a stable `code`. Every access to personal data is in the
audit ledger before it is given."""
FORGET_EVERY_SECONDS = 60.0
REFERENCE = "#/components/schemas/{model}"


def create_app(
    store: Store, settings: Settings, jobs: Jobs, work: Work | None = None, tracing: Tracing | None = None
) -> FastAPI:
    """The app on a store and its jobs; `work` is the worker of this process, where it has one.

    Raises `SettingsError` for access rules that cannot be used.
    """
    rules = AccessRules.load(settings.configs)
    services = Services(store, settings, jobs, work or jobs, rules, Guard(settings.webhook_networks))
    app = FastAPI(
        title="callproof",
        version=__version__,
        description=DESCRIPTION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
        redirect_slashes=False,
        # FastAPI's own telemetry would put addresses as asked for and texts of errors into any provider it finds
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.services = services
    for router in ROUTERS:
        app.include_router(router)
    handle_errors(app)
    mount_console(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(LastResort)
    app.add_middleware(HeadAsGet)
    app.add_middleware(Timing, metrics=services.metrics)
    app.add_middleware(SecureHeaders, https=services.https)
    if tracing is not None:
        app.add_middleware(TracedRequests, tracing=tracing)
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(run(app.state.services)) for run in BACKGROUND]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _warm_up(services: Services) -> None:
    await asyncio.to_thread(warm, services.settings.configs)


async def _forget_sound(services: Services) -> None:
    while True:
        await asyncio.sleep(FORGET_EVERY_SECONDS)
        services.playback.forget()


BACKGROUND = (deliver_all, _warm_up, _forget_sound)


def routes_of(routes: Iterable[Any]) -> Iterator[APIRoute]:
    """Every route of an app, those of its routers too, however FastAPI keeps them."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif (inner := getattr(route, "original_router", route)) is not None and hasattr(inner, "routes"):
            yield from routes_of(inner.routes or ())


def permission_of(route: APIRoute) -> tuple[bool, str | None]:
    """Whether a route asks who calls, and the permission that it needs."""
    for dependency in route.dependant.dependencies:
        if isinstance(dependency.call, Allowed):
            return True, dependency.call.permission
    return False, None


def _document(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            openapi_version="3.1.0",
        )
        _complete(document, app)
        app.openapi_schema = document
    return app.openapi_schema


def _complete(document: dict[str, Any], app: FastAPI) -> None:
    """Shapes that are read by hand, security, and the problem documents of every route."""
    components = document.setdefault("components", {})
    shapes = components.setdefault("schemas", {})
    models = [(model, "validation") for model in (Application, TranscriptCall, Metadata, Problem)]
    _, definitions = models_json_schema(models, ref_template=REFERENCE)  # type: ignore[arg-type]
    for name, shape in definitions["$defs"].items():
        shapes.setdefault(name, shape)
    shapes.pop("HTTPValidationError", None)
    shapes.pop("ValidationError", None)
    components["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "an API key"},
        "session": {"type": "apiKey", "in": "cookie", "name": "callproof_session"},
    }
    for route in routes_of(app.routes):
        if not route.include_in_schema:
            continue
        known, permission = permission_of(route)
        for method in route.methods or ():
            operation = document["paths"][route.path_format][method.lower()]
            operation["security"] = [{"key": []}, {"session": []}] if known else []
            if permission is not None:
                operation["x-permission"] = permission
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = {
                "description": "a problem document",
                "content": {MEDIA_TYPE: {"schema": {"$ref": REFERENCE.format(model="Problem")}}},
            }
    application = document["paths"]["/v1/calls/{call_id}/application"]["put"]["requestBody"]["content"]
    application["application/json"]["schema"] = {"$ref": REFERENCE.format(model="Application")}
