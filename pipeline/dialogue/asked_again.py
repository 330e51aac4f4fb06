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
LONGEST = 24
"""Characters of a turn that says no more than that it was not heard."""
LONGEST_ASKED = 200
"""Characters of a question that is held against the one before it."""


class AskedAgain:
    """Tells turns of which nothing but a question asked again comes."""

    def __init__(self, own: Path | None = None) -> None:
        """By the lender's `asked_again.yaml` or the built-in one. Raises SettingsError."""
        rules = table(FILE, own)
        try:
            beside = rules["beside"]
            self._not_heard, self._makes_sure, self._hears = (
                re.compile(f"(?:{beside})*(?:{words})(?:{beside}|{words})*")
                for words in (_spaceless(rules[key]) for key in ("not_heard", "makes_sure", "hears"))
            )
            self._alike = float(rules["alike"])
        except (re.error, ValueError, TypeError) as error:
            raise SettingsError(f"config file {FILE}: {error}; mend the file") from error

    def asked_once(self, turns: Sequence[Turn]) -> tuple[Turn, ...]:
        """The turns without `什么?`, without what only makes sure that the other hears, and without the question behind
        them where it is the one before.
        """
        kept: list[Turn] = []
        unheard = False
        for turn in turns:
            if kept and kept[-1].speaker == "agent":
                if turn.speaker == "customer" and self._says_only(
                    (self._not_heard, self._hears) if unheard else (self._not_heard,), turn
                ):
                    unheard = True
                    continue
                if unheard and turn.speaker == "agent":
                    if self._says_only((self._makes_sure,), turn):
                        continue
                    if self._is_same(kept[-1].text, turn.text):
                        unheard = False
                        continue
            unheard = False
            kept.append(turn)
        return tuple(kept)

    def _says_only(self, words: Sequence[re.Pattern[str]], turn: Turn) -> bool:
        text = fold(turn.text)
        return len(text) <= LONGEST and any(each.fullmatch(text) is not None for each in words)

    def _is_same(self, first: str, second: str) -> bool:
        first, second = fold(first), fold(second)
        if max(len(first), len(second)) > LONGEST_ASKED:
            return False
        return self._is_alike(first, second) or (
            (sure := self._makes_sure.match(second)) is not None and self._is_alike(first, second[sure.end() :])
        )

    def _is_alike(self, first: str, second: str) -> bool:
        matcher = SequenceMatcher(None, first, second, autojunk=False)
        return matcher.real_quick_ratio() >= self._alike and matcher.ratio() >= self._alike


def _spaceless(words: str) -> str:
    """Alternatives that are written over several lines of a file."""
    return "".join(words.split())
