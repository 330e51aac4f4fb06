"""Where somebody lives: 五华区学府路, 锦城路十二号, 滨湖世纪城; or whatever follows 住在, 搬到, 家在."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.language.phrases import PhraseBook
from pipeline.language.resources import table, word_list
from pipeline.types import Mention

FILE = "language/addresses.yaml"
CLAUSE = re.compile(r"[\u3400-\u9fffa-z0-9]+")
SHORTEST, LONGEST = 2, 24
# A bare suffix is the end of no name: the words before it must be more than this.
STEM = 1
NUMERALS = frozenset("零〇一幺二两三四五六七八九十百0123456789abcdef")


class AddressReader:
    """Finds addresses by `configs/language/addresses.yaml` and the places of `configs/lexicon/places.yaml`."""

    def __init__(self, own: Path | None = None) -> None:
        content: Mapping[str, Any] = table(FILE, own)
        places: Mapping[str, Any] = table("lexicon/places.yaml", own)
        self._ends = PhraseBook(
            [(word, "end") for word in word_list(content["endings"])]
            + [(word, "not") for word in word_list(content["not_endings"])]
            + [(word, "whole") for name in places for word in word_list(places[name]) if len(word) > 2]
        )
        self._counted = frozenset(word_list(content["counted"]))
        self._lives = PhraseBook((word, "") for word in word_list(content["lives"]))
        self._openers = PhraseBook((word, "") for word in word_list(content["openers"]))
        self._closers = word_list(content["closers"])
        self._kinds = frozenset(word_list(content["endings"]))
        self._never = word_list(content["never"])
        self._never_first = word_list(content["never_first"])
        self._past = word_list(content["past"])
        self._others = word_list(content["others"])

    def read(self, text: str) -> list[Mention]:
        """Address mentions of a folded text, at most one a clause. `frame` is `lives` where words say that somebody
        lives or has moved there; `past`: he did before; `other`: another person does.
        """
        mentions: list[Mention] = []
        for clause in CLAUSE.finditer(text):
            found = self._in_clause(text, *clause.span())
            if found is not None:
                mentions.append(found)
        return mentions

    def _in_clause(self, text: str, start: int, end: int) -> Mention | None:
        framed = self._lives.find(text[start:end])
        all_ends = list(self._place_ends(text, start, end))
        if not framed and not all_ends:
            return None
        attributes: dict[str, str] = {}
        if framed:
            hit = framed[-1]
            begin = self._after_openers(text, start + hit.end, end)
            ends = [place for place in all_ends if place > begin + STEM]
            stop = ends[-1] if ends else self._closed(text, begin, end)
            if self._is_place(text[begin:stop]):
                attributes["frame"] = "lives"
            else:
                framed = []
        if not framed:
            begin = self._after_openers(text, start, end)
            ends = [place for place in all_ends if place > begin + STEM]
            if not ends:
                return None
            stop = ends[-1]
            if not self._is_place(text[begin:stop]):
                return None
        before = text[start:begin]
        if any(word in before for word in self._past):
            attributes["past"] = "yes"
        if any(word in before for word in self._others):
            attributes["other"] = "yes"
        name = text[begin:stop]
        return Mention("address", begin, stop, name, None, name, attributes)

    def _place_ends(self, text: str, start: int, end: int) -> Iterator[int]:
        for hit in self._ends.find(text[start:end]):
            counted = hit.phrase in self._counted and text[start + hit.start - 1] not in NUMERALS
            if hit.label != "not" and (hit.start or hit.label == "whole") and not counted:
                yield start + hit.end

    def _after_openers(self, text: str, start: int, end: int) -> int:
        while (hit := self._openers.match(text, start)) is not None and hit.end < end:
            start = hit.end
        return start

    def _closed(self, text: str, start: int, end: int) -> int:
        """Where a place that no ending shows ends: before the words that go on."""
        clause = text[start:end]
        return start + min((place for word in self._closers if (place := clause.find(word)) > 0), default=len(clause))

    def _is_place(self, name: str) -> bool:
        if name in self._kinds or name.isdigit() or name.startswith(self._never_first):
            return False
        if not SHORTEST <= len(name) <= LONGEST:
            return False
        return not any(word in name for word in self._never)
