"""Injection and paths lead nowhere, and every answer carries the headers that keep browsers safe."""

from __future__ import annotations

import pytest

from ..conftest import Server


@pytest.mark.parametrize(
    "poison", ["' OR 1=1 --", '"; DROP TABLE calls; --', "%' UNION SELECT * FROM users --", "\u0000"]
)
def test_sql_is_only_text(server: Server, poison: str) -> None:
    server.sample("T1")
    client = server.client()
    for url, params in (
        ("/v1/calls", {"dealer": poison}),
        ("/v1/calls", {"application_id": poison}),
        ("/v1/mismatches", {"field": poison}),
        ("/v1/search", {"q": poison}),
        ("/v1/ledger", {"subject": poison}),
    ):
        answer = client.get(url, params=params)
        assert answer.status_code < 500
        assert not answer.json().get("items")
        assert not answer.json().get("hits")
    assert client.get("/v1/calls", params={"cursor": poison}).json()["code"] == "bad_cursor"
    assert len(client.get("/v1/calls").json()["items"]) == 1


@pytest.mark.parametrize("path", ["../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e%2f", "....//", "C1%00"])
def test_paths_lead_nowhere(server: Server, path: str) -> None:
    for suffix in ("", "/report", "/audio"):
        answer = server.client().get(f"/v1/calls/{path}{suffix}")
        assert answer.status_code in (404, 422)
        assert "root:" not in answer.text


def test_every_answer_carries_the_headers(server: Server) -> None:
    for url in ("/health", "/v1/calls", "/nowhere", "/v1/openapi.json"):
        headers = server.client(None).get(url).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")
        assert headers["cache-control"] == "no-store"
