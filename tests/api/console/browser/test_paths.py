"""What people do, from end to end: upload, hear the evidence, decide, agree, look into the ledger, export."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

from .conftest import Heard, Open, Site


def sound(page: Any, what: str) -> float:
    return float(page.evaluate(f"document.querySelector('#sound').{what}"))


def until(page: Any, what: str, seconds: float = 30) -> None:
    """Wait until an expression holds (Playwright's own waiting needs `eval`, which the policy forbids)."""
    for _ in range(int(seconds * 20)):
        if page.evaluate(what):
            return
        page.wait_for_timeout(50)
    raise AssertionError(what)


def report_of(site: Site, heard: Heard) -> dict[str, Any]:
    value: dict[str, Any] = site.api.get(f"/v1/calls/{heard.call_id}/report").json()
    return value


def test_an_upload_tells_how_far_it_is_and_what_failed(heard: Heard) -> None:
    assert any(re.search(r"转写|分析|排队", line) for line in heard.said), heard.said
    assert "README.md" in heard.said[-1]
    assert "不是录音" in heard.said[-1]
    assert "重试" not in heard.said[-1], "the same file is refused again"


def test_the_evidence_is_heard_from_two_seconds_before(site: Site, heard: Heard, open_page: Open) -> None:
    page = open_page("qa")
    page.goto("/inbox")
    page.click(f'#queue a[href="/calls/{heard.call_id}"]')
    outcome = next(one for one in report_of(site, heard)["fields"] if one["field"] == "income.monthly")
    assert outcome["outcome"] == "mismatch"
    start = outcome["evidence"][0]["start"]
    row = page.locator('[data-row="field:income.monthly"]')
    assert "9500元" in row.inner_text()
    row.locator("[data-play]").first.click()
    until(page, "!document.querySelector('#sound').paused")
    began = sound(page, "currentTime")
    assert start - 2.1 <= began < start + 1
    until(page, f"document.querySelector('#sound').currentTime > {start}")
    page.wait_for_selector(".turn.is-now .word.is-now")
    until(page, "document.querySelector('#sound').paused")
    assert sound(page, "currentTime") < outcome["evidence"][0]["end"] + 3
    assert row.get_attribute("aria-current") == "true"
    assert page.locator(".turn.is-chosen").count() >= 1


def test_a_word_seeks_and_the_transcript_can_be_searched(site: Site, heard: Heard, open_page: Open) -> None:
    page = open_page("qa")
    page.goto(f"/calls/{heard.call_id}")
    turn = site.api.get(f"/v1/calls/{heard.call_id}/transcript").json()["turns"][3]
    words = page.locator(f'[data-turn="{turn["id"]}"] .word')
    words.nth(1).click()
    assert abs(sound(page, "currentTime") - turn["words"][1]["start"]) < 0.05
    page.keyboard.press("/")
    page.keyboard.type(turn["text"][:3])
    assert page.locator("#find-count").inner_text().startswith("1/")
    assert turn["text"][:3] in page.locator(".turn.is-found .text").inner_text()
    page.locator("#wave").click(position={"x": 400, "y": 20})
    share = 400 / page.locator("#wave").bounding_box()["width"]
    assert abs(sound(page, "currentTime") / sound(page, "duration") - share) < 0.02


def test_decided_by_keys_alone_and_agreed_by_a_second_person(site: Site, heard: Heard, open_page: Open) -> None:
    page = open_page("qa")
    page.goto(f"/calls/{heard.call_id}")
    page.keyboard.press("?")
    page.locator("#keys").wait_for(state="visible")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    signal = page.locator("#rows .row[aria-current]")
    assert signal.get_attribute("data-row") == "signal:undisclosed_commercial_use"
    page.keyboard.press("c")
    page.locator("#decide [data-critical]").wait_for(state="visible")
    page.keyboard.press("Enter")
    page.wait_for_selector('[data-row="signal:undisclosed_commercial_use"].is-settled >> text=待第二人')
    page.keyboard.press("j")
    chosen = page.locator("#rows .row[aria-current]").get_attribute("data-row")
    assert chosen == "field:income.monthly"
    start = sound(page, "currentTime")
    page.keyboard.press("ArrowRight")
    assert abs(sound(page, "currentTime") - start - 5) < 0.1
    page.keyboard.press(">")
    assert sound(page, "playbackRate") == 1.25
    page.keyboard.press("o")
    page.wait_for_selector("#decide[open]")
    page.keyboard.press("d")
    page.locator("#decide select[name=reason]").select_option("document_checked")
    page.keyboard.press("Tab")
    page.keyboard.type("9500")
    page.keyboard.press("Enter")
    page.wait_for_selector('[data-row="field:income.monthly"].is-settled >> text=已改判')
    reviews = site.api.get(f"/v1/calls/{heard.call_id}/reviews").json()["items"]
    assert [(one["name"], one["decision"], one["value"]) for one in reviews] == [
        ("undisclosed_commercial_use", "confirm", None),
        ("income.monthly", "override", 9500),
    ]
    second = open_page("lead")
    second.goto(f"/calls/{heard.call_id}")
    second.click('[data-second][data-agree="true"]')
    second.wait_for_selector('[data-row="signal:undisclosed_commercial_use"] .decided.final')


def test_an_override_of_a_number_asks_for_one(site: Site, heard: Heard, open_page: Open) -> None:
    page = open_page("qa")
    page.goto(f"/calls/{heard.call_id}")
    page.click('[data-row="field:income.monthly"] [data-decide=override]')
    page.fill("#decide [name=value]", "约七千")
    page.click("#decide button.primary")
    page.locator("#decide [data-error]").wait_for(state="visible")
    assert "数字" in page.inner_text("#decide [data-error]")
    page.fill("#decide [name=value]", "0.95万")
    page.click("#decide button.primary")
    page.wait_for_selector("#decide", state="hidden")
    assert site.api.get(f"/v1/calls/{heard.call_id}/reviews").json()["items"][-1]["value"] == 9500


def test_the_inbox_says_its_keys_and_what_is_no_amount(heard: Heard, open_page: Open) -> None:
    page = open_page("qa")
    page.goto("/inbox")
    page.keyboard.press("?")
    page.locator("#keys").wait_for(state="visible")
    page.keyboard.press("Escape")
    page.fill("[name=amount_from]", "abc")
    page.keyboard.press("Enter")
    until(page, "document.querySelector('[name=amount_from]').matches(':user-invalid')")
    assert "amount_from" not in page.url


def test_a_lead_gives_out_calls_and_a_person_takes_the_next(site: Site, heard: Heard, open_page: Open) -> None:
    page = open_page("lead")
    page.goto("/inbox?view=all")
    page.check(f'#queue input[value="{heard.call_id}"]')
    page.locator("#assign select").select_option("qa")
    page.click("[data-assign]")
    page.wait_for_selector(f'tr[data-call="{heard.call_id}"] >> text=分给 qa')
    other = open_page("qa")
    other.goto("/inbox?claimed_by=assigned")
    other.keyboard.press("n")
    other.wait_for_url(f"**/calls/{heard.call_id}")
    assert site.api.get(f"/v1/calls/{heard.call_id}").json()["claimed_by"] == "qa"
    other.click("[data-open=hand-over]")
    other.fill("#hand-over textarea", "疑似网约车")
    other.click("#hand-over button.primary")
    other.wait_for_selector(".call-head >> text=已转风控")
    third = open_page("risk")
    third.goto("/")
    assert third.locator("#tabs [aria-current]").inner_text().startswith("已转风控")
    third.keyboard.press("n")
    third.wait_for_url(f"**/calls/{heard.call_id}")
    assert "疑似网约车" in third.locator(".history").inner_text()
    third.click("[data-open=settle]")
    third.locator("#settle select").select_option("confirmed_risk")
    third.click("#settle button.primary")
    third.wait_for_selector("[data-reopen]")
    assert site.api.get(f"/v1/calls/{heard.call_id}").json()["work_state"] == "settled"


def test_an_auditor_reads_prints_and_exports_and_the_ledger_knows(
    site: Site, heard: Heard, open_page: Open, tmp_path: Path
) -> None:
    page = open_page("auditor")
    page.goto(f"/calls/{heard.call_id}")
    assert page.locator("[data-decide]").count() == 0
    page.click(".call-head details summary")
    with page.expect_download() as download:
        page.click(f'a[href="/v1/calls/{heard.call_id}/bundle"]')
    download.value.save_as(tmp_path / "evidence.zip")
    names = zipfile.ZipFile(io.BytesIO((tmp_path / "evidence.zip").read_bytes())).namelist()
    assert any(name.endswith("report.json") for name in names), names
    page.goto(f"/calls/{heard.call_id}/print")
    assert "电话核实报告" in page.inner_text("h1")
    assert page.pdf()[:4] == b"%PDF"
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 688, "height": 1000})  # A4 within its margins is narrower than some screens
    shown = "[...document.querySelectorAll('table')].map(one => getComputedStyle(one).display)"
    assert set(page.evaluate(shown)) == {"table"}, "paper does not scroll"
    assert page.evaluate("document.documentElement.scrollWidth") <= 688
    page.emulate_media(media="screen")
    ledger = page.request.get(f"/v1/ledger?subject={heard.call_id}&limit=500").json()["items"]
    mine = {entry["action"] for entry in ledger if entry["actor"] == "auditor"}
    assert {"report.read", "transcript.read", "bundle.export"} <= mine
    assert "audio.read" in {entry["action"] for entry in ledger if entry["actor"] == "qa"}
    assert json.loads(page.request.get("/v1/ledger/verify").text())["whole"] is True


