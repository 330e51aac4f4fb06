"""A written call turned into a transcript: times made up from the length of what is said, speakers unnamed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.contract import TRANSCRIPT_SCHEMA, Role, Transcript, TranscriptTurn

CHARACTERS_A_SECOND = 4.5
PAUSE_SECONDS = 0.4


@dataclass(frozen=True, slots=True)
class Line:
    """One turn as it is written: who speaks, and what he says."""

    role: Role
    text: str


def staged(lines: Sequence[Line], *, call_id: str, recorded_at: datetime | None, named: bool = False) -> Transcript:
    """The transcript of `lines`: 4.5 spoken characters a second, 0.4 s between turns, labels `S0`, `S1`, `S2`, or
    with `named` the roles themselves.

    The same lines always give the same times.
    """
    roles = dict.fromkeys(line.role for line in lines)
    labels = {role: role if named else f"S{number}" for number, role in enumerate(roles)}
    turns = []
    clock = PAUSE_SECONDS
    for number, line in enumerate(lines):
        end = clock + max(1, sum(character.isalnum() for character in line.text)) / CHARACTERS_A_SECOND
        turns.append(
            TranscriptTurn(
                id=number, speaker=labels[line.role], start=round(clock, 3), end=round(end, 3), text=line.text
            )
        )
        clock = end + PAUSE_SECONDS
    return Transcript(
        schema=TRANSCRIPT_SCHEMA, call_id=call_id, duration=round(clock, 3), recorded_at=recorded_at, turns=turns
    )
