"""The inbox: which calls a person sees, under which tab, and why."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.store import SYSTEM, schema

from ..conftest import Server, TestClient

People = Callable[..., TestClient]
PART = {"HX-Request": "true"}


@pytest.fixture
def calls(server: Server) -> Server:
    server.sample("M1", "mismatch", agent_id="a17")
    server.sample("S1", "straw", dealer="合肥顺达汽车")
    server.sample("P1", "clean", unit="wuhu")
    return server


def listed(client: TestClient, query: str) -> list[str]:
    answer = client.get(f"/inbox?{query}", headers=PART)
    assert answer.status_code == 200, answer.text
    assert "<html" not in answer.text
    return re.findall(r'data-call="([^"]+)"', answer.text)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["S1", "M1"]),
        ("view=all", ["P1", "S1", "M1"]),
        ("view=escalate", ["S1", "M1"]),
        ("view=review", []),
        ("view=pass", ["P1"]),
        ("risk=high", ["S1", "M1"]),
        ("risk=low", []),
        ("amount_from=10", ["S1"]),
        ("amount_to=8", ["M1"]),
        ("amount_from=8&amount_to=8.5", ["M1"]),
        ("claimed_by=me", []),
        ("claimed_by=nobody", ["S1", "M1"]),
        ("agent=nobody-has-this", []),
        ("agent=A1", ["M1"]),
        ("dealer=顺达", ["S1"]),
        ("dealer=%25", []),
        ("view=queued", []),
    ],
)
def test_filters(calls: Server, person: People, query: str, found: list[str]) -> None:
    assert sorted(listed(person("qa"), query)) == sorted(found)


@pytest.mark.parametrize(
    ("age", "found"),
    [("day", ["D0"]), ("week", ["D0", "D2"]), ("month", ["D0", "D2", "D9"]), ("older_three", ["D9"])],
)
def test_age_counts_from_when_the_call_was_held(server: Server, person: People, age: str, found: list[str]) -> None:
    for days in (9, 2, 0):
        turns = [{"id": 0, "speaker": "agent", "start": 0, "end": 1, "text": f"{days}天前"}]
        held = datetime.now(UTC) - timedelta(days=days, hours=1)
        transcript = {"schema": "callproof.transcript/1", "call_id": f"D{days}", "turns": turns}
        body = {"transcript": transcript, "metadata": {"recorded_at": held.isoformat()}}
        assert server.client().post("/v1/calls", json=body).status_code == 202
    assert listed(person("qa"), f"view=all&age={age}") == found


@pytest.mark.parametrize(
    ("waits", "hours"), [("hour", 0.5), ("four_hours", 2), ("day", 9), ("three_days", 48), ("older", 99)]
)
def test_how_long_a_call_waits_counts_from_when_it_came_in(
    calls: Server, person: People, waits: str, hours: float
) -> None:
    came = datetime.now(UTC) - timedelta(hours=hours)
    with calls.store.database.write() as connection:
        connection.execute(schema.calls.update().where(schema.calls.c.call_id == "S1").values(received_at=came))
    client = person("lead")
    rest = [] if waits != "hour" else ["M1"]
    assert sorted(listed(client, f"view=open&waits={waits}")) == sorted(["S1", *rest])
    row = re.search(rf'waits={waits}">[^<]+</a></td><td class="number">(\d+)', client.get("/dashboard").text)
    assert row is not None
    assert int(row[1]) == len(["S1", *rest])
    since = (came - timedelta(minutes=1)).isoformat()
    taken = client.post(
        "/v1/claims/next",
        json={"received_from": since, "received_to": (came + timedelta(minutes=1)).isoformat()},
        headers={"X-CSRF-Token": client.get("/v1/session").json()["csrf_token"]},
    )
    assert taken.json()["call_id"] == "S1"


def test_a_filter_that_cannot_be_is_refused(person: People) -> None:
    client = person("qa")
    for query in ("view=other", "amount_from=-1", "age=ever", "waits=long", "cursor=x", f"agent={'x' * 600}"):
        assert client.get(f"/inbox?{query}").status_code == 422


def test_tabs_count_what_they_list(calls: Server, person: People) -> None:
    client = person("qa")
    tabs = client.get("/inbox/counts", headers=PART).text
    counted = dict(re.findall(r'view=(\w+)"[^>]*>[^<]*<span class="count">(\d+)', tabs))
    assert counted["open"] == "2"
    for view, number in counted.items():
        assert len(listed(client, f"view={view}")) == int(number), view
    mine = person("qa", "qa.wuhu", units=["wuhu"])
    assert listed(mine, "view=all") == ["P1"]
    assert re.search(r'view=all"[^>]*>[^<]*<span class="count">1<', mine.get("/inbox/counts", headers=PART).text)


def test_a_row_says_why_without_a_word_of_the_call(calls: Server, person: People) -> None:
    page = person("qa").get("/inbox").text
    assert "未申报的营运用途 · " in page
    assert "月收入" in page
    name = calls.client().get("/v1/calls/M1/application").json()["identity"]["name"]
    assert name not in page


def test_a_call_to_call_back_says_what_was_left_open(server: Server, person: People) -> None:
    turns = [("agent", "您是张伟先生吗？"), ("customer", "是我。"), ("agent", "好的，再见。")]
    transcript = {
        "schema": "callproof.transcript/1",
        "call_id": "B1",
        "turns": [
            {"id": number, "speaker": speaker, "start": 2.0 * number, "end": 2.0 * number + 1.5, "text": text}
            for number, (speaker, text) in enumerate(turns)
        ],
    }
    paper = {"schema": "callproof.application/1", "identity": {"name": "张伟"}, "income": {"monthly": 9500}}
    server.client().post("/v1/calls", json={"transcript": transcript, "application": paper})
    server.finish("B1")
    row = person("qa").get("/inbox?view=all", headers=PART).text
    assert re.search(r'class="why"><span class="dim">未提及：[^<]*月收入', row), row
    assert "姓名" not in row


def test_people_are_shown_by_the_name_that_others_know(calls: Server, person: People) -> None:
    client = person("qa", name="li.xiaomei", display_name="李晓梅")
    calls.store.claim("M1", by=calls.store.users.get("li.xiaomei").principal)
    assert '<span class="tag accent">李晓梅</span>' in client.get("/inbox").text
    assert "李晓梅 处理中" in client.get("/calls/M1").text


def test_the_queue_goes_on_by_its_cursor(server: Server, person: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.console.pages.inbox.FIRST_ROWS", 2)
    monkeypatch.setattr("api.console.pages.inbox.MORE_ROWS", 2)
    for number in range(5):
        turns = [{"id": 0, "speaker": "agent", "start": 0, "end": 1, "text": f"第{number}通"}]
        transcript = {"schema": "callproof.transcript/1", "call_id": f"T{number}", "turns": turns}
        server.client().post("/v1/calls", json={"transcript": transcript})
    client = person("qa")
    seen: list[str] = []
    address = "/inbox?view=all"
    while address:
        page = client.get(address, headers=PART).text
        seen += re.findall(r'data-call="([^"]+)"', page)
        more = re.search(r'hx-get="(/inbox[^"]+cursor=[^"]+)"', page)
        address = more[1].replace("&amp;", "&") if more else ""
    assert seen == ["T4", "T3", "T2", "T1", "T0"]


def test_only_who_may_assign_can_choose_calls_and_people(calls: Server, person: People) -> None:
    person("auditor")
    assert 'id="assign"' not in person("qa").get("/inbox").text
    page = person("lead").get("/inbox").text
    offered = re.search(r'id="assign".*?</select>', page, re.DOTALL)
    assert offered is not None
    assert 'value="qa"' in offered[0]
    assert 'value="auditor"' not in offered[0], "an auditor cannot take calls"


def test_who_has_a_call_is_shown_and_filtered_by(calls: Server, person: People) -> None:
    client = person("qa")
    calls.store.claim("M1", by=calls.store.users.get("qa").principal)
    assert listed(client, "claimed_by=me") == ["M1"]
    assert listed(client, "claimed_by=nobody") == ["S1"]
    calls.store.assign(["S1"], "qa", by=SYSTEM)
    assert listed(client, "claimed_by=assigned") == ["S1"]


@pytest.mark.parametrize(("role", "uploads", "takes"), [("qa", True, True), ("auditor", False, False)])
def test_what_a_role_cannot_do_is_not_offered(person: People, role: str, uploads: bool, takes: bool) -> None:
    page = person(role).get("/inbox").text
    assert ('id="files"' in page) is uploads
    assert ('id="next"' in page) is takes
