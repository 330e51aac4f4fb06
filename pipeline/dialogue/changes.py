"""Whose change a customer tells of: his own job, home or number, or somebody else's (我老婆上个月换了工作)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from pipeline.dialogue.clauses import clause_end, clause_start
from pipeline.dialogue.doers import OTHER, SELF, Doers
from pipeline.language.resources import table, word_list

FILE = "dialogue/changes.yaml"
NEAR, NEGATION = 14, 6


class Changes:
    """Tells by `configs/dialogue/changes.yaml` whether a change is somebody else's, or of something else."""

    def __init__(self, own: Path | None = None) -> None:
        words = dict(table(FILE, own))
        self._himself_too = word_list(words.pop("himself_too"))
        self._at = {name: re.compile(pattern) for name, pattern in words.items()}
        self._doers = Doers(own)

    def is_elsewhere(self, text: str, start: int, end: int) -> bool:
        """Whether the change told at `start:end` of a folded text is none of his: 儿子上个月搬出去了; 刚换了领导."""
        places = list(self._told(text, start, end, "changed")) or [(start, start)]  # 新来的这个|才半个月
        return self._is_elsewhere(text, *places[-1])

    def are_elsewhere(self, text: str, start: int, end: int) -> bool:
        """Whether changes are told at `start:end` of a folded text, and none of them is his and took place."""
        places = list(self._told(text, start, end, "plainly"))
        return bool(places) and all(
            self._at["not_so"].search(text[max(0, first - NEGATION) : first]) or self._is_elsewhere(text, first, last)
            for first, last in places
        )

    def _told(self, text: str, start: int, end: int, which: str) -> Iterator[tuple[int, int]]:
        return (found.span() for found in self._at[which].finditer(text, start, end))

    def _is_elsewhere(self, text: str, start: int, end: int) -> bool:
        if self._at["something_else"].match(text, end):
            return True
        first = clause_start(text, start)
        before = text[first:start]
        if self._at["meant"].search(before):
            return True
        firm = self._place_of_firm(before)
        doer, place = self._doer(before)
        if firm is not None and firm > place:
            return self._at["firm_moves"].match(text, start, clause_end(text, end)) is not None
        if doer:
            return doer == OTHER
        return first > 0 and self._is_named_alone(text, first)

    def _place_of_firm(self, before: str) -> int | None:
        """Where the firm ends that is named last before what is changed, with little between: 我们单位|上周."""
        for end in range(len(before), max(0, len(before) - NEAR), -1):
            if self._at["firm"].search(before[:end]):
                return end
        return None

    def _doer(self, before: str) -> tuple[str, int]:
        """Who is named last before a change, as one who does it, and where his name ends; "" for nobody."""
        for person in reversed(self._doers.people(before)):
            word, gap = before[person.start : person.end], before[person.end :]
            if word in self._himself_too and person.start:
                continue
            if person.who == SELF:
                return SELF, person.end
            if self._at["with"].search(before[: person.start]):
                continue
            if len(gap) > NEAR or self._at["not_he"].search(gap):
                return "", 0
            return OTHER, person.end
        return "", 0

    def _is_named_alone(self, text: str, first: int) -> bool:
        """Whether the clause right before `first` names somebody else and nothing else: 老公啊,前几天刚换了单位."""
        clause = text[clause_start(text, first - 1) : first - 1]
        people = self._doers.people(clause)
        if not people or people[-1].who == SELF or self._at["with"].search(clause[: people[-1].start]):
            return False
        return self._at["pause"].fullmatch(clause, people[-1].end) is not None
