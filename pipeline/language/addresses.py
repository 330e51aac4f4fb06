"""Addresses in a turn, by their parts: 合肥市蜀山区望江西路99号, 华府大道, 曹二村."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.language.phrases import PhraseBook
from pipeline.language.resources import labelled, table, word_list
from pipeline.language.script import is_han
from pipeline.types import Mention

LONGEST, SHORTEST = 6, 2
_NUMBER = re.compile("[0-9零〇一二三四五六七八九十百幺]{1,5}(?:号楼|号院|号|弄|栋|幢|座|单元|室|楼)")


class AddressReader:
    """Finds addresses by `configs/language/addresses.yaml` and `configs/lexicon/places.yaml`."""

    def __init__(self, own: Path | None = None) -> None:
        content: Mapping[str, Any] = table("language/addresses.yaml", own)
        places: Mapping[str, Any] = table("lexicon/places.yaml", own)
        self._endings = PhraseBook(labelled(content["endings"]))
        self._known = PhraseBook(
            [*((word, "compound") for word in word_list(places["compounds"])), *labelled({"road": places["roads"]})]
        )
        self._openers = PhraseBook((word, "") for word in word_list(content["openers"]))
        self._never = frozenset(word_list(content["never"]))
        self._not_followed = word_list(content["not_followed"])
        self._not_inside = frozenset("".join(word_list(content["not_inside"])))

    def read(self, text: str) -> list[Mention]:
        """Address mentions of a folded text: `value` as heard, `level` its most specific part."""
        parts = self._parts(text)
        mentions: list[Mention] = []
        for start, end, level in parts:
            number = _NUMBER.match(text, end)
            while number is not None:
                end, level = number.end(), "number"
                number = _NUMBER.match(text, end)
            previous = mentions[-1] if mentions else None
            if previous is not None and text[previous.end : start] == "":
                start = previous.start
                mentions.pop()
            words = text[start:end]
            mentions.append(Mention("address", start, end, words, None, words, {"level": level}))
        return mentions

    def _parts(self, text: str) -> list[tuple[int, int, str]]:
        parts: list[tuple[int, int, str]] = []
        known = {hit.end: hit for hit in self._known.find(text)}
        floor = 0
        for hit in self._endings.find(text):
            listed = known.get(hit.end)
            start = (
                listed.start if listed is not None and listed.start >= floor else self._begin(text, floor, hit.start)
            )
            words = text[start : hit.end]
            if hit.start - start < 1 or len(words) < SHORTEST or words in self._never:
                continue
            if text[hit.end : hit.end + 1] in self._not_followed:
                continue
            parts.append((start, hit.end, hit.label))
            floor = hit.end
        return parts

    def _begin(self, text: str, floor: int, end: int) -> int:
        begin = end
        while begin > max(floor, end - LONGEST):
            character = text[begin - 1]
            if not is_han(character) or character in self._not_inside:
                break
            if self._openers.match_before(text, begin, longest=5) is not None:
                break
            begin -= 1
        return begin
