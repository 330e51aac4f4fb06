"""What the car is bought for, in the contract's words; a purpose taken back (不跑滴滴) is marked `negated`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.language.phrases import PhraseBook
from pipeline.language.resources import labelled, table, word_list
from pipeline.language.sieve import sought
from pipeline.language.vocabulary import asks_either
from pipeline.types import Mention

# What a car is for stands near the head of a turn.
READ = 400
PRIVATE = "personal_use"


def _on_platforms(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """跑T3, 挂在曹操, T3司机: a platform with a word for working on it, before or behind it."""
    before, behind = word_list(content["works_on"]), word_list(content["works"])
    for value, names in content["platforms"].items():
        for name in word_list(names):
            yield from ((word + name, value) for word in before)
            yield from ((name + word, value) for word in behind)


class _Patterns:
    """The patterns of a list of the file, with the purposes that they tell."""

    def __init__(self, content: Mapping[str, Any], name: str) -> None:
        self._values = [
            (value, re.compile(pattern.replace("{money}", content["money"]).replace("{others}", content["others"])))
            for value, each in content[name].items()
            for pattern in each
        ]
        self._sought = sought(tuple(pattern.pattern for _, pattern in self._values))

    def possible(self, text: str) -> Iterator[tuple[str, re.Pattern[str]]]:
        """Those that a text may hold, with their purposes."""
        return map(self._values.__getitem__, self._sought.possible(text))


class PurposeReader:
    """Finds purposes by the phrases of `configs/language/purposes.yaml`."""

    def __init__(self, own: Path | None = None) -> None:
        content: Mapping[str, Any] = table("language/purposes.yaml", own)
        self._phrases = PhraseBook(labelled(content["phrases"]), sound=True)
        self._platforms = PhraseBook(_on_platforms(content))
        self._patterns = _Patterns(content, "patterns")
        self._asked_patterns = _Patterns(content, "asked_patterns")
        self._asked = PhraseBook(labelled(content["asked"]))
        self._untouched = re.compile(content["untouched"])
        self._negations = PhraseBook((word, "") for word in word_list(content["negations"]))
        self._opened = re.compile(content["opened"])
        self._names = PhraseBook((word, "") for word in word_list(content["names"]))
        self._plain = re.compile("|".join(map(re.escape, word_list(content["plain"]))))
        self._gaps = ("", *word_list(content["gaps"]))
        self.order = word_list(content["order"])

    def read(self, text: str) -> list[Mention]:
        """Purpose mentions of a folded text; `value` is the purpose; `weak` counts only where one is asked, `told` are
        those told in more words than a phrase."""
        mentions: list[Mention] = []
        named = self._phrases.find(text)
        apart = {index for hit in self._names.find(text) for index in range(hit.start, hit.end)}
        named = [hit for hit in named if hit.start not in apart]
        places = {index for hit in named if not hit.by_sound for index in range(hit.start, hit.end)}
        at_work = [hit for hit in self._platforms.find(text) if places.isdisjoint(range(hit.start, hit.end))]
        for hit in (*named, *at_work):
            if hit.by_sound and (len(hit.phrase) < 3 or self._plain.search(text, hit.start, hit.end)):
                continue
            if hit.label == PRIVATE and self._opened.match(text, hit.end - 1) is not None:
                continue
            attributes = {"negated": "yes"} if self._negated(hit.label, text, hit.start, hit.end) else {}
            mentions.append(
                Mention("purpose", hit.start, hit.end, text[hit.start : hit.end], None, hit.label, attributes)
            )
        mentions += _beside(mentions, self._told(text, self._patterns, {"told": "yes"}))
        covered = {index for mention in mentions for index in range(mention.start, mention.end)}
        for hit in self._asked.find(text):
            if covered.isdisjoint(range(hit.start, hit.end)):
                attributes = {
                    "weak": "yes",
                    **({"negated": "yes"} if self._negated(hit.label, text, hit.start, hit.end) else {}),
                }
                words = text[hit.start : hit.end]
                mentions.append(Mention("purpose", hit.start, hit.end, words, None, hit.label, attributes))
        mentions += _beside(mentions, self._told(text, self._asked_patterns, {"weak": "yes"}))
        return sorted(mentions, key=lambda mention: mention.start)

    def _told(self, text: str, patterns: _Patterns, attributes: Mapping[str, str]) -> list[Mention]:
        """Purposes told in more words than a phrase: 农闲时往郑州带人,一个人收六十."""
        mentions: list[Mention] = []
        for value, pattern in patterns.possible(text):
            for match in pattern.finditer(text[:READ]):
                start, end = match.span()
                taken_back = {"negated": "yes"} if self._negated(value, text, start, end) else {}
                mentions.append(
                    Mention("purpose", start, end, text[start:end], None, value, {**attributes, **taken_back})
                )
        return mentions

    def _negated(self, value: str, text: str, start: int, end: int) -> bool:
        """Whether words before a purpose take it back, or right behind a trade: 不跑滴滴; 营运我可搞不来."""
        if value != PRIVATE and self._untouched.match(text, end) is not None:
            return True
        return any(
            text.endswith(gap, 0, start)
            and (before := self._negations.match_before(text, start - len(gap))) is not None
            and not asks_either(text, before.start)
            for gap in self._gaps
        )


def _beside(mentions: list[Mention], told: list[Mention]) -> list[Mention]:
    """Those of `told` that do not say once more what one of `mentions` says there."""
    said = {(mention.value, place) for mention in mentions for place in range(mention.start, mention.end)}
    return [each for each in told if said.isdisjoint((each.value, place) for place in range(each.start, each.end))]
