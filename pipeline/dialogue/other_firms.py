"""Firms that a customer names and does not work for: his former one, another person's, one that would not have him."""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.dialogue.clauses import CLAUSE_REACH, clause_end, clause_start
from pipeline.dialogue.doers import OTHER, SELF, Doers
from pipeline.language.resources import table

FILE = "dialogue/other_firms.yaml"
BEHIND = ("past", "left", "retired", "not_taken", "of_them", "no_part")
WENT = ("left", "retired")
BEFORE = ("partner", "meant")
NEAR, FAR, OVER = 14, 60, 3
SHORTEST, JOINS = 2, "跟给和替帮为往从"


class OtherFirms:
    """Tells by `configs/dialogue/other_firms.yaml` whether a firm is told to be none where the customer works."""

    def __init__(self, own: Path | None = None) -> None:
        content = table(FILE, own)
        words = {name: str(text).replace("{when}", f"(?:{content['when']})") for name, text in content.items()}
        self._at = {name: re.compile(pattern) for name, pattern in words.items() if name not in ("tail", "pause")}
        tail, pause = words["tail"], words["pause"]
        self._behind = {name: re.compile(f"{tail}{pause}(?:{words[name]})") for name in (*BEHIND, "is_of")}
        self._right_behind = {
            name: re.compile(f"{tail}(?:{words[name]})") for name in ("gone", "done", "beside", "wondered")
        }
        self._tail = re.compile(tail)
        self._doers = Doers(own)

    def is_another(self, text: str, start: int, end: int) -> bool:
        """Whether the firm at `start:end` of a folded text is told of another time or another person, or is one that he
        only asked for work, did something for, or stands beside his own: 金汇?那是我爸单位; 面试过金汇没面上.
        """
        if end - start > SHORTEST and text[start] in JOINS:
            start += 1  # 跟金汇机械
        before = text[clause_start(text, start) : start]
        return (
            any(self._is_told_behind(text, last) for last in range(end, max(start + 1, end - OVER), -1))
            or any(self._at[name].search(before) for name in BEFORE)
            or (self._at["tried"].search(before) is not None and self._at["went_in"].match(text, end) is None)
            or self._is_framed("from", "gone", before, text, end)
            or self._is_framed("for_them", "done", before, text, end)
            or self._is_framed("still", "wondered", before, text, end)
            or self._is_where_another_is(before)
        )

    def own_clause(self, text: str, start: int, end: int, turns: str) -> str:
        """The part of the clause around `start:end` up to where it turns, though nothing parts it there: `now` to what
        is so at present (之前在顺捷|现在是海润), `himself` to the customer (我老公在工地|我在恒泽).
        """
        first, last = clause_start(text, start), clause_end(text, end)
        for found in self._at[turns].finditer(text, first, start):
            first = found.start()
        turned = self._at[turns].search(text, end, last)
        return text[first : turned.start() if turned is not None else last]

    def comes_back(self, text: str, end: int) -> bool:
        """Whether who has left is told behind `end` to work there again, or still: 退休了又叫回来的."""
        return self._at["back"].search(text, end, end + FAR) is not None

    def _is_framed(self, opens: str, closes: str, before: str, text: str, end: int) -> bool:
        return self._at[opens].search(before) is not None and self._right_behind[closes].match(text, end) is not None

    def _is_told_behind(self, text: str, end: int) -> bool:
        if self._right_behind["beside"].match(text, end):
            return True
        for name in BEHIND:
            if self._behind[name].match(text, end) is not None:
                again = name != "retired" or self._at["works_again"].search(text, end, end + FAR) is not None
                return again and not (name in WENT and self.comes_back(text, end))
        said = self._behind["is_of"].match(text, end)
        if said is not None and self._leads_to(text, said.end(), "theirs"):
            return True
        tail = self._tail.match(text, end)
        return tail is not None and self._leads_to(text, tail.end(), "in_it")

    def _leads_to(self, text: str, place: int, what: str) -> bool:
        """Whether somebody else is named right at `place`, and `what` behind him: 我爸|单位."""
        people = self._doers.people(text[place : place + NEAR])
        if not people or people[0].start > 0 or people[0].who == SELF:
            return False
        return self._at[what].match(text, place + people[0].end) is not None

    def _is_where_another_is(self, before: str) -> bool:
        """Whether words right before a firm say that somebody else is there: 我妹妹先在服装厂; 我爸他们厂叫金汇."""
        offset = max(0, len(before) - CLAUSE_REACH)
        for person in reversed(self._doers.actors(before[offset:])):
            if self._at["is_at"].fullmatch(before, offset + person.end) is not None:
                joined = self._at["with"].search(before[: offset + person.start]) is not None
                return person.who == OTHER and not joined
        return False
