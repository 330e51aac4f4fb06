"""Every error has its Chinese title; bytes that are no request are answered like everything else."""

from __future__ import annotations

import ast
import importlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn.protocols.http.auto
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

import api.http.server
from api.http.problems import problem
from configs import read_yaml
from pipeline.errors import DatabaseError, QueueFullError

from ..conftest import Server

ROOT = Path(__file__).parents[3]


def _codes(tree: ast.AST) -> Iterator[str]:
    """The codes that a module's errors have: `code="…"` in calls and in classes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "code":
            value: ast.expr | None = node.value
        elif isinstance(node, ast.Assign) and [ast.unparse(one) for one in node.targets] == ["code"]:
            value = node.value
        else:
            continue
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield value.value


def test_every_error_has_a_chinese_title() -> None:
    titles = read_yaml("messages.yaml")
    files = [path for folder in ("api", "pipeline", "configs", "models") for path in (ROOT / folder).rglob("*.py")]
    codes = {code for path in files for code in _codes(ast.parse(path.read_text(encoding="utf-8")))}
    codes |= {f"{kind}_not_found" for kind in ("field", "signal", "transcript", "report", "application")}
    assert len(codes) > 100
    assert {code for code in codes if not titles.get(f"error_{code}", {}).get("zh")} == set()


def test_a_full_queue_says_when_to_come_again() -> None:
    answer = problem(QueueFullError("full"))
    assert (answer.status_code, answer.headers["retry-after"]) == (429, str(QueueFullError.retry_after))


def test_a_database_out_of_reach_is_no_failure_of_the_program(server: Server) -> None:
    client = server.client()
    page = server.client()
    page.headers["Accept"] = "text/html"
    database = server.store.database
    folder = Path(str(database.url.database)).parent
    database.close()
    folder.rename(folder.with_name("elsewhere"))
    for path in ("/health/ready", "/v1/calls", "/metrics"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (503, "database_unreachable"), path
        assert answer.headers["retry-after"] == str(DatabaseError.retry_after)
    assert page.get("/").status_code == 503
    assert client.get("/health").status_code == 200


@pytest.fixture(params=[HttpToolsProtocol, H11Protocol], ids=["httptools", "h11"])
def port(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, server: Server) -> Iterator[int]:
    """Where the app is served with each of the parsers that may be installed."""
    monkeypatch.setattr(uvicorn.protocols.http.auto, "AutoHTTPProtocol", request.param)
    module = importlib.reload(api.http.server)
    configuration = module.configuration_of(server.app, backlog=16, graceful_seconds=2)
    running = module.Server(configuration, on_stop=lambda: None)
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
    thread.start()
    while not running.started:
        time.sleep(0.01)
    yield listener.getsockname()[1]
    running.should_exit = True
    thread.join(30)
    listener.close()
    monkeypatch.undo()
    importlib.reload(api.http.server)


def _answer(port: int, sent: bytes) -> tuple[int, dict[str, Any], str]:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(sent)
        received = b""
        while chunk := client.recv(1 << 16):
            received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body), head.decode().lower()


@pytest.mark.parametrize(
    "sent",
    [
        "GET /v1/search?q=滴滴 HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
        "GET /v1/calls/银行-1 HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
        b"nonsense\r\n\r\n",
        b"POST /v1/calls HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nA b: c\r\n\r\n",
    ],
    ids=["query", "path", "nonsense", "smuggled"],
)
def test_what_is_no_request_gets_a_problem_document(port: int, sent: bytes) -> None:
    status, document, head = _answer(port, sent)
    assert (status, document["code"], document["status"]) == (400, "not_http", 400)
    assert "%E6" in document["detail"]
    assert "application/problem+json" in head
    assert "default-src 'none'" in head


def test_an_endless_head_is_refused(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nA: ")
        received = b""
        try:
            for _ in range(1000):
                client.sendall(b"a" * (1 << 16))
            received = client.recv(1 << 16)
        except OSError:
            return
    assert received.split()[1] in (b"400", b"431")


def test_a_large_body_is_no_large_head(port: int) -> None:
    body = b"x" * 300_000
    head = f"POST /v1/session HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    status, document, _ = _answer(port, head + body)
    assert (status, document["code"]) != (431, "head_too_large")
    assert status in (401, 422)
