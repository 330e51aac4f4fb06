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
_CLAUSE = re.compile(f"[^{re.escape(''.join(sorted(CLAUSE_END)))}]+")


class OfOthers:
    """Leaves out for reading what customers tell of others, so that no sum of theirs is taken for his."""

    def __init__(self, own: Path | None = None) -> None:
        """By the lender's `of_others.yaml` or the built-in one. Raises SettingsError."""
        rules = table(FILE, own)
        close = frozenset(word_list(rules["close"]))
        relations = relation_words(table("language/relations.yaml", own))
        self._doers = Doers(own)
        self._kin = PhraseBook((word, "") for word, who in relations if who not in ("self", "company", "other"))
        kin = [word for word, who in relations if who in close]
        self._close = PhraseBook((word, "") for word in (*kin, *word_list(rules["close_words"])))
        try:
            self._leads, self._unless, self._asks_of_people, self._of_himself = (
                re.compile(rules[key]) for key in ("leads", "unless", "asks_of_people", "of_himself")
            )
            self._own = re.compile("".join(rules["own"].split()))
        except (re.error, TypeError) as error:
            raise SettingsError(f"config file {FILE}: {error}; mend the file") from error

    def left_out(self, turns: Sequence[Turn]) -> tuple[Turn, ...]:
        """The turns as they are to be read. Where the agent asks about people, what is told of the first one stays."""
        return tuple(self._read(turns))

    def _read(self, turns: Sequence[Turn]) -> Iterator[Turn]:
        asks_of_people = False
        for turn in turns:
            if turn.speaker == "agent":
                asked = fold(turn.text)
                asks_of_people = self._asks_of_people.search(asked) is not None or bool(self._kin.find(asked))
            elif turn.speaker == "customer":
                told = self._of_others(fold(turn.text), asks_of_people)
                turn = turn.without({place for start, end in told for place in range(start, end)})
            yield turn

    def _of_others(self, text: str, asks_of_people: bool) -> Iterator[tuple[int, int]]:
        """Where a turn tells of somebody else, from the stop before it on."""
        clauses = [found.span() for found in _CLAUSE.finditer(text)]
        at = 1
        while at < len(clauses):
            start, end = clauses[at]
            if not self._begins(text[start:end]):
                at += 1
                continue
            last = at
            while (
                last + 1 < len(clauses)
                and not any(text[place] in SENTENCE_END for place in range(clauses[last][1], clauses[last + 1][0]))
                and self._of_himself.match(text, clauses[last + 1][0]) is None
            ):
                last += 1
            answers = asks_of_people and not (
                text[clauses[at - 1][1]] in SENTENCE_END and self._doers.people(text[: clauses[at - 1][1]])
            )
            if not answers and self._unless.search(self._told_of_him(text[start : clauses[last][1]])) is None:
                yield clauses[at - 1][1], clauses[last][1]
            at = last + 1

    def _begins(self, clause: str) -> bool:
        """Whether a clause begins with somebody else and what he does or has."""
        person = self._person(clause)
        return person is not None and self._own.match(clause, person) is not None

    def _person(self, clause: str) -> int | None:
        """Where the somebody else ends whom a clause begins with."""
        leads = self._leads.match(clause)
        first = leads.end() if leads is not None else 0
        for person in self._doers.people(clause):
            if person.start in (0, first) and person.who == OTHER:
                named = clause[person.start : person.end]
                return None if any(hit.end == len(named) for hit in self._close.find(named)) else person.end
        return None

    def _told_of_him(self, told: str) -> str:
        """What is told of the person it begins with."""
        person = self._person(told)
        return told if person is None else told[person:]
