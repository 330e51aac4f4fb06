"""Values from the application that the customer explains away: 一万二? 那是八月开海头一个月; 那是照前年算的."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pipeline.language.resources import table
from pipeline.language.script import SENTENCE_END

FILE = "dialogue/explained.yaml"
PUT_DOWN_WITHIN = 16
Why = Literal["aside", "mistaken", "not_his", ""]


class Explained:
    """Finds explanations by `configs/dialogue/explained.yaml`."""

    def __init__(self, own: Path | None = None) -> None:
        words: Mapping[str, Any] = table(FILE, own)
        fillers, heads, behind = words["fillers"], "|".join(words["heads"]), "|".join(words["behind"])
        self._head = re.compile(f"{fillers}(?:{heads})")
        self._behind = re.compile(f"{fillers}(?:{heads}|{behind})")
        self._reasons = re.compile("|".join((*words["reasons"], *words["told"], *words["anothers"])))
        self._told = re.compile("|".join((*words["told"], *words["anothers"])))
        self._put_down = re.compile(words["put_down"])
        self._mistaken = re.compile(words["mistaken"])
        self._not_his_own = re.compile(words["not_his_own"])
        self._turning = re.compile(words["turning"])

    def find(self, text: str, echoes: Sequence[int]) -> tuple[Why, int]:
        """Why a value read out does not hold by a customer's folded reply, and where the explanation ends.

        `echoes` are the offsets where the reply has repeated the value. `aside`: it is
        another time's, a guess, together with another person's; `mistaken`: it was misheard or miswritten; `not_his`:
        somebody else put it down; "" where nothing is explained.
        """
        openings = [self._head.match(text), *(self._behind.match(text, end) for end in echoes)]
        for opened in openings:
            if opened is None:
                continue
            end = self._end(text, opened.end())
            if self._reasons.search(text, opened.start(), end):
                return "aside", end
        mistaken = self._mistaken.search(text)
        if mistaken is not None:
            return "mistaken", self._end(text, mistaken.end())
        told = self._not_his_own.search(text)
        return ("not_his", self._end(text, told.end())) if told is not None else ("", 0)

    def told(self, text: str, end: int) -> int:
        """Where the explanation ends that a value said up to `end` was another's word, or is his value; else 0."""
        opened = self._behind.match(text, end)
        last = self._end(text, opened.end()) if opened is not None else 0
        return last if opened is not None and self._told.search(text, opened.start(), last) else 0

    def put_down(self, text: str, start: int) -> bool:
        """Whether words right before `start` say that somebody else wrote down what follows: 他们帮我填的一万五."""
        return bool(self._put_down.search(text[max(0, start - PUT_DOWN_WITHIN) : start]))

    def _end(self, text: str, start: int) -> int:
        """Where the explanation ends that goes on at `start`: with its sentence, or where the speaker turns."""
        return next(self._stops(text, start), len(text))

    def _stops(self, text: str, start: int) -> Iterator[int]:
        for place in range(start, len(text)):
            if text[place] in SENTENCE_END or (text[place] in ", 、" and self._turning.match(text, place)):
                yield place
