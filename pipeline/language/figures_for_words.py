"""Figures that stand for words: recognisers with inverse text normalisation write 1个月, 1年下来 and 我2哥.

They are read as the words that were spoken; every character stays where it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from configs import read_yaml
from pipeline.errors import SettingsError
from pipeline.types import Turn

FILE = "language/figures_for_words.yaml"


class FiguresForWords:
    """Reads such figures as words."""

    def __init__(self, own: Path | None = None) -> None:
        """By the lender's file or the built-in one. Raises SettingsError."""
        listed = read_yaml(FILE, own)
        try:
            self._words = [(_figure_before(one["figure"], one["before"]), str(one["word"])) for one in listed]
        except (TypeError, KeyError) as error:
            raise SettingsError(
                f"config file {FILE}: must be a list of figure, word and before ({type(error).__name__}); mend the file"
            ) from error

    def spoken(self, turns: Sequence[Turn]) -> tuple[Turn, ...]:
        """The turns as they are to be read; `heard` of each that is changed is its text as it was heard."""
        return tuple(map(self._of, turns))

    def _of(self, turn: Turn) -> Turn:
        text = turn.text
        if text.isascii() or not any(figure in text for figure in "123"):
            return turn
        for figure, word in self._words:
            text = figure.sub(word, text)
        return turn if text == turn.text else replace(turn, text=text, heard=turn.as_heard)


def _figure_before(figure: str, words: Sequence[str]) -> re.Pattern[str]:
    """A figure that stands alone and has one of `words` behind it."""
    return re.compile(rf"(?<![0-9.,:/A-Za-z-]){re.escape(figure)}(?={'|'.join(map(re.escape, words))})")
