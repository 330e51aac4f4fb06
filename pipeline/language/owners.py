"""Whose money an amount is: the applicant's own (the default), the household's, or another person's."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.language.phrases import Hit, PhraseBook
from pipeline.language.resources import labelled, table, word_list
from pipeline.language.script import CLAUSE_END, SENTENCE_END

REACH = 22
NO_OWNER = frozenset({"self", "company", "colleague", "other", "friend"})


class OwnerReader:
    """Finds the words that say whose an amount is, by `configs/language/money.yaml` and `relations.yaml`."""

    def __init__(self, words: Mapping[str, Any], own: Path | None = None) -> None:
        self._book = PhraseBook([*labelled(words["owners"]), *_people(own)])
        self._joins = word_list(words["joins"])
        self._with_him = re.compile(words["with_him"])

    def find(self, text: str) -> list[Hit]:
        """The owner words of a folded text, by place; 我和我老婆 counts as the household."""
        return [self._joined(text, hit) for hit in self._book.find(text)]

    def of(self, text: str, owners: Sequence[Hit], position: int) -> str:
        """household or other for the amount at `position`; "" where it is the applicant's own."""
        place = bisect_right(owners, position, key=lambda hit: hit.start)
        if not place:
            return ""
        hit = owners[place - 1]
        between = text[hit.end : position]
        if hit.label == "self" or len(between) > REACH or SENTENCE_END.intersection(between):
            return ""
        if hit.label == "other" and CLAUSE_END.intersection(between):
            return ""
        if hit.label == "other" and self._with_him.search(text[max(0, hit.start - REACH) : hit.start]):
            return ""
        if "我" in between.removesuffix("我们"):
            return ""
        return hit.label

    def _joined(self, text: str, hit: Hit) -> Hit:
        before = text[max(0, hit.start - 3) : hit.start].removesuffix("我")
        if hit.label == "other" and before.endswith(tuple(self._joins)):
            return Hit(hit.start, hit.end, hit.phrase, "household")
        return hit


def _people(own: Path | None) -> Iterator[tuple[str, str]]:
    relations: Mapping[str, Any] = table("language/relations.yaml", own)
    for word, label in labelled(relations["relations"]):
        if label not in NO_OWNER:
            yield word, "other"
