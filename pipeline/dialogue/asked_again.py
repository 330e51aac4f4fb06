"""Questions asked twice, as the first was not heard: what lies between is no answer, and the second no new one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path

from pipeline.errors import SettingsError
from pipeline.language.resources import table
from pipeline.language.script import fold
from pipeline.types import Turn

FILE = "dialogue/asked_again.yaml"
LONGEST = 16


class AskedAgain:
    """Tells turns of which nothing but a question asked again comes."""

    def __init__(self, own: Path | None = None) -> None:
        """By the lender's `asked_again.yaml` or the built-in one. Raises SettingsError."""
        rules = table(FILE, own)
        try:
            self._not_heard = re.compile(rules["not_heard"])
            self._alike = float(rules["alike"])
        except (re.error, ValueError, TypeError) as error:
            raise SettingsError(f"config file {FILE}: {error}; mend the file") from error

    def asked_once(self, turns: Sequence[Turn]) -> tuple[Turn, ...]:
        """The turns without `什么?`, and without the question behind it where it is the one before it."""
        kept: list[Turn] = []
        unheard = False
        for turn in turns:
            if kept and kept[-1].speaker == "agent" and turn.speaker == "customer" and self._is_unheard(turn):
                unheard = True
                continue
            if unheard and turn.speaker == "agent" and self._is_same(kept[-1].text, turn.text):
                unheard = False
                continue
            unheard = False
            kept.append(turn)
        return tuple(kept)

    def _is_unheard(self, turn: Turn) -> bool:
        text = fold(turn.text)
        return len(text) <= LONGEST and self._not_heard.fullmatch(text) is not None

    def _is_same(self, first: str, second: str) -> bool:
        matcher = SequenceMatcher(None, fold(first), fold(second), autojunk=False)
        return matcher.real_quick_ratio() >= self._alike and matcher.ratio() >= self._alike
