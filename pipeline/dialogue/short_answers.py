"""Answers that mean something only by the question before them: 我开呀 to 谁开, 还没 to 结婚了吗, 跟首付一样."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.language.resources import table, word_list

FILE = "dialogue/short_answers.yaml"
DRIVES = tuple("开用揸驾使")
NAME_REACH = 8
ASKED_BACK = re.compile(r"[^,。!? ]{0,4}\?")


class ShortAnswers:
    """Finds short answers in folded texts by `configs/dialogue/short_answers.yaml`; gives where they stand."""

    def __init__(self, own: Path | None = None) -> None:
        content: Mapping[str, Any] = table(FILE, own)
        self._not_yet = re.compile(content["not_yet"])
        self._count_instead = re.compile(content["count_instead"])
        self._at_times = re.compile(content["at_times"])
        self._same_as = re.compile(content["same_as"])
        drives: Mapping[str, str] = content["drives"]
        self._himself, self._not_himself = re.compile(drives["himself"]), re.compile(drives["not_himself"])
        self._with_car = re.compile(drives["with_car"])
        self._somebody, self._named = re.compile(drives["somebody"]), re.compile(drives["named"])
        self._another_car, self._called = re.compile(drives["another_car"]), re.compile(drives["called"])
        self._compared = word_list(drives["compared"])

    def not_yet(self, text: str) -> tuple[int, int] | None:
        """The no to 结婚了吗 that a text begins with: 还没."""
        match = self._not_yet.match(text)
        return match.span() if match is not None else None

    def is_done_at_times(self, text: str) -> bool:
        """Whether an answer to 跑网约车吗 only says that he does at times: 有空就跑跑."""
        return self._at_times.fullmatch(text) is not None

    def counts_instead(self, text: str) -> Iterator[tuple[int, int]]:
        """Counts that take the place of another one: 四十八 of 不是六十,是四十八."""
        return (match.span("count") for match in self._count_instead.finditer(text))

    def same_as(self, text: str) -> tuple[tuple[int, int], str] | None:
        """Where a value is said to be another one's too, and the words for that one: 首付 of 跟首付一样."""
        match = self._same_as.search(text)
        return (match.span(), match["what"]) if match is not None else None

    def himself(self, text: str) -> tuple[int, int] | None:
        """我 at the head of an answer to 谁开: 我用,上厂里; 不我开谁开. 我自己开? only asks back."""
        match = self._himself.match(text)
        if match is None or ASKED_BACK.match(text, match.end()):
            return None
        start, end = match.span("me" if match["me"] else "who")
        return None if self.is_of_another_car(text, end) else (start, end)

    def with_car(self, text: str) -> tuple[int, int] | None:
        """我 who drives, told with what for: 我开车带他看病用的."""
        match = self._with_car.search(text)
        return match.span("me") if match is not None else None

    def not_himself(self, text: str) -> tuple[int, int] | None:
        """The clause of one who says that he does not drive: 不开,我有一台宝马."""
        match = self._not_himself.search(text)
        return match.span("me") if match is not None else None

    def is_of_another_car(self, text: str, end: int) -> bool:
        """Whether who is named up to `end` of a folded text is said to drive another car than the one bought."""
        verb = text[end - 1] if text[end - 1] in DRIVES else text[end : end + 1]
        return verb in DRIVES and self._another_car.match(text, end + (text[end - 1] not in DRIVES)) is not None

    def is_compared(self, text: str, start: int) -> bool:
        """Whether who is named from `start` on is only what something is compared with: 比我自己跑划算."""
        return text.endswith(self._compared, 0, start)

    def named(self, text: str) -> tuple[int, int] | None:
        """Who is called by his name where he is said to drive: 阿强 of 阿强开啊."""
        match = self._named.search(text)
        return match.span("he") if match is not None else None

    def stands_by(self, text: str, name: str, start: int, end: int) -> bool:
        """Whether a name stands right before or behind who it is, at `start:end`: 我朋友啊,阿强."""
        behind = self._called.match(text, end)
        before = text[max(0, start - NAME_REACH) : start]
        found = before.rfind(name)
        beside = found >= 0 and self._called.fullmatch(before, found + len(name)) is not None
        return beside or (behind is not None and text.startswith(name, behind.end()))

    def somebody(self, text: str, *, of_car: bool) -> tuple[int, int] | None:
        """他 of 他开呀, who drives; with `of_car`, only where the car is named (车他开着)."""
        match = self._somebody.search(text)
        return match.span("he") if match is not None and (match["car"] or not of_car) else None
