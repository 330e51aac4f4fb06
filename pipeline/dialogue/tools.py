"""The readers that a conversation is followed with; built once, shared by all calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from pipeline.dialogue.acts import Acts
from pipeline.dialogue.amending import Amending
from pipeline.dialogue.amounts import Amounts
from pipeline.dialogue.answers import Chooser
from pipeline.dialogue.asides import Asides
from pipeline.dialogue.asked_again import AskedAgain
from pipeline.dialogue.belonging import Belonging
from pipeline.dialogue.cars import Cars
from pipeline.dialogue.changes import Changes
from pipeline.dialogue.contacts import Contacts
from pipeline.dialogue.debt_sums import DebtSums
from pipeline.dialogue.debts import Debts
from pipeline.dialogue.drivers import Drivers
from pipeline.dialogue.explained import Explained
from pipeline.dialogue.going_on import GoingOn
from pipeline.dialogue.named_debts import NamedDebts
from pipeline.dialogue.of_others import OfOthers
from pipeline.dialogue.open_answers import OpenAnswers
from pipeline.dialogue.other_firms import OtherFirms
from pipeline.dialogue.prompts import Prompts
from pipeline.dialogue.purposes import PurposeAnswers
from pipeline.dialogue.questions import Questions
from pipeline.dialogue.relevance import Relevance
from pipeline.dialogue.repeated import Repeated
from pipeline.dialogue.reply_words import ReplyWords
from pipeline.dialogue.short_answers import ShortAnswers
from pipeline.dialogue.spans import SpanAnswers
from pipeline.dialogue.told_of import ToldOf
from pipeline.dialogue.topics import Topics
from pipeline.dialogue.values import Values
from pipeline.language.called import CalledNameReader
from pipeline.language.no_names import NoNames
from pipeline.language.spelled import SpelledReader
from pipeline.types import ReadingModels, Turn


@dataclass(frozen=True, slots=True)
class Tools:
    """What a conversation is read with."""

    acts: Acts
    topics: Topics
    questions: Questions
    values: Values
    chooser: Chooser
    relevance: Relevance
    cars: Cars
    drivers: Drivers
    amounts: Amounts
    belonging: Belonging
    other_firms: OtherFirms
    changes: Changes
    debts: Debts
    debt_sums: DebtSums
    contacts: Contacts
    open_answers: OpenAnswers
    reply_words: ReplyWords
    short_answers: ShortAnswers
    prompts: Prompts
    called: CalledNameReader
    spelled: SpelledReader
    purposes: PurposeAnswers
    names: SpanAnswers
    no_names: NoNames
    explained: Explained
    amending: Amending
    asides: Asides
    asked_again: AskedAgain
    going_on: GoingOn
    repeated: Repeated
    of_others: OfOthers
    told_of: ToldOf

    def uttered(self, turns: Sequence[Turn]) -> tuple[Turn, ...]:
        """What is said in `turns` as a listener takes it: nothing beside the point, each question asked and each
        answer told once, each utterance one turn, and nothing that is told of others alone.
        """
        asked_once = self.asked_again.asked_once(self.asides.left_out(turns))
        return self.of_others.left_out(self.repeated.told_once(self.going_on.joined(asked_once)))

    def for_call(self) -> Tools:
        """The same for one call: what is remembered of its turns goes with it."""
        return replace(
            self,
            acts=self.acts.for_call(),
            questions=self.questions.for_call(),
            purposes=self.purposes.for_call(),
        )


@lru_cache(maxsize=4)
def tools(models: ReadingModels, own: Path | None = None) -> Tools:
    """The tools by trained models and the lender's own configs or the defaults. Raises SettingsError."""
    acts, topics, names = Acts(own), Topics(own), SpanAnswers(models.answers)
    cars, drivers, debts = Cars(acts, own), Drivers(own), NamedDebts(own)
    relevance, amending, amounts = Relevance(acts, cars, own), Amending(own), Amounts(own)
    return Tools(
        acts,
        topics,
        Questions(topics, models.questions, names, own),
        Values(own),
        Chooser(acts, relevance, cars, drivers, amending, amounts, own),
        relevance,
        cars,
        drivers,
        amounts,
        Belonging(own),
        OtherFirms(own),
        Changes(own),
        Debts(debts, own),
        DebtSums(debts, own),
        Contacts(own),
        OpenAnswers(own),
        ReplyWords(own),
        ShortAnswers(own),
        Prompts(own),
        CalledNameReader(own),
        SpelledReader(own),
        PurposeAnswers(models.purposes, own),
        names,
        NoNames(own),
        Explained(own),
        amending,
        Asides(own),
        AskedAgain(own),
        GoingOn(own),
        Repeated(own),
        OfOthers(own),
        ToldOf(own),
    )
