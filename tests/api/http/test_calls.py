"""Calls in and out: uploads, documents, lists, reviews, search, exports."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from api.bundle import verify_bundle

from ..conftest import SAMPLES, Server

SOUND = (SAMPLES / "mismatch.opus").read_bytes()
APPLICATION = (SAMPLES / "mismatch.application.json").read_text()


def upload(client: Any, sound: bytes = SOUND, headers: dict[str, str] | None = None, **parts: Any) -> Any:
    files: dict[str, Any] = {"recording": ("call.opus", sound)}
    files |= {name: (None, value if isinstance(value, str) else json.dumps(value)) for name, value in parts.items()}
    return client.post("/v1/calls", files=files, headers=headers or {})


def test_an_upload_is_accepted_once(server: Server) -> None:
    client = server.client()
    first = upload(client, application=APPLICATION, metadata={"call_id": "A1", "agent_id": "036", "dealer": "恒信"})
    assert (first.status_code, first.json()) == (202, {"call_id": "A1", "status": "queued"})
    assert first.headers["location"] == "/v1/calls/A1"
    again = upload(client)
    assert (again.status_code, again.json()["call_id"]) == (200, "A1")
    record = client.get("/v1/calls/A1").json()
    assert (record["status"], record["agent_id"], record["dealer"]) == ("queued", "036", "恒信")
    assert client.get("/v1/calls/A1/application").json() == json.loads(APPLICATION) | {
        "schema": "callproof.application/1"
    }
    assert client.get("/v1/calls/A1/audio").content == SOUND


def test_a_hundred_identical_uploads_at_once_make_one_call(server: Server) -> None:
    client = server.client()
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda _: upload(client, application=APPLICATION), range(100)))
    assert sorted({answer.status_code for answer in answers}) == [200, 202]
    assert sum(answer.status_code == 202 for answer in answers) == 1
    assert len({answer.json()["call_id"] for answer in answers}) == 1
    assert len(client.get("/v1/calls").json()["items"]) == 1
    assert client.get("/v1/jobs").json()["waiting"]["gpu"] == 1


def test_an_idempotency_key_stands_for_one_content(server: Server) -> None:
    client, key = server.client(), {"Idempotency-Key": "retry-1"}
    first = upload(client, headers=key)
    assert upload(client, headers=key).json()["call_id"] == first.json()["call_id"]
    other = upload(client, (SAMPLES / "clean.opus").read_bytes(), headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_mismatch")


def test_content_that_comes_again_with_an_application_gets_it(server: Server) -> None:
    client = server.client()
    call_id = upload(client).json()["call_id"]
    assert client.get(f"/v1/calls/{call_id}/application").status_code == 404
    upload(client, application=APPLICATION)
    assert client.get(f"/v1/calls/{call_id}/application").status_code == 200
    upload(client, application={"schema": "callproof.application/1", "income": {"monthly": 1}})
    assert client.get(f"/v1/calls/{call_id}/application").json()["income"]["monthly"] != 1


@pytest.mark.parametrize(
    ("parts", "status", "code"),
    [
        ({"application": "{"}, 422, "not_json"),
        ({"application": {"schema": "x"}}, 422, "wrong_schema"),
        ({"application": {"schema": "callproof.application/1", "incme": {}}}, 422, "wrong_shape"),
        ({"metadata": {"call_id": "../../etc/passwd"}}, 422, "bad_metadata"),
        ({"metadata": {"call_id": "a\u0000b"}}, 422, "bad_metadata"),
        ({"metadata": {"unknown": 1}}, 422, "bad_metadata"),
        ({"metadata": []}, 422, "bad_metadata"),
        ({"metadata": {"unit": "../x"}}, 422, "bad_metadata"),
        ({"surprise": "x"}, 422, "bad_request"),
    ],
)
def test_what_is_wrong_is_said(server: Server, parts: dict[str, Any], status: int, code: str) -> None:
    answer = upload(server.client(), **parts)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert "passwd" not in answer.text
    assert server.client().get("/v1/calls").json()["items"] == []


def test_a_transcript_is_a_call_without_audio(server: Server) -> None:
    server.sample("T1")
    client = server.client()
    assert client.get("/v1/calls/T1/report").json()["disposition"] == "escalate"
    assert client.get("/v1/calls/T1/audio").json()["code"] == "audio_not_found"
    assert client.get("/v1/calls/T1").json()["status"] == "done"


def test_a_corrected_application_is_reconciled_again(server: Server) -> None:
    server.sample("T1")
    client = server.client()
    changed = json.loads(APPLICATION)
    changed["income"]["monthly"] = 4321
    answer = client.put("/v1/calls/T1/application", json=changed, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()) == (202, {"version": 2})
    assert client.get("/v1/calls/T1").json()["status"] == "queued"
    server.finish("T1")
    applied = {one["field"]: one["applied"] for one in client.get("/v1/calls/T1/report").json()["fields"]}
    assert applied["income.monthly"] == 4321
    old = client.get("/v1/calls/T1/report", params={"version": 1}).json()
    assert {one["field"]: one["applied"] for one in old["fields"]}["income.monthly"] != 4321
    stale = client.put("/v1/calls/T1/application", json=changed, headers={"If-Match": "1"})
    assert (stale.status_code, stale.json()["code"]) == (409, "version_conflict")
    assert len(client.get("/v1/calls/T1/versions/report").json()["items"]) == 2


@pytest.mark.parametrize("url", ["/v1/calls?agent_id=036", "/v1/mismatches?fields=x", "/v1/session?x=1"])
def test_a_misspelt_filter_is_refused(server: Server, url: str) -> None:
    answer = server.client().get(url)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_parameter")


def test_lists_narrow_and_page(server: Server) -> None:
    for number in range(5):
        server.sample(f"T{number}", name=("mismatch", "clean")[number % 2]) if number < 2 else None
    client = server.client()
    page = client.get("/v1/calls", params={"limit": 1}).json()
    rest = client.get("/v1/calls", params={"limit": 1, "cursor": page["next"]}).json()
    assert {page["items"][0]["call_id"], rest["items"][0]["call_id"]} == {"T0", "T1"}
    assert rest["next"] is None
    assert [one["call_id"] for one in client.get("/v1/calls?disposition=escalate").json()["items"]] == ["T0"]
    assert client.get("/v1/calls?from=2999-01-01T00:00:00Z").json()["items"] == []
    found = client.get("/v1/mismatches", params={"field": "income.monthly"}).json()["items"]
    assert [(one["call_id"], one["outcome"]["outcome"]) for one in found] == [("T0", "mismatch")]
    assert found[0]["outcome"]["evidence"][0]["quote"]
    assert client.get("/v1/mismatches?severity=minor&field=income.monthly").json()["items"] == []


def test_search_finds_the_second(server: Server) -> None:
    server.sample("T1")
    client = server.client()
    hits = client.get("/v1/search", params={"q": '"网约车"'}).json()
    truth = {turn["id"]: turn for turn in json.loads((SAMPLES / "mismatch.truth.json").read_text())["turns"]}
    if not hits["hits"]:
        word = truth[1]["text"][:2]
        hits = client.get("/v1/search", params={"q": word}).json()
    hit = hits["hits"][0]
    assert hit["call_id"] == "T1"
    assert hit["start"] == pytest.approx(truth[hit["turn"]]["start"])
    assert client.get("/v1/search?q=").json()["code"]
    assert client.get("/v1/search", params={"q": "不可能出现的话语"}).json() == {"hits": [], "next": None}


def test_saved_searches_are_ones_own(server: Server) -> None:
    mine, other = server.client("auditor"), server.client("auditor")
    made = mine.post("/v1/saved-searches", json={"name": "网约车", "search": {"q": "滴滴|网约车"}})
    assert made.status_code == 201
    assert mine.get("/v1/saved-searches").json()["items"][0]["search"] == {"q": "滴滴|网约车"}
    assert other.get("/v1/saved-searches").json()["items"] == []
    for search, code in (({"q": "滴滴", "speeker": "agent"}, "unknown_parameter"), ({"speaker": "agent"}, "bad_query")):
        refused = mine.post("/v1/saved-searches", json={"name": "x", "search": search})
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    url = f"/v1/saved-searches/{made.json()['id']}"
    assert other.delete(url).status_code == 404
    assert mine.delete(url).status_code == 204


def test_reviews_keep_the_machine_and_need_two_for_what_is_critical(server: Server) -> None:
    server.sample("T1")
    first, second = server.client("qa"), server.client("lead")
    override = {"field": "income.monthly", "decision": "override", "reason": "misheard", "value": 9500, "note": "听错"}
    done = first.post("/v1/calls/T1/reviews", json=override).json()
    assert (done["state"], done["value"], done["machine"]["outcome"]) == ("final", 9500, "mismatch")
    critical = {"signal": "undisclosed_commercial_use", "decision": "confirm", "reason": "heard_as_reported"}
    pending = first.post("/v1/calls/T1/reviews", json=critical).json()
    assert pending["state"] == "pending"
    assert second.get("/v1/reviews/pending").json()["items"] == [{"review": pending["id"], "call_id": "T1"}]
    url = f"/v1/reviews/{pending['id']}/second"
    assert first.post(url, json={"agree": True}).status_code == 403
    assert second.post(url, json={"agree": True}).json()["state"] == "final"
    assert second.post(url, json={"agree": True}).json()["code"] == "review_settled"
    assert len(first.get("/v1/calls/T1/reviews").json()["items"]) == 2
    for body, code in (
        ({"decision": "confirm", "reason": "misheard"}, "bad_subject"),
        ({**override, "reason": "because"}, "unknown_reason"),
        ({**override, "value": "约七千"}, "bad_value"),
        ({**override, "value": True}, "bad_value"),
        ({**override, "field": "loan.purpose", "value": "joyride"}, "bad_value"),
        ({**override, "field": "debt.has_other_loans", "value": 1}, "bad_value"),
        ({**override, "reason": "other", "note": " "}, "note_needed"),
        ({**critical, "signal": "nothing"}, "signal_not_found"),
    ):
        assert first.post("/v1/calls/T1/reviews", json=body).json()["code"] == code


def test_a_key_of_ones_own_is_no_second_person(server: Server) -> None:
    server.sample("T1")
    admin = server.client()
    critical = {"signal": "undisclosed_commercial_use", "decision": "confirm", "reason": "heard_as_reported"}
    review = admin.post("/v1/calls/T1/reviews", json=critical).json()
    secret = admin.post("/v1/keys", json={"name": "mine", "role": "lead"}).json()["secret"]
    own = server.client(None)
    answer = own.post(
        f"/v1/reviews/{review['id']}/second", json={"agree": True}, headers={"Authorization": f"Bearer {secret}"}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "four_eyes")


def test_claims_and_assignment(server: Server) -> None:
    server.sample("T1")
    one, other, lead = server.client("qa"), server.client("qa"), server.client("lead")
    assert one.post("/v1/claims/next", json={}).json()["call_id"] == "T1"
    assert other.post("/v1/claims/next", json={}).json()["code"] == "nothing_waits"
    assert other.post("/v1/calls/T1/claim").json()["code"] == "claimed"
    assert other.delete("/v1/calls/T1/claim").json()["code"] == "claimed"
    assert lead.delete("/v1/calls/T1/claim").json()["claimed_by"] is None
    assert lead.put("/v1/calls/T1/assignment", json={"to": "nobody"}).json()["code"] == "user_not_found"
    server.client().post("/v1/users", json={"name": "li", "role": "qa"})
    assert lead.put("/v1/calls/T1/assignment", json={"to": "li"}).json()["assigned_to"] == "li"
    refused = lead.post("/v1/assignments", json={"call_ids": ["T1", "T0"], "to": None})
    assert refused.json()["code"] == "call_not_found"
    assert lead.get("/v1/calls/T1").json()["assigned_to"] == "li"
    assert lead.post("/v1/assignments", json={"call_ids": ["T1"], "to": None}).json() == {"assigned": 1}


def test_quarantine_and_replay(server: Server) -> None:
    client = server.client()
    call_id = upload(client).json()["call_id"]
    assert client.post(f"/v1/calls/{call_id}/replay").json()["code"] == "in_work"
    from pipeline.store import SYSTEM

    server.store.set_status(call_id, "quarantined", by=SYSTEM, reason="worker_lost")
    listed = client.get("/v1/quarantine").json()["items"]
    assert [(one["call_id"], one["status_reason"]) for one in listed] == [(call_id, "worker_lost")]
    assert client.post(f"/v1/calls/{call_id}/replay").status_code == 202


def test_events_tell_what_happens(server: Server) -> None:
    client = server.client()
    call_id = upload(client).json()["call_id"]
    text = client.get("/v1/events", params={"call_id": call_id, "once": True}).text
    data = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]
    assert [(one["call_id"], one["kind"]) for one in data] == [(call_id, "queued")]


def test_exports_defuse_formulas(server: Server) -> None:
    client = server.client()
    dangers = ["=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", "＝1"]
    for number, danger in enumerate(dangers):
        turns = {"schema": "callproof.transcript/1", "call_id": f"X{number}", "turns": []}
        body = {"transcript": {**turns, "duration": number + 1}, "metadata": {"dealer": danger}}
        assert client.post("/v1/calls", json=body).status_code == 202
    answer = client.get("/v1/exports/calls?format=csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert sorted(row["dealer"] for row in rows) == sorted(f"'{danger}" for danger in dangers)
    book = openpyxl.load_workbook(io.BytesIO(client.get("/v1/exports/calls?format=xlsx").content))
    sheet = book.active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row if isinstance(cell.value, str)]
    assert cells
    assert all(cell.data_type == "s" and not cell.value.startswith(("=", "+", "-", "@")) for cell in cells)
    plain = client.get("/v1/exports/calls?format=json").json()["items"]
    assert sorted(one["dealer"] for one in plain) == sorted(dangers)
    assert all(datetime.fromisoformat(one["at"]).tzinfo and "T" in one["at"] for one in plain)


def test_mismatches_as_a_file(server: Server) -> None:
    server.sample("T1")
    text = server.client("lead").get("/v1/exports/mismatches").content.decode("utf-8-sig")
    rows = {row["field"]: row for row in csv.DictReader(io.StringIO(text))}
    assert rows["income.monthly"]["quote"]
    assert float(rows["income.monthly"]["start"]) > 0


def test_a_bundle_proves_itself_and_nothing_else(server: Server, tmp_path: Path) -> None:
    client = server.client()
    call_id = upload(client, application=APPLICATION).json()["call_id"]
    from pipeline.documents import transcript_from

    truth = json.loads((SAMPLES / "mismatch.truth.json").read_text()) | {"call_id": call_id}
    server.finish(call_id, transcript_from(truth))
    path = tmp_path / "evidence.zip"
    path.write_bytes(client.get(f"/v1/calls/{call_id}/bundle").content)
    key = server.store.keys.public_key.hex()
    verdict = verify_bundle(path, key)
    assert verdict.faults == ()
    assert (verdict.call_id, verdict.files) == (call_id, 6)
    assert verify_bundle(path, "00" * 32).faults

    def forged(change: Callable[[str, bytes], bytes | None]) -> Path:
        target = tmp_path / "forged.zip"
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
            for name in old.namelist():
                if (data := change(name, old.read(name))) is not None:
                    new.writestr(name, data)
        return target

    assert verify_bundle(forged(lambda name, data: data)).faults == ()
    for touched in ("report.json", "recording", "ledger.json", "manifest.json"):
        swapped = forged(lambda name, data, touched=touched: data.replace(b"1", b"2", 1) if name == touched else data)
        assert verify_bundle(swapped).faults, touched
    for touched in ("transcript.json", "ledger.json"):
        cut = forged(lambda name, data, touched=touched: data[:-9] if name == touched else data)
        assert f"{touched}: not as it was written" in verify_bundle(cut).faults
    assert verify_bundle(forged(lambda name, data: None if name == "reviews.json" else data)).faults


def test_a_broken_rule_file_is_named_as_it_was_given(server: Server) -> None:
    answer = server.client().post("/v1/rules/replay", json={"files": {"fields.yaml": "a: ["}})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_rules")
    assert answer.json()["detail"].startswith("config file fields.yaml: ")


def test_rules_are_replayed_over_what_is_left_where_calls_were_erased(server: Server) -> None:
    for call_id in ("T1", "T2"):
        server.sample(call_id, unit=call_id)
    client = server.client()
    assert client.post("/v1/calls/T2/erasure", json={"reason": "asked"}).status_code == 200
    for asked in ({}, {"call_ids": ["T1", "T2"]}):
        diff = client.post("/v1/rules/replay", json=asked).json()
        assert (diff["compared"], diff["skipped"]) == (1, ["T2"])


def test_rules_are_tried_before_they_hold(server: Server) -> None:
    from configs import read_text

    server.sample("T1")
    client = server.client("lead")
    same = client.post("/v1/rules/replay", json={"call_ids": ["T1"]}).json()
    assert (same["compared"], same["changed"]) == (1, 0)
    lenient = re.sub(r"(critical|major|minor): \d+", r"\1: 0", read_text("risk.yaml"))
    changed = client.post("/v1/rules/replay", json={"files": {"risk.yaml": lenient}}).json()
    assert changed["rules_before"] != changed["rules_after"]
    assert changed["changes"][0]["risk_band"] == ["high", "low"]
    for name in ("../x.yaml", "/etc/passwd", "access.yml"):
        assert client.post("/v1/rules/replay", json={"files": {name: "a: 1"}}).json()["code"] == "bad_rules"
    broken = client.post("/v1/rules/try", json={"transcript": {}, "files": {}}).status_code
    assert broken == 422
    assert client.get("/v1/calls/T1").json()["report_version"] == 1


@pytest.mark.parametrize(
    ("narrowed", "taken"),
    [
        ({"risk_band": "low"}, None),
        ({"amount_from": 80_001}, None),
        ({"amount_to": 79_999}, None),
        ({"amount_from": 80_000, "amount_to": 80_000, "risk_band": "high"}, "T1"),
        ({"from": "2026-11-21T00:00:00+08:00"}, None),
        ({"to": "2026-11-20T00:00:00+08:00"}, None),
        ({"from": "2026-11-20T00:00:00+08:00", "to": "2026-11-21T00:00:00+08:00"}, "T1"),
        ({"work_state": "document"}, None),
    ],
)
def test_the_next_call_is_one_of_those_chosen(server: Server, narrowed: dict[str, object], taken: str | None) -> None:
    server.sample("T1", recorded_at="2026-11-20T10:00:00+08:00")
    answer = server.client("qa").post("/v1/claims/next", json=narrowed)
    assert answer.json().get("call_id", answer.json().get("code")) == (taken or "nothing_waits")
