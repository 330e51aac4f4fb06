"""What people work as: the names of each occupation, and what its people say they do."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.errors import SettingsError
from pipeline.language.phrases import NEVER, trie
from pipeline.language.resources import table, word_list
from pipeline.language.script import fold

FILE = "lexicon/occupations.yaml"
KEYS = frozenset({"names", "also", "does", "acts", "signs", "under", "any"})
WORDS = "language/positions.yaml"
SHORTEST_WORK = 2


@dataclass(frozen=True, slots=True)
class Act:
    """Something that is done to something: any of `verbs` with any of `things` (修 机器)."""

    verbs: tuple[str, ...]
    things: tuple[str, ...]

    def is_told_by(self, words: str) -> bool:
        """Whether `words` begin with one of the verbs and end with one of the things."""
        return words.startswith(self.verbs) and words.endswith(self.things)


@dataclass(frozen=True, slots=True)
class Ranks:
    """What stands behind the work in a title: 质检组长; `departments`: where its part of the firm is told, 质检部."""

    words: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()

    def work_at(self, words: str) -> str:
        """The work of a part of a firm: 质检 of 质检部; other words as they are."""
        found = next((end for end in self.departments if words.endswith(end)), "")
        work = words.removesuffix(found)
        return work if len(work) >= SHORTEST_WORK else words

    def hold(self, title: str) -> bool:
        """Whether a title names somebody who leads others: 质检组长, 护士长."""
        return title.endswith((*self.words, "长"))

    def works_of(self, title: str) -> Iterator[str]:
        """The work that a title with a rank is of: 质检 of 质检组长."""
        return (title[: -len(rank)] for rank in self.words if title.endswith(rank) and len(title) > len(rank) + 1)


@dataclass(frozen=True, slots=True)
class Occupation:
    """`names` of one occupation, the plain one first; what is said in place of a name: `does` (看大门) and `acts`; what
    `also` stands for it beside the question alone (业务, 自己干); `signs` are words of its daily work, which tell it
    only where it is on paper; `broader`: the names of those that it is a kind of (司机 for 货车司机); `any_work`: its
    people may do anything with their hands (老板, 小工).
    """

    names: tuple[str, ...]
    also: tuple[str, ...] = ()
    does: tuple[str, ...] = ()
    acts: tuple[Act, ...] = ()
    signs: tuple[str, ...] = ()
    broader: tuple[str, ...] = ()
    any_work: bool = False

    def is_named_by(self, title: str) -> bool:
        """Whether `title` is one of its names, a longer one that ends with it (车间操作工), or told in its words."""
        return title.endswith(self.names) or self.is_told_by(title)

    def is_led_by(self, title: str, ranks: Ranks) -> bool:
        """Whether `title` is a rank in this work (质检组长), whose people do it too."""
        return any(self.is_named_by(work) for work in ranks.works_of(title))

    def is_told_by(self, words: str) -> bool:
        """Whether `words` stand for it."""
        if words in self.names or words in self.also or words in self.does:
            return True
        return any(act.is_told_by(words) for act in self.acts)

    def does_so(self, words: str) -> bool:
        """Whether `words` tell what its people do and are no title."""
        return words in self.does or any(act.is_told_by(words) for act in self.acts)

    def is_kind_of(self, title: str) -> bool:
        """Whether `title` names an occupation that this one is a kind of."""
        return title in self.broader


@functools.lru_cache(maxsize=4)
def load_ranks(own: Path | None = None) -> Ranks:
    """The ranks of the lender's folder `own` or the embedded ones. Raises `SettingsError`."""
    words = table(WORDS, own)
    return Ranks(word_list(words["ranks"]), word_list(words["departments"]))


@functools.lru_cache(maxsize=4)
def load_occupations(own: Path | None = None) -> tuple[Occupation, ...]:
    """The occupations of the lender's folder `own` or the embedded ones. Raises `SettingsError`."""
    listed = table(FILE, own).get("occupations")
    lines: Sequence[Any] = listed if isinstance(listed, list) else [None]
    found: list[Occupation] = []
    for place, line in enumerate(lines):
        if not isinstance(line, Mapping) or set(line) - KEYS or not word_list(line.get("names")):
            raise SettingsError(
                f"config file {FILE}: occupations[{place}]: must be a mapping of {', '.join(sorted(KEYS))}"
            )
        names, also, does, signs = (word_list(line.get(key)) for key in ("names", "also", "does", "signs"))
        acts = tuple(Act(word_list(verbs), word_list(things)) for verbs, things in (line.get("acts") or {}).items())
        found.append(Occupation(names, also, does, acts, signs, any_work=bool(line.get("any"))))
    plain = {each.names[0]: (*each.names, *each.also) for each in found}
    for place, line in enumerate(lines):
        under = word_list(line.get("under"))
        if unknown := [name for name in under if name not in plain]:
            raise SettingsError(f"config file {FILE}: occupations[{place}]: no line begins with {', '.join(unknown)}")
        if under:
            found[place] = replace(found[place], broader=tuple(name for each in under for name in plain[each]))
    return tuple(found)


class ActReader:
    """Finds what people say they do in a text: 养了几头牛, 给人修手机."""

    def __init__(self, occupations: Sequence[Occupation], own: Path | None = None) -> None:
        by_verb: dict[str, dict[str, None]] = {}
        for act in (act for each in occupations for act in each.acts):
            for verb in act.verbs:
                by_verb.setdefault(fold(verb), {}).update(dict.fromkeys(map(fold, act.things)))
        self._verbs: dict[str, list[str]] = {}
        for verb in sorted(by_verb, key=len, reverse=True):
            self._verbs.setdefault(verb[0], []).append(verb)
        self._begins = re.compile(trie(self._verbs)) if self._verbs else NEVER
        words = table(WORDS, own)["of_acts"]
        between = words["between"].replace("{few}", words["few"]).replace("{pieces}", words["pieces"])
        self._things = {
            verb: re.compile(f"{between}(?P<thing>{words['attribute']}(?:{trie(things)}))")
            for verb, things in by_verb.items()
        }

    def find(self, text: str) -> list[tuple[int, int, str]]:
        """Start, end and plain form (养牛 for 养了几头牛) of each in a folded text, none within another."""
        found: list[tuple[int, int, str]] = []
        floor = 0
        for begun in self._begins.finditer(text):
            place = begun.start()
            if place < floor:
                continue
            for verb in self._verbs[begun[0]]:
                match = self._things[verb].match(text, place + len(verb)) if text.startswith(verb, place) else None
                if match is not None:
                    floor = match.end()
                    found.append((place, floor, verb + match["thing"]))
                    break
        return found


@functools.lru_cache(maxsize=4)
def load_acts(own: Path | None = None) -> ActReader:
    """The reader of what people of the occupations of `load_occupations` do. Raises `SettingsError`."""
    return ActReader(load_occupations(own), own)
