"""An agent's turn as a question: the fields that it asks for, and the values that it reads out."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.dialogue.readouts import Readout


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