def test_a_word_is_corrected_and_the_call_analysed_again(site: Site, heard: Heard, open_page: Open) -> None:
    page = open_page("qa")
    page.goto(f"/calls/{heard.call_id}")
    turn = site.api.get(f"/v1/calls/{heard.call_id}/transcript").json()["turns"][1]
    page.locator(f'[data-turn="{turn["id"]}"] .word').first.dblclick()
    page.locator("#correct input[name=text]").fill("喂")
    with page.expect_navigation(timeout=60_000):
        page.keyboard.press("Enter")
    page.wait_for_selector(f'[data-turn="{turn["id"]}"] >> text=已更正')
    assert page.locator(f'[data-turn="{turn["id"]}"] .text').inner_text().startswith("喂")


def test_speakers_are_swapped_by_a_key_and_back(heard: Heard, open_page: Open) -> None:
    page = open_page("qa")
    page.goto(f"/calls/{heard.call_id}")
    first = page.locator(".turn").first
    before = "agent" if "agent" in first.get_attribute("class") else "customer"
    for speaker in ("customer" if before == "agent" else "agent", before):
        page.keyboard.press("s")
        with page.expect_navigation(timeout=60_000):
            page.click("#swap button.primary")
        assert speaker in first.get_attribute("class")


def test_without_personal_read_the_page_is_masked_and_silent(site: Site, heard: Heard, open_page: Open) -> None:
    name = site.api.get(f"/v1/calls/{heard.call_id}/application").json()["identity"]["name"]
    page = open_page("service")
    page.goto(f"/calls/{heard.call_id}")
    assert name not in page.content()
    assert page.locator("#sound").count() == 0


