"""Static files: pinned, what they say they are, and kept for good under their version."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from api.console.assets import STATIC, static
from api.console.view import TEMPLATES

from ..conftest import Server

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


def test_no_page_needs_an_inline_script_or_style() -> None:
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text()
        assert not re.search(r"\sstyle=|\son\w+=|<style|hx-on|javascript:", text), path.name
        for script in re.findall(r"<script[^>]*>", text):
            assert "src=" in script or 'type="application/json"' in script, path.name


def test_nothing_comes_from_another_host() -> None:
    for path in (*TEMPLATES.rglob("*.html"), *STATIC.rglob("*.css"), *(STATIC / "js").rglob("*.js")):
        found = re.findall(
            r"""(?:src|href|url\(|import|fetch\()[^\n]{0,12}["'(]((?:https?:)?//[^"')]+)""", path.read_text()
        )
        assert found == [], path.name
