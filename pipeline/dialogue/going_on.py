"""Turns of one speaker that are one utterance: a recogniser parts them at a pause, or a 嗯 of the agent's does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.errors import SettingsError
from pipeline.language.resources import table
from pipeline.language.script import CLAUSE_END, fold
from pipeline.types import Turn

FILE = "dialogue/going_on.yaml"
JOINT, UNFINISHED = ",", (",", "、")
MOST, LONGEST = 8, 240
"""Turns and characters that are joined at most: who goes on for longer tells a story, and says it turn by turn."""


class GoingOn:
    """Joins what one party says in several turns with nothing said between them but a sign of listening."""

    def __init__(self, own: Path | None = None) -> None:
        """By the lender's `going_on.yaml` or the built-in one. Raises SettingsError."""
        rules = table(FILE, own)
        try:
            self._only_listens = re.compile(rules["only_listens"])
            self._nods = re.compile(rules["nods"])
            self._by_itself = re.compile(rules["by_itself"])
            self._digits = re.compile(rules["digits"])
            self._ends = re.compile(rules["ends"])
        except (re.error, TypeError) as error:
            raise SettingsError(f"config file {FILE}: {error}; mend the file") from error

    def joined(self, turns: Sequence[Turn]) -> tuple[Turn, ...]:
        """The turns, those that are one utterance as one; its `parts` are what they were."""
        return tuple(_as_one(group) if len(group) > 1 else group[0] for group in self._groups(turns))

    def _groups(self, turns: Sequence[Turn]) -> Iterator[list[Turn]]:
        group: list[Turn] = []
        place = 0
        while place < len(turns):
            turn = turns[place]
            if group and self._goes_on(group, turn):
                group.append(turn)
            elif group and self._listens(group[-1], turns, place) and self._goes_on(group, turns[place + 1]):
                group.append(turns[place + 1])
                place += 1
            else:
                if group:
                    yield group
                group = [turn]
            place += 1
        if group:
            yield group

    def _listens(self, speaking: Turn, turns: Sequence[Turn], place: int) -> bool:
        """Whether the turn at `place` is no more than a sign of listening to who was `speaking`, and goes on."""
        if {turns[place].speaker, speaking.speaker} != {"agent", "customer"} or place + 1 == len(turns):
            return False
        text, unfinished = fold(turns[place].text), fold(speaking.text).rstrip().endswith(UNFINISHED)
        if speaking.speaker == "agent" and not unfinished:
            return False  # 月供两千六。 - 嗯。 is an answer
        if self._only_listens.fullmatch(text) is not None:
            return True
        return speaking.speaker == "customer" and unfinished and self._nods.fullmatch(text) is not None

    def _goes_on(self, group: Sequence[Turn], following: Turn) -> bool:
        speaker = group[-1].speaker
        if speaker not in ("agent", "customer") or following.speaker != speaker or len(group) == MOST:
            return False
        if sum(len(each.text) for each in (*group, following)) > LONGEST:
            return False
        if speaker == "agent":
            return self._ends.search(fold(group[-1].text)) is None
        texts = [fold(each.text) for each in (group[-1], following)]
        return not (any(map(self._by_itself.fullmatch, texts)) or all(map(self._digits.fullmatch, texts)))


def _as_one(group: Sequence[Turn]) -> Turn:
    text = ""
    parts: list[tuple[int, Turn]] = []
    for turn in group:
        if text and text[-1] not in CLAUSE_END:
            text += JOINT
        parts.append((len(text), turn))
        text += turn.text
    first = group[0]
    return Turn(first.id, first.speaker, first.start, group[-1].end, text, parts=tuple(parts))
