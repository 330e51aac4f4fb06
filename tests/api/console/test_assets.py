"""Static files: pinned, what they say they are, and kept for good under their version."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest

from api.console.assets import STATIC, static
from api.console.view import TEMPLATES

from ..conftest import Server, TestClient

VENDOR = STATIC / "vendor"
MANIFEST = json.loads((VENDOR / "manifest.json").read_text())
TEST_VENDOR = Path(__file__).parents[2] / "support" / "vendor"


FILES = [
    (folder, name) for folder in (VENDOR, TEST_VENDOR) for name in json.loads((folder / "manifest.json").read_text())
]


@pytest.mark.parametrize(("folder", "name"), FILES, ids=[name for _, name in FILES])
def test_a_vendored_file_is_the_pinned_one_and_has_its_licence(folder: Path, name: str) -> None:
    entry = json.loads((folder / "manifest.json").read_text())[name]
    assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == entry["sha256"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", entry["version"])
    assert (folder / f"{re.split('[.-]', entry['package'])[0]}.LICENSE").stat().st_size > 300


def test_nothing_is_vendored_that_the_manifest_does_not_name() -> None:
    assert {path.name for path in VENDOR.glob("*.js")} == MANIFEST.keys()


def test_files_are_kept_for_good_under_the_present_version_only(server: Server) -> None:
    client = server.client(None)
    answer = client.get(static("console.css"))
    assert (answer.status_code, "immutable" in answer.headers["cache-control"]) == (200, True)
    assert client.get("/static/older/console.css").headers["cache-control"] == "no-cache"
    assert client.get(static("js/shell.js")).headers["content-type"].startswith("text/javascript")
    for path in ("/static/x/../texts.py", "/static/x/%2e%2e/texts.py", "/static/x/..%2ftexts.py"):
        assert client.get(path).status_code == 404


def test_no_page_needs_an_inline_script_or_style_of_its_own() -> None:
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text()
        assert not re.search(r"\sstyle=|\son\w+=|<style|hx-on|javascript:", text), path.name
        for script in re.findall(r"<script[^>]*>", text):
            assert "src=" in script or 'type="application/json"' in script, path.name


@pytest.mark.parametrize("path", ["/login", "/inbox", "/search", "/administration"])
def test_the_style_sheet_is_in_the_page_and_the_policy_names_it(person: Callable[..., TestClient], path: str) -> None:
    answer = person("admin").get(path)
    (sheet,) = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert 'rel="stylesheet"' not in answer.text


@pytest.mark.parametrize("path", ["/login", "/inbox", "/search", "/administration"])
def test_a_page_waits_for_no_script(person: Callable[..., TestClient], path: str) -> None:
    page = person("admin").get(path).text
    assert re.findall(r'<script(?! type="application/json")([^>]*)>', page) == [
        f' type="module" async src="{static("js/begin.js")}"'
    ]
    later = json.loads(re.search(r'id="scripts">(.*?)</script>', page)[1])  # type: ignore[index]
    assert static("js/page.js") in later["modules"], "what a module imports is asked for at once"
    assert static("js/shell.js") in later["modules"]


def test_nothing_comes_from_another_host() -> None:
    for path in (*TEMPLATES.rglob("*.html"), *STATIC.rglob("*.css"), *(STATIC / "js").rglob("*.js")):
        found = re.findall(
            r"""(?:src|href|url\(|import|fetch\()[^\n]{0,12}["'(]((?:https?:)?//[^"')]+)""", path.read_text()
        )
        assert found == [], path.name
