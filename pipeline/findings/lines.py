"""The turns of a call as cues look at them: made plain, with the question that each one answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, reduce
from operator import and_

from pipeline.dialogue.changes import Changes
from pipeline.dialogue.trades import Trades
from pipeline.findings.grammar import Grammar
from pipeline.findings.plain import Plain, plain_of
from pipeline.findings.sounded import LONG_PHRASE, sound_line
from pipeline.language.sieve import ruled_out
from pipeline.types import Turn

YEAR, LATELY = 12, 3
_TRADE = "ride_hailing"


@dataclass(frozen=True)
class Talk:
    """All that is said in a call, as plain texts, and its day."""

    turns: tuple[str, ...]
    on: date | None = None

    @cached_property
    def text(self) -> str:
        """The turns in one, each a line."""
        return "\n".join(self.turns)

    @cached_property
    def out(self) -> int:
        """The patterns that no turn can hold, as `ruled_out`."""
        return reduce(and_, map(ruled_out, self.turns), -1)

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
    grammar: Grammar
    trades: Trades | None = None
    changes: Changes | None = None

    @cached_property
    def out(self) -> int:
        """The patterns that the turn cannot hold, as `ruled_out`."""
        return ruled_out(self.plain.text)

    @cached_property
    def asked_out(self) -> int:
        """The patterns that the question before it cannot hold, as `ruled_out`."""
        return ruled_out(self.asked)

    def is_of_another_car(self, start: int, end: int) -> bool:
        """Whether what stands at `start:end` of the plain text is somebody else's trade, or none with this car."""
        return self.trades is not None and self.trades.is_elsewhere(self.plain.text, start, end, _TRADE)

    def tells_of_others(self, start: int, end: int) -> bool:
        """Whether a part of what stands at `start:end` of the plain text is somebody else's doing with another car."""
        return self.trades is not None and self.trades.tells_of_others(self.plain.text, start, end)

    def is_anothers_change(self, start: int, end: int) -> bool:
        """Whether the change told at `start:end` of the plain text is somebody else's, or of something else."""
        return self.changes is not None and self.changes.is_elsewhere(self.plain.text, start, end)

    def tells_of_no_own_change(self, start: int, end: int) -> bool:
        """Whether all changes told at `start:end` of the plain text are others', or did not take place."""
        return self.changes is not None and self.changes.are_elsewhere(self.plain.text, start, end)

    @cached_property
    def sounds(self) -> str:
        """How the turn sounds."""
        return sound_line(self.plain.text)


def lines_of(
    turns: Sequence[Turn],
    grammar: Grammar,
    on: date | None = None,
    trades: Trades | None = None,
    changes: Changes | None = None,
) -> tuple[Line, ...]:
    """The turns of a call, which was on the day `on`, as cues look at them."""
    lines = []
    asked, told = "", ""
    plains = [plain_of(turn.text) for turn in turns]
    talk = Talk(tuple(plain.text for plain in plains), on)
    for turn, plain in zip(turns, plains, strict=True):
        lines.append(Line(turn, plain, asked, told, talk, grammar, trades, changes))
        if turn.speaker == "agent" and not grammar.only_listens(plain.text):
            asked = plain.text
        elif turn.speaker == "customer":
            told = plain.text
    return tuple(lines)
