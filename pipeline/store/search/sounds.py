"""Finding a name by how it sounds: toneless pinyin, with what speakers and recognisers mix up folded together."""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any, Final

from pypinyin import Style, pinyin, pinyin_dict

from configs import read_yaml
from pipeline.store.search.units import Unit

Syllables = tuple[frozenset[str], ...]
_LATIN: Final = re.compile(r"[a-zü]+")
_LONGEST_SYLLABLE: Final = 6
_MOST_READINGS: Final = 16


class Sounds:
    """Syllables of Chinese characters and of pinyin, folded by the rules of `fields.yaml`."""

    def __init__(self, rules: dict[str, Any] | None = None) -> None:
        chosen = rules or read_yaml("fields.yaml")["sounds"]
        self._initials: list[tuple[str, str]] = [(confused, kept) for confused, kept in chosen["initials"]]
        self._finals: list[tuple[str, str]] = [(confused, kept) for confused, kept in chosen["finals"]]
        self._surnames: dict[str, str] = chosen["surnames"]
        relevant = json.dumps([self._initials, self._finals, self._surnames], ensure_ascii=False)
        self.fingerprint = hashlib.sha256(relevant.encode()).hexdigest()[:8]
        self.readings = functools.lru_cache(maxsize=16_384)(self._readings)

    def _readings(self, character: str) -> frozenset[str]:
        """The folded syllables of a character: its usual reading, and its reading as a surname."""
        spoken = str(pinyin(character, style=Style.NORMAL, v_to_u=False)[0][0])
        named = self._surnames.get(character, spoken)
        return frozenset(self._fold(reading) for reading in (spoken, named))

    def _fold(self, syllable: str) -> str:
        for confused, kept in self._initials:
            if syllable.startswith(confused):
                syllable = kept + syllable[len(confused) :]
                break
        for confused, kept in self._finals:
            if syllable.endswith(confused):
                return syllable[: -len(confused)] + kept
        return syllable

    def sounds_of(self, units: Iterable[Unit | None]) -> set[str]:
        """Syllables and pairs of following syllables of a turn's units."""
        found: set[str] = set()
        before: frozenset[str] = frozenset()
        for unit in units:
            sounds = self.readings(unit.text) if unit is not None and unit.han else frozenset()
            found |= sounds
            found |= {f"{first} {second}" for first in before for second in sounds}
            before = sounds
        return found

    def read(self, text: str) -> list[Syllables]:
        """The ways to read a normalised name, given in characters or in pinyin with or without blanks.

        `xian` is 县 as well as 西安. Empty where it is neither.
        """
        ways: list[Syllables] = [()]
        for part in re.findall(r"[a-zü]+|[^\W\d_]", text.replace("'", " ").replace("v", "ü")):
            if _LATIN.fullmatch(part):
                options = [tuple(frozenset((self._fold(s),)) for s in way) for way in _split(part.replace("ü", "v"))]
            else:
                options = [(self.readings(part),)]
            ways = [way + option for way in ways for option in options][:_MOST_READINGS]
        return [way for way in ways if way]

    def find(self, way: Syllables, units: list[Unit | None]) -> tuple[int, int] | None:
        """Offsets of the first place among a turn's units that sounds so; None where there is none."""
        length = len(way)
        for start in range(len(units) - length + 1):
            window = units[start : start + length]
            if all(
                unit is not None and unit.han and self.readings(unit.text) & wanted
                for unit, wanted in zip(window, way, strict=True)
            ):
                first, last = window[0], window[-1]
                assert first is not None
                assert last is not None
                return first.start, last.start + 1
        return None


def pairs_of(way: Syllables) -> Iterator[list[str]]:
    """For each pair of following syllables, the sounds one of which must be there; for a lone one, its readings."""
    if len(way) == 1:
        yield sorted(way[0])
    for first, second in pairwise(way):
        yield sorted(f"{one} {other}" for one in first for other in second)


@functools.lru_cache(maxsize=1)
def _known_syllables() -> frozenset[str]:
    """Every toneless syllable of Mandarin (ü as v), from pypinyin's dictionary of characters."""
    common = range(0x4E00, 0x9FFF)
    spoken = {
        reading
        for code in common
        if code in pinyin_dict.pinyin_dict
        for reading in pinyin(chr(code), style=Style.NORMAL, v_to_u=False)[0]
    }
    return frozenset(syllable for syllable in spoken if re.fullmatch("(?![mn]$)[a-z]{1,6}", syllable))


def _split(letters: str) -> list[tuple[str, ...]]:
    """Every way to cut letters into syllables, long first syllables first; at most 16."""
    known = _known_syllables()
    behind: list[list[tuple[str, ...]]] = [[()]]
    for start in range(len(letters) - 1, -1, -1):
        ways = [
            (letters[start : start + length], *rest)
            for length in range(min(_LONGEST_SYLLABLE, len(letters) - start), 0, -1)
            if letters[start : start + length] in known
            for rest in behind[length - 1]
        ]
        behind.insert(0, ways[:_MOST_READINGS])
    return behind[0]
