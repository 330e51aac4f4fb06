"""An agent's turn as a question: the fields that it asks for, and the values that it reads out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.dialogue.readouts import Readout
from pipeline.dialogue.topics import Bound
from pipeline.language.phrases import Hit
from pipeline.types import Mention

HOW_MUCH = ("多少", "好多")


@dataclass(frozen=True, slots=True)
class AgentTurn:
    """An agent's folded turn while it is read. `cues`: the words found in it, by their lists; `chances`: how likely it
    is about each field; `settles`: the next value settles what was said before; `other`: it is about somebody else.
    """

    text: str
    mentions: tuple[Mention, ...]
    recent: Sequence[str]
    cues: Mapping[str, Sequence[Hit]]
    chances: Mapping[str, float]
    bound: Sequence[Bound]
    settles: bool
    other: bool

    @property
    def only_tells(self) -> bool:
        """Whether it tells rules, or what comes next, and asks nothing."""
        asks = self.text.rstrip(" 。").endswith("?") and any(word in self.text for word in HOW_MUCH)
        return bool(self.cues["telling"]) and not self.cues["yes_no"] and not asks


@dataclass(frozen=True, slots=True)
class Ask:
    """An open question. `strong`: it plainly waits for an answer; `settles`: it asks which of two values holds."""

    field: str
    strong: bool = True
    settles: bool = False
    period: str = ""
    length: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """An agent's turn as a question; `asks_last`: after all that was read out comes an open question;
    `about_another`: the numbers asked for are another person's; `closed`: it is to be answered with yes or no.
    """

    asks: tuple[Ask, ...] = ()
    readouts: tuple[Readout, ...] = ()
    asks_last: bool = False
    tag_only: bool = False
    about_another: bool = False
    closed: bool = False
