"""Words by which a reply takes up what was read out: a part said again, the verb of the question, 前头两样对."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.language.resources import table, word_list

FILE = "dialogue/responses.yaml"
SHORTEST, REPEATED_WITHIN, HIMSELF_WITHIN = 2, 4, 8


class ReplyWords:
    """Finds them in customers' folded texts by `configs/dialogue/responses.yaml`."""

    def __init__(self, own: Path | None = None) -> None:
        content: Mapping[str, Any] = table(FILE, own)
        self._part_ends = re.compile(content["part_ends"])
        self._taken_back = word_list(content["taken_back"])
        self._first_words = re.compile(content["first_words"])
        self._same_denial = re.compile(content["same_denial"])
        self._still_lives = re.compile(content["still_lives"])
        self._rest_is_right = re.compile(content["rest_is_right"])
        himself: Mapping[str, str] = content["names_himself"]
        self._before_his_name, self._behind_his_name = (
            re.compile(himself["before"] + "$"),
            re.compile(himself["behind"]),
        )
        self._nowhere = re.compile(content["works_nowhere"])
        self._stands_in = re.compile("|".join(content["stands_in"]))

    def repeated(self, heard: str, text: str) -> int:
        """Where a text says a folded value again at its head, untouched by a no before it; -1 where it does not."""
        place = text.find(heard, 0, len(heard) + REPEATED_WITHIN)
        before = text[: max(place, 0)]
        return -1 if len(heard) < SHORTEST or any(word in before for word in self._taken_back) else place

    def works_nowhere(self, text: str) -> bool:
        """Whether a text tells that there is no employer, or only of what kind it is: 个体户; 打零工; 国企."""
        return self._nowhere.fullmatch(text) is not None

    def names_himself(self, name: str, text: str) -> tuple[int, int] | None:
        """Where a text says of a folded name that it is the speaker's: 钟庆瑜是我, 我就是钟庆瑜."""
        for place in (found.start() for found in re.finditer(re.escape(name), text)):
            end = place + len(name)
            before = self._before_his_name.search(text, max(0, place - HIMSELF_WITHIN), place)
            behind = self._behind_his_name.match(text, end)
            if before is not None or behind is not None:
                return place, behind.end() if behind is not None else end
        return None

    def part_said(self, name: str, text: str) -> str:
        """The longest part of a firm's name that a text begins with and stops behind: 恒丰 of 嗯对,恒丰的."""
        for length in range(len(name), SHORTEST - 1, -1):
            for start in range(len(name) - length + 1):
                part = name[start : start + length]
                place = text.find(part, 0, length + REPEATED_WITHIN)
                if place >= 0 and self._part_ends.match(text, place + length):
                    return part
        return ""

    def first_words(self, text: str, *, denied: bool = False) -> tuple[int, int] | None:
        """Where the first words of a text stand that may be the question's: 出了; where it is `denied`, 没换过."""
        match = (self._same_denial if denied else self._first_words).match(text)
        return match.span("words") if match is not None else None

    def rest_is_right(self, text: str) -> tuple[int, int] | None:
        """Where a text agrees to all that it does not name: 前头两样对,月供念反了."""
        match = self._rest_is_right.search(text)
        return match.span() if match is not None else None

    def still_lives(self, text: str) -> tuple[int, int] | None:
        """Where a text says that he still lives there: 没有啊,还住着."""
        match = self._still_lives.search(text)
        return match.span() if match is not None else None

    def stands_in(self, text: str) -> tuple[int, int] | None:
        """Where a text says that somebody answers for the applicant: 他不在,我是他弟弟."""
        match = self._stands_in.search(text)
        return match.span() if match is not None else None
