"""Search, dashboard, applications, rules, queue, ledger, administration, account: what each role sees there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from api.console.pages import search
from api.console.pages.rules import pasted_transcript
from api.console.texts import Texts
from pipeline.errors import TranscriptError
from pipeline.reconcile.rules import FieldType, LevelName
from pipeline.store import SYSTEM

from ..conftest import Server, TestClient

People = Callable[..., TestClient]
PART = {"HX-Request": "true"}
REVERSED = {"q": "贷款", "from": "2026-02-02", "to": "2026-02-01"}
PATHS = {
    "/search": {"qa", "lead", "risk", "auditor", "admin"},
    "/dashboard": {"lead", "risk", "auditor", "admin"},
    "/dashboard/calls": {"lead", "risk", "auditor", "admin"},
    "/applications": {"qa", "lead", "risk", "service", "auditor", "admin"},
    "/rules": {"lead", "admin"},
    "/jobs": {"lead", "admin"},
    "/ledger": {"auditor", "admin"},
    "/administration": {"admin"},
    "/account": {"qa", "lead", "risk", "service", "auditor", "admin"},
}


@pytest.fixture
def calls(server: Server) -> Server:
    server.sample("M1", "mismatch")
    server.sample("P1", "clean", unit="wuhu")
    return server


@pytest.mark.parametrize("role", ["qa", "lead", "risk", "service", "auditor", "admin"])
def test_who_sees_which_page(calls: Server, person: People, role: str) -> None:
    client = person(role)
    for path, roles in PATHS.items():
        answer = client.get(path)
        assert answer.status_code == (200 if role in roles else 403), (path, role)
        if role in roles and path.count("/") == 1 and path != "/account":
            assert f'href="{path}" aria-current="page"' in answer.text


def test_whoever_has_not_signed_in_is_asked_to(server: Server) -> None:
    client = TestClient(server.app, headers={"Accept": "text/html"}, follow_redirects=False)
    for path in PATHS:
        assert client.get(path).headers["location"].startswith("/login")


def test_hits_by_call_marked_and_linked_to_their_second(calls: Server, person: People) -> None:
    text = person("qa").get("/search", params={"q": "贷款"}).text
    assert "<mark>贷款</mark>" in text
    assert len(re.findall(r'<article class="card group">', text)) == 2
    assert re.search(r'href="/calls/M1\?t=\d+(\.\d+)?"', text)
    assert "data-play=" not in text, "these calls came as transcripts"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "贷款", "disposition": "pass"}, {"P1"}),
        ({"q": "贷款", "speaker": "customer", "disposition": "escalate"}, {"M1"}),
        ({"q": "魑魅魍魉"}, set()),
        ({"q": "贷款", "from": "2100-01-01"}, set()),
        ({"q": "贷款", "call_id": "M1"}, {"M1"}),
    ],
)
def test_search_is_narrowed(calls: Server, person: People, query: dict[str, str], found: set[str]) -> None:
    text = person("auditor").get("/search", params=query).text
    assert set(re.findall(r'<a href="/calls/(\w+)"><strong>', text)) == found


@pytest.mark.parametrize(
    "query", [{"q": "-自用"}, {"q": "贷款", "from": "2026-02-31"}, {"q": "x", "speaker": "S0"}, REVERSED]
)
def test_a_search_that_does_not_fit_says_so(calls: Server, person: People, query: dict[str, str]) -> None:
    answer = person("qa").get("/search", params=query)
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text


def test_what_is_searched_for_cannot_write_the_page(calls: Server, person: People) -> None:
    text = person("qa").get("/search", params={"q": '"><script>alert(1)</script>'}).text
    assert "<script>alert" not in text


def test_facets_narrow(calls: Server, person: People) -> None:
    text = person("lead").get("/search", params={"q": "贷款"}).text
    assert "disposition=pass" in text
    assert re.search(r"from=\d{4}-\d{2}-01&amp;to=\d{4}-\d{2}-\d{2}", text)


def test_a_search_asks_the_store_once_with_its_counts(
    calls: Server, person: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "HITS", 1)
    client = person("lead")
    first = client.get("/search", params={"q": "贷款"}).text
    assert len(re.findall(r'<span class="said">', first)) == 1
    assert "2 通电话" in first
    (more,) = re.findall(r'class="more" type="button" hx-get="([^"]+)"', first)
    client.get(more.replace("&amp;", "&"), headers=PART)
    searches = [json.loads(row.details) for row in calls.store.ledger.entries() if row.action == "search"]
    assert [len(details["calls"]) for details in searches] == [1, 1]
    assert searches[0]["counted"] > 1
    assert "counted" not in searches[1]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"dealer": "恒信"}, {"M1"}),
        ({"dealer": "本田4s"}, {"M1", "M2"}),
        ({"dealer": "本田4S店"}, {"M2"}),
        ({"agent": "03"}, {"M1", "M2"}),
        ({"agent": "036"}, {"M1"}),
        ({"dealer": "奥迪"}, set()),
    ],
)
def test_parts_of_names_narrow_a_search_and_a_whole_name_only_itself(
    server: Server, person: People, query: dict[str, str], found: set[str]
) -> None:
    server.sample("M1", dealer="合肥恒信本田4S店", agent_id="036")
    server.sample("M2", dealer="本田4S店", agent_id="1036")
    text = person("auditor").get("/search", params={"q": "贷款", **query}).text
    assert set(re.findall(r'<a href="/calls/(\w+)"><strong>', text)) == found


def test_units_hold_on_every_page(calls: Server, person: People) -> None:
    client = person("lead", name="wuhu.lead", units=["wuhu"])
    assert "/calls/M1" not in client.get("/search", params={"q": "贷款"}).text
    assert "/calls/M1" not in client.get("/applications").text
    assert client.get("/applications/of", params={"call": "M1"}).status_code == 404
    assert "/calls/M1" not in client.get("/dashboard/calls", params={"from": "2026-01-01", "to": "2027-12-31"}).text


def test_the_dashboard_counts_and_leads_to_calls(calls: Server, person: People) -> None:
    client = person("lead")
    at = datetime.fromisoformat(calls.client().get("/v1/calls/M1").json()["at"]).astimezone(UTC)
    dates = {"from": str((at - timedelta(days=2)).date()), "to": str((at + timedelta(days=2)).date())}
    page = client.get("/dashboard", params=dates).text
    assert '<svg class="chart"' in page
    assert re.search(r"differs=income\.monthly", page)
    listed = client.get("/dashboard/calls", params={**dates, "differs": "income.monthly"}).text
    assert set(re.findall(r'href="/calls/(\w+)"', listed)) == {"M1"}
    assert "月收入不符" in listed
    kept = client.get("/dashboard/calls", params={**dates, "disposition": "pass"}).text
    assert set(re.findall(r'href="/calls/(\w+)"', kept)) == {"P1"}
    assert client.get("/dashboard", params={"from": "2026-02-01", "to": "2026-01-01"}).status_code == 422


def test_an_application_beside_what_was_said(calls: Server, person: People) -> None:
    shown = person("qa").get("/applications/of", params={"call": "M1"}).text
    assert "9500元" in shown
    assert "每月6000至7000元" in shown, "a range is no single figure"
    assert 'data-api="PUT /v1/calls/M1/application"' in shown
    masked = person("service").get("/applications/of", params={"call": "M1"}).text
    name = calls.client().get("/v1/calls/M1/application").json()["identity"]["name"]
    assert name in shown
    assert name not in masked
    assert "data-api" not in masked


def test_changes_between_versions_are_shown(calls: Server, person: People) -> None:
    client = calls.client()
    paper = client.get("/v1/calls/M1/application").json()
    paper["income"]["monthly"] = 4321
    client.put("/v1/calls/M1/application", json=paper)
    text = person("qa").get("/applications/of", params={"call": "M1", "version": 2}).text
    assert re.search(r'<span class="was">9500元</span>\s*4321元', text)


@pytest.mark.parametrize("tab", ["fields", "signals", "script", "try", "replay"])
def test_rules_are_shown(server: Server, person: People, tab: str) -> None:
    answer = person("lead").get("/rules", params={"tab": tab, "file": "risk.yaml"})
    assert answer.status_code == 200
    assert ("bands:" in answer.text) is (tab in ("try", "replay"))


def test_every_rung_and_kind_of_the_rules_has_words(server: Server, person: People) -> None:
    texts = Texts("zh")
    assert [name for name in get_args(LevelName) if not texts.has(f"rules.level_{name}")] == []
    assert [name for name in get_args(FieldType) if not texts.has(f"rules.type_{name}")] == []
    shown = person("lead").get("/rules").text
    assert 'title="tolerance">容差 10%' in shown
    assert "±1<" in shown


def changing(client: TestClient) -> dict[str, str]:
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/account").text)
    assert token
    return {**PART, "X-CSRF-Token": token[1]}


def test_rules_are_tried_on_a_pasted_call(server: Server, person: People) -> None:
    client = person("lead")
    body = {
        "said": "坐席：您每个月收入多少？\n客户：六千五。",
        "paper": '{"schema": "callproof.application/1", "income": {"monthly": 9500}}',
    }
    assert client.post("/rules/try", data=body, headers=PART).status_code == 403
    text = client.post("/rules/try", data=body, headers=changing(client)).text
    assert "不一致" in text
    assert "9500元" in text
    assert "每月6500元" in text
    wrong = client.post("/rules/try", data={"said": "您好"}, headers=changing(client)).text
    assert 'role="alert"' in wrong


def test_replayed_rules_show_what_would_change(calls: Server, person: People) -> None:
    client = person("lead")
    text = calls.client().get("/v1/rules").json()["items"]["risk.yaml"]
    changed = text.replace("bands: {medium: 0.30, high: 0.70}", "bands: {medium: 0.0, high: 0.70}")
    assert changed != text
    body = {"most": "10", "file": "risk.yaml", "text": changed}
    answer = client.post("/rules/replay", data=body, headers=changing(client)).text
    assert 'href="/calls/P1"' in answer
    assert "低 → <strong>中</strong>" in answer
    assert "/calls/M1" not in answer


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("坐席:您好\n客户:喂", [("agent", "您好"), ("customer", "喂")]),
        ("A: 您好\nC: 喂\n我是\n第三人：谁", [("agent", "您好"), ("customer", "喂我是"), ("third_party", "谁")]),
        ("客户：一点：三十", [("customer", "一点：三十")]),
        (
            '{"schema":"callproof.transcript/1","call_id":"x","turns":'
            '[{"id":0,"speaker":"S0","start":0,"end":1,"text":"喂"}]}',
            [("S0", "喂")],
        ),
    ],
)
def test_pasted_calls(text: str, said: list[tuple[str, str]]) -> None:
    assert [(turn.speaker, turn.text) for turn in pasted_transcript(text).turns] == said


@pytest.mark.parametrize("text", ["", " \n", "您好", "{", '{"schema": "x"}'])
def test_pasted_texts_that_are_no_call(text: str) -> None:
    with pytest.raises(TranscriptError):
        pasted_transcript(text)


def test_the_quarantine_names_the_reason(server: Server, person: People) -> None:
    server.sample("M1")
    server.store.set_status("M1", "queued", by=SYSTEM)
    server.store.set_status("M1", "quarantined", by=SYSTEM, reason="memory_limit")
    text = person("lead").get("/jobs").text
    assert "超过单个任务的内存" in text
    assert 'data-api="POST /v1/calls/M1/replay"' in text
    assert "memory_limit" not in person("admin").get("/jobs", params={"status": "failed"}).text


def test_the_ledger_from_its_newest_row(calls: Server, person: People) -> None:
    client = person("auditor")
    text = client.get("/ledger", params={"subject": "M1"}).text
    assert ">存报告</td>" in text
    assert ">P1</a>" not in text
    units = person("auditor", name="wuhu.auditor", units=["wuhu"])
    assert ">存报告</td>" not in units.get("/ledger").text
    assert ">存报告</td>" in units.get("/ledger", params={"subject": "P1"}).text
    assert units.get("/ledger", params={"subject": "M1"}).status_code == 404


def test_the_ledgers_details_are_in_words(calls: Server, person: People) -> None:
    qa = person("qa")
    body = {"field": "income.monthly", "decision": "override", "reason": "misheard", "value": 9500}
    token = qa.get("/v1/session").json()["csrf_token"]
    assert qa.post("/v1/calls/M1/reviews", json=body, headers={"X-CSRF-Token": token}).status_code == 201
    shown = person("auditor").get("/ledger", params={"subject": "M1", "action": "review.add"}).text
    row = re.sub(r"<[^>]+>", "", shown[shown.index("<tbody>") :])
    for words in ("判定 已改判", "项目 月收入", "理由 识别有误", "种类 字段"):
        assert words in row
    assert "misheard" not in row


@pytest.mark.parametrize("tab", ["users", "keys", "webhooks", "retention"])
def test_administration(server: Server, person: People, tab: str) -> None:
    server.store.webhooks.add("https://los.example.com/x", ["call.done"], "s", by=SYSTEM)
    server.store.api_keys.add("dialler", "service", by=SYSTEM, scopes=["calls.write"])
    text = person("admin").get("/administration", params={"tab": tab}).text
    expected = {"users": "质检主管", "keys": "dialler", "webhooks": "los.example.com", "retention": "standard"}
    assert expected[tab] in text


def test_my_account_names_what_i_may(server: Server, person: People) -> None:
    text = person("qa", units=["hefei"]).get("/account").text
    assert "hefei" in text
    assert "transcripts.write" in text
    assert "users.manage" not in text


def test_whoever_has_no_call_yet_is_offered_samples(server: Server, person: People) -> None:
    offer = 'data-api="POST /v1/samples"'
    assert offer in person("qa").get("/inbox").text
    assert offer not in person("auditor").get("/inbox").text
    server.sample("M1")
    assert offer not in person("lead").get("/inbox", params={"view": "failed"}).text
