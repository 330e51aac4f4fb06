"""Values by which the customer puts right, late and unasked, what he told before: 是八万五千九,不是八万."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.language.resources import table
from pipeline.types import Mention

if TYPE_CHECKING:
    from pipeline.dialogue.record import Record
    from pipeline.dialogue.tools import Tools

FILE = "dialogue/amending.yaml"
MEASURED = ("money", "duration")
BETWEEN = 20
OR = "还是"


@dataclass(frozen=True, slots=True)
class Amended:
    """A `value` that takes the place of an `old` one, and the field of which the old one was told."""

    field: str
    value: Mention
    old: Mention


class Amending:
    """Finds them in folded texts by `configs/dialogue/amending.yaml`."""

    def __init__(self, own: Path | None = None) -> None:
        patterns: Mapping[str, str] = table(FILE, own)
        self._not_before, self._not_behind = re.compile(patterns["not_before"]), re.compile(patterns["not_behind"])
        self._denied, self._stands_too = re.compile(patterns["denied"]), re.compile(patterns["stands_too"])
        self._now_and_then, self._both_behind = (re.compile(patterns[key]) for key in ("now_and_then", "both_behind"))
        self._or, self._cannot_tell = re.compile(patterns["or"]), re.compile(patterns["cannot_tell"])
        self._asks_else = re.compile(patterns["asks_else"])
        self._speaks_of_it = re.compile(patterns["speaks_of_it"])

    def pairs(self, text: str, mentions: Sequence[Mention]) -> list[tuple[Mention, Mention]]:
        """The value that holds, and the one that does not, where a turn sets one against the other."""
        said = sorted((m for m in mentions if m.kind in MEASURED), key=lambda m: m.start)
        found: list[tuple[Mention, Mention]] = []
        for first, second in pairwise(said):
            between = text[first.end : second.start]
            if first.kind != second.kind or len(between) > BETWEEN:
                continue
            if self._not_before.fullmatch(between) is not None:
                found.append((first, second))
            elif self._not_behind.fullmatch(between) is not None and self._denied.search(text[: first.start]):
                found.append((second, first))
        return found

    def speaks_of_it(self, text: str) -> bool:
        """Whether a turn goes back to what was told before: 刚才那个数我说少了."""
        return self._speaks_of_it.search(text) is not None

    def asks_else(self, behind: str) -> bool:
        """Whether what an agent says behind a value read back asks for something else: 首付四万,钱是怎么给的?"""
        return self._asks_else.search(behind) is not None

    def both_stand(self, text: str, mentions: Sequence[Mention]) -> list[Mention]:
        """Two values and more that are said to hold both: 一万二也对,八千也对; 一会儿说六千一会儿说八千."""
        said = [m for m in mentions if m.kind in MEASURED and self._stands_too.match(text, m.end) is not None]
        if len(said) > 1 and len({m.kind for m in said}) == 1:
            return said
        all_said = sorted((m for m in mentions if m.kind in MEASURED), key=lambda m: m.start)
        for first, second in pairwise(all_said):
            if first.kind == second.kind and second.start - first.end <= BETWEEN and self._both(text, first, second):
                return [first, second]
        return []

    def _both(self, text: str, first: Mention, second: Mention) -> bool:
        """Whether two values stand side by side by what is said before, between and behind them."""
        before, between = text[max(0, first.start - BETWEEN) : first.start], text[first.end : second.start]
        if self._now_and_then.search(before) and self._now_and_then.search(between):
            return True
        if self._or.fullmatch(between) is None:
            return False
        unknown = OR in between and self._cannot_tell.search(before) is not None
        return unknown or self._both_behind.match(text, second.end) is not None


def amended(
    tools: Tools, record: Record, text: str, mentions: Sequence[Mention], recent: Sequence[str]
) -> list[Amended]:
    """What a turn puts right of what was told before, told by the value that does not hold: the field of which it
    was told that the turn names, else the one spoken of last, or lately where the turn goes back to it.
    """
    found: list[Amended] = []
    pairs = tools.amending.pairs(text, mentions)
    in_words, late = (tools.topics.fields_in(text), tools.amending.speaks_of_it(text)) if pairs else ([], False)
    for value, old in pairs:
        told = [name for name in record.statements if _is_told(tools, record, name, old)]
        named = [name for name in in_words if name in told]
        last = [name for name in recent if name in told]
        fields = named or (
            (told if len(told) == 1 else last) if late else [name for name in recent[:1] if name in told]
        )
        if fields and tools.values.read(fields[0], value) is not None:
            found.append(Amended(fields[0], value, old))
    return found


def _is_told(tools: Tools, record: Record, name: str, old: Mention) -> bool:
    """Whether this very value is what holds of a field so far."""
    latest = record.latest(name)
    if latest is None or old.kind not in tools.topics.kinds.get(name, ()):
        return False
    said = tools.values.read(name, old)
    return said is not None and said.value is not None and said.value == latest.value
