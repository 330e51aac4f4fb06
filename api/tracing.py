"""OpenTelemetry traces of requests and stages, where the setting `otel_endpoint` names a collector; else none of it.

A span holds a request's method, route template and status, or a stage's name and its call's id: no address as it was
asked for, no header, no word of a call. Its exporters are imported only where it is switched on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from configs.settings import Settings
from pipeline.errors import SettingsError
from pipeline.version import __version__

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

    from pipeline.jobs import Job


class Tracing:
    """Spans to one collector, sent in the background; `close` sends what is left."""

    def __init__(self, endpoint: str, service: str) -> None:
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
        except ImportError as error:
            raise SettingsError("otel_endpoint: OpenTelemetry is missing: pip install 'callproof[otel]'") from error
        resource = Resource.create({"service.name": service, "service.version": __version__})
        self._provider = TracerProvider(resource=resource)
        exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self.tracer: Tracer = self._provider.get_tracer("callproof", __version__)
        self._stages: dict[tuple[int, int], Span] = {}

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()

    def observe(self, step: str, job: Job) -> None:
        """A worker's `observe`: a span a stage, from when it was taken until it was settled, its steps as events."""
        key = (job.worker, job.id)
        if step == "taken":
            attributes = {"callproof.call_id": job.call_id, "callproof.stage": job.stage}
            self._stages[key] = self.tracer.start_span(f"stage {job.stage}", attributes=attributes)
        elif step == "settled":
            if (span := self._stages.pop(key, None)) is not None:
                span.end()
        elif (span := self._stages.get(key)) is not None:
            span.add_event(step)


class TracedRequests:
    """A span a request; a caller's `traceparent` is its parent."""

    def __init__(self, app: ASGIApp, *, tracing: Tracing) -> None:
        self._app = app
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        carrier = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        parent = TraceContextTextMapPropagator().extract(carrier)
        span = self._tracing.tracer.start_span(scope["method"], context=parent, kind=SpanKind.SERVER)

        async def seen(message: Message) -> None:
            if message["type"] == "http.response.start":
                _describe(span, scope, message["status"])
            await send(message)

        try:
            await self._app(scope, receive, seen)
        finally:
            span.end()


def tracing_of(settings: Settings, service: str) -> Tracing | None:
    """Traces as the settings want them; None where they name no collector. Raises `SettingsError`."""
    return Tracing(settings.otel_endpoint, service) if settings.otel_endpoint else None


def observer(tracing: Tracing | None) -> Callable[[str, Job], None]:
    """What a worker is to tell of its steps."""
    return tracing.observe if tracing is not None else lambda step, job: None


def _describe(span: Span, scope: Scope, status: int) -> None:
    from opentelemetry.trace import Status, StatusCode

    route: Any = getattr(scope.get("route"), "path", "other")
    span.update_name(f"{scope['method']} {route}")
    span.set_attribute("http.request.method", scope["method"])
    span.set_attribute("http.route", route)
    span.set_attribute("http.response.status_code", status)
    if status >= 500:
        span.set_status(Status(StatusCode.ERROR))
