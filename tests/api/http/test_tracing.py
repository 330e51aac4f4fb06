"""Traces go to the collector that the settings name and hold nothing of a call; else nothing is sent at all."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from api.http.app import create_app
from api.tracing import Tracing, tracing_of
from configs.settings import Settings
from pipeline.errors import SettingsError
from pipeline.jobs import Job
from tests.house.test_offline import run_watched

from ..conftest import Server


class Collector:
    """A collector that keeps what it is sent."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.path == "/v1/traces"
                collector.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *values: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def spans(self) -> list[Any]:
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        requests = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        return [
            span
            for request in requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
    made = Collector()
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_a_request_is_a_span_with_its_route_and_none_of_its_content(server: Server, collector: Collector) -> None:
    services = server.app.state.services
    tracing = Tracing(collector.url, "callproof")
    server.app = create_app(server.store, services.settings, services.jobs, tracing=tracing)
    server.app.state.services = services
    client = server.client()
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert client.get("/v1/search", params={"q": "王建国"}, headers={"traceparent": parent}).status_code == 200
    assert client.get("/v1/calls/C-secret/report").status_code == 404
    tracing.close()
    search, report = collector.spans()
    assert (search.name, report.name) == ("GET /v1/search", "GET /v1/calls/{call_id}/report")
    assert (search.trace_id.hex(), search.parent_span_id.hex()) == (parent[3:35], parent[36:52])
    attributes = {one.key: one.value for one in report.attributes}
    assert attributes.keys() == {"http.request.method", "http.route", "http.response.status_code"}
    assert attributes["http.response.status_code"].int_value == 404
    sent = b"".join(collector.bodies)
    assert "王建国".encode() not in sent
    assert b"C-secret" not in sent
    assert b"Bearer" not in sent


def test_a_stage_is_a_span_with_its_steps(collector: Collector) -> None:
    tracing = Tracing(collector.url, "callproof-worker")
    job = Job(id=1, call_id="C1", stage="transcribe", priority=0, turn=0, worker=7)
    for step in ("taken", "read", "made", "settling", "settled", "settled"):
        tracing.observe(step, job)
    tracing.close()
    (span,) = collector.spans()
    assert span.name == "stage transcribe"
    assert [event.name for event in span.events] == ["read", "made", "settling"]
    assert span.end_time_unix_nano > span.start_time_unix_nano


def test_without_the_setting_there_are_no_traces_whatever_the_environment_says(tmp_path: Path) -> None:
    assert tracing_of(Settings(data=tmp_path), "callproof") is None
    code = f"""
import os, pathlib, sys
os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:9"
os.environ["FASTAPI_OTEL_AUTO_CONFIGURE"] = "true"
import api.cli.serve, api.cli.worker
from fastapi.testclient import TestClient
from api.http.app import create_app
from configs.settings import Settings
from pipeline.jobs import Jobs
from pipeline.store import Store
folder = pathlib.Path({str(tmp_path / "data")!r})
with Store.open(folder) as store, TestClient(create_app(store, Settings(data=folder), Jobs(store))) as client:
    print(client.get("/v1/calls").status_code)
print([name for name in sys.modules if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter"))])
"""
    done, log = run_watched(tmp_path, "-c", code)
    assert (done.stdout.split("\n")[:2], log) == (["401", "[]"], ""), done.stderr


def test_traces_without_the_package_are_one_clear_error(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "from api.tracing import Tracing\nTracing('http://127.0.0.1:9', 'callproof')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip().endswith("pip install 'callproof[otel]'")
    assert SettingsError.__name__ in done.stderr
