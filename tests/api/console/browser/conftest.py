"""One real server and one real browser for all of it. What a page says on its console, and whom it asks, is watched."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

ROOT = Path(__file__).parents[4]
SAMPLES = ROOT / "samples"
KEY = "a-key-of-the-tests-4711-xyz"
PASSWORD = "correct-horse-battery"
HEARD_SECONDS = 240
ROLES = ("qa", "lead", "risk", "auditor", "service", "admin")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "console/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(HEARD_SECONDS + 60))


@dataclass
class Site:
    """The server under test."""

    url: str
    api: httpx.Client
    asked: list[str] = field(default_factory=list)


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """`callproof serve` with its worker, and a user of each role."""
    folder = tmp_path_factory.mktemp("site")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CALLPROOF_")}
    environment = {**kept, "PYTHONPATH": str(ROOT), "CALLPROOF_THREADS": "1", "CALLPROOF_BOOTSTRAP_KEY": KEY}
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--data", str(folder / "data")]
    with (folder / "log").open("w+") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment, cwd=folder)
        try:
            assert process.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
            assert found, (folder / "log").read_text()
            api = httpx.Client(base_url=found[0], headers={"Authorization": f"Bearer {KEY}"}, timeout=60)
            _until(lambda: api.get("/health").status_code == 200, 60)
            for role in ROLES:
                person = {"name": role, "role": role, "password": PASSWORD}
                assert api.post("/v1/users", json=person).status_code == 201
            yield Site(found[0], api)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Any]:
    """The browser; without it the tests are skipped, or fail with CALLPROOF_REQUIRE_SERVICES=1."""
    found = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        found, missing = None, "Playwright is not installed: pip install 'callproof[dev]'"
    else:
        missing = "no Chromium: apt install chromium"
    if found is None:
        if os.environ.get("CALLPROOF_REQUIRE_SERVICES") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found)
        yield browser
        browser.close()


Open = Callable[..., Any]


@pytest.fixture(scope="package")
def session_of(site: Site) -> Callable[[str], str]:
    """`session_of("qa")`: the session's cookie of somebody of that role, who signs in once."""

    @cache
    def sign_in(role: str) -> str:
        answer = httpx.post(f"{site.url}/login", data={"name": role, "password": PASSWORD})
        return str(answer.cookies["callproof_session"])

    return sign_in


@pytest.fixture
def open_page(site: Site, chromium: Any, session_of: Callable[[str], str]) -> Iterator[Open]:
    """`open_page("qa", width=390, scheme="dark", language="en")`: an empty page of somebody who has signed in.

    At the end none may have said an error on its console or asked another host.
    """
    wrong: list[str] = []
    contexts: list[Any] = []

    def open_(
        role: str | None = "qa",
        *,
        width: int = 1280,
        height: int = 800,
        scheme: str = "light",
        language: str = "zh",
        bypass_csp: bool = False,
    ) -> Any:
        context = chromium.new_context(
            base_url=site.url, viewport={"width": width, "height": height}, color_scheme=scheme, bypass_csp=bypass_csp
        )
        contexts.append(context)
        context.add_cookies([{"name": "callproof_language", "value": language, "url": site.url}])
        page = context.new_page()
        page.on(
            "console", lambda message: message.type == "error" and wrong.append(f"{message.text} {message.location}")
        )
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda request: _is_ours(site, request.url) or wrong.append(request.url))
        if role is not None:
            context.add_cookies([{"name": "callproof_session", "value": session_of(role), "url": site.url}])
        return page

    yield open_
    for context in contexts:
        context.close()
    assert wrong == []


@dataclass(frozen=True)
class Heard:
    """The call that was uploaded by a browser: its id, and what the page said of it on the way."""

    call_id: str
    said: tuple[str, ...]


@pytest.fixture(scope="package")
def heard(site: Site, chromium: Any) -> Heard:
    """A sample call, its recording and application chosen in the inbox and followed there until it is finished."""
    context = chromium.new_context(base_url=site.url)
    page = context.new_page()
    page.goto("/login?next=/inbox")
    page.fill("input[name=name]", "qa")
    page.fill("input[name=password]", PASSWORD)
    page.click("button.primary")
    page.wait_for_selector("#files", state="attached")
    page.set_input_files(
        "#files",
        [SAMPLES / "mismatch.opus", SAMPLES / "mismatch.application.json", ROOT / "README.md"],
    )
    sent = page.locator("#uploads li", has_text="mismatch.opus")
    said: list[str] = []

    def finished() -> bool:
        text = sent.locator(".said").inner_text().strip()
        if not said or said[-1] != text:
            said.append(text)
        return "完成" in text or "失败" in text

    _until(finished, HEARD_SECONDS)
    assert "完成" in said[-1], said
    refused = page.locator("#uploads li.is-bad")
    assert refused.count() == 1
    said.append(refused.inner_text())
    call_id = sent.locator("a").get_attribute("href").rpartition("/")[2]
    context.close()
    return Heard(call_id, tuple(said))


def _is_ours(site: Site, url: str) -> bool:
    return urlsplit(url).scheme in ("data", "blob") or url.startswith(site.url)


def _until(done: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            if done():
                return
        except httpx.HTTPError:
            pass
        assert time.monotonic() < end, "took too long"
        time.sleep(0.1)
