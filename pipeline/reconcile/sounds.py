"""Words compared by how they sound: toneless pinyin, surname readings, and the confusions of the south."""

from __future__ import annotations

import functools
import re
import weakref

from pypinyin import Style, pinyin

from pipeline.language.per_call import remembered
from pipeline.reconcile.rules import SoundRules

Syllable = frozenset[str]
_HAN = re.compile(r"[\u3400-\u9fff]")
_SOUNDING = re.compile(r"[\u3400-\u9fffA-Za-z0-9]")


@remembered(4096)
def sounding_characters(text: str) -> str:
    """`text` without what makes no sound: blanks, punctuation, hyphens; Latin letters in capitals."""
    return "".join(_SOUNDING.findall(text)).upper()


@functools.lru_cache(maxsize=8192)
def readings(character: str) -> Syllable:
    """Toneless readings of one Chinese character (`乐` → le, yue, …); any other character reads as itself."""
    if not _HAN.fullmatch(character):
        return frozenset((character.upper(),))
    return frozenset(pinyin(character, style=Style.NORMAL, heteronym=True, v_to_u=False)[0])


@functools.lru_cache(maxsize=8192)
def plain_reading(character: str) -> str:
    """The most usual toneless reading of one character."""
    if not _HAN.fullmatch(character):
        return character.upper()
    return str(pinyin(character, style=Style.NORMAL, v_to_u=False)[0][0])


class Sounds:
    """Compares words by sound under the lender's `SoundRules`."""

    def __init__(self, rules: SoundRules) -> None:
        self._rules = rules
        self._fold = functools.lru_cache(maxsize=2048)(self._fold_syllable)

    def syllables(self, text: str) -> tuple[Syllable, ...]:
        """The folded readings of each sounding character of `text`."""
        return tuple(
            frozenset(self._fold(reading) for reading in readings(character)) for character in sounding_characters(text)
        )

    def same(self, one: str, other: str) -> bool:
        """Whether two words sound the same, character by character."""
        return bool(sounding_characters(one)) and _agree(self.syllables(one), self.syllables(other))

    def contains(self, whole: str, part: str) -> bool:
        """Whether `part` is heard somewhere within `whole`."""
        return self.find(whole, part) is not None

    def find(self, whole: str, part: str) -> int | None:
        """Index among the sounding characters of `whole` where `part` is heard first; None where it is not."""
        long, short = self.syllables(whole), self.syllables(part)
        if not short:
            return None
        for start in range(len(long) - len(short) + 1):
            if _agree(long[start : start + len(short)], short):
                return start
        return None

    def same_name(self, one: str, other: str) -> bool:
        """Whether two personal names sound the same; the first characters are read as a surname."""
        first, second = self.surname_and_given(one), self.surname_and_given(other)
        return (
            self.same_surname(first[0], second[0])
            and bool(first[1])
            and _agree(self.syllables(first[1]), self.syllables(second[1]))
        )

    def same_surname(self, one: str, other: str) -> bool:
        """Whether two surnames sound the same under their surname readings (单 is shan, 曾 is zeng)."""
        return [self._surname_reading(c) for c in one] == [self._surname_reading(c) for c in other]

    def surname_and_given(self, name: str) -> tuple[str, str]:
        """A Chinese name in two parts; compound surnames are known."""
        name = sounding_characters(name)
        length = 2 if len(name) > 2 and name[:2] in self._rules.compound_surnames else 1
        return name[:length], name[length:]

    def _surname_reading(self, character: str) -> str:
        return self._fold(self._rules.surnames.get(character) or plain_reading(character))

    def _fold_syllable(self, syllable: str) -> str:
        for confused, kept in self._rules.initials:
            if syllable.startswith(confused):
                syllable = kept + syllable[len(confused) :]
                break
        for confused, kept in self._rules.finals:
            if syllable.endswith(confused):
                return syllable[: -len(confused)] + kept
        return syllable


def _agree(one: tuple[Syllable, ...], other: tuple[Syllable, ...]) -> bool:
    return len(one) == len(other) and all(a & b for a, b in zip(one, other, strict=True))


def sounds_of(rules: SoundRules) -> Sounds:
    """The comparer of these rules, built once for as long as they live."""
    known = _COMPARERS.get(id(rules))
    if known is None or known[0]() is not rules:
        known = _COMPARERS[id(rules)] = (weakref.ref(rules), Sounds(rules))
    return known[1]


_COMPARERS: dict[int, tuple[weakref.ref[SoundRules], Sounds]] = {}