def test_flagged_places_are_drawn_however_soon_the_sound_comes(heard: Heard, open_page: Open) -> None:
    for scheme in ("light", "dark", "light", "dark"):  # opened again, the sound can come before its outline
        page = open_page("qa", scheme=scheme)
        page.goto(f"/calls/{heard.call_id}")
        page.wait_for_selector("#wave [part~=region]", state="attached")


def test_what_is_pressed_before_the_scripts_are_there_is_not_lost(heard: Heard, open_page: Open) -> None:
    page = open_page("qa")
    held: list[Any] = []
    page.route("**/js/call.js", lambda route: held.append(route))
    page.goto(f"/calls/{heard.call_id}")
    until(page, "performance.getEntriesByName('first-contentful-paint').length > 0")
    page.keyboard.press("j")
    page.locator("[data-open=settle]").click()
    page.wait_for_timeout(200)
    assert page.locator("#rows .row[aria-current]").count() == 0
    assert page.locator("#settle[open]").count() == 0
    held[0].continue_()
    page.wait_for_selector("#settle[open]")
    assert page.locator("#rows .row[aria-current]").count() == 1


def test_a_form_sent_before_the_scripts_are_there_waits_for_them(heard: Heard, open_page: Open) -> None:
    page = open_page("admin")
    held: list[Any] = []
    page.route("**/js/forms.js", lambda route: held.append(route))
    page.goto("/administration?tab=retention")
    form = page.locator("form[data-call-api^='PUT']")
    form.locator("[data-call]").fill(heard.call_id)
    form.locator("[type=submit]").click()
    page.wait_for_timeout(200)
    assert page.url.endswith("/administration?tab=retention"), "what was typed is in no address"
    with page.expect_response("**/legal-hold") as answer:
        held[0].continue_()
    assert answer.value.ok


def test_what_is_pressed_between_two_scripts_is_done_once(heard: Heard, open_page: Open) -> None:
    page = open_page("lead")
    held: list[Any] = []
    page.route("**/htmx*.js*", lambda route: held.append(route))
    page.goto("/inbox?view=all")
    for _ in range(600):
        if held:
            break
        page.wait_for_timeout(50)
    page.keyboard.press("j")
    page.keyboard.press("x")
    held[0].continue_()
    until(page, "typeof htmx !== 'undefined'")
    page.wait_for_selector("#assign:not([hidden])")
    assert page.locator("#queue .pick input:checked").count() == 1
