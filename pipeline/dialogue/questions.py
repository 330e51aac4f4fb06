"""What an agent's turn asks: open questions, and values read out for the customer to agree to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.dialogue.agent_names import CONTACT, AgentNames
from pipeline.dialogue.asking import DEBTS, PERSONAL, TERM, AskedFields
from pipeline.dialogue.binding import BARE, Binder
from pipeline.dialogue.contacts import Contacts
from pipeline.dialogue.debts import PAYS
from pipeline.dialogue.likelihood import Likelihood
from pipeline.dialogue.question import Ask, Question
from pipeline.dialogue.readout_words import ReadoutWords
from pipeline.dialogue.readouts import ECHOED, EITHER, Readout, ReadoutReader
from pipeline.dialogue.spans import SpanAnswers
from pipeline.dialogue.topics import FILE, Topics
from pipeline.dialogue.values import MONEY_FIELDS
from pipeline.language.phrases import PhraseBook
from pipeline.language.resources import table, word_list
from pipeline.types import LabelModel, Mention

FOLLOW_UP, TAG, ASKED_ON = 14, 8, 16
CONDITION = "vehicle.condition"
DRIVER, WHO_ELSE = "vehicle.actual_user", 20
NAMES_SOMEBODY = frozenset({"identity.name", "contact.relation", "identity.marital_status"})


class Questions:
    """Reads agents' turns by `configs/dialogue/questions.yaml`."""

    def __init__(self, topics: Topics, model: LabelModel, names: SpanAnswers, own: Path | None = None) -> None:
        content: Mapping[str, Any] = table(FILE, own)
        self._topics = topics
        self._read_out_words = ReadoutWords(own)
        self._readouts = ReadoutReader(topics, self._read_out_words, content)
        self._contacts = Contacts(own)
        self._names = AgentNames(names, self._contacts, own)
        self._likelihood = Likelihood(model, self._names)
        self._binder = Binder(topics, self._readouts, content)
        self._asked = AskedFields(content, own)
        self._earning = word_list(content["earning"])
        self._loan_words = word_list(content["loan_words"])
        self._of_loans = word_list(content["of_loans"])
        self._other_sums = word_list(content["other_sums"])
        self._asks_on = word_list(content["asks_on"])
        self._checks = frozenset(word_list(content["checks"]))
        patterns: Mapping[str, str] = content["patterns"]
        self._postponed = re.compile(patterns["postponed"])
        self._only_who = re.compile(patterns["only_who"])
        self._how_much_a_month = re.compile(patterns["how_much_a_month"])
        self._books = {
            name: PhraseBook((word, name) for word in word_list(content[name]))
            for name in (
                "open",
                "yes_no",
                "follow_up",
                "same_again",
                "summing",
                "settling",
                "again",
                "telling",
                "not_applicant",
            )
        }

    def for_call(self) -> Questions:
        """The same, with nothing read yet: what is remembered of turns lives no longer than their call."""
        for_call = copy(self)
        for_call._likelihood = self._likelihood.for_call()
        return for_call

    def prepare(self, turns: Iterable[tuple[str, Sequence[Mention]]]) -> None:
        """Reads agents' folded turns, with their mentions, in one go."""
        self._likelihood.prepare(turns)

    def asks_on(self, text: str) -> bool:
        """Whether a short folded text of an agent asks on, though it may name nothing: 您的呢."""
        return len(text) <= ASKED_ON and any(word in text for word in self._asks_on)

    def likely(self, text: str, mentions: Iterable[Mention]) -> Mapping[str, float]:
        """How likely an agent's folded text is about each field, by itself."""
        return self._likelihood.of_turn(text, tuple(mentions), ())

    def read(self, text: str, mentions: Iterable[Mention], recent: Sequence[str]) -> Question:
        """The question in a folded text; `recent` are the fields last spoken of, newest first."""
        mentions = tuple(mentions)
        cues = {name: book.find(text) for name, book in self._books.items()}
        chances = self._likelihood.of_turn(text, mentions, recent)
        mentions = self._names.with_read_out(text, self._likelihood.heard(text, mentions).mentions, chances)
        settles = bool(cues["settling"] or cues["again"])
        other = bool(cues["not_applicant"]) or self._asked.is_about_another(text, mentions)
        bound = self._binder.bind(text, mentions, self._likelihood, chances, recent, cues["summing"])
        readouts = (
            []
            if cues["telling"] and not cues["yes_no"]
            else self._readouts.read(text, bound, cues, chances, recent, settles, self._asked.period(text))
        )
        if (later := self._postponed.search(text)) is not None:
            readouts = [readout for readout in readouts if readout.mention.start > later.start()]
        if other:
            readouts = [readout for readout in readouts if readout.field not in PERSONAL]
        asks = (
            []
            if cues["telling"] and not cues["yes_no"]
            else self._asked.read(text, chances, readouts, recent, settles, other)
        )
        heard = bool(asks)
        asks = self._asked.of_contact(text, asks, readouts, recent)
        if not self._asked.may_be_of_contact(text, mentions, recent):
            asks = [ask for ask in asks if ask.field not in CONTACT]
        if not set(recent[:1]) & DEBTS and not any(word in text for word in self._of_loans):
            asks = [ask for ask in asks if ask.field not in DEBTS]  # 他收您的费用没有
        conditions = [mention for mention in mentions if mention.kind == "condition"]
        if conditions and all(self._read_out_words.names_the_car(text, mention) for mention in conditions):
            asks = [ask for ask in asks if ask.field != CONDITION]
        if any(word in text for word in self._other_sums):  # 租车一个月多少租金
            named = self._topics.fields_in(text)
            asks = [ask for ask in asks if ask.field not in MONEY_FIELDS or ask.field in named]
        if EITHER in text and any(item.mention.kind == "purpose" for item in bound):
            asks = _with(asks, ["loan.purpose"], settles)
        if cues["again"] and not cues["settling"]:
            asks = [replace(ask, settles=False) if ask.field in CONTACT else ask for ask in asks]
        doubled = _doubled(readouts)
        asks = _with(asks, sorted(doubled), True)
        readouts = [readout for readout in readouts if readout.field not in doubled]
        readouts = list({readout.field: readout for readout in readouts}.values())
        if any(readout.field == TERM for readout in readouts) and self._is_of_a_year(text):  # 净落呢一年
            readouts = [readout for readout in readouts if readout.field != TERM]
            asks = _with(asks, ["income.monthly"], settles)
        if not asks and not readouts and EITHER in text:
            asks = [Ask(field, settles=True) for field in self._one_of_two(mentions, recent)]
        if not asks and not readouts and self._contacts.asks(text):
            asks = [Ask(field) for field in CONTACT]
        if not readouts and any(name in CONTACT for name in recent[:ECHOED]) and self._contacts.asks_instead(text):
            asks = [Ask(field, settles=True) for field in CONTACT]
        if recent[:1] == [DRIVER] and len(text) <= WHO_ELSE and (who := self._who_is_named(text, mentions)) is not None:
            readouts = [Readout(DRIVER, who, True, settles=settles)]
            asks = [ask for ask in asks if ask.field not in NAMES_SOMEBODY]
        if cues["same_again"] and recent and not readouts and len(text) <= FOLLOW_UP:
            return Question((Ask(recent[0], settles=True),), asks_last=True)
        idle = not (asks or readouts or cues["telling"] or other)
        if idle and recent[:1] and recent[0] in DEBTS and self._how_much_a_month.match(text):
            asks = [Ask(PAYS, settles=settles)]
        elif idle and cues["follow_up"] and recent and len(text) <= FOLLOW_UP:
            asks = [Ask(recent[0], strong=False, settles=settles)]
        last_value = max((readout.mention.end for readout in readouts), default=0)
        opens = [hit for hit in cues["open"] if hit.phrase not in self._checks]
        asks_last = bool(asks) and any(hit.start >= last_value for hit in opens)
        tag = bool(cues["yes_no"]) and not heard and not asks and not readouts and len(text) <= TAG
        return Question(tuple(asks), tuple(readouts), asks_last, tag, other, closed=bool(cues["yes_no"]) and not opens)

    def _one_of_two(self, mentions: Sequence[Mention], recent: Sequence[str]) -> list[str]:
        """The field spoken of before of which two values are named: 按哪个记,八千还是五千五."""
        for kind in ("money", "duration"):
            if len({_key(mention) for mention in mentions if mention.kind == kind}) == 2:
                return [field for field in recent if kind in self._topics.kinds.get(field, ())][:1]
        return []

    def _is_of_a_year(self, text: str) -> bool:
        """Whether a year that is named is the one whose income is asked for."""
        return any(word in text for word in self._earning) and not any(word in text for word in self._loan_words)

    def _who_is_named(self, text: str, mentions: Sequence[Mention]) -> Mention | None:
        """Who is named in a short question that goes on with 谁开: 是您本人吗; 您爱人?"""
        people = [mention for mention in mentions if mention.kind == "relation"]
        if len(people) != 1 or any(mention.kind == "name" for mention in mentions):
            return None
        rest = text[: people[0].start] + text[people[0].end :]
        return people[0] if self._only_who.fullmatch(rest.strip(BARE)) is not None else None


def _with(asks: list[Ask], fields: Iterable[str], settles: bool) -> list[Ask]:
    known = {ask.field for ask in asks}
    return [*asks, *(Ask(field, settles=settles) for field in fields if field not in known)]


def _doubled(readouts: Sequence[Readout]) -> set[str]:
    """Fields of which two different values stand in one turn (到底是八千还是九千): they are asked, not read out."""
    values: dict[str, set[object]] = {}
    for readout in readouts:
        values.setdefault(readout.field, set()).add(_key(readout.mention))
    return {field for field, said in values.items() if len(said) > 1}


def _key(mention: Mention) -> object:
    return mention.quantity or mention.value
