"""Each role's main path on the pages beside inbox and call, in a real browser under the real policy."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl

from .conftest import PASSWORD, Heard, Open, Site
from .test_paths import until


def test_an_auditor_finds_a_sentence_hears_it_and_keeps_the_search(heard: Heard, open_page: Open) -> None:
    page = open_page("auditor")
    page.goto("/search")
    page.keyboard.type("贷款")
    page.keyboard.press("Enter")
    page.wait_for_selector("mark")
    page.wait_for_selector("#facets .facet")
    hit = page.locator(".hits li").first
    start = float(hit.locator("[data-play]").get_attribute("data-start"))
    hit.locator("[data-play]").click()
    until(page, f"document.querySelector('#snippet').currentTime > {start}")
    assert hit.locator("[data-play]").get_attribute("aria-pressed") == "true"
    until(page, "document.querySelector('#snippet').paused")
    page.click("[data-open='#save']")
    page.fill("#save-form input[name=name]", "贷款两字")
    page.click("#save-form [type=submit]")
    page.wait_for_selector("aside a:has-text('贷款两字')")
    page.locator(".hits .at").first.click()
    page.wait_for_url(re.compile(rf"/calls/{heard.call_id}\?t="))


def test_hits_are_exported(heard: Heard, open_page: Open, tmp_path: Path) -> None:
    page = open_page("auditor")
    page.goto("/search?q=贷款")
    with page.expect_download() as download:
        page.click("a[href*='format=xlsx']")
    download.value.save_as(tmp_path / "hits.xlsx")
    rows = list(openpyxl.load_workbook(tmp_path / "hits.xlsx").active.iter_rows(values_only=True))
    assert rows[0][0] == "call_id"
    assert len(rows) == 1 + page.locator(".hits li").count()


def test_a_lead_goes_from_a_figure_to_its_calls(heard: Heard, open_page: Open) -> None:
    page = open_page("lead")
    page.goto("/dashboard?days=365")
    page.click("a:has-text('月收入')")
    page.wait_for_url("**/dashboard/calls?*differs=income.monthly*")
    assert page.locator(f"a[href='/calls/{heard.call_id}']").count() == 1
    page.goto("/dashboard")
    page.click("summary:has-text('看表格')")
    assert page.locator("details[open] table").is_visible()


def test_a_lead_tries_rules_on_a_pasted_call(open_page: Open) -> None:
    page = open_page("lead")
    page.goto("/rules?tab=try")
    page.fill("textarea[name=said]", "坐席：您每个月收入多少？\n客户：六千五。")
    page.fill("textarea[name=paper]", '{"schema": "callproof.application/1", "income": {"monthly": 9500}}')
    page.select_option("[data-rule-file]", "risk.yaml")
    page.wait_for_selector("textarea.code")
    # What was pasted is kept; the page's scripts put it back after they have come.
    until(page, "document.querySelector('textarea[name=said]').value.includes('六千五')")
    page.click("button.primary[type=submit]")
    page.wait_for_selector("#outcome td:has-text('月收入')")
    assert "不一致" in page.inner_text("#outcome")
    page.fill("textarea[name=paper]", "{")
    page.click("button.primary[type=submit]")
    page.wait_for_selector("#outcome [role=alert]")


def test_an_administrator_adds_somebody_who_then_signs_in_and_changes_the_password(site: Site, open_page: Open) -> None:
    admin = open_page("admin")
    admin.goto("/administration")
    admin.click("[data-open='#add']")
    admin.fill("#add input[name=name]", "wang.fang")
    admin.fill("#add input[name=password]", "short-but-12x")
    admin.select_option("#add select[name=role]", "qa")
    admin.click("#add [type=submit]")
    admin.wait_for_selector("td:has-text('wang.fang')")
    page = open_page(None)
    page.goto("/login")
    page.fill("input[name=name]", "wang.fang")
    page.fill("input[name=password]", "short-but-12x")
    page.click("button.primary")
    page.wait_for_url(re.compile(r"/(?!login)"))
    page.goto("/account")
    page.fill("input[name=current]", "short-but-12x")
    page.fill("input[name=password]", PASSWORD)
    with page.expect_navigation():
        page.click("form[data-api^='PUT'] [type=submit]")
    signed_in = site.api.post("/v1/session", json={"name": "wang.fang", "password": PASSWORD})
    assert signed_in.status_code == 200


def test_an_administrator_makes_a_key_that_works_and_ends_it(site: Site, open_page: Open) -> None:
    page = open_page("admin")
    page.goto("/administration?tab=keys")
    page.click("[data-open='#add']")
    page.fill("#add input[name=name]", "拨号系统")
    page.check("#add input[value='calls.read']")
    page.click("#add [type=submit]")
    page.wait_for_selector("#secret[open]")
    secret = page.inner_text("#secret-value")
    asked = {"headers": {"Authorization": f"Bearer {secret}"}}
    assert site.api.get("/v1/calls", **asked).status_code == 200
    assert site.api.get("/v1/users", **asked).status_code == 403
    page.click("#secret a")
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("tr", has_text="拨号系统").locator("button").click()
    page.wait_for_selector("tr:has-text('拨号系统') .tag")
    assert site.api.get("/v1/calls", **asked).status_code == 401


def test_the_ledger_is_read_and_verified(heard: Heard, open_page: Open) -> None:
    page = open_page("auditor")
    page.goto(f"/ledger?subject={heard.call_id}")
    assert page.locator("tbody tr").count() > 2
    page.click("#verify")
    page.wait_for_selector("#verdict.note")
    assert "完整" in page.inner_text("#verdict")


def test_a_corrected_application_is_reconciled_again(site: Site, heard: Heard, open_page: Open) -> None:
    page = open_page("qa", language="en")
    page.goto(f"/applications/of?call={heard.call_id}")
    page.click("[data-open='#edit']")
    page.fill("#edit input[name='employment.position']", "调度主管")
    page.click("#edit [type=submit]")
    page.wait_for_url(f"**/calls/{heard.call_id}")
    paper = site.api.get(f"/v1/calls/{heard.call_id}/application").json()
    assert paper["employment"]["position"] == "调度主管"
    assert paper["income"]["monthly"] == 9500
    assert paper["debt"]["has_other_loans"] is False


def visible_pages(page: Any) -> list[str]:
    page.goto("/")
    return [link.get_attribute("href") for link in page.locator("nav.pages a").all()]


def test_the_navigation_is_that_of_the_role(open_page: Open) -> None:
    assert visible_pages(open_page("qa")) == ["/inbox", "/search", "/applications"]
    assert visible_pages(open_page("auditor")) == ["/inbox", "/search", "/dashboard", "/applications", "/ledger"]


def test_a_wrong_current_password_is_called_that(site: Site, chromium: Any, session_of: Callable[[str], str]) -> None:
    context = chromium.new_context(base_url=site.url)
    context.add_cookies([{"name": "callproof_session", "value": session_of("auditor"), "url": site.url}])
    page = context.new_page()
    page.goto("/account")
    page.fill("input[name=current]", "not-the-current-one")
    page.fill("input[name=password]", "another-good-one-12")
    page.click("form[data-api^='PUT'] [type=submit]")
    alert = page.locator("form[data-api^='PUT'] [role=alert]")
    alert.wait_for(state="visible")
    assert alert.inner_text() == "用户名或密码不对"
    context.close()


def test_the_present_page_is_seen_in_a_narrow_navigation(open_page: Open) -> None:
    page = open_page("admin", width=390, language="en")
    page.goto("/administration")
    until(page, "document.querySelector('.pages').scrollLeft > 0")
    place = page.locator(".pages [aria-current]").bounding_box()
    row = page.locator(".pages").bounding_box()
    assert row["x"] <= place["x"]
    assert place["x"] + place["width"] <= row["x"] + row["width"]
