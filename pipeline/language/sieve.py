"""Which of many patterns a text can hold at all, told by its characters and pairs of them: a turn then tries a few, not
hundreds.

All lists of patterns and books of phrases share one sieve, so that a text is sifted once for all of them while its call
is analysed.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from itertools import chain, pairwise
from operator import add, or_
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from threading import Lock
from typing import Any, NamedTuple

from pipeline.language.per_call import Memory

Need = frozenset[str]
"""Characters and pairs of characters (and the empty text, which all hold), of which a text must have one."""
_WIDEST_NEED = 400
_NEEDS_TRIED = 3
_PAIRS_AS_RARE = 20
"""So many pairs are as rare as one character."""


class _Table(NamedTuple):
    """Patterns as bits, `width` of them for the rarest need of each, as many for the next, and so on.

    `meets` has the needs that a character or pair meets, `without` those that are none: not every pattern has so many.
    """

    meets: dict[str, int]
    without: int
    width: int


class _Sieve:
    """What is wanted of a text by the patterns of all lists; its table is made for the first text that is sifted after
    some have come.
    """

    def __init__(self) -> None:
        self._wanted: list[str | Need] = []
        self._table = _Table({}, 0, 0)
        self._lock = Lock()

    def add(self, wanted: Sequence[str | Need]) -> int:
        """The place of the first of these patterns, or needs of one; the others stand behind it."""
        with self._lock:
            place = len(self._wanted)
            self._wanted.extend(wanted)
        return place

    def table(self) -> _Table:
        """The table of all patterns so far."""
        with self._lock:
            if self._table.width != len(self._wanted):
                self._table = _table_of(self._wanted)
            return self._table


_SIEVE = _Sieve()
RULED_OUT: Memory[str, int] = Memory(4096)
"""What was `ruled_out` of the texts of the call so far."""


class Sought:
    """Patterns that are looked for together, in their order; `sought` makes one of a list."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self.patterns = tuple(patterns)
        self._place = _SIEVE.add(self.patterns)
        self._all = (1 << len(self.patterns)) - 1

    def possible(self, text: str) -> Sequence[int]:
        """The places of those that `text` may hold; none is ever left out that it holds."""
        return self.among(ruled_out(text))

    def among(self, out: int) -> Sequence[int]:
        """As `possible`, of a text of which so much is `ruled_out`."""
        left = ~(out >> self._place) & self._all
        return [place for place in range(left.bit_length()) if left >> place & 1] if left else ()


@functools.cache
def sought(patterns: tuple[str, ...]) -> Sought:
    """A list of patterns, each list once."""
    return Sought(patterns)


@functools.cache
def place_of(need: Need) -> int:
    """Which bit of what is `ruled_out` stands for a pattern that has this need."""
    return _SIEVE.add([need])


def ruled_out(text: str) -> int:
    """Which of all patterns a text cannot hold, as bits; of those that come later none."""
    known = RULED_OUT.get(text)
    if known is None:
        meets, without, width = _SIEVE.table()
        held = map(meets.get, chain(("",), text, map(add, text, text[1:])))
        met = functools.reduce(or_, filter(None, held), without)
        for _ in range(_NEEDS_TRIED - 1):
            met &= met >> width
        known = RULED_OUT[text] = ~met & (1 << width) - 1
    return known


def _table_of(wanted: Sequence[str | Need]) -> _Table:
    meets: dict[str, int] = {}
    without, width = 0, len(wanted)
    for place, each in enumerate(wanted):
        needs = sorted(needs_of(each), key=_rarity) if isinstance(each, str) else [each]
        for level in range(_NEEDS_TRIED):
            bit = 1 << level * width + place
            if level >= len(needs):
                without |= bit
                continue
            for unit in needs[level]:
                meets[unit] = meets.get(unit, 0) | bit
    return _Table(meets, without, width)


def _rarity(need: Need) -> tuple[float, list[str]]:
    """Less for what fewer texts have."""
    pairs = sum(len(unit) > 1 for unit in need)
    return len(need) - pairs + pairs / _PAIRS_AS_RARE, sorted(need)


@functools.cache
def needs_of(pattern: str) -> frozenset[Need]:
    """Sets of characters and pairs, of each of which a text must have one for `pattern` to be found in it."""
    parsed = parser.parse(pattern)
    return frozenset() if parsed.state.flags & re.IGNORECASE else frozenset(_needs(parsed))


def _needs(parts: Sequence[Any]) -> set[Need]:
    found = _pairs(parts)
    for code, value in parts:
        if code is codes.LITERAL:
            found.add(frozenset(chr(value)))
        elif code is codes.IN:
            found |= _of_set(value)
        elif code is codes.BRANCH:
            found |= _of_branches(value[1])
        elif code is codes.SUBPATTERN and not value[1] & re.IGNORECASE:
            found |= _needs(value[3])
        elif code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            if value[0] > 0:
                found |= _needs(value[2])
        elif code is codes.ASSERT:
            found |= _needs(value[1])
        elif code is codes.ATOMIC_GROUP:
            found |= _needs(value)
    return found


def _pairs(parts: Sequence[Any]) -> set[Need]:
    """What stands side by side: one of few characters, and what begins with one of few."""
    found: set[Need] = set()
    for first, second in pairwise(parts):
        one = _beginnings(first) if first[0] in (codes.LITERAL, codes.IN) else frozenset()
        other = _beginnings(second) if one else frozenset()
        if 0 < len(one) * len(other) <= _WIDEST_NEED:
            found.add(frozenset(left + right for left in one for right in other))
    return found


def _beginnings(part: Any) -> Need:
    """The characters of which a part of a pattern begins with one; none where it may be empty, or begin with any."""
    code, value = part
    if code is codes.LITERAL:
        return frozenset(chr(value))
    if code is codes.IN:
        return next(iter(_of_set(value)), frozenset())
    if code is codes.BRANCH:
        each = [_beginnings(branch[0]) if len(branch) else frozenset[str]() for branch in value[1]]
        return frozenset[str]().union(*each) if all(each) else frozenset()
    if code is codes.SUBPATTERN and not value[1] & re.IGNORECASE:
        return _beginnings(value[3][0]) if len(value[3]) else frozenset()
    if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT) and value[0] > 0:
        return _beginnings(value[2][0]) if len(value[2]) else frozenset()
    return frozenset()


def _of_set(members: Sequence[Any]) -> set[Need]:
    characters: set[str] = set()
    for code, value in members:
        if code is codes.LITERAL:
            characters.add(chr(value))
        elif code is codes.RANGE and value[1] - value[0] < _WIDEST_NEED:
            characters.update(map(chr, range(value[0], value[1] + 1)))
        else:  # a class such as \\d, a wide range, or everything but these
            return set()
    return {frozenset(characters)} if characters else set()


def _of_branches(branches: Sequence[Sequence[Any]]) -> set[Need]:
    """One of the branches is there, so one character of the rarest need of each is."""
    needs = [_needs(branch) for branch in branches]
    if not all(needs):
        return set()
    return {frozenset().union(*(min(each, key=_rarity) for each in needs))}


@functools.cache
def compiled(pattern: str) -> re.Pattern[str]:
    """The compiled pattern; `re` forgets when there are more than a few hundred."""
    return re.compile(pattern)
