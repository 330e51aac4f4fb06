"""Which of the people of an answer to 谁开 drives mainly, and whether nobody does yet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from pipeline.dialogue.clauses import clause_end, clause_start
from pipeline.language.resources import table, word_list
from pipeline.types import Mention

FILE = "dialogue/relevance.yaml"
THOUGHT_OF, NOW_AND_THEN, NAMED, DRIVES, MAINLY = range(5)


class Drivers:
    """Weighs people by `drivers` of `configs/dialogue/relevance.yaml`."""

    def __init__(self, own: Path | None = None) -> None:
        words = table(FILE, own)["drivers"]
        self._thought_of = re.compile(words["thought_of"])
        self._now_and_then = re.compile(words["now_and_then"])
        self._at_times = re.compile(words["at_times"])
        self._mainly = re.compile(words["mainly"])
        self._mainly_behind = re.compile(words["mainly_behind"])
        self._he = re.compile(words["he"])
        self._turning = word_list(words["turning"])
        self._open = re.compile(words["open"])

    def he(self, text: str) -> re.Match[str] | None:
        """Where an agent's folded text names who was spoken of before as the one who drives: 所以到手以后是他开?"""
        return self._he.search(text)

    def mainly(self, text: str, people: Sequence[Mention]) -> list[Mention]:
        """Of several people of a folded answer those most plainly said to drive: not who was only thought of before
        (本来给我媳妇开), nor who drives now and then; from a turning word on (那就我开呗) only those behind it."""
        weights = [self._weight(text, people, place) for place in range(len(people))]
        most = max(weights, default=0)
        best = [each for each, weight in zip(people, weights, strict=True) if weight == most]
        turned = [each for each in best if any(word in text[best[0].end : each.start] for word in self._turning)]
        return turned or best

    def is_open(self, text: str, people: Sequence[Mention]) -> bool:
        """Whether a folded answer leaves open who drives, and nobody is said to do so mainly: 谁出门谁开."""
        if self._open.search(text) is None:
            return False
        return all(self._weight(text, people, place) < MAINLY for place in range(len(people)))

    def _weight(self, text: str, people: Sequence[Mention], place: int) -> int:
        """How plainly somebody drives, by his clause as far as the people beside him."""
        mention = people[place]
        floor = people[place - 1].end if place else 0
        ceiling = people[place + 1].start if place + 1 < len(people) else len(text)
        before = text[max(floor, clause_start(text, mention.start)) : mention.start]
        behind = text[mention.end : min(ceiling, clause_end(text, mention.end))]
        if self._thought_of.search(before):
            return THOUGHT_OF
        if self._at_times.search(before) or self._now_and_then.search(behind):
            return NOW_AND_THEN
        drives = mention.attributes.get("drives") == "yes"
        mainly = self._mainly.search(before + mention.text) is not None
        if mainly or (drives and self._mainly_behind.match(mention.text[-1] + behind)):
            return MAINLY
        return DRIVES if drives else NAMED
