"""Words that say what a value in a customer's turn belongs to, by their lists in `configs/`."""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.language.resources import table, word_list

FILE = "dialogue/placing.yaml"
LISTS = (
    "telephone",
    "other_number",
    "own_number",
    "other_price",
    "own_price",
    "home_loan",
    "other_loan",
    "left_work",
    "others_work",
    "own_home",
)


class Belonging:
    """Whether a text holds one of the words of one of `LISTS`; a list that is left out of the file holds none."""

    def __init__(self, own: Path | None = None) -> None:
        words = table(FILE, own)
        self._words = {name: word_list(words.get(name)) for name in LISTS}
        self._is_anothers = re.compile(words["is_anothers"])
        self._has_left = re.compile(words["has_left"])

    def is_anothers(self, text: str, end: int) -> bool:
        """Whether a title said up to `end` is told to be somebody else's: 店长是我表嫂."""
        return self._is_anothers.match(text, end) is not None

    def has_left(self, text: str) -> tuple[int, int] | None:
        """Where a folded text says that he works there no more, or never did; None where it does not."""
        found = self._has_left.search(text)
        return found.span() if found is not None else None

    def says(self, name: str, text: str) -> bool:
        """Whether a word of the list `name` stands in `text`."""
        return any(word in text for word in self._words[name])
