"""Who does what a customer tells: himself, or somebody else (我小舅子倒是跑滴滴的)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pipeline.dialogue.clauses import CLAUSE_REACH, clause_end, clause_start
from pipeline.language.phrases import PhraseBook
from pipeline.language.relations import relation_words
from pipeline.language.resources import table, word_list

FILE = "dialogue/doers.yaml"
PATTERNS = ("with", "brings", "joins", "given", "named_behind", "counted_behind", "this_car", "kept", "drives")
SELF, OTHER = "self", "other"
_SIGHT = 10
OF_SOMEBODY = ("我", "俺", "咱", "他", "她", "们", "的")
_IS_HIS = re.compile("(?:的|那|那个|有个|一个|家|家的|们)?")


class Person(NamedTuple):
    """Somebody spoken of at `start:end` of a folded text; `who` is `SELF` or `OTHER`."""

    start: int
    end: int
    who: str


class Doers:
    """Finds, by `configs/dialogue/doers.yaml`, who does what stands at a place of a folded text, and with which car."""

    def __init__(self, own: Path | None = None) -> None:
        words = table(FILE, own)
        relations = relation_words(table("language/relations.yaml", own))
        kin = {word: OTHER for word, who in relations if who not in ("self", "company")}
        known = {
            **kin,
            **dict.fromkeys(word_list(words["people"]), OTHER),
            **dict.fromkeys(word_list(words["self"]), SELF),
        }
        self._known = PhraseBook(known.items())
        self._may_be_himself = frozenset(word_list(words["may_be_himself"]))
        self._others = re.compile("|".join(words["others"]))
        self._given_to = re.compile(words["given_to"]["before"])
        self._his_place = word_list(words["given_to"]["behind"])
        self._at = {name: re.compile(words[name]) for name in PATTERNS}

    def people(self, text: str) -> list[Person]:
        """Everybody spoken of, in order; where two readings overlap, the longer one."""
        found = sorted(self._found(text), key=lambda person: (person.start - person.end, person.start))
        taken: set[int] = set()
        kept = []
        for person in found:
            places = range(person.start, person.end)
            if taken.isdisjoint(places):
                taken.update(places)
                kept.append(person)
        return _joined(sorted(kept), text)

    def actors(self, text: str) -> list[Person]:
        """Everybody spoken of, without what the customer may be himself: 我是司机在顺丰; not 我们老板在."""
        return [
            person
            for person in self.people(text)
            if text[person.start : person.end] not in self._may_be_himself or text[: person.start].endswith(OF_SOMEBODY)
        ]

    def _found(self, text: str) -> Iterator[Person]:
        for hit in self._known.find(text):
            yield Person(hit.start, hit.end, hit.label)
        for match in self._others.finditer(text):
            yield Person(*match.span(), OTHER)

    def is_with_other_car(self, text: str, start: int, end: int) -> bool:
        """Whether what stands at `start:end` is somebody else's doing and not said to be done with this car."""
        doer = self._doer(text, start, end)
        if doer is None or doer.who == SELF:
            return False
        if self._at["given"].search(text[max(0, doer.start - _SIGHT) : doer.start]):
            return False  # 给我儿子跑网约车用
        last = clause_end(text, end)
        named = self._at["this_car"].search(text, min(doer.start, start), last)
        if named is not None and not self._at["kept"].search(text, named.start(), clause_end(text, last + 1)):
            return False
        return not self._is_driver(text, start) and self._at["joins"].search(text, end, end + 2 * CLAUSE_REACH) is None

    def _doer(self, text: str, start: int, end: int) -> Person | None:
        behind = self._behind(text, end)
        if behind is not None:
            return behind
        first = clause_start(text, start)
        for person in reversed(self.people(text[first:start])):
            placed = Person(first + person.start, first + person.end, person.who)
            if placed.who == SELF or not self._is_only_there(text, first, placed):
                return placed
        return None

    def _is_only_there(self, text: str, first: int, person: Person) -> bool:
        """Whether he only helps, brings the customer to it, or tells where the car is: 跟我弟一起跑, 挂他那边租."""
        before = text[first : person.start]
        if self._at["with"].search(before) or self._at["brings"].match(text, person.end):
            return True
        return self._given_to.search(before) is not None and text.startswith(self._his_place, person.end)

    def _behind(self, text: str, end: int) -> Person | None:
        """Whoever is named or counted right behind it: 跑滴滴的是我前夫; 跑滴滴的多了去了."""
        counted = self._at["counted_behind"].match(text, end)
        if counted is not None:
            return Person(*counted.span(), OTHER)
        named = self._at["named_behind"].match(text, end)
        if named is None:
            return None
        last = min(named.end() + CLAUSE_REACH, clause_end(text, named.end()))
        people = self.people(text[named.end() : last])
        if not people or people[0].start > 0:
            return None
        return Person(named.end(), named.end() + people[0].end, people[0].who)

    def _is_driver(self, text: str, start: int) -> bool:
        """Whether somebody else was told before `start` to be the one who drives this car: 主要给我弟弟开."""
        first = max(0, start - CLAUSE_REACH)
        before = text[first:start]
        people = self.people(before)
        return any(person.who == OTHER and self._at["drives"].match(before, person.end) for person in people)


def _joined(people: list[Person], text: str) -> list[Person]:
    """我 right before another person is his: 我|前夫 is one person."""
    joined: list[Person] = []
    for person in people:
        before = joined[-1] if joined else None
        if (
            before is not None
            and before.who == SELF
            and person.who == OTHER
            and _IS_HIS.fullmatch(text, before.end, person.start)
        ):
            joined[-1] = Person(before.start, person.end, OTHER)
        else:
            joined.append(person)
    return joined
