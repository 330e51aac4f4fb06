"""Corrections and actions over HTTP: analysed again, masked, and refused where they must be."""

from __future__ import annotations

import pytest

from ..conftest import Server


def income(server: Server, call_id: str = "M1") -> tuple[int, str, str]:
    """(turn, text, outcome) of the income in the report."""
    report = server.client().get(f"/v1/calls/{call_id}/report").json()
    found = next(one for one in report["fields"] if one["field"] == "income.monthly")
    turn = found["evidence"][0]["turn"]
    said = server.client().get(f"/v1/calls/{call_id}/transcript").json()["turns"]
    return turn, next(one["text"] for one in said if one["id"] == turn), found["outcome"]


def test_a_corrected_turn_is_analysed_again(server: Server) -> None:
    server.sample()
    turn, text, outcome = income(server)
    assert outcome == "mismatch"
    client = server.client("qa")
    applied = client.get("/v1/calls/M1/application").json()["income"]["monthly"]
    body = {"turn": turn, "text": f"我一个月{applied}"}
    answer = client.post("/v1/calls/M1/corrections", json=body, headers={"If-Match": "1"})
    assert (answer.status_code, answer.json()) == (202, {"version": 2, "status": "queued"})
    assert client.get("/v1/calls/M1").json()["status"] == "queued"
    server.finish("M1")
    fields = client.get("/v1/calls/M1/report").json()["fields"]
    again = next(field for field in fields if field["field"] == "income.monthly")
    told_before = [told["value"] for told in again["history"]]
    assert (again["outcome"], told_before) == ("mismatch", [applied]), "a later turn takes it back for less"
    assert client.get("/v1/calls/M1/transcript", params={"version": 1}).json()["turns"] != []
    rows = server.client("auditor").get("/v1/ledger", params={"subject": "M1", "action": "transcript.correct"}).json()
    assert len(rows["items"]) == 1
    assert text not in str(rows)
    stale = client.post("/v1/calls/M1/corrections", json=body, headers={"If-Match": "1"})
    assert (stale.status_code, stale.json()["code"]) == (409, "version_conflict")


def test_swapped_speakers_are_analysed_again(server: Server) -> None:
    server.sample()
    client = server.client("qa")
    before = [turn["speaker"] for turn in client.get("/v1/calls/M1/transcript").json()["turns"]]
    assert client.post("/v1/calls/M1/swap-speakers").status_code == 202
    after = [turn["speaker"] for turn in client.get("/v1/calls/M1/transcript").json()["turns"]]
    assert after == [{"agent": "customer", "customer": "agent"}.get(one, one) for one in before]
    assert after != before


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"turn": 3}, 422, "bad_correction"),
        ({"turn": 3, "word": 0, "speaker": "agent"}, 422, "bad_correction"),
        ({"turn": 3, "text": "a\u0000"}, 422, "bad_correction"),
        ({"turn": 3, "text": "x" * 20_001}, 422, "bad_request"),
        ({"turn": 3, "speaker": "S0"}, 422, "bad_request"),
        ({"turn": 9999, "text": "x"}, 404, "turn_not_found"),
    ],
)
def test_corrections_that_do_not_fit(server: Server, body: dict[str, object], status: int, code: str) -> None:
    server.sample()
    answer = server.client("qa").post("/v1/calls/M1/corrections", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_nobody_corrects_what_he_sees_masked(server: Server) -> None:
    server.sample()
    client = server.client("qa", scopes=["transcripts.write", "documents.read"])
    assert client.post("/v1/calls/M1/corrections", json={"turn": 3, "text": "x"}).status_code == 403


def test_units_hold_for_corrections_and_actions(server: Server) -> None:
    server.sample(unit="north")
    client = server.client("qa", units=["south"])
    for path, body in (
        ("corrections", {"turn": 3, "text": "x"}),
        ("swap-speakers", None),
        ("actions", {"kind": "hand_over", "target": "risk"}),
    ):
        assert client.post(f"/v1/calls/M1/{path}", json=body).json()["code"] == "call_not_found"


def test_a_call_goes_to_risk_and_comes_next_there(server: Server) -> None:
    server.sample()
    qa, risk = server.client("qa"), server.client("risk")
    assert risk.post("/v1/claims/next", json={}).json()["code"] == "nothing_waits"
    assert qa.post("/v1/claims/next", json={}).json()["call_id"] == "M1"
    answer = qa.post("/v1/calls/M1/actions", json={"kind": "hand_over", "target": "risk", "note": "疑似代购"})
    assert answer.status_code == 201
    assert qa.post("/v1/claims/next", json={}).json()["code"] == "nothing_waits"
    assert risk.post("/v1/claims/next", json={}).json()["call_id"] == "M1"
    assert [one["note"] for one in risk.get("/v1/calls/M1/actions").json()["items"]] == ["疑似代购"]
    assert [one["note"] for one in server.client("service").get("/v1/calls/M1/actions").json()["items"]] == ["****"]
    assert [one["call_id"] for one in qa.get("/v1/calls", params={"work_state": "risk"}).json()["items"]] == ["M1"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"kind": "hand_over"}, "bad_target"),
        ({"kind": "hand_over", "target": "police"}, "bad_target"),
        ({"kind": "ask_document", "target": "passport"}, "bad_target"),
        ({"kind": "ask_document", "target": "other"}, "note_needed"),
        ({"kind": "settle"}, "bad_target"),
        ({"kind": "reopen", "target": "risk"}, "bad_target"),
        ({"kind": "burn"}, "bad_request"),
    ],
)
def test_actions_that_do_not_fit(server: Server, body: dict[str, object], code: str) -> None:
    server.sample()
    answer = server.client("qa").post("/v1/calls/M1/actions", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
