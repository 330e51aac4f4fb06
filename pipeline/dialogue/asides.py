"""Asides: what is said beside the point while the agent waits for his system or the customer stands in the street."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.errors import SettingsError
from pipeline.language.resources import table
from pipeline.language.script import CLAUSE_END, fold
from pipeline.types import Turn

FILE = "dialogue/asides.yaml"
LONGEST = 40
"""Characters of a turn that is nothing but an aside."""


class Asides:
    """Tells what is no part of the questions and answers: 您稍等,系统有点慢。 - 没事没事。"""

    def __init__(self, own: Path | None = None) -> None:
        """By the lender's `asides.yaml` or the built-in one. Raises SettingsError."""
        rules = table(FILE, own)
        try:
            self._agent, self._customer = (
                re.compile(f"(?:{'|'.join(rules[key])})[{re.escape(rules['particles'])}]*")
                for key in ("agent", "customer")
            )
        except (re.error, TypeError) as error:
            raise SettingsError(f"config file {FILE}: {error}; mend the file") from error

    def left_out(self, turns: Sequence[Turn]) -> tuple[Turn, ...]:
        """The turns without the agent's asides, and without the customer's replies to them. One that is answered by
        more than that stays, and so does the very last one.
        """
        return tuple(self._kept(turns))

    def _kept(self, turns: Sequence[Turn]) -> Iterator[Turn]:
        place = 0
        while place < len(turns):
            turn, following = turns[place], turns[place + 1 : place + 2]
            if turn.speaker == "agent" and following and self._is(self._agent, turn):
                if following[0].speaker == "agent":
                    place += 1
                    continue
                if following[0].speaker == "customer" and self._is(self._customer, following[0]):
                    place += 2
                    continue
            yield turn
            place += 1

    @staticmethod
    def _is(words: re.Pattern[str], turn: Turn) -> bool:
        """Whether each clause of a turn is one of the `words`."""
        if len(turn.text) > LONGEST:
            return False
        clauses = re.split(_PARTS, fold(turn.text))
        return any(clauses) and all(words.fullmatch(clause) is not None for clause in clauses if clause)


_PARTS = f"[{re.escape(''.join(sorted(CLAUSE_END)))} ]+"
