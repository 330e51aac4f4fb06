"""Schemathesis against the OpenAPI document: whatever is sent, no answer is a failure of the server."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from api.http.routes import jobs

from ..conftest import Server

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed: pip install -e '.[dev]'")
EXAMPLES = 5
bounded = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)


def test_no_request_makes_the_server_fail(make_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "STREAM_SECONDS", 0.0)
    server: Server = make_server(requests_per_minute=1_000_000)
    server.sample("C1")
    headers = {"Authorization": f"Bearer {server.key()}"}
    document = schemathesis.openapi.from_asgi("/v1/openapi.json", server.app)
    failures: list[str] = []
    tried = 0
    for found in document.get_all_operations():
        operation = found.ok()

        @bounded
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            nonlocal tried
            tried += 1
            if "call_id" in case.path_parameters and tried % 2:
                case.path_parameters["call_id"] = "C1"
            answer = case.call(headers=headers)
            if answer.status_code >= 500:
                failures.append(f"{case.method} {case.formatted_path}: {answer.status_code} {answer.text[:200]}")

        ask()
    assert failures == []
    assert tried > 120
