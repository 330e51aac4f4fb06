"""What the customer owes beside this loan: whether he has other loans, and what he pays for them a month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.dialogue.answer import Answer
from pipeline.dialogue.asking import PAYMENT
from pipeline.dialogue.debts import HAS, PAYS, DebtQuestion
from pipeline.dialogue.evidence import quote, weight
from pipeline.dialogue.question import Question
from pipeline.dialogue.read_back import ReadBack
from pipeline.dialogue.record import Record
from pipeline.dialogue.reply import Reply
from pipeline.dialogue.settle import ANSWERED, CONFIRMED, UNPROMPTED, Statement, agree
from pipeline.dialogue.tools import Tools
from pipeline.dialogue.values import tidy
from pipeline.dialogue.waiting import Waiting
from pipeline.language.script import fold
from pipeline.types import Evidence, Stated

SHORT, LONG, ECHO = 12, 24, 8


class Owing:
    """Notes other loans in the record of a call."""

    def __init__(self, tools: Tools, waiting: Waiting, record: Record, read_back: ReadBack) -> None:
        self._tools = tools
        self._waiting = waiting
        self._record = record
        self._read_back = read_back
        self._denied_all = False

    def asks_on(self, text: str, question: Question) -> bool:
        """Whether 月供呢 asks on about the loan that the customer has just owned up to, not about this one."""
        asked = {ask.field for ask in question.asks} == {PAYMENT} and not question.readouts
        owned_up = any(map(self._owns_up, self._record.statements[HAS])) and not self._record.has_value(PAYS)
        return asked and self._is_short(text) and owned_up and self._waiting.recent[:1] == [HAS]

    def reads_on(self, text: str, question: Question) -> Question:
        """月还一千五? reads out the instalment of the loan that the customer has just owned up to, not of this one."""
        if {item.field for item in question.readouts} != {PAYMENT}:
            return question
        asked = {ask.field for ask in question.asks}
        owned_up = any(map(self._owns_up, self._record.statements[HAS])) and not self._record.has_value(PAYS)
        owned_up = owned_up and not asked and self._waiting.recent[:1] == [HAS] and self._is_short(text)
        of_debts = asked == {HAS} and not _names_this_car(text) and not self._record.has_value(PAYMENT)
        if not owned_up and not of_debts:  # 那还有一笔在还,每个月八百六?
            return question
        return replace(question, readouts=tuple(replace(item, field=PAYS) for item in question.readouts))

    @staticmethod
    def _is_short(text: str) -> bool:
        return len(text) <= SHORT and not _names_this_car(text)

    def tells_what_counts(self, text: str, told: str) -> bool:
        """Whether the agent answers that something counts as a loan or does not: 这个算吗? - 全额还的不算。"""
        asked = self._waiting.debts is not None and not self._waiting.moved_on
        return asked and "算" in text and len(text) <= LONG and self._tools.debts.asks_whether_it_counts(told)

    def reopen(self, text: str) -> None:
        """Who has said that he has no loans, and names one unasked, speaks of debts again."""
        asked = self._waiting.debts is not None and not self._waiting.moved_on
        denied = any(each.stated is not None and each.stated.value is False for each in self._record.statements[HAS])
        if not asked and self._tools.debts.takes_back(text, denied=denied):
            self._waiting.debts, self._waiting.moved_on = DebtQuestion(general=True, expects_no=False), False
            self._waiting.remember(HAS)

    def add_up(self, reply: Reply, answers: Sequence[Answer]) -> None:
        """Adds the instalments that a reply names to those named before."""
        mentions = [answer.mention for answer in answers]
        floor, taken, last, so_far = 0, set[str](), "", list[float]()
        for answer in answers:
            if answer.negated or not isinstance(answer.stated.value, int | float):
                continue
            mention, sums = answer.mention, self._tools.debt_sums
            if sums.is_another_time(reply.text, mentions, mention):
                floor = mention.end
                continue
            if answer.stated.value in so_far and sums.is_summand(reply.text, mention):
                floor = mention.end
                continue  # 九百二加七百三,一千六百五, behind both
            if self._is_said_again(reply, answers, answer, floor):
                floor = mention.end
                continue  # 一千二百五!二百五嘛
            name = sums.name(reply.text, mention, self._waiting.debts, floor=floor)
            if answer.corrects and taken and name in ("", "+"):
                name = last  # 一万零五百,不对,九千八
            elif name in taken and not answer.corrects:
                name = "+"
            last = name
            share = bool(taken) and sums.is_own_share(reply.text, mention, floor=floor)
            summed = len(so_far) > 1 and answer.stated.value == sum(so_far)  # 两千八,还有个八百,三千六
            so_far.append(float(answer.stated.value))
            instead = share or summed or sums.is_total(reply.text, mention, floor=floor)
            if instead:
                self._record.instalments.forget()
            evidence = quote(reply.turn, mention.start, mention.end)
            confidence = ANSWERED * weight(reply.turn, mention.start, mention.end)
            echoed = self._read_back.find(PAYS, answer.stated)
            stated = _by_the_month(answer.stated, sums.months_apart(reply.text, mention))
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

    def _is_said_again(self, reply: Reply, answers: Sequence[Answer], answer: Answer, floor: int) -> bool:
        """Whether a sum is one that was told before, once more, or only the end of it: 一千二百五!二百五嘛."""
        sums, mention = self._tools.debt_sums, answer.mention
        if answer.corrects or sums.names_another(reply.text, mention, floor=floor):
            return False
        before = [each for each in answers if each.mention.end <= mention.start and not each.negated]
        if before and (before[-1].mention.text.endswith(mention.text) or agree(before[-1].stated, answer.stated)):
            return True
        told = self._record.latest(PAYS)
        again = told is not None and told.value == answer.stated.value and not told.hedged
        return (
            not before and again and (self._is_only_asked_again() or self._read_back.find(PAYS, answer.stated) is None)
        )

    def _is_only_asked_again(self) -> bool:
        """Whether the agent has only said the one instalment again that he was told: 一千九,确定?"""
        asking = self._waiting.asking
        alone = len(self._record.instalments.amounts) == 1
        return alone and asking is not None and len(fold(asking.text)) <= ECHO

    def answer(self, reply: Reply) -> None:
        """Whether there are other loans. A no to one kind (有房贷吗) does not contradict a yes to another."""
        question = None if self._waiting.moved_on else self._waiting.debts
        has = self._tools.debts.answer(reply.text, reply.stance, question, amounts=PAYS in reply.answers)
        said = [statement.stated.value for statement in self._record.statements[HAS] if statement.stated is not None]
        if has is None or (has is False and True in said and not self._takes_yes_back(reply)):
            return
        reply.touched.add(HAS)
        proof = quote(reply.turn, 0, min(len(reply.text), 12))
        # Who first said no and then owns up has settled it; who says no after yes has not.
        corrected = has or True in said or bool(self._tools.acts.find("correct", reply.text))
        base = ANSWERED if question is not None else UNPROMPTED
        text = reply.turn.text[:20]
        if has and not self._denied_all:
            self._record.statements[HAS] = [each for each in self._record.statements[HAS] if self._owns_up(each)]
        self._denied_all = self._denied_all or (
            has is False and question is not None and (question.general or not question.kinds)
        )
        if has and (read_out := self._agreed_instalment(reply) or self._agreed_loan(reply)) is not None:
            stated = Stated(has, text, polarity="confirmed")
            self._record.add(Statement(HAS, "confirm", stated, (read_out, proof), CONFIRMED, corrected))
            return
        self._record.add(Statement(HAS, "state", Stated(has, text), (proof,), base, corrected))

    def _takes_yes_back(self, reply: Reply) -> bool:
        """Whether a no takes back a yes that named no loan (有 - 什么贷款? - 就你们这个车贷), or only cards that are
        repaid in full (有张信用卡 - 有分期吗? - 刷多少还多少).
        """
        told = [each.stated.text for each in self._record.statements[HAS] if each.stated and each.stated.value is True]
        if self._record.has_value(PAYS):
            return False
        debts, text = self._tools.debts, reply.text
        if all(debts.names_only_cards(fold(each)) for each in told):
            return debts.repays_cards(text)
        return debts.names_only_this(text) and not any(debts.names_one(fold(each)) for each in told)

    def _agreed_instalment(self, reply: Reply) -> Evidence | None:
        """Where the agent has read out the instalment of a loan that the customer agrees to."""
        item = next((item for item in self._waiting.readouts if item.readout.field == PAYS), None)
        if item is None or item.turn.speaker != "agent":
            return None
        known = self._waiting.read_out(item)
        said = reply.answers.get(PAYS, ())
        agreed = any(agree(known, answer.stated) for answer in said) if said else reply.stance.attitude == "agree"
        return quote(item.turn, item.readout.mention.start, item.readout.mention.end) if agreed else None

    def _agreed_loan(self, reply: Reply) -> Evidence | None:
        """Where the agent has read out that there is a loan (您填了有一笔房贷,是吧?) to which the customer agrees."""
        question = None if self._waiting.moved_on else self._waiting.debts
        asking = self._waiting.asking
        if question is None or asking is None or reply.stance.attitude != "agree":
            return None
        place = self._tools.debts.read_out(fold(asking.text))
        return quote(asking, *place) if place is not None else None

    def _owns_up(self, statement: Statement) -> bool:
        """Whether a statement owns up to a loan, and does not only ask whether it counts as one."""
        said = statement.stated
        return said is not None and said.value is True and not self._tools.debts.asks_whether_it_counts(said.text)


def _names_this_car(text: str) -> bool:
    return "车" in text or "这" in text


def _by_the_month(stated: Stated, months: float) -> Stated:
    """An instalment that is paid every so many months, by the month."""
    if months == 1 or not isinstance(stated.value, int | float):
        return stated
    low, high = (None if bound is None else tidy(bound / months) for bound in (stated.low, stated.high))
    return replace(stated, value=tidy(stated.value / months), low=low, high=high)
