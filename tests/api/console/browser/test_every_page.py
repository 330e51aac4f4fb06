"""Every page, wide and narrow, light and dark: fits, can be read by everybody, and says no error.

The checker itself writes inline styles, so the policy is off where it runs; `test_paths.py` runs under it.
"""

from __future__ import annotations

from typing import Any

import pytest

from api.console.pages import PAGES

from .conftest import PASSWORD, ROOT, Heard, Open
from .test_paths import until

AXE = (ROOT / "tests" / "support" / "vendor" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
PATHS = [page.path for page in PAGES if page.in_navigation]
# width, colours, language, and whether the (slow) checker runs: both colours, both languages and both widths once
LOOKS = [
    (1280, "light", "zh", True),
    (390, "dark", "en", True),
    (1280, "dark", "en", False),
    (390, "light", "zh", False),
]


def every_path(heard: Heard) -> list[str]:
    return [*PATHS, "/inbox?view=all", f"/calls/{heard.call_id}", f"/calls/{heard.call_id}/print"]


def check(page: Any, path: str, width: int, accessible: bool = True) -> list[str]:
    """What is wrong with a page."""
    answer = page.goto(path)
    assert answer.status == 200, path
    until(page, "!document.querySelector('.htmx-request')")
    wrong = []
    if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
        wrong.append(f"{path}: {wide} px wide at {width}")
    if not accessible:
        return wrong
    page.evaluate(AXE)
    found = page.evaluate("tags => axe.run(document, { runOnly: { type: 'tag', values: tags } })", RULES)
    for one in found["violations"]:
        if one["impact"] in ("serious", "critical"):
            places = [node["target"] for node in one["nodes"][:3]]
            wrong.append(f"{path}: {one['id']} at {places}: {one['nodes'][0]['failureSummary']}")
    return wrong


@pytest.mark.parametrize(("width", "scheme", "language", "accessible"), LOOKS)
def test_every_page_fits_and_is_accessible(
    heard: Heard, open_page: Open, width: int, scheme: str, language: str, accessible: bool
) -> None:
    page = open_page("admin", width=width, scheme=scheme, language=language, bypass_csp=True)
    wrong = [one for path in every_path(heard) for one in check(page, path, width, accessible)]
    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_door_too(open_page: Open, scheme: str) -> None:
    page = open_page(None, width=390, scheme=scheme, bypass_csp=True)
    assert check(page, "/login", 390) == []


def test_language_and_theme_are_switched_by_a_press_and_kept(open_page: Open) -> None:
    page = open_page("qa")
    page.goto("/inbox")
    assert page.get_attribute("html", "lang") == "zh-CN"
    with page.expect_navigation():
        page.click("[data-language]")
    assert page.get_attribute("html", "lang") == "en"
    page.click("[data-switch-theme]")
    page.reload()
    assert page.get_attribute("html", "data-theme") == "dark"


def test_signing_out_shuts_the_door(open_page: Open) -> None:
    page = open_page(None)
    page.goto("/login?next=/inbox")
    page.fill("input[name=name]", "qa")
    page.fill("input[name=password]", PASSWORD)
    page.click("button.primary")
    page.click("details.menu summary")
    page.click("[data-sign-out]")
    page.wait_for_url("**/login")
    page.goto("/inbox")
    assert "/login?next=" in page.url
