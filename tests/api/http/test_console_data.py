"""What the console's pages ask for beside calls: figures, facets, samples, retention, the ledger's end."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from api.http.routes import samples

from ..conftest import Server


def test_figures_of_a_call(server: Server) -> None:
    server.sample()
    client = server.client("lead")
    at = datetime.fromisoformat(client.get("/v1/calls/M1").json()["at"])
    dates = {"from": (at - timedelta(hours=1)).isoformat(), "to": (at + timedelta(hours=1)).isoformat()}
    found = client.get("/v1/figures", params=dates).json()
    assert [one["dispositions"] for one in found["days"] if one["calls"]] == [{"escalate": 1}]
    rate = next(one for one in found["fields"] if one["name"] == "income.monthly")
    assert (rate["part"], rate["whole"], rate["share"]) == (1, 1, 1.0)
    assert found["waiting"]["states"] == {"open": 1}
    assert found["saved"]["minutes"] == 0
    assert server.client("lead", units=["south"]).get("/v1/figures", params=dates).json()["fields"] == []


@pytest.mark.parametrize(
    "query", [{"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, {"from": "2000-01-01T00:00:00Z"}]
)
def test_figures_want_dates_that_fit(server: Server, query: dict[str, str]) -> None:
    answer = server.client("lead").get("/v1/figures", params=query)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_dates")


def test_facets_and_a_file_of_hits(server: Server) -> None:
    server.sample()
    server.sample("S1", "straw")
    client = server.client("lead")
    facets = client.get("/v1/search/facets", params={"q": "贷款"}).json()
    hits = client.get("/v1/search", params={"q": "贷款", "limit": 500}).json()["hits"]
    assert facets["hits"] == len(hits) > 1
    assert facets["calls"] == len({hit["call_id"] for hit in hits})
    assert sum(facets["speaker"].values()) == len(hits)
    assert sum(facets["disposition"].values()) == facets["calls"]
    assert facets["complete"] is True
    lines = client.get("/v1/exports/search", params={"q": "贷款", "most": 1}).text.splitlines()
    assert lines[0].lstrip("\ufeff").startswith("call_id,at,")
    assert len(lines) == 2
    assert server.client("lead", scopes=["exports"]).get("/v1/exports/search", params={"q": "x"}).status_code == 403


def test_samples_are_put_in_once(server: Server) -> None:
    client = server.client("qa")
    first = client.post("/v1/samples")
    assert (first.status_code, [one["status"] for one in first.json()["items"]]) == (202, ["queued"] * 3)
    client.post("/v1/samples")
    assert sorted(call["call_id"] for call in client.get("/v1/calls").json()["items"]) == [
        "sample-clean",
        "sample-mismatch",
        "sample-straw",
    ]


def test_samples_that_are_not_there_and_not_welcome(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "FOLDERS", ())
    assert server.client("qa").post("/v1/samples").json()["code"] == "no_samples"
    monkeypatch.setattr(samples, "samples_welcome", lambda _: False)
    assert server.client("qa").post("/v1/samples").json()["code"] == "embedded_only"


def test_hold_class_and_erasure(server: Server) -> None:
    server.sample()
    client = server.client()
    assert client.get("/v1/retention").json()["due_calls"] == []
    held = client.put("/v1/calls/M1/legal-hold", json={"reason": "案 1"}).json()
    assert held["legal_hold"] == "案 1"
    refused = client.post("/v1/calls/M1/erasure", json={"reason": "客户要求"})
    assert (refused.status_code, refused.json()["code"]) == (409, "legal_hold")
    client.put("/v1/calls/M1/legal-hold", json={"reason": None})
    wrong = client.put("/v1/calls/M1/retention-class", json={"name": "forever"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "bad_retention_class")
    certificate = client.post("/v1/calls/M1/erasure", json={"reason": "客户要求"}).json()
    assert certificate["removed"]["documents"] == 3
    assert client.get("/v1/calls/M1/report").status_code == 410
    last = client.get("/v1/ledger", params={"newest": True, "action": "call.erase"}).json()["items"]
    assert [one["seq"] for one in last] == [certificate["ledger_seq"]]


def test_the_ledger_from_its_end(server: Server) -> None:
    server.sample()
    client = server.client("auditor")
    every = [one["seq"] for one in client.get("/v1/ledger", params={"limit": 500}).json()["items"]]
    page = client.get("/v1/ledger", params={"newest": True, "limit": 3}).json()
    assert [one["seq"] for one in page["items"]] == every[:-4:-1]
    following = client.get("/v1/ledger", params={"newest": True, "limit": 3, "before": page["next"]}).json()
    assert [one["seq"] for one in following["items"]] == every[-4:-7:-1]


def test_applications_by_id(server: Server) -> None:
    server.sample()
    (one,) = server.client("qa").get("/v1/applications").json()["items"]
    assert (one["call_id"], one["calls"], one["disposition"]) == ("M1", 1, "escalate")
    assert server.client("qa").get("/v1/applications", params={"begins": "nothing"}).json()["items"] == []
