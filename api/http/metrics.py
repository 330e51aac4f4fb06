"""Figures for Prometheus. Labels are route templates and statuses, never what was asked for."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import get_args

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.jobs import Jobs
from pipeline.store import schema
from pipeline.store.records import Status

UNDELIVERED = ("waiting", "failed")
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """The figures of one server process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "callproof_request_seconds",
            "Time from a request to the start of its answer",
            ("method", "route", "status"),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.uploaded = Counter("callproof_uploaded_bytes", "Bytes of recordings taken in", registry=self.registry)
        self.waiting = Gauge("callproof_jobs_waiting", "Jobs that wait, by queue", ("queue",), registry=self.registry)
        self.messages = Gauge(
            "callproof_webhook_messages",
            "Webhook messages not delivered",
            ("state",),
            registry=self.registry,
        )
        self.calls = Gauge("callproof_calls", "Calls by status", ("status",), registry=self.registry)

    def page(self, jobs: Jobs) -> bytes:
        """The exposition text; calls, jobs and messages are counted now."""
        with jobs.store.database.read() as connection:
            calls = _counted(connection, schema.calls.c.status, get_args(Status))
            messages = _counted(connection, schema.webhook_deliveries.c.state, UNDELIVERED)
        for status in get_args(Status):
            self.calls.labels(status).set(calls.get(status, 0))
        for state in UNDELIVERED:
            self.messages.labels(state).set(messages.get(state, 0))
        for queue, depth in jobs.depth().items():
            self.waiting.labels(queue).set(depth)
        return generate_latest(self.registry)


def _counted(connection: sa.Connection, column: sa.Column[str], values: Sequence[str]) -> dict[str, int]:
    query = sa.select(column, sa.func.count()).where(column.in_(values)).group_by(column)
    rows = connection.execute(query).all()
    return {str(value): int(number) for value, number in rows}


class Timing:
    """Measures every request."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()

        async def seen(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", "other")
                method = scope["method"] if scope["method"] in _METHODS else "other"
                labels = (method, route, str(message["status"]))
                self._metrics.requests.labels(*labels).observe(time.perf_counter() - began)
            await send(message)

        await self._app(scope, receive, seen)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
