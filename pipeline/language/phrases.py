"""Finds many phrases in a text at once, by their characters or, for longer ones, by their sound."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.language import sounds
from pipeline.language.script import fold


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase found at `start:end`; `label` says what it was listed under."""

    start: int
    end: int
    phrase: str
    label: str
    by_sound: bool = False


class PhraseBook:
    """A list of (phrase, label); time to search grows with the text alone, as phrases are short.

    With `sound`, phrases of two characters also match by toneless pinyin and those of three or more by the coarser
    key. What is written as listed wins over what only sounds so; longer wins over shorter.
    """

    def __init__(self, entries: Iterable[tuple[str, str]], *, sound: bool = False) -> None:
        self._exact: dict[str, list[tuple[str, str]]] = {}
        self._sounds: dict[tuple[str, ...], list[tuple[str, str]]] = {}
        self._lengths: set[int] = set()
        for phrase, label in entries:
            phrase = fold(phrase)
            self._exact.setdefault(phrase[:1], []).append((phrase, label))
            if sound and len(phrase) > 1:
                self._sounds.setdefault(_sound(phrase), []).append((phrase, label))
                self._lengths.add(len(phrase))
        for found in self._exact.values():
            found.sort(key=lambda entry: -len(entry[0]))

    def find_all(self, text: str) -> list[Hit]:
        """Every phrase in a folded text, overlaps included, by place and then longest first."""
        hits: list[Hit] = []
        for start, character in enumerate(text):
            for phrase, label in self._exact.get(character, ()):
                if text.startswith(phrase, start):
                    hits.append(Hit(start, start + len(phrase), phrase, label))
        if self._sounds:
            hits.extend(self._by_sound(text, {(hit.start, hit.end) for hit in hits}))
        return sorted(hits, key=lambda hit: (hit.start, -hit.end, hit.by_sound))

    def find(self, text: str) -> list[Hit]:
        """Phrases that do not overlap: the longest at each place, from the left."""
        return without_overlap(self.find_all(text))

    def match(self, text: str, start: int) -> Hit | None:
        """The longest phrase written exactly at `start`, or None."""
        for phrase, label in self._exact.get(text[start : start + 1], ()):
            if text.startswith(phrase, start):
                return Hit(start, start + len(phrase), phrase, label)
        return None

    def match_before(self, text: str, end: int, *, longest: int = 8) -> Hit | None:
        """The longest phrase written exactly so that it ends at `end`, or None."""
        for start in range(max(0, end - longest), end):
            piece = text[start:end]
            for phrase, label in self._exact.get(piece[:1], ()):
                if phrase == piece:
                    return Hit(start, end, phrase, label)
        return None

    def _by_sound(self, text: str, written: set[tuple[int, int]]) -> list[Hit]:
        syllables, keys = sounds.syllables(text), sounds.keys(text)
        hits: list[Hit] = []
        for length in self._lengths:
            source = syllables if length == 2 else keys
            for start in range(len(text) - length + 1):
                if (start, start + length) in written:
                    continue
                for phrase, label in self._sounds.get(source[start : start + length], ()):
                    hits.append(Hit(start, start + length, phrase, label, by_sound=True))
        return hits


def without_overlap(hits: Sequence[Hit]) -> list[Hit]:
    """The longest hit at each place from the left; what is written beats what only sounds so."""
    written = [hit for hit in hits if not hit.by_sound]
    kept: list[Hit] = []
    for hit in sorted(written, key=lambda hit: (hit.start, -hit.end)):
        if not kept or hit.start >= kept[-1].end:
            kept.append(hit)
    covered = {index for hit in kept for index in range(hit.start, hit.end)}
    for hit in hits:
        if hit.by_sound and covered.isdisjoint(range(hit.start, hit.end)):
            kept.append(hit)
            covered.update(range(hit.start, hit.end))
    return sorted(kept, key=lambda hit: hit.start)


def _sound(phrase: str) -> tuple[str, ...]:
    return tuple(map(sounds.syllable if len(phrase) == 2 else sounds.key, phrase))
