"""What a customer tells of somebody else alone, beside his own answer: 九千。我表弟在深圳上班,工资两万。"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.dialogue.doers import OTHER, Doers
from pipeline.errors import SettingsError
from pipeline.language.phrases import PhraseBook
from pipeline.language.relations import relation_words
from pipeline.language.resources import table, word_list
from pipeline.language.script import CLAUSE_END, SENTENCE_END, fold
from pipeline.types import Turn

FILE = "dialogue/of_others.yaml"
ASKED = "?"
"""Who asks himself of it tells of it: 滴滴?我堂弟跑呢."""
_CLAUSE = re.compile(f"[^{re.escape(''.join(sorted(CLAUSE_END)))}]+")


class OfOthers:
    """Leaves out for reading what customers tell of others, so that no sum of theirs is taken for his."""

    def __init__(self, own: Path | None = None) -> None:
        """By the lender's `of_others.yaml` or the built-in one. Raises SettingsError."""
        rules = table(FILE, own)
        close = frozenset(word_list(rules["close"]))
        relations = tuple(relation_words(table("language/relations.yaml", own)))
        self._doers = Doers(own)
        self._kin = PhraseBook((word, "") for word, who in relations if who not in ("self", "company", "other"))
        known = frozenset(word_list(rules["except"]))
        kin = [word for word, who in relations if who in close and word not in known]
        self._close = PhraseBook((word, "") for word in (*kin, *word_list(rules["close_words"])))
        try:
            self._leads, self._named, self._again, self._names, self._unless = (
                re.compile(rules[key]) for key in ("leads", "named", "again", "names", "unless")
            )
            self._ours, self._no_name = re.compile(rules["ours"]), re.compile(rules["no_name"])
            self._asks_of_people, self._of_himself, self._goes_back = (
                re.compile(rules[key]) for key in ("asks_of_people", "of_himself", "goes_back")
            )
        except (re.error, TypeError) as error:
            raise SettingsError(f"config file {FILE}: {error}; mend the file") from error

    def left_out(self, turns: Sequence[Turn]) -> tuple[Turn, ...]:
        """The turns as they are to be read. Where the agent asks about people, what is told of the first one stays."""
        return tuple(self._read(turns))

    def _read(self, turns: Sequence[Turn]) -> Iterator[Turn]:
        asks_of_people = False
        for place, turn in enumerate(turns):
            if turn.speaker == "agent":
                asked = fold(turn.text)
                asks_of_people = self._asks_of_people.search(asked) is not None or bool(self._kin.find(asked))
            elif turn.speaker == "customer":
                following = fold(turns[place + 1].text) if place + 1 < len(turns) else ""
                told = self._of_others(fold(turn.text), following, asks_of_people)
                turn = turn.without({place for start, end in told for place in range(start, end)})
            yield turn

    def _of_others(self, text: str, following: str, asks_of_people: bool) -> Iterator[tuple[int, int]]:
        """Where a turn tells of somebody else, from the stop before it on; `following` is said behind the turn."""
        clauses = [found.span() for found in _CLAUSE.finditer(text)]
        if len(clauses) < 2 or self._goes_back.search(following):
            return
        back_to = max((found.start() for found in self._goes_back.finditer(text)), default=-1)
        answered = (
            min((person.start for person in self._doers.people(text)), default=len(text)) if asks_of_people else -1
        )
        at = 1
        while at < len(clauses):
            start, end = clauses[at]
            told = None if text[clauses[at - 1][1]] == ASKED else self._told(text[start:end])
            if told is None:
                at += 1
                continue
            last = at
            while (
                last + 1 < len(clauses)
                and not any(text[place] in SENTENCE_END for place in range(clauses[last][1], clauses[last + 1][0]))
                and self._of_himself.match(text, clauses[last + 1][0]) is None
            ):
                last += 1
            behind = clauses[last][1]
            if not (
                start <= answered
                or (last == at and start + told == end)
                or back_to >= behind
                or self._unless.search(text, start + told, behind)
            ):
                yield clauses[at - 1][1], behind
            at = last + 1

    def _told(self, clause: str) -> int | None:
        """Where a clause that begins with somebody else goes on to what he does or has; None for any other."""
        person = self._person(clause)
        if person is None:
            return None
        again = self._again.match(clause, person)
        told = again.end() if again is not None else person
        return told if self._names.match(clause, told) is None else None

    def _person(self, clause: str) -> int | None:
        """Where the somebody else ends whom a clause begins with."""
        leads = self._leads.match(clause)
        first = leads.end() if leads is not None else 0
        named = self._named.match(clause, first)
        if named is not None:
            return named.end()
        whose = self._doers.people if self._ours.search(clause, 0, first) else self._doers.actors
        for person in whose(clause):
            if person.start <= first < person.end and person.who == OTHER:
                called = clause[person.start : person.end]
                return None if self._close.find(called) or self._no_name.fullmatch(called) else person.end
        return None
