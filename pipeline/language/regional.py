"""Words of a region, read as the usual ones of the same length: 阿拉 for 我们, 揸 for 开.

Every character stays where it is, so that quotes are of the text as it was heard.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.errors import SettingsError
from pipeline.language.phrases import NEVER
from pipeline.language.resources import table
from pipeline.types import Turn

FILE = "language/regional.yaml"


class Regional:
    """Reads such words as the usual ones."""

    def __init__(self, own: Path | None = None) -> None:
        """By the lender's file or the built-in one. Raises SettingsError."""
        content = table(FILE, own)
        self._usual: Mapping[str, str] = content.get("words") or {}
        not_before: Mapping[str, str] = content.get("not_before") or {}
        if uneven := [word for word, usual in self._usual.items() if len(word) != len(usual)]:
            raise SettingsError(f"config file {FILE}: words: {uneven[0]}: its usual word must be of the same length")
        words = sorted(self._usual, key=len, reverse=True)
        said = (
            re.escape(word) + (f"(?![{re.escape(not_before[word])}])" if word in not_before else "") for word in words
        )
        self._said = re.compile("|".join(said)) if words else NEVER

    def usual(self, turns: Sequence[Turn]) -> tuple[Turn, ...]:
        """The turns as they are to be read; `heard` of each that is changed is its text as it was heard."""
        return tuple(map(self._of, turns))

    def _of(self, turn: Turn) -> Turn:
        text = self._said.sub(lambda found: self._usual[found[0]], turn.text)
        return turn if text == turn.text else replace(turn, text=text, heard=turn.as_heard)
