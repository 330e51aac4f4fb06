"""Word lists of a lender's own folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import SettingsError
from pipeline.language import Reader
from pipeline.language.resources import table


def test_a_key_that_a_lenders_file_lacks_is_named_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "language").mkdir()
    (tmp_path / "language" / "addresses.yaml").write_text("endings: {city: 市}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"language/addresses\.yaml: `\w+` is missing; add it"):
        Reader(tmp_path)


def test_so_is_one_within_another(tmp_path: Path) -> None:
    (tmp_path / "words.yaml").write_text("outer: {inner: 1}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"words\.yaml, outer: `other` is missing"):
        table("words.yaml", tmp_path)["outer"]["other"]


def test_what_may_be_left_out_stays_so(tmp_path: Path) -> None:
    (tmp_path / "words.yaml").write_text("outer: {inner: 1}\n", encoding="utf-8")
    assert table("words.yaml", tmp_path).get("other", 2) == 2
