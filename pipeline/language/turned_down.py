"""What somebody else wanted of the customer and he turned down: 有个老乡喊我拿名字帮他搞一台,我没理他."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.language.per_call import remembered
from pipeline.language.resources import table

FILE = "language/turned_down.yaml"
# From what is asked to the refusal, and how many clauses before it may tell who asks.
REACH, CLAUSES_BEFORE = 56, 2
STOPS, CLAUSE_STOPS = "。?!;", "。?!;, "


class TurnedDown:
    """Finds, by `configs/language/turned_down.yaml`, where a text tells of what others wanted in vain."""

    def __init__(self, own: Path | None = None) -> None:
        words: Mapping[str, Any] = table(FILE, own)
        self._asks = re.compile("|".join(words["asks"]))
        self._refuses = re.compile("|".join(words["refuses"]))
        self._gives_in = re.compile(words["gives_in"])
        self._who = re.compile(words["who"])

    @remembered(512)
    def spans(self, text: str) -> list[tuple[int, int]]:
        """Stretches of a folded or plain text, from who asks to the refusal."""
        found: list[tuple[int, int]] = []
        for ask in self._asks.finditer(text):
            if found and ask.start() < found[-1][1]:
                continue
            refusal = self._refuses.search(text, ask.end(), _reach(text, ask.end()))
            if refusal is None or self._gives_in.search(text, refusal.start()):
                continue
            start = self._start(text, ask)
            if start is not None:
                found.append((start, refusal.end()))
        return found

    def holds(self, text: str, start: int, end: int) -> bool:
        """Whether what stands at `start:end` is part of what was turned down."""
        spans = self.spans(text)
        place = bisect_right(spans, start, key=lambda span: span[0])
        return any(first <= start and end <= last for first, last in spans[max(0, place - 2) : place])

    def _start(self, text: str, ask: re.Match[str]) -> int | None:
        """Where the clause begins that tells who asks; None where nobody else does (我要, 单位让我)."""
        start = end = ask.end()
        for _ in range(1 + CLAUSES_BEFORE):
            start = _clause_start(text, start)
            if self._who.search(text, start, end):
                return start
            if start == 0 or text[start - 1] in STOPS:
                return None
            start -= 1
        return None


def _clause_start(text: str, place: int) -> int:
    while place and text[place - 1] not in CLAUSE_STOPS:
        place -= 1
    return place


def _reach(text: str, place: int) -> int:
    """How far behind an ask a refusal of it may stand: in its sentence or the next one."""
    stops, end = 0, place
    while end < len(text) and end - place < REACH:
        stops += text[end] in STOPS
        if stops > 1:
            break
        end += 1
    return end
