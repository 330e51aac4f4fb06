"""What a text is found by: overlapping pairs and single characters of Chinese, whole runs of Latin and figures.

Marks and blanks do not count (网约、车 is found by 网约车), a masked number parts. Terms never reach over a turn.
A term enters the index as a keyed hash of 30 bits: the index shows neither words nor their order, and what it finds
is held against the unsealed text, so that a hash met twice makes no false hit.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from collections.abc import Iterable
from typing import Final

from pipeline.store.search.masking import MASK
from pipeline.store.search.sounds import Sounds
from pipeline.store.search.units import HAN, units

ANALYSER_VERSION: Final = 3
_BETWEEN: Final = rf"[^\w{MASK}]*?"
_SHARED: Final = 2
_HASH_BYTES: Final = 4
_HASH_LETTERS: Final = 6


def words_of(text: str) -> set[str]:
    """Every term that a normalised turn is found by: characters, pairs of characters, runs."""
    terms: set[str] = set()
    before: str | None = None
    for unit in units(text):
        if unit is None or not unit.han:
            before = None
        if unit is None:
            continue
        terms.add(unit.text)
        if unit.han:
            if before is not None:
                terms.add(before + unit.text)
            before = unit.text
    return terms


def words_to_find(term: str) -> list[str]:
    """The terms that a turn has where it contains the normalised `term`: pairs, and characters that stand alone."""
    found: list[str] = []
    stretch = ""
    for unit in [*units(term), None]:
        if unit is not None and unit.han:
            stretch += unit.text
            continue
        found += [stretch[at : at + 2] for at in range(max(1, len(stretch) - 1))] if stretch else []
        stretch = ""
        if unit is not None:
            found.append(unit.text)
    return list(dict.fromkeys(found))


def pattern_of(term: str) -> re.Pattern[str] | None:
    """What finds the normalised `term` in a normalised turn, marks and blanks aside; None where it has no unit."""
    parts = [
        re.escape(unit.text) if unit.han else rf"(?<![^\W_{HAN}]){re.escape(unit.text)}(?![^\W_{HAN}])"
        for unit in units(term)
        if unit is not None
    ]
    return re.compile(_BETWEEN.join(parts)) if parts else None


class Analyser:
    """Makes the hashed terms of turns and queries, under the store's index key and the lender's sound rules."""

    def __init__(self, key: bytes, sounds: Sounds) -> None:
        self.sounds = sounds
        self.version = f"{ANALYSER_VERSION}-{sounds.fingerprint}"
        self._hash = functools.partial(_hashed, key)
        self._known = functools.lru_cache(maxsize=1 << 18)(self._hash)
        """Of characters, pairs and sounds, which every call shares; whole runs may name somebody and are not kept."""

    def index_terms(self, speaker: str, text: str) -> set[str]:
        """The hashed terms of a normalised turn of `speaker`."""
        terms = {self.word(speaker, word) for word in words_of(text)}
        terms.update(self.sound(speaker, sound) for sound in self.sounds.sounds_of(units(text)))
        return terms

    def word(self, speaker: str, word: str) -> str:
        """The hashed term of one word said by `speaker`."""
        return (self._known if len(word) <= _SHARED else self._hash)(f"word {speaker} {word}")

    def sound(self, speaker: str, sound: str) -> str:
        """The hashed term of one or two syllables said by `speaker`."""
        return self._known(f"sound {speaker} {sound}")

    def facet(self, name: str, value: str) -> str:
        """The hashed term of something known about a call: its dealer, an outcome, a signal."""
        return self._hash(f"facet {name} {value}")

    def facets(self, pairs: Iterable[tuple[str, str]]) -> set[str]:
        """The hashed terms of several such things."""
        return {self.facet(name, value) for name, value in pairs}


def _hashed(key: bytes, text: str) -> str:
    digest = hashlib.blake2b(text.encode(), key=key, digest_size=_HASH_BYTES).digest()
    return base64.b32encode(digest).decode()[:_HASH_LETTERS].lower()
