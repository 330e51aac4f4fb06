"""Answers that mean something only by the question before them: 我开呀 to 谁开, 还没 to 结婚了吗, 跟首付一样."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.language.resources import table

FILE = "dialogue/short_answers.yaml"
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
        self._somebody = re.compile(drives["somebody"])

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
        return match.span("me" if match["me"] else "who")

    def not_himself(self, text: str) -> tuple[int, int] | None:
        """The clause of one who says that he does not drive: 不开,我有一台宝马."""
        match = self._not_himself.search(text)
        return match.span("me") if match is not None else None

    def somebody(self, text: str, *, of_car: bool) -> tuple[int, int] | None:
        """他 of 他开呀, who drives; with `of_car`, only where the car is named (车他开着)."""
        match = self._somebody.search(text)
        return match.span("he") if match is not None and (match["car"] or not of_car) else None
