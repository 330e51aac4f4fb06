"""Every route and every role: who may and who may not. A route that the table does not name fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.http.app import routes_of
from pipeline.store.access import ROLES

from ..conftest import Server

TABLE = Path(__file__).with_name("authorisation.tsv")
WHOEVER = "whoever"


def rows() -> dict[tuple[str, str], dict[str, bool]]:
    lines = [line for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]
    names = lines[0].split("\t")[2:]
    assert names == [WHOEVER, *ROLES]
    found = {}
    for line in lines[1:]:
        method, path, *marks = line.split("\t")
        found[method, path] = {name: mark == "yes" for name, mark in zip(names, marks, strict=True)}
    return found


def test_the_table_names_every_route_and_no_other(server: Server) -> None:
    served = {
        (method, route.path_format)
        for route in routes_of(server.app.routes)
        for method in (route.methods or ())
        if route.path_format.startswith("/v1") or route.include_in_schema
    }
    assert served == rows().keys()


@pytest.mark.parametrize("role", [None, *ROLES])
def test_who_may_and_who_may_not(server: Server, role: str | None) -> None:
    client = server.client(role)
    wrong = []
    for (method, path), allowed in rows().items():
        url = (
            path.replace("{call_id}", "none")
            .replace("{kind}", "report")
            .replace("{review}", "1")
            .replace("{saved}", "1")
        )
        url = url.replace("{upload_id}", "none").replace("{webhook_id}", "none")
        url = url.replace("{saved}", "1")
        url = url.replace("{name}", "nobody").replace("{key_id}", "none")
        query = {"once": "true"} if path == "/v1/events" else {}
        answer = client.request(method, url, params=query, follow_redirects=False)
        refused = answer.status_code in (401, 403) and answer.json()["code"] in ("unauthenticated", "forbidden")
        if refused is allowed[role or WHOEVER]:
            wrong.append(f"{method} {path} {role}: {answer.status_code}")
    assert wrong == []
