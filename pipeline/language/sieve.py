"""Which of many patterns a text can hold at all, told by its characters: a turn then tries a few, not hundreds.

All lists of patterns share one sieve, so that a text is sifted once for all of them while its call is analysed.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from operator import or_
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from threading import Lock
from typing import Any, NamedTuple

from pipeline.language.per_call import remembered

Need = frozenset[str]
_WIDEST_NEED = 400
_NEEDS_TRIED = 3


class _Table(NamedTuple):
    """Patterns as bits, `width` of them for the rarest need of each, as many for the next, and so on.

    `meets` has the needs that a character meets, `without` those that are none: not every pattern has so many.
    """

    meets: dict[str, int]
    without: int
    width: int


class _Sieve:
    """The patterns of all lists; its table is made for the first text that is sifted after some have come."""

    def __init__(self) -> None:
        self._patterns: list[str] = []
        self._table = _Table({}, 0, 0)
        self._lock = Lock()

    def add(self, patterns: Sequence[str]) -> int:
        """The place of the first of `patterns`; the others stand behind it."""
        with self._lock:
            place = len(self._patterns)
            self._patterns.extend(patterns)
        return place

    @property
    def width(self) -> int:
        """How many patterns there are."""
        return len(self._patterns)

    def table(self) -> _Table:
        """The table of all patterns so far."""
        with self._lock:
            if self._table.width != len(self._patterns):
                self._table = _table_of(self._patterns)
            return self._table


_SIEVE = _Sieve()


class Sought:
    """Patterns that are looked for together, in their order; `sought` makes one of a list."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self.patterns = tuple(patterns)
        self._place = _SIEVE.add(self.patterns)
        self._all = (1 << len(self.patterns)) - 1

    def possible(self, text: str) -> Sequence[int]:
        """The places of those that `text` may hold; none is ever left out that it holds."""
        return self.among(sifted(text))

    def among(self, held: int) -> Sequence[int]:
        """As `possible`, of the text that was `sifted`."""
        left = held >> self._place & self._all
        return [place for place in range(left.bit_length()) if left >> place & 1] if left else ()


@functools.cache
def sought(patterns: tuple[str, ...]) -> Sought:
    """A list of patterns, each list once."""
    return Sought(patterns)


def sifted(text: str) -> int:
    """Which of all patterns a text may hold, as bits."""
    return _sifted(text, _SIEVE.width)


@remembered(4096)
def _sifted(text: str, width: int) -> int:
    meets, without, width = _SIEVE.table()
    met = functools.reduce(or_, map(meets.__getitem__, meets.keys() & set(text)), without)
    for _ in range(_NEEDS_TRIED - 1):
        met &= met >> width
    return met & (1 << width) - 1


def _table_of(patterns: Sequence[str]) -> _Table:
    meets: dict[str, int] = {}
    without, width = 0, len(patterns)
    for place, pattern in enumerate(patterns):
        needs = sorted(needs_of(pattern), key=len)
        for level in range(_NEEDS_TRIED):
            bit = 1 << level * width + place
            if level >= len(needs):
                without |= bit
                continue
            for character in needs[level]:
                meets[character] = meets.get(character, 0) | bit
    return _Table(meets, without, width)


@functools.cache
def needs_of(pattern: str) -> frozenset[Need]:
    """Sets of characters of each of which a text must have one for `pattern` to be found in it."""
    parsed = parser.parse(pattern)
    return frozenset() if parsed.state.flags & re.IGNORECASE else frozenset(_needs(parsed))


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
