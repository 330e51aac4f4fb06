"""Finds many phrases in a text at once, by their characters or, for longer ones, by their sound."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.language import sounds
from pipeline.language.script import fold
from pipeline.language.sieve import RULED_OUT, place_of

LONGEST_BEFORE = 8


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase found at `start:end`; `label` says what it was listed under."""

    start: int
    end: int
    phrase: str
    label: str
    by_sound: bool = False


class Words(tuple[str, ...]):
    """Words of which one may stand in a text; for lists that many texts are asked for."""

    _place: int

    def __new__(cls, words: Iterable[str]) -> Words:
        """The words in their order."""
        made = super().__new__(cls, words)
        made._place = place_of(frozenset(word[:2] for word in made))
        return made

    def stand_in(self, text: str) -> bool:
        """Whether one of them stands in a text."""
        return not RULED_OUT.get(text, 0) >> self._place & 1 and any(map(text.__contains__, self))


class PhraseBook:
    """A list of (phrase, label); time to search grows with the text alone, as phrases are short.

    With `sound`, phrases of two characters also match by toneless pinyin and those of three or more by the coarser
    key. What is written as listed wins over what only sounds so; longer wins over shorter.
    """

    def __init__(self, entries: Iterable[tuple[str, str]], *, sound: bool = False) -> None:
        self._labels: dict[str, str] = {}
        for phrase, label in entries:
            if phrase:
                self._labels.setdefault(fold(phrase), label)
        self._written = re.compile(trie(self._labels)) if self._labels else NEVER
        self._place = place_of(frozenset(phrase[:2] for phrase in self._labels))
        self._last = frozenset(phrase[-1] for phrase in self._labels)
        self._lengths = sorted({len(phrase) for phrase in self._labels}, reverse=True)
        heard = [(phrase, label) for phrase, label in self._labels.items() if sound and len(phrase) > 1]
        self._pairs = _SoundIndex([entry for entry in heard if len(entry[0]) == 2], sounds.syllable_codes)
        self._longer = _SoundIndex([entry for entry in heard if len(entry[0]) > 2], sounds.key_codes)
        self._by_sound = bool(heard)

    def find(self, text: str) -> list[Hit]:
        """Phrases in a folded text that do not overlap: the longest at each place, from the left."""
        hits = [] if RULED_OUT.get(text, 0) >> self._place & 1 else self._written_in(text)
        heard = [*self._pairs.find(text), *self._longer.find(text)] if self._by_sound else ()
        if not heard:
            return hits
        covered = {index for hit in hits for index in range(hit.start, hit.end)}
        for hit in sorted(heard, key=lambda hit: (hit.start, -hit.end)):
            if covered.isdisjoint(range(hit.start, hit.end)):
                hits.append(hit)
                covered.update(range(hit.start, hit.end))
        return sorted(hits, key=lambda hit: hit.start)

    def _written_in(self, text: str) -> list[Hit]:
        labels = self._labels
        return [Hit(*found.span(), found[0], labels[found[0]]) for found in self._written.finditer(text)]

    def match(self, text: str, start: int) -> Hit | None:
        """The longest phrase written exactly at `start`, or None."""
        found = self._written.match(text, start)
        return None if found is None else Hit(start, found.end(), found[0], self._labels[found[0]])

    def match_before(self, text: str, end: int, *, longest: int = LONGEST_BEFORE) -> Hit | None:
        """The longest phrase written exactly so that it ends at `end`, or None."""
        if end <= 0 or text[end - 1] not in self._last:
            return None
        for length in self._lengths:
            if length <= min(end, longest):
                label = self._labels.get(text[end - length : end])
                if label is not None:
                    return Hit(end - length, end, text[end - length : end], label)
        return None


class _SoundIndex:
    """Phrases by how they sound, one code a character."""

    def __init__(self, phrases: Iterable[tuple[str, str]], codes: sounds.Codes) -> None:
        self._codes = codes
        self._phrases: dict[str, list[tuple[str, str]]] = {}
        for phrase, label in phrases:
            self._phrases.setdefault(codes(phrase), []).append((phrase, label))
        self._heard = re.compile(trie(self._phrases)) if self._phrases else NEVER
        self._lengths = sorted({len(said) for said in self._phrases}, reverse=True)

    def find(self, text: str) -> list[Hit]:
        """Every phrase heard in a text, overlaps included."""
        hits: list[Hit] = []
        codes = self._codes(text)
        found = self._heard.search(codes)
        while found is not None:
            start = found.start()
            for length in self._lengths:
                for phrase, label in self._phrases.get(codes[start : start + length], ()):
                    hits.append(Hit(start, start + len(phrase), phrase, label, by_sound=True))
            found = self._heard.search(codes, start + 1)
        return hits


NEVER = re.compile("(?!)")


def trie(words: Iterable[str]) -> str:
    """A pattern for any of the words, the longest at a place; common beginnings are tried once."""
    tails: dict[str, list[str]] = {}
    for word in words:
        tails.setdefault(word[0], []).append(word[1:])
    return "|".join(re.escape(first) + _rest(rest) for first, rest in tails.items())


def _rest(tails: list[str]) -> str:
    longer = [tail for tail in tails if tail]
    if not longer:
        return ""
    return f"(?:{trie(longer)})" + ("?" if len(longer) < len(tails) else "")
