"""Every word of the console is there in both languages, and is used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import api.console
from api.console.texts import LANGUAGES, Texts, names
from api.console.view import TEMPLATES
from configs import DEFAULTS, read_yaml

CONSOLE = Path(api.console.__file__).parent
SOURCES = [*TEMPLATES.rglob("*.html"), *(CONSOLE / "static" / "js").rglob("*.js"), *CONSOLE.rglob("*.py")]
KEY = re.compile(r"""(?:\bt|\btexts|\.has)\(\s*f?["'`](\w+\.\w+)(?:["'`]\s*([,)~+]?)|[{$])""")


def used() -> tuple[set[str], set[str]]:
    """Keys that are used whole, and beginnings of keys that are completed where they are used."""
    whole, begun = set(), set()
    for path in SOURCES:
        for key, follows in KEY.findall(path.read_text()):
            (whole if follows in (",", ")") else begun).add(key)
    return whole, begun


@pytest.mark.parametrize("name", names())
def test_every_text_is_in_both_languages_with_the_same_places(name: str) -> None:
    for key, text in read_yaml(f"console/{name}.yaml").items():
        assert text.keys() == set(LANGUAGES), key
        assert all(text[language].strip() for language in LANGUAGES), key
        places = [set(re.findall(r"\{(\w+)\}", text[language])) for language in LANGUAGES]
        assert places[0] == places[1], key
        if re.search(r"[A-Za-z]", re.sub(r"\{\w+\}", "", text["en"])):
            assert re.search(r"[\u4e00-\u9fff]", text["zh"] + text["en"]), key


def test_every_text_that_is_used_exists() -> None:
    texts = Texts("zh")
    whole, begun = used()
    assert [key for key in sorted(whole) if not texts.has(key)] == []
    known = [f"{name}.{key}" for name in names() for key in read_yaml(f"console/{name}.yaml")]
    assert [key for key in sorted(begun) if not any(one.startswith(key) for one in known)] == []


def test_every_text_that_exists_is_used() -> None:
    whole, begun = used()
    unused = [
        f"{name}.{key}"
        for name in names()
        for key in read_yaml(f"console/{name}.yaml")
        if f"{name}.{key}" not in whole
        and key not in ("nav", "title")
        and not any(f"{name}.{key}".startswith(beginning) for beginning in begun)
    ]
    assert unused == []


def test_there_is_no_file_beside_the_console_that_nobody_reads() -> None:
    assert {path.suffix for path in (DEFAULTS / "console").iterdir()} == {".yaml"}
