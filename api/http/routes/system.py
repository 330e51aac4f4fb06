"""Health, figures and the API's own document."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from api.http.services import ReadsMetrics, Uses

router = APIRouter(tags=["system"])


class Health(BaseModel):
    """The server answers."""

    status: str = "ok"


@router.get("/health", summary="Is the server up", response_model=Health)
def health() -> Health:
    """Needs no key."""
    return Health()


@router.get("/health/ready", summary="Can the server work", response_model=Health)
def ready(services: Uses) -> Health:
    """Whether the database answers. Needs no key and says nothing else."""
    with services.store.database.read() as connection:
        connection.exec_driver_sql("SELECT 1")
    return Health()


@router.get("/metrics", summary="Figures for Prometheus", response_class=Response)
def metrics(services: Uses, caller: ReadsMetrics) -> Response:
    """Request times by route, calls by status, jobs by queue, webhook messages, bytes taken in."""
    return Response(services.metrics.page(services.jobs), media_type=CONTENT_TYPE_LATEST)


@router.get("/v1/openapi.json", summary="This document")
def openapi(request: Request) -> JSONResponse:
    """OpenAPI 3.1. Needs no key."""
    document: dict[str, Any] = request.app.openapi()
    return JSONResponse(document)
