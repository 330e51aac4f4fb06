"""Who asks: sessions, keys, units and masking; without a ledger nothing is shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from pipeline.store import SYSTEM

from ..conftest import SAMPLES, Server


def signed_in(server: Server, role: str = "qa") -> tuple[Any, str]:
    services = server.app.state.services
    server.store.users.add(f"u-{role}", role, by=SYSTEM, password_hash=services.passwords.hash("Fern-Lake-88!x", "u"))
    client = server.client(None)
    me = client.post("/v1/session", json={"name": f"u-{role}", "password": "Fern-Lake-88!x"}).json()
    return client, me["csrf_token"]


def test_a_session_needs_its_token_and_its_site(server: Server) -> None:
    server.sample("T1")
    client, token = signed_in(server)
    assert client.get("/v1/calls").status_code == 200
    assert client.post("/v1/calls/T1/claim").json()["code"] == "csrf"
    assert client.post("/v1/calls/T1/claim", headers={"X-CSRF-Token": "x" * 43}).json()["code"] == "csrf"
    mine = {"X-CSRF-Token": token}
    assert client.post("/v1/calls/T1/claim", headers=mine | {"Origin": "https://evil.example"}).json()["code"] == "csrf"
    assert client.post("/v1/calls/T1/claim", headers=mine | {"Sec-Fetch-Site": "cross-site"}).json()["code"] == "csrf"
    assert client.post("/v1/calls/T1/claim", headers=mine).status_code == 200
    cookie = client.cookies.jar
    assert all(one.has_nonstandard_attr("HttpOnly") for one in cookie)
    assert client.delete("/v1/session", headers=mine).status_code == 204
    assert client.get("/v1/calls").status_code == 401


def test_guessing_is_slowed_and_says_nothing(server: Server) -> None:
    signed_in(server)
    client = server.client(None)
    wrong = {"name": "u-qa", "password": "wrong"}
    known = client.post("/v1/session", json=wrong)
    unknown = client.post("/v1/session", json={"name": "nobody", "password": "wrong"})
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    codes = [client.post("/v1/session", json=wrong).status_code for _ in range(25)]
    assert codes[-1] == 429
    assert "retry-after" in client.post("/v1/session", json=wrong).headers


def test_requests_are_limited_by_caller(make_server: Callable[..., Server]) -> None:
    server = make_server(requests_per_minute=5)
    client = server.client()
    codes = [client.get("/v1/session").status_code for _ in range(7)]
    assert codes[:5] == [200] * 5
    assert codes[-1] == 429
    assert server.client().get("/v1/session").status_code == 200


def test_units_part_what_each_sees(server: Server) -> None:
    server.sample("H1", unit="hefei")
    server.sample("W1", name="clean", unit="wuhan")
    hefei = server.client("lead", units=["hefei"])
    assert [one["call_id"] for one in hefei.get("/v1/calls").json()["items"]] == ["H1"]
    for path in ("", "/report", "/transcript", "/application", "/reviews", "/bundle"):
        assert hefei.get(f"/v1/calls/W1{path}").status_code == 404
    assert hefei.get("/v1/events", params={"call_id": "W1", "once": True}).status_code == 404
    assert {one["call_id"] for one in hefei.get("/v1/mismatches").json()["items"]} <= {"H1"}
    body = {
        "transcript": {"schema": "callproof.transcript/1", "call_id": "N", "turns": []},
        "metadata": {"unit": "wuhan"},
    }
    assert hefei.post("/v1/calls", json=body).status_code == 404


def test_nobody_gives_more_than_he_has(server: Server) -> None:
    narrow = server.client("admin", scopes=["keys.manage", "calls.read"])
    assert narrow.post("/v1/keys", json={"name": "x", "role": "admin"}).json()["code"] == "forbidden"
    assert narrow.post("/v1/keys", json={"name": "x", "role": "qa", "scopes": ["calls.read"]}).status_code == 201
    local = server.client("admin", units=["hefei"])
    assert local.post("/v1/users", json={"name": "a", "role": "qa"}).json()["code"] == "forbidden"
    assert local.post("/v1/users", json={"name": "a", "role": "qa", "units": ["hefei"]}).status_code == 201
    wide = server.client()
    assert (
        wide.post("/v1/keys", json={"name": "x", "role": "qa", "scopes": ["users.manage"]}).json()["code"]
        == "bad_scope"
    )


def test_keys_expire_and_end(server: Server) -> None:
    admin = server.client()
    made = admin.post("/v1/keys", json={"name": "x", "role": "qa"}).json()
    client = server.client(None)
    header = {"Authorization": f"Bearer {made['secret']}"}
    assert client.get("/v1/calls", headers=header).status_code == 200
    assert admin.delete(f"/v1/keys/{made['key']['id']}").status_code == 204
    assert client.get("/v1/calls", headers=header).json()["code"] == "key_not_valid"
    assert (
        admin.post("/v1/keys", json={"name": "x", "role": "qa", "expires_at": "2001-01-01T00:00:00Z"}).status_code
        == 422
    )


def test_what_is_personal_is_masked_without_the_right(server: Server) -> None:
    server.sample("T1")
    application = json.loads((SAMPLES / "mismatch.application.json").read_text())
    personal = [application["identity"][name] for name in ("name", "id_number", "mobile", "residence")]
    masked, plain = server.client("service"), server.client("qa")
    for path in ("application", "report", "transcript"):
        text = masked.get(f"/v1/calls/T1/{path}").text
        assert not [value for value in personal if value in text], path
    assert personal[1] in plain.get("/v1/calls/T1/application").text
    narrow = server.client("auditor", scopes=["exports", "documents.read", "audio.read"])
    assert narrow.get("/v1/calls/T1/bundle").status_code == 403
    assert personal[0] not in narrow.get("/v1/exports/mismatches?format=json").text


def test_without_a_ledger_nothing_is_shown(server: Server) -> None:
    server.sample("T1")
    client = server.client()
    before = server.store.ledger.head()
    assert client.get("/v1/calls/T1/transcript").status_code == 200
    after = server.store.ledger.head()
    assert before is not None
    assert after is not None
    assert after.seq == before.seq + 1
    with server.store.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE ledger RENAME TO ledger_gone")
    for path in ("transcript", "report", "application"):
        answer = client.get(f"/v1/calls/T1/{path}")
        assert (answer.status_code, answer.json()["code"]) == (503, "ledger_failed")
        assert "turns" not in answer.text
    assert client.get("/v1/mismatches").status_code == 503
