"""Follows a call turn by turn: what is being asked, what has been read out, and what the customer makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from pipeline.dialogue.asking import PAYMENT
from pipeline.dialogue.contacts import OF_CONTACT as OF_CONTACT_PEOPLE
from pipeline.dialogue.debts import HAS, PAYS
from pipeline.dialogue.dictation import Dictation
from pipeline.dialogue.explaining import Explainer
from pipeline.dialogue.owing import Owing
from pipeline.dialogue.placing import Placer
from pipeline.dialogue.question import Ask, Question
from pipeline.dialogue.read_back import ReadBack
from pipeline.dialogue.readouts import EITHER, Readout
from pipeline.dialogue.record import Record
from pipeline.dialogue.reply import CONTACT, MOBILE, Reply
from pipeline.dialogue.responses import Responder
from pipeline.dialogue.settle import Statement
from pipeline.dialogue.stating import Stater
from pipeline.dialogue.tools import Tools
from pipeline.dialogue.topics import NONE
from pipeline.dialogue.values import MONEY_FIELDS
from pipeline.dialogue.verdicts import Verdicts
from pipeline.dialogue.waiting import CAR, OpenReadout, Waiting
from pipeline.language import Reader
from pipeline.language.script import fold
from pipeline.types import Mention, Turn

INCOME = "income.monthly"
FOLLOW_UP = 12
# 我先看一下您的单子,贷款…… asks for no debts.
TRAILS_OFF = "…"
SUBSTANTIAL = 6
AMOUNT, OF_LOAN = "loan.amount", frozenset({PAYMENT, "loan.term_months"})
DRIVER, PURPOSE = "vehicle.actual_user", "loan.purpose"
ECHO_AT_MOST = 16
TOLD_AGAIN = (*sorted(MONEY_FIELDS), "loan.term_months", "employment.years")


class Conversation:
    """The state of one call. Feed it turns in order, then take `statements`. Not for use by several calls at once."""

    def __init__(self, reader: Reader, tools: Tools, on: date) -> None:
        self._reader = reader
        self._tools = tools
        self._record = Record()
        self._waiting = Waiting(tools)
        self._placer = Placer(reader, tools, self._waiting, self._record, on)
        verdicts = Verdicts(self._waiting, self._record)
        self._explainer = Explainer(tools, self._waiting, self._record)
        self._responder = Responder(tools, self._waiting, self._record, verdicts)
        read_back = ReadBack(reader, self._waiting)
        self._stater = Stater(reader, tools, self._waiting, self._record, on, verdicts=verdicts, read_back=read_back)
        self._owing = Owing(tools, self._waiting, self._record, read_back)
        self._dictation = Dictation(self._waiting, self._record)
        self._told = ""

    @property
    def statements(self) -> Mapping[str, Sequence[Statement]]:
        """What the customer has stated so far, by field."""
        return self._record.statements

    def hear(self, turn: Turn) -> None:
        """Takes the next turn; turns of unresolved speakers (S0) count for nothing."""
        if turn.speaker == "agent":
            self._hear_agent(turn)
        elif turn.speaker == "customer":
            self._hear_customer(turn)
        elif turn.speaker == "third_party":
            self._hear_third_party(turn)

    def finish(self) -> None:
        """Ends the call: digits still being read out are taken as they are."""
        for digits in self._record.digits.values():
            self._record.add(digits.finish())

    def _hear_agent(self, turn: Turn) -> None:
        text = self._waiting.last_said = fold(turn.text)
        question = self._tools.questions.read(text, self._reader.read(turn), self._waiting.recent)
        trails_off = text.rstrip(" 。").endswith(TRAILS_OFF) and not self._tools.questions.asks_on(text)
        if trails_off and {HAS, PAYS}.isdisjoint(self._tools.topics.fields_in(text)):
            question = replace(question, asks=tuple(ask for ask in question.asks if ask.field not in (HAS, PAYS)))
        reading_out = [name for name in self._record.digits if self._record.in_progress(name)]
        if reading_out and self._tools.questions.asks_for_the_rest(text):
            question = Question(tuple(map(Ask, reading_out)), asks_last=True)
        people = [m.value for m in self._reader.read(turn) if m.kind == "relation" and m.value in OF_CONTACT_PEOPLE]
        self._waiting.person = people[-1] if people else self._waiting.person
        if not people:
            question = self._with_him_who_drives(turn, text, question)
        other = self._tools.belonging.says("other_number", text)
        self._waiting.other_number = other and not self._tools.belonging.says("own_number", text)
        of_contact = not self._waiting.just_said.isdisjoint(CONTACT)
        anothers = self._tools.belonging.asks_anothers_number(text, of_contact=of_contact)
        self._waiting.anothers_number = anothers
        if anothers:
            question = replace(question, asks=tuple(ask for ask in question.asks if ask.field != MOBILE))
        self._waiting.other_price = self._tools.belonging.says("other_price", text) and not self._tools.belonging.says(
            "own_price", text
        )
        if self._asks_repayment(text, question):
            self._waiting.readouts = []
            question = replace(question, asks=(Ask(HAS), Ask(PAYS)), readouts=())
        if self._owing.asks_on(text, question):
            of_debts = [replace(ask, field=PAYS) if ask.field == PAYMENT else ask for ask in question.asks]
            question = replace(question, asks=tuple(of_debts))
        question = self._echoing(text, self._owing.reads_on(text, question))
        if self._record.has_value(INCOME) and self._tools.belonging.says("other_income", text):
            question = replace(question, asks=tuple(ask for ask in question.asks if ask.field != INCOME))
        question = self._between_told(turn, self._told_of_another(text, question))
        later = self._record.has_value(INCOME) and self._tools.belonging.says("another_time", text)
        if later:
            question = replace(question, asks=tuple(ask for ask in question.asks if ask.field != INCOME))
        if question.tag_only and self._waiting.readouts:
            self._waiting.press()
            return
        self._waiting.narrow(question, asks_on=self._tools.questions.asks_on(text))
        self._waiting.about_another = question.about_another
        self._waiting.adrift = not question.asks and not question.readouts and not question.about_another
        if not question.asks and not question.readouts:
            self._waiting.other_money = later or self._tools.topics.names_other_money(text)
            self._waiting.narrowed = frozenset() if later else self._waiting.narrowed
            elsewhere = len(text) > SUBSTANTIAL or self._waiting.other_money
            elsewhere = elsewhere and not self._owing.tells_what_counts(text, self._told)
            self._waiting.moved_on = self._waiting.moved_on or elsewhere
            if len(text) > FOLLOW_UP or self._tools.acts.stance(text).attitude == "none":
                self._waiting.forget_readouts()
                self._waiting.follow_up = len(text) <= FOLLOW_UP and not question.about_another
            return
        names = [ask.field for ask in question.asks if ask.strong] + [item.field for item in question.readouts]
        for name, digits in self._record.digits.items():
            if names and name not in names:
                self._record.add(digits.finish())
        self._waiting.open(turn, text, question)
        for ask in question.asks:
            if ask.field in self._record.digits and ask.strong:
                self._record.add(self._record.digits[ask.field].begin(ask.length))

    def _asks_repayment(self, text: str, question: Question) -> bool:
        """Whether the agent asks how other money is repaid that the customer has just told of owing; not of the loan
        applied for (剩下八万贷的 - 分多少期,每月还多少?).
        """
        of_this_loan = AMOUNT in self._waiting.just_said and any(ask.field in OF_LOAN for ask in question.asks)
        return bool(self._told) and not of_this_loan and self._tools.debts.asks_repayment(text, self._told)

    def _with_him_who_drives(self, turn: Turn, text: str, question: Question) -> Question:
        """The question with who was spoken of read out as the one who drives: 那是他开?, after 给我弟买的."""
        match, who = self._tools.drivers.he(text), self._waiting.person
        asked = {ask.field for ask in question.asks}
        spoken_of = not asked and bool(set(self._waiting.recent[:1]) & {DRIVER, PURPOSE})
        if match is None or who is None or EITHER in text or not (DRIVER in asked or spoken_of):
            return question
        he = Mention("relation", *match.span(), turn.text[match.start() : match.end()], None, who, {"drives": "yes"})
        asks = tuple(ask for ask in question.asks if ask.field != DRIVER)
        return replace(question, asks=asks, readouts=(*question.readouts, Readout(DRIVER, he, question=True)))

    def _between_told(self, turn: Turn, question: Question) -> Question:
        """Of which field two sums are that he has told, of which the agent asks which holds: 一万二,又八千,算哪个?"""
        settles = [ask.field for ask in question.asks if ask.settles]
        settles += [item.field for item in question.readouts if item.settles]
        if MONEY_FIELDS.isdisjoint(settles):
            return question
        sums = {m.quantity.value for m in self._reader.read(turn) if m.kind == "money" and m.quantity is not None}
        for name in sorted(MONEY_FIELDS) if len(sums) > 1 else ():
            told = {each.stated.value for each in self._record.statements[name] if each.stated is not None}
            if sums <= told:
                return replace(question, asks=(Ask(name, settles=True),))
        return question

    def _told_of_another(self, text: str, question: Question) -> Question:
        """The question with a value that no word claims put to the one field of which just that was told: 按三年算."""
        named = set(self._tools.topics.fields_in(text))
        if sum(item.mention.quantity is not None for item in question.readouts) != 1:
            return question

        def as_told(item: Readout) -> Readout:
            if item.mention.quantity is None or item.field in named:
                return item
            told = [
                name
                for name in TOLD_AGAIN
                if (said := self._record.latest(name)) is not None
                and (again := self._tools.values.read(name, item.mention)) is not None
                and again.value == said.value
            ]
            return replace(item, field=told[0]) if len(told) == 1 else item

        return replace(question, readouts=tuple(map(as_told, question.readouts)))

    def _echoing(self, text: str, question: Question) -> Question:
        """Who says a sum again that he has just been told reads it out for what it was told of: 三万,好."""
        if len(text) > ECHO_AT_MOST:
            return question
        told = {name: self._record.latest(name) for name in sorted(self._waiting.just_said & MONEY_FIELDS)}

        def as_told(item: Readout) -> Readout:
            value = item.mention.quantity.value if item.mention.quantity is not None else None
            same = [name for name, stated in told.items() if stated is not None and stated.value == value]
            return replace(item, field=same[0]) if same and item.field not in same else item

        return replace(question, readouts=tuple(map(as_told, question.readouts)))

    def _hear_third_party(self, turn: Turn) -> None:
        """What somebody else says waits for the customer to adopt it."""
        for item in self._tools.topics.bind(fold(turn.text), self._reader.read(turn)):
            name = item.field or self._waiting.asked_for(item.mention)
            begun = self._begun(item.mention) if not name else ""
            if begun:
                self._waiting.readouts.append(OpenReadout(Readout(begun, item.mention, True, settles=True), turn))
            elif name and name != NONE and self._waiting.is_active(name):
                fields = CAR if item.mention.kind == "vehicle" else (name,)
                self._waiting.close(fields)
                self._waiting.readouts.extend(OpenReadout(Readout(each, item.mention, True), turn) for each in fields)

    def _begun(self, mention: Mention) -> str:
        """The field of which the customer has just begun a sum that another says to its end: 两千…… - 两千六百四."""
        for name in sorted(self._waiting.just_said & MONEY_FIELDS) if mention.kind == "money" else ():
            said = self._record.latest(name)
            if said is not None and mention.text.startswith(said.text) and mention.text != said.text:
                return name
        return ""

    def _hear_customer(self, turn: Turn) -> None:
        text = self._tools.prompts.without(fold(turn.text))
        if not text.strip(" ,。!?、"):
            return
        self._told = text
        reply = Reply(turn, text, self._tools.acts.stance(text))
        self._owing.reopen(text)
        self._placer.collect(reply)
        self._stater.change_contact(reply)
        self._responder.leave_name_open(reply)
        self._explainer.explain(reply)
        self._stater.waver(reply)
        for name, answers in reply.answers.items():
            if self._dictation.is_dictated(name, answers):
                self._dictation.take(reply, name, answers)
            elif name == PAYS:
                self._owing.add_up(reply, answers)
            else:
                self._stater.state(reply, name, answers)
        self._owing.answer(reply)
        self._responder.respond(reply)
        self._responder.dodge(reply)
        self._waiting.close(reply.answers)
        self._waiting.just_said = frozenset(reply.answers) | reply.aside
        asks_back = self._tools.relevance.asks_back(text)
        if reply.answers or reply.stance.attitude != "none" or (len(text) > SUBSTANTIAL and not asks_back):
            self._waiting.answered = True
