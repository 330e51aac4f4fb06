"""Names of firms and other employers: 合肥智远电子有限公司, 顺达物流, 京东方."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.language.phrases import Hit, PhraseBook
from pipeline.language.resources import table, word_list
from pipeline.language.script import is_digit, is_han, is_latin
from pipeline.types import Mention

LONGEST, SHORTEST = 18, 2


class OrganisationReader:
    """Finds organisations by their endings and by the known names of `configs/lexicon/employers.yaml`."""

    def __init__(self, own: Path | None = None) -> None:
        words: Mapping[str, Any] = table("language/organisations.yaml", own)
        employers: Mapping[str, Any] = table("lexicon/employers.yaml", own)
        endings = (*word_list(words["endings"]), *word_list(employers["trades"]))
        self._endings = PhraseBook((word, "") for word in endings)
        self._openers = PhraseBook((word, "") for word in word_list(words["openers"]))
        self._known = PhraseBook((word, "known") for word in word_list(employers["known"]))
        self._never = word_list(words["never"])
        self._general = frozenset(word_list(words["general"]))

    def read(self, text: str) -> list[Mention]:
        """Organisation mentions of a folded text: `value` is the name as heard; `general` marks 公司 and the like."""
        ends = self._ends(text)
        mentions: list[Mention] = []
        floor = 0
        for start, end in ends:
            begin = self._begin(text, max(floor, start - LONGEST), start)
            name = text[begin:end]
            if len(name) < SHORTEST or begin < floor or any(word in name for word in self._never):
                continue
            attributes = {"general": "yes"} if name in self._general or begin == start else {}
            mentions.append(Mention("organisation", begin, end, name, None, name, attributes))
            floor = end
        covered = {index for mention in mentions for index in range(mention.start, mention.end)}
        for hit in self._known.find(text):
            if covered.isdisjoint(range(hit.start, hit.end)):
                name = text[hit.start : hit.end]
                mentions.append(Mention("organisation", hit.start, hit.end, name, None, hit.phrase))
        return sorted(mentions, key=lambda mention: mention.start)

    def _ends(self, text: str) -> list[tuple[int, int]]:
        """Stretches of endings that follow each other (电子 + 有限公司)."""
        merged: list[tuple[int, int]] = []
        hits: list[Hit] = self._endings.find(text)
        for hit in hits:
            if merged and hit.start == merged[-1][1]:
                merged[-1] = (merged[-1][0], hit.end)
            else:
                merged.append((hit.start, hit.end))
        return merged

    def _begin(self, text: str, floor: int, end: int) -> int:
        """Where the name that ends with the ending at `end` begins: after an opener, a pause or the start."""
        begin = end
        while begin > floor:
            if self._openers.match_before(text, begin, longest=6) is not None:
                break
            character = text[begin - 1]
            if not (is_han(character) or is_latin(character) or is_digit(character)):
                break
            begin -= 1
        return begin
