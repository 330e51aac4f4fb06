"""Coming in: who is sent where, and who is not let in."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from api.console.pages import PAGES
from api.console.pages.entry import local_path
from pipeline.store import SYSTEM
from pipeline.store.access import ROLES

from ..conftest import Server, TestClient
from .conftest import PASSWORD

People = Callable[..., TestClient]


def browser(server: Server, **options: object) -> TestClient:
    headers = {"Accept": "text/html"}
    return TestClient(server.app, headers=headers, follow_redirects=False, **options)  # type: ignore[arg-type]


def test_whoever_is_not_signed_in_signs_in_first_and_comes_to_what_was_asked_for(
    server: Server, person: People
) -> None:
    person("qa")
    client = browser(server)
    answer = client.get("/inbox?disposition=review")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Finbox%3Fdisposition%3Dreview")
    page = client.get(answer.headers["location"])
    assert 'value="/inbox?disposition=review"' in page.text
    given = {"name": "qa", "password": PASSWORD, "next": "/inbox?disposition=review"}
    assert client.post("/login", data=given).headers["location"] == "/inbox?disposition=review"


def test_a_wrong_password_is_said_and_counted(server: Server, person: People) -> None:
    person("qa")
    client = browser(server)
    answer = client.post("/login", data={"name": "qa", "password": "wrong-wrong-wrong"})
    assert answer.status_code == 401
    assert "用户名或密码不对" in answer.text
    assert "callproof_session" not in answer.cookies
    for _ in range(20):
        answer = client.post("/login", data={"name": "qa", "password": "wrong-wrong-wrong"})
    assert answer.status_code == 429
    assert "name or password" not in answer.text


@pytest.mark.parametrize("header", [{"Origin": "https://elsewhere.test"}, {"Sec-Fetch-Site": "cross-site"}])
@pytest.mark.parametrize("path", ["/login", "/setup"])
def test_a_form_of_another_site_is_refused(server: Server, person: People, path: str, header: dict[str, str]) -> None:
    person("qa")
    answer = browser(server).post(path, data={"name": "qa", "password": PASSWORD}, headers=header)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("given", "goes"),
    [
        ("/calls/C1?x=1", "/calls/C1?x=1"),
        ("//evil.test", "/"),
        ("/\\evil.test", "/"),
        ("https://evil.test", "/"),
        ("/\t/evil.test", "/"),
        ("", "/"),
    ],
)
def test_nobody_is_sent_to_another_site(given: str, goes: str) -> None:
    assert local_path(given) == goes


@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_its_pages_and_no_other(person: People, role: str) -> None:
    client = person(role)
    first = client.get("/")
    assert first.status_code == 303
    shown = client.get(first.headers["location"]).text
    permissions = set(client.get("/v1/session").json()["permissions"])
    for page in PAGES:
        if not page.in_navigation:
            continue
        may = page.permission in permissions
        assert (f'<a href="{page.path}"' in shown) is may
        assert client.get(page.path).status_code == (200 if may else 403)


def test_the_one_time_link_leads_to_choosing_a_password(server: Server) -> None:
    server.store.users.add("admin", "admin", by=SYSTEM)
    token = server.app.state.services.links.issue("admin")
    client = browser(server)
    assert client.get(f"/login/once?token={token}").headers["location"] == "/"
    assert client.get("/").headers["location"] == "/setup"
    assert "一次性链接" in client.get("/setup").text
    assert client.post("/setup", data={"password": "short", "again": "short"}).status_code == 422
    answer = client.post("/setup", data={"password": PASSWORD, "again": "another-one-here"})
    assert "两次输入的密码不一致" in answer.text
    assert client.post("/setup", data={"password": PASSWORD, "again": PASSWORD}).headers["location"] == "/"
    assert client.get("/").headers["location"] == "/inbox"
    again = browser(server).post("/login", data={"name": "admin", "password": PASSWORD})
    assert again.status_code == 303


def test_a_password_that_is_there_is_not_changed_by_setting_up(person: People) -> None:
    client = person("qa")
    answer = client.post("/setup", data={"password": "another-password-1", "again": "another-password-1"})
    assert answer.status_code == 409


def test_the_first_administrator_needs_an_administrators_key(server: Server) -> None:
    client = browser(server)
    assert client.get("/setup").status_code == 200
    form = {"name": "li.wei", "password": PASSWORD, "again": PASSWORD}
    assert client.post("/setup", data={**form, "key": "cpk_unknown"}).status_code == 401
    assert client.post("/setup", data={**form, "key": ""}).status_code == 401
    assert client.post("/setup", data={**form, "key": server.key("qa")}).status_code == 403
    assert server.store.users.all() == ()
    assert client.post("/setup", data={**form, "key": server.key("admin")}).status_code == 303
    assert [user.role for user in server.store.users.all()] == ["admin"]
    late = browser(server)
    assert late.get("/setup").headers["location"].startswith("/login")
    answer = late.post("/setup", data={**form, "name": "second", "key": server.key("admin")})
    assert answer.status_code == 409
    assert len(server.store.users.all()) == 1


def test_signing_out_ends_the_session(person: People) -> None:
    client = person("qa")
    assert client.delete("/v1/session").status_code == 403, "a change without the session's token"
    token = client.get("/v1/session").json()["csrf_token"]
    assert f'content="{token}"' in client.get("/inbox").text
    assert client.delete("/v1/session", headers={"X-CSRF-Token": token}).status_code == 204
    assert client.get("/inbox").headers["location"].startswith("/login")


def test_language_and_theme_are_the_persons_choice(person: People) -> None:
    client = person("qa")
    assert '<html lang="zh-CN">' in client.get("/inbox").text
    client.cookies.set("callproof_language", "en")
    client.cookies.set("callproof_theme", "dark")
    assert '<html lang="en" data-theme="dark">' in client.get("/inbox").text
    client.cookies.set("callproof_theme", '"><script>')
    assert '<html lang="en">' in client.get("/inbox").text


@pytest.mark.parametrize(("path", "status"), [("/no/such/page", 404), ("/calls/none", 404), ("/inbox?cursor=x", 422)])
def test_errors_are_pages_for_people(person: People, path: str, status: int) -> None:
    answer = person("qa").get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert "回到首页" in answer.text


def test_errors_are_problems_for_scripts_and_for_the_api(person: People) -> None:
    client = person("qa")
    answer = client.get("/inbox?cursor=x", headers={"HX-Request": "true"})
    assert answer.json()["code"] == "bad_cursor"
    assert client.get("/v1/nothing").json()["code"] == "no_such_route"
    gone = TestClient(client.app, follow_redirects=False).get("/inbox", headers={"HX-Request": "true"})
    assert (gone.status_code, gone.headers["HX-Redirect"]) == (401, "/login")
