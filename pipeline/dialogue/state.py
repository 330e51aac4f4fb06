"""Follows a call turn by turn: what is being asked, what has been read out, and what the customer makes of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from pipeline.dialogue.answers import BY_THE_DAY, Answer
from pipeline.dialogue.asking import PAYMENT
from pipeline.dialogue.contacts import OF_CONTACT as OF_CONTACT_PEOPLE
from pipeline.dialogue.context import INCOME
from pipeline.dialogue.debts import HAS, PAYS, DebtQuestion
from pipeline.dialogue.digits import FIELD as ID
from pipeline.dialogue.digits import MOBILE, WHOLE
from pipeline.dialogue.evidence import quote, trust
from pipeline.dialogue.placing import Placer
from pipeline.dialogue.question import Ask, Question
from pipeline.dialogue.readouts import Readout
from pipeline.dialogue.record import Record
from pipeline.dialogue.reply import CONTACT, EMPLOYER, PRICE, RESIDENCE, Reply
from pipeline.dialogue.responses import CONTACT_NAME, RELATION, SPELLED, Responder
from pipeline.dialogue.settle import ANSWERED, CONFIRMED, UNCLEAR, UNPROMPTED, Statement, agree, is_finer, is_part
from pipeline.dialogue.tools import Tools
from pipeline.dialogue.topics import NONE
from pipeline.dialogue.values import MONEY_FIELDS, tidy
from pipeline.dialogue.waiting import CAR, OpenReadout, Waiting
from pipeline.language import Reader
from pipeline.language.addresses import goes_on
from pipeline.language.positions import is_trade
from pipeline.language.script import fold
from pipeline.types import Evidence, Mention, Stated, Turn

POSITION = "employment.position"
MOBILE_BEGINS = re.compile(r"1[3-9][0-9]")
# Of what is measured, the customer may be asked which of two values holds.
OF_MEASURE = (*sorted(MONEY_FIELDS), "loan.term_months", "employment.years")
FOLLOW_UP = 12
SUBSTANTIAL = 6
ASKED_ON = 16
HEARD_BY_SOUND = 0.85
# Who names a loan and asks whether it is one has not owned up to it yet.
OF_THE_LOAN = frozenset({"loan.amount", "loan.term_months"})
COUNTS_AS = ("不算", "算不算", "算吗", "算么")
# A turn that asks, though it may name nothing: 您的呢; 那实际花了多少; 所以您选的?
ASKS_ON = re.compile(r"\?|呢|吗|么|多少|好多|几|哪|啥|什么|谁|咋|怎")


class Conversation:
    """The state of one call. Feed it turns in order, then take `statements`. Not for use by several calls at once."""

    def __init__(self, reader: Reader, tools: Tools, on: date) -> None:
        self._reader = reader
        self._tools = tools
        self._record = Record()
        self._waiting = Waiting(tools)
        self._placer = Placer(reader, tools, self._waiting, self._record, on)
        self._responder = Responder(tools, self._waiting, self._record)
        self._denied_all = False
        self._told = ""
        self._home: Mention | None = None

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
        text = fold(turn.text)
        question = self._tools.questions.read(text, self._reader.read(turn), self._waiting.recent)
        people = [m.value for m in self._reader.read(turn) if m.kind == "relation" and m.value in OF_CONTACT_PEOPLE]
        self._waiting.person = people[-1] if people else self._waiting.person
        other = self._tools.belonging.says("other_number", text)
        self._waiting.other_number = other and not self._tools.belonging.says("own_number", text)
        self._waiting.other_price = self._tools.belonging.says("other_price", text) and not self._tools.belonging.says(
            "own_price", text
        )
        if self._told and self._tools.debts.asks_repayment(text, self._told):
            self._waiting.readouts = []
            question = replace(question, asks=(Ask(HAS), Ask(PAYS)), readouts=())
        if self._asks_debts_instalment(text, question):
            of_debts = [replace(ask, field=PAYS) if ask.field == PAYMENT else ask for ask in question.asks]
            question = replace(question, asks=tuple(of_debts))
        if question.tag_only and self._waiting.readouts:
            self._waiting.press()
            return
        self._waiting.narrow(question, asks_on=len(text) <= ASKED_ON and bool(ASKS_ON.search(text)))
        self._waiting.about_another = question.about_another
        self._waiting.adrift = not question.asks and not question.readouts and not question.about_another
        if not question.asks and not question.readouts:
            self._waiting.other_money = self._tools.topics.names_other_money(text)
            elsewhere = len(text) > SUBSTANTIAL or self._waiting.other_money
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

    def _asks_debts_instalment(self, text: str, question: Question) -> bool:
        """Whether 月供呢 asks on about the loan that the customer has just owned up to, not about this one."""
        asked = {ask.field for ask in question.asks} == {PAYMENT} and not question.readouts
        owned_up = any(_owns_up(each) for each in self._record.statements[HAS]) and not self._record.has_value(PAYS)
        short = len(text) <= FOLLOW_UP and "车" not in text and "这" not in text
        return asked and short and owned_up and self._waiting.recent[:1] == [HAS]

    def _hear_third_party(self, turn: Turn) -> None:
        """What somebody else says waits for the customer to adopt it."""
        for item in self._tools.topics.bind(fold(turn.text), self._reader.read(turn)):
            name = item.field or self._waiting.asked_for(item.mention)
            if name and name != NONE and self._waiting.is_active(name):
                fields = CAR if item.mention.kind == "vehicle" else (name,)
                self._waiting.close(fields)
                self._waiting.readouts.extend(OpenReadout(Readout(each, item.mention, True), turn) for each in fields)

    def _hear_customer(self, turn: Turn) -> None:
        text = self._tools.prompts.without(fold(turn.text))
        if not text.strip(" ,。!?、"):
            return
        self._told = text
        reply = Reply(turn, text, self._tools.acts.stance(text))
        self._reopen_debts(text)
        self._placer.collect(reply)
        self._change_contact(reply)
        self._responder.leave_name_open(reply)
        self._responder.explain(reply)
        self._waver(reply)
        for name, answers in reply.answers.items():
            if name == ID or (name == MOBILE and (self._is_spelling(MOBILE) or _is_begun(answers))):
                self._spell(reply, name, answers)
            elif name == PAYS:
                self._add_up(reply, answers)
            else:
                self._state(reply, name, answers)
        self._owe(reply)
        self._responder.respond(reply)
        self._responder.dodge(reply)
        self._waiting.close(reply.answers)
        self._waiting.just_said = frozenset(reply.answers)
        if reply.answers or reply.stance.attitude != "none" or len(text) > SUBSTANTIAL:
            self._waiting.answered = True

    def _change_contact(self, reply: Reply) -> None:
        """Who names another contact than the one before says nothing of the first one's relation any more."""
        before, replaces = self._record.latest(CONTACT_NAME), self._tools.contacts.replaces(reply.text)
        if before is None or not (replaces or self._waiting.settles(CONTACT_NAME)):
            return
        names = [answer.stated.value for answer in reply.answers.get(CONTACT_NAME, ())]
        if names and before.value not in names and not (replaces and RELATION in reply.answers):
            self._record.statements[RELATION] = []

    def _state(self, reply: Reply, name: str, answers: Sequence[Answer]) -> None:
        answers = self._without_options(reply, name, answers)
        if self._are_options(reply, name, answers):
            whole = quote(reply.turn, 0, len(reply.turn.text))
            self._record.add(Statement(name, "vague", None, (whole,), UNCLEAR))
            return
        for index, answer in enumerate(self._tools.chooser.choose(name, answers, reply.text)):
            mention = answer.mention
            evidence = quote(reply.turn, *self._with_characters(name, reply, mention))
            if answer.negated:
                self._responder.refuse(reply, name, answer.stated, (evidence,), bound=mention.kind == "money")
                continue
            if answer.stated.value is None and answer.stated.ratio is None:
                self._record.add(Statement(name, "vague", answer.stated, (evidence,), UNCLEAR))
                continue
            if (echoed := self._echoed(name, answer.stated)) is not None:
                settles = answer.corrects or self._waiting.settles(name) or index > 0
                proof = (echoed, evidence)
                confidence = CONFIRMED * _weight(reply.turn, mention)
                stated = replace(answer.stated, polarity="confirmed")
                self._record.add(Statement(name, "confirm", stated, proof, confidence, settles))
                continue
            if name == RESIDENCE:
                answer = self._narrowed(answer)
            base = ANSWERED if self._placer.is_active(name) else UNPROMPTED
            base *= HEARD_BY_SOUND if mention.attributes.get("match") == "sound" else 1.0
            settles = answer.corrects or self._waiting.settles(name) or index > 0
            settles = settles or name in self._waiting.narrowed
            settles = settles or (name == PRICE and mention.attributes.get("basis") == "net_price")
            settles = settles or (name in CONTACT and self._tools.contacts.replaces(reply.text))
            confidence = base * _weight(reply.turn, mention)
            loose = not settles and self._is_loose(reply, name, mention)
            self._record.add(Statement(name, "state", answer.stated, (evidence,), confidence, settles, loose=loose))
        self._waiting.remember(name)

    def _without_options(self, reply: Reply, name: str, answers: Sequence[Answer]) -> Sequence[Answer]:
        """The answers without what is only set against the value agreed to: 确认,三年我吃不消,五年一千四."""
        if name in OF_THE_LOAN and len(answers) > 1:  # 二十四个月,三年那个利息高没选
            is_option = self._tools.relevance.is_option
            answers = [each for each in answers if not is_option(reply.text, each.mention.end)] or answers
        agrees = reply.stance.attitude == "agree" and name in OF_MEASURE and len(answers) > 1
        known = self._record.latest(name) if agrees else None
        if known is None or any(answer.corrects or answer.negated for answer in answers):
            return answers
        return [answer for answer in answers if agree(known, answer.stated)] or answers

    def _with_characters(self, name: str, reply: Reply, mention: Mention) -> tuple[int, int]:
        """Where a name stands, with the words that tell its characters: 立早章,文章的章,章静怡."""
        told = self._tools.spelled.read(reply.text) if name in SPELLED else ()
        own = [each for each in told if each.character in str(mention.value)]
        return min([mention.start, *(each.start for each in own)]), max([mention.end, *(each.end for each in own)])

    def _narrowed(self, answer: Answer) -> Answer:
        """A home told bit by bit: 西青 - 中北镇 - 卉锦道,星河雅园."""
        before, mention = self._record.latest(RESIDENCE), answer.mention
        told, self._home = self._home, mention
        if (
            before is None
            or before.polarity != "stated"
            or told is None
            or answer.corrects
            or not goes_on(told, mention)
        ):
            return answer
        return replace(answer, stated=replace(answer.stated, value=f"{before.value}{answer.stated.value}"))

    def _are_options(self, reply: Reply, name: str, answers: Sequence[Answer]) -> bool:
        """Whether all that he says of the loan are terms to choose from: 两年那个免息,五年那个月供低."""
        if name not in OF_THE_LOAN or len(answers) < 2:
            return False
        return all(self._tools.relevance.is_option(reply.text, answer.mention.end) for answer in answers)

    def _waver(self, reply: Reply) -> None:
        """到底三年四年? - 说不准: who was asked which of his values holds and cannot say leaves them all standing."""
        if not self._tools.acts.find("wavers", reply.text):
            return
        for name in OF_MEASURE:
            told = any(item.readout.field == name for item in self._waiting.readouts)
            if not (self._waiting.settles(name) and (told or self._waiting.asked_now(name))):
                continue
            before = [each.stated for each in self._record.statements[name] if each.act in ("state", "confirm")]
            answers = [answer for answer in reply.answers.get(name, ()) if answer.stated.value is not None]
            values = [value for value in (*before, *(answer.stated for answer in answers)) if value is not None]
            if all(agree(values[0], value) for value in values[1:]):
                continue
            whole = quote(reply.turn, 0, len(reply.turn.text))
            said = [(a.stated, quote(reply.turn, a.mention.start, a.mention.end)) for a in answers]
            for stated, proof in said or [(values[-1], whole)]:
                self._record.add(Statement(name, "state", stated, (proof,), ANSWERED, wavers=True))
            reply.answers.pop(name, None)
            reply.touched.add(name)

    def _is_loose(self, reply: Reply, name: str, mention: Mention) -> bool:
        """Whether an income is only a first measure (一天三百二), or another time's; whether a firm is none (装空调), a
        job only what he does."""
        if name == EMPLOYER:
            trades = filter(is_trade, self._reader.read(reply.turn))
            return any(m.start <= mention.start and mention.end <= m.end for m in trades)
        if name == POSITION:  # 端盘子 beside 店长
            asked_again = self._waiting.asked_now(name) and self._record.has_value(name)
            told = not self._waiting.touches_now(POSITION) and not self._waiting.adrift
            return not asked_again and (is_trade(mention) or told)
        if name in OF_THE_LOAN:
            return self._tools.relevance.is_only_possible(mention, reply.text)
        if name != INCOME:
            return False
        if mention.attributes.get("tax") == "gross" or self._tools.relevance.is_gross(reply.text[mention.end :]):
            return True
        if mention.attributes.get("period") in BY_THE_DAY and not self._record.has_value(INCOME):
            return True
        return self._tools.relevance.is_of_other_time(mention, reply.text)

    def _echoed(self, name: str, stated: Stated) -> Evidence | None:
        """Where the agent has just read out the value that the customer repeats, no more exactly than it was read."""
        for item in self._waiting.readouts:
            readout = item.readout
            if readout.field != name or readout.negated or item.turn.speaker != "agent":
                continue
            known = self._waiting.read_out(item)
            names_more = name == CAR[0] and _names(stated, stated.text) and not _names(stated, readout.mention.text)
            names_more = names_more or (
                name == CAR[0] and not _names(stated, stated.text) and not self._is_model_read_out(stated.text)
            )
            same = known is not None and (agree(known, stated) or (name == RESIDENCE and is_part(name, known, stated)))
            if known is not None and same and not is_finer(stated, known) and not names_more:
                return quote(item.turn, readout.mention.start, readout.mention.end)
        return None

    def _is_model_read_out(self, heard: str) -> bool:
        """Whether a car that the customer names is the model that was read out; by another one he names its make."""
        models = [item.readout.mention.attributes.get("model") for item in self._waiting.readouts]
        said = [mention for mention in self._reader.read_text(fold(heard)) if mention.kind == "vehicle"]
        named = {mention.attributes.get("model") for mention in said} - {None}
        return not named or any(model in named for model in models)

    def _add_up(self, reply: Reply, answers: Sequence[Answer]) -> None:
        floor, taken, last = 0, set[str](), ""
        for answer in answers:
            if answer.negated or not isinstance(answer.stated.value, int | float):
                continue
            mention, debts = answer.mention, self._tools.debts
            name = debts.name(reply.text, mention, self._waiting.debts, floor=floor)
            if answer.corrects and taken and name in ("", "+"):
                name = last  # 一万零五百,不对,九千八
            elif name in taken and not answer.corrects:
                name = "+"
            last = name
            share = bool(taken) and debts.is_own_share(reply.text, mention, floor=floor)
            instead = share or debts.is_total(reply.text, mention, floor=floor)
            if instead:
                self._record.instalments.forget()
            evidence = quote(reply.turn, mention.start, mention.end)
            confidence = ANSWERED * _weight(reply.turn, mention)
            echoed = self._echoed(PAYS, answer.stated)
            stated = _by_the_month(answer.stated, debts.months_apart(reply.text, mention))
            instead = instead or (answer.corrects and name in taken)
            statement = self._record.instalments.take(name, stated, evidence, confidence, instead=instead)
            if echoed is not None and statement.stated is not None and agree(statement.stated, stated):
                stated = replace(statement.stated, polarity="confirmed")
                proof = (echoed, *statement.evidence)
                statement = Statement(PAYS, "confirm", stated, proof, CONFIRMED, statement.settles, statement.adds)
            self._record.add(statement)
            taken.add(name)
            floor = mention.end
        self._waiting.remember(PAYS)

    def _reopen_debts(self, text: str) -> None:
        """Who has said that he has no loans, and names one unasked, speaks of debts again."""
        asked = self._waiting.debts is not None and not self._waiting.moved_on
        denied = any(each.stated is not None and each.stated.value is False for each in self._record.statements[HAS])
        if not asked and self._tools.debts.takes_back(text, denied=denied):
            self._waiting.debts, self._waiting.moved_on = DebtQuestion(general=True, expects_no=False), False

    def _owe(self, reply: Reply) -> None:
        """Whether there are other loans. A no to one kind (有房贷吗) does not contradict a yes to another."""
        question = None if self._waiting.moved_on else self._waiting.debts
        has = self._tools.debts.answer(reply.text, reply.stance, question, amounts=PAYS in reply.answers)
        said = [statement.stated.value for statement in self._record.statements[HAS] if statement.stated is not None]
        if has is None or (has is False and True in said):
            return
        reply.touched.add(HAS)
        proof = quote(reply.turn, 0, min(len(reply.text), 12))
        # Who first said no and then owns up has settled it; who says no after yes has not.
        corrected = has or bool(self._tools.acts.find("correct", reply.text))
        base = ANSWERED if question is not None else UNPROMPTED
        text = reply.turn.text[:20]
        if has and not self._denied_all:
            self._record.statements[HAS] = [each for each in self._record.statements[HAS] if _owns_up(each)]
        self._denied_all = self._denied_all or (has is False and question is not None and question.general)
        if has and (read_out := self._agreed_instalment(reply)) is not None:
            stated = Stated(has, text, polarity="confirmed")
            self._record.add(Statement(HAS, "confirm", stated, (read_out, proof), CONFIRMED, corrected))
            return
        self._record.add(Statement(HAS, "state", Stated(has, text), (proof,), base, corrected))

    def _agreed_instalment(self, reply: Reply) -> Evidence | None:
        """Where the agent has read out the instalment of a loan that the customer agrees to."""
        item = next((item for item in self._waiting.readouts if item.readout.field == PAYS), None)
        if item is None or item.turn.speaker != "agent":
            return None
        known = self._waiting.read_out(item)
        said = reply.answers.get(PAYS, ())
        agreed = any(agree(known, answer.stated) for answer in said) if said else reply.stance.attitude == "agree"
        return quote(item.turn, item.readout.mention.start, item.readout.mention.end) if agreed else None

    def _is_spelling(self, name: str) -> bool:
        """Whether a number is being told from its beginning, and nothing of it was read out."""
        if any(item.readout.field == name for item in self._waiting.readouts):
            return False
        return self._record.in_progress(name) or self._waiting.waits_for(name)

    def _spell(self, reply: Reply, name: str, answers: Sequence[Answer]) -> None:
        number = self._record.digits[name]
        if name == MOBILE and _is_begun(answers):
            self._record.add(number.begin(0))
        for answer in answers:
            mention = answer.mention
            evidence = quote(reply.turn, mention.start, mention.end)
            confidence = ANSWERED * _weight(reply.turn, mention)
            settles = answer.corrects or self._waiting.settles(name)
            joined = mention.attributes.get("joined", "")
            digits = joined if joined and len(joined) == number.wanted else str(answer.stated.value)
            if number.wanted < len(digits) < WHOLE[name]:  # what he said to himself on the way there (九幺零八……)
                digits = digits[-number.wanted :] if number.wanted else digits
            self._record.add(number.take(digits, mention.text, evidence, confidence, settles=settles))
        self._waiting.remember(name)


def _by_the_month(stated: Stated, months: float) -> Stated:
    """An instalment that is paid every so many months, by the month."""
    if months == 1 or not isinstance(stated.value, int | float):
        return stated
    low, high = (None if bound is None else tidy(bound / months) for bound in (stated.low, stated.high))
    return replace(stated, value=tidy(stated.value / months), low=low, high=high)


def _owns_up(statement: Statement) -> bool:
    """Whether a statement owns up to a loan, and does not only ask whether it counts as one."""
    said = statement.stated
    return said is not None and said.value is True and not any(word in said.text for word in COUNTS_AS)


def _is_begun(answers: Sequence[Answer]) -> bool:
    """Whether a telephone number is begun: its first digits, and not all of it."""
    said = str(answers[-1].stated.value)
    return MOBILE_BEGINS.match(said) is not None and len(said) < WHOLE[MOBILE]


def _names(brand: Stated, heard: str) -> bool:
    """Whether the make itself is said (丰田凯美瑞), not only told by its model."""
    return str(brand.value) in heard


def _weight(turn: Turn, mention: Mention) -> float:
    """How far the recogniser's own probability lowers the confidence: half of what it doubts."""
    return 0.5 + 0.5 * trust(turn, mention.start, mention.end)
