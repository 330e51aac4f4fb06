"""Answers that the agent repeats word for word and the customer says yes to: they are told once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from pipeline.errors import SettingsError
from pipeline.language.resources import any_of, table, word_list
from pipeline.language.script import CLAUSE_END, fold
from pipeline.types import Turn

FILE = "dialogue/repeated.yaml"
LONGEST = 40
"""Characters of an answer that is repeated."""
_STOPS = f"[{re.escape(''.join(sorted(CLAUSE_END)))} ]"


class Repeated:
    """Tells turns by which nothing is said that was not: 六千。 - 六千是吧? - 对。"""

    def __init__(self, own: Path | None = None) -> None:
        """By the lender's `repeated.yaml` or the built-in one. Raises SettingsError."""
        rules = table(FILE, own)
        try:
            beside, agreed = (any_of(word_list(rules[key])) for key in ("beside", "agreed"))
            particles = re.escape(rules["particles"])
            # What is said over and over (嗯嗯嗯…) is read in one way only.
            self._before = re.compile(f"(?:(?:{beside}){_STOPS}++)*+")
            self._behind = re.compile(f"(?:{_STOPS}*+(?:{beside}))*+{_STOPS}*+")
            self._yes = re.compile(f"(?:(?:{agreed})[{particles}]*+{_STOPS}*+)++")
            self._end = re.compile(f"[{particles}]*{_STOPS}*$")
        except (re.error, TypeError) as error:
            raise SettingsError(f"config file {FILE}: {error}; mend the file") from error

    def told_once(self, turns: Sequence[Turn]) -> tuple[Turn, ...]:
        """The turns without the agent's repetition of the answer before it and the yes to that."""
        kept: list[Turn] = []
        place = 0
        while place < len(turns):
            if kept and place + 1 < len(turns) and self._repeats(kept[-1], turns[place], turns[place + 1]):
                place += 2
                continue
            kept.append(turns[place])
            place += 1
        return tuple(kept)

    def _repeats(self, told: Turn, repeated: Turn, agreed: Turn) -> bool:
        if (told.speaker, repeated.speaker, agreed.speaker) != ("customer", "agent", "customer"):
            return False
        if max(len(told.text), len(repeated.text), len(agreed.text)) > LONGEST:
            return False
        answer = self._end.sub("", fold(told.text))
        text = fold(repeated.text)
        begins = self._before.match(text)
        at = begins.end() if begins is not None else 0
        return (
            len(answer) > 1
            and (text.startswith(answer, at) or text.startswith(answer, at := 0))
            and self._is_beside(text[at + len(answer) :])
            and self._yes.fullmatch(fold(agreed.text)) is not None
        )

    def _is_beside(self, behind: str) -> bool:
        """Whether nothing else is said behind the answer: 是吧?, 嘛。"""
        return any(self._behind.fullmatch(said) is not None for said in (behind, self._end.sub("", behind)))
