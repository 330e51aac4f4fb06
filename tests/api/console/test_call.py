"""The call page and its printed report: what they show, to whom, and what the ledger has of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from api.console.findings import OPEN_OUTCOMES
from api.console.texts import Texts
from api.console.transcripts import silences

from ..conftest import Server, TestClient

People = Callable[..., TestClient]


def rows(page: str) -> list[str]:
    return re.findall(r'data-row="([^"]+)"', page)


def data(page: str) -> dict[str, Any]:
    found = re.search(r'id="call-data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    value: dict[str, Any] = json.loads(found[1])
    return value


def test_flags_come_first_by_weight_and_everything_said_is_there(server: Server, person: People) -> None:
    server.sample("M1")
    client = person("qa")
    page = client.get("/calls/M1").text
    report = client.get("/v1/calls/M1/report").json()
    flagged = [f"field:{one['field']}" for one in report["fields"] if one["outcome"] in OPEN_OUTCOMES]
    shown = rows(page)
    assert shown[0] == "signal:undisclosed_commercial_use"
    assert set(shown[1 : 1 + len(flagged)]) == set(flagged)
    assert set(re.findall(r'data-flag="(\d+)"', page)) == {str(number + 1) for number in range(len(flagged) + 1)}
    transcript = client.get("/v1/calls/M1/transcript").json()
    for turn in transcript["turns"]:
        assert f'data-turn="{turn["id"]}"' in page
        assert turn["text"] in page
    for one in report["fields"]:
        for evidence in one["evidence"] if one["outcome"] != "not_stated" else ():
            assert f'data-play="{evidence["start"]}"' in page
    assert data(page)["audio"] is False, "this call came as a transcript"


def test_every_reading_is_in_the_ledger(server: Server, person: People) -> None:
    server.sample("M1")
    client = person("auditor")
    before = len(list(server.store.ledger.entries(subject="M1", actor="auditor")))
    client.get("/calls/M1")
    actions = [entry.action for entry in server.store.ledger.entries(subject="M1", actor="auditor")][before:]
    assert {"report.read", "transcript.read", "application.read", "reviews.read"} <= set(actions)


@pytest.mark.parametrize("path", ["/calls/M1", "/calls/M1/print"])
def test_without_personal_read_nothing_personal_is_on_the_page(server: Server, person: People, path: str) -> None:
    server.sample("M1")
    applied = server.client().get("/v1/calls/M1/application").json()["identity"]
    secrets = [applied["name"], applied["id_number"], applied["id_number"][:-4]]
    whole = person("qa").get(path).text
    assert applied["name"] in whole
    page = person("service").get(path).text
    assert [secret for secret in secrets if secret in page] == []
    assert all(turn["words"] == [] for turn in data(page)["turns"]) if path == "/calls/M1" else True


def test_a_call_of_another_unit_is_not_found(server: Server, person: People) -> None:
    server.sample("M1", unit="hefei")
    assert person("qa", "qa.wuhu", units=["wuhu"]).get("/calls/M1").status_code == 404
    assert person("qa", "qa.hefei", units=["hefei"]).get("/calls/M1").status_code == 200


def test_a_decision_shows_on_the_page_in_the_history_and_on_paper(server: Server, person: People) -> None:
    server.sample("M1")
    client = person("qa")
    header = {"X-CSRF-Token": client.get("/v1/session").json()["csrf_token"]}
    body = {
        "field": "income.monthly",
        "decision": "override",
        "reason": "document_checked",
        "note": "流水为九千五",
        "value": 9500,
    }
    assert client.post("/v1/calls/M1/reviews", json=body, headers=header).status_code == 201
    critical = {"signal": "undisclosed_commercial_use", "decision": "confirm", "reason": "heard_as_reported"}
    assert client.post("/v1/calls/M1/reviews", json=critical, headers=header).json()["state"] == "pending"
    page = client.get("/calls/M1").text
    assert "已改判" in page
    assert "流水为九千五" in page
    assert "待第二人" in page
    assert "data-second" not in page, "nobody is his own second person"
    assert "data-second" in person("lead").get("/calls/M1").text
    assert "<b>→ 9500元</b>" in page
    paper = client.get("/calls/M1/print").text
    assert "已核对材料" in paper
    assert "→ 9500元" in paper
    assert f"{datetime.now(UTC).year}年" in paper.partition("人工判断")[2], "paper is read years later"


def test_a_decision_about_what_has_changed_since_does_not_stand(server: Server, person: People) -> None:
    server.sample("M1")
    client = person("qa")
    header = {"X-CSRF-Token": client.get("/v1/session").json()["csrf_token"]}
    body = {"field": "income.monthly", "decision": "confirm", "reason": "heard_as_reported"}
    client.post("/v1/calls/M1/reviews", json=body, headers=header)
    settled = re.compile(r'is-settled[^"]*" data-row="field:income\.monthly"')
    assert settled.search(client.get("/calls/M1").text)
    application = client.get("/v1/calls/M1/application").json()
    application["loan"]["term_months"] = 24
    client.put("/v1/calls/M1/application", json=application, headers=header)
    server.finish("M1")
    assert settled.search(client.get("/calls/M1").text), "another field has changed, this one has not"
    application["income"]["monthly"] = 20000
    client.put("/v1/calls/M1/application", json=application, headers=header)
    server.finish("M1")
    assert not settled.search(client.get("/calls/M1").text)


def test_a_call_without_an_application_or_a_report_yet(server: Server, person: People) -> None:
    transcript = {
        "schema": "callproof.transcript/1",
        "call_id": "T1",
        "turns": [{"id": 0, "speaker": "agent", "start": 0, "end": 2, "text": "您好<b>"}],
    }
    server.client().post("/v1/calls", json={"transcript": transcript})
    client = person("qa")
    page = client.get("/calls/T1").text
    assert "您好&lt;b&gt;" in page
    assert "还没有报告" in page
    assert client.get("/calls/T1/print").status_code == 404
    server.finish("T1")
    assert "没有申请表" in client.get("/calls/T1").text


def test_where_there_is_no_sound_nothing_offers_to_play_it(server: Server, person: People) -> None:
    server.sample("M1")
    page = person("qa").get("/calls/M1").text
    assert "▶" not in page
    assert 'id="follow"' not in page
    assert "转到 " in page


def test_notes_on_the_recording_are_in_the_readers_language(server: Server, person: People) -> None:
    texts = {language: Texts(language) for language in ("zh", "en")}
    note = "cross-talk removed: channel 0 was heard on channel 1 37 dB lower and 0 ms later"
    assert texts["zh"].of_note(note) == "两个声道互相串音，已消除"
    assert texts["en"].of_note(note) == f"cross-talk removed ({note.partition(': ')[2]})"
    assert texts["zh"].of_note("something new: 3") == "something new: 3"


def test_the_style_nonce_is_new_each_time_and_scripts_stay_strict(server: Server, person: People) -> None:
    server.sample("M1")
    client = person("qa")
    policies = [client.get("/calls/M1").headers["content-security-policy"] for _ in range(2)]
    nonces = [re.findall(r"'nonce-([\w-]+)'", policy) for policy in policies]
    assert nonces[0] != nonces[1]
    for policy in policies:
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy


@pytest.mark.parametrize(
    ("spans", "duration", "found"),
    [
        ([(0.5, 2.0), (6.0, 7.0)], 8.0, [(2.0, 6.0)]),
        ([(4.0, 5.0)], 9.0, [(0.0, 4.0), (5.0, 9.0)]),
        ([(0.0, 9.0), (1.0, 2.0)], 9.5, []),
        ([], 30.0, []),
        ([(0.0, 1.0)], None, []),
    ],
)
def test_silences(spans: list[tuple[float, float]], duration: float | None, found: list[tuple[float, float]]) -> None:
    assert silences(spans, duration) == found
