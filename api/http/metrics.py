"""Figures for Prometheus. Labels are route templates and statuses, never what was asked for."""

from __future__ import annotations

import time

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.store import Store, schema

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
        self.calls = Gauge("callproof_calls", "Calls by status", ("status",), registry=self.registry)

    def page(self, store: Store) -> bytes:
        """The exposition text, the number of calls by status counted now."""
        calls = schema.calls.c
        with store.database.read() as connection:
            counted = connection.execute(sa.select(calls.status, sa.func.count()).group_by(calls.status)).all()
        for status in ("queued", "running", "done", "failed", "quarantined"):
            self.calls.labels(status).set(0)
        for status, number in counted:
            self.calls.labels(status).set(number)
        return generate_latest(self.registry)


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
