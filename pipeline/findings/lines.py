"""The turns of a call as cues look at them: made plain, with the question that each one answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from pipeline.findings.grammar import Grammar
from pipeline.findings.plain import Plain, plain_of
from pipeline.findings.sieve import Sieve
from pipeline.findings.sounded import LONG_PHRASE, sound_line
from pipeline.types import Turn

YEAR, LATELY = 12, 3


@dataclass(frozen=True)
class Talk:
    """All that is said in a call, a plain text a line, and its day."""

    text: str
    on: date | None = None

    @cached_property
    def sounds(self) -> str:
        """How it sounds."""
        return sound_line(self.text)

    def is_lately(self, month: int) -> bool:
        """Whether a month of the calendar was one of the last `LATELY` before the day of the call, if that is known."""
        return self.on is not None and (self.on.month - month) % YEAR <= LATELY

    def holding(self, phrases: Sequence[str]) -> list[str]:
        """The phrases that are said somewhere, or long enough to be told by their sound and heard somewhere."""
        return [
            phrase
            for phrase in phrases
            if phrase in self.text or (len(phrase) >= LONG_PHRASE and sound_line(phrase) in self.sounds)
        ]


@dataclass(frozen=True)
class Line:
    """A turn with what stood before it: what the agent `asked` last, what the customer `told` last (plain)."""

    turn: Turn
    plain: Plain
    asked: str
    told: str
    talk: Talk
    sieve: Sieve
    grammar: Grammar

    @cached_property
    def possible(self) -> frozenset[str]:
        """Which patterns the turn can hold."""
        return self.sieve.possible(self.plain.text)

    @cached_property
    def asked_possible(self) -> frozenset[str]:
        """Which patterns the question before it can hold."""
        return self.sieve.possible(self.asked)

    @cached_property
    def sounds(self) -> str:
        """How the turn sounds."""
        return sound_line(self.plain.text)


def lines_of(turns: Sequence[Turn], sieve: Sieve, grammar: Grammar, on: date | None = None) -> tuple[Line, ...]:
    """The turns of a call, which was on the day `on`, as cues look at them."""
    lines = []
    asked, told = "", ""
    plains = [plain_of(turn.text) for turn in turns]
    talk = Talk("\n".join(plain.text for plain in plains), on)
    for turn, plain in zip(turns, plains, strict=True):
        lines.append(Line(turn, plain, asked, told, talk, sieve, grammar))
        if turn.speaker == "agent" and not grammar.only_listens(plain.text):
            asked = plain.text
        elif turn.speaker == "customer":
            told = plain.text
    return tuple(lines)
