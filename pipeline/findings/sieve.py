"""Which of many patterns a text can hold at all, told by its characters: a turn then tries a few, not hundreds."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

Need = frozenset[str]
_WIDEST_NEED = 400
_NEEDS_TRIED = 3


class Sieve:
    """Built once for all patterns of a rule file; `possible` never leaves out a pattern that the text holds.

    Patterns are bits of one number. Of what a pattern needs, the `_NEEDS_TRIED` rarest kinds are looked for.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        self._patterns = tuple(dict.fromkeys(patterns))
        self._needs = [dict[str, int]() for _ in range(_NEEDS_TRIED)]
        self._without = [0] * _NEEDS_TRIED
        for place, pattern in enumerate(self._patterns):
            needs = sorted(needs_of(pattern), key=len)
            for level in range(_NEEDS_TRIED):
                if level >= len(needs):
                    self._without[level] |= 1 << place
                    continue
                for character in needs[level]:
                    self._needs[level][character] = self._needs[level].get(character, 0) | 1 << place

    def possible(self, text: str) -> frozenset[str]:
        """The patterns that `text` may hold."""
        characters = set(text)
        left = -1
        for held, with_character in zip(self._without, self._needs, strict=True):
            for character in characters & with_character.keys():
                held |= with_character[character]
            left &= held
        found = []
        while left:
            last = left.bit_length() - 1
            found.append(self._patterns[last])
            left ^= 1 << last
        return frozenset(found)


def needs_of(pattern: str) -> frozenset[Need]:
    """Sets of characters of each of which a text must have one for `pattern` to be found in it."""
    return frozenset(_needs(parser.parse(pattern)))


def _needs(parts: Sequence[Any]) -> set[Need]:
    found: set[Need] = set()
    for code, value in parts:
        if code is codes.LITERAL:
            found.add(frozenset(chr(value)))
        elif code is codes.IN:
            found |= _of_set(value)
        elif code is codes.BRANCH:
            found |= _of_branches(value[1])
        elif code is codes.SUBPATTERN:
            found |= _needs(value[3])
        elif code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            if value[0] > 0:
                found |= _needs(value[2])
        elif code is codes.ASSERT:
            found |= _needs(value[1])
        elif code is codes.ATOMIC_GROUP:
            found |= _needs(value)
    return found


def _of_set(members: Sequence[Any]) -> set[Need]:
    characters: set[str] = set()
    for code, value in members:
        if code is codes.LITERAL:
            characters.add(chr(value))
        elif code is codes.RANGE and value[1] - value[0] < _WIDEST_NEED:
            characters.update(map(chr, range(value[0], value[1] + 1)))
        else:  # a class such as \\d, a wide range, or everything but these
            return set()
    return {frozenset(characters)}


def _of_branches(branches: Sequence[Sequence[Any]]) -> set[Need]:
    """One of the branches is there, so one character of the rarest need of each is."""
    needs = [_needs(branch) for branch in branches]
    if not all(needs):
        return set()
    return {frozenset().union(*(min(each, key=lambda need: (len(need), sorted(need))) for each in needs))}


@functools.cache
def compiled(pattern: str) -> re.Pattern[str]:
    """The compiled pattern; `re` forgets when there are more than a few hundred."""
    return re.compile(pattern)
