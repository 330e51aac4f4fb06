"""What a reply's answers state of a field: a value, one agreed to, one refused, or nothing that can be held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from pipeline.dialogue.answer import Answer
from pipeline.dialogue.answers import BY_THE_DAY
from pipeline.dialogue.context import INCOME
from pipeline.dialogue.evidence import quote, weight
from pipeline.dialogue.one_by_one import CONTACT_NAME, RELATION, SPELLED
from pipeline.dialogue.read_back import ReadBack
from pipeline.dialogue.readouts import EITHER
from pipeline.dialogue.record import Record
from pipeline.dialogue.reply import CONTACT, EMPLOYER, PRICE, RESIDENCE, Reply, ReplyReader
from pipeline.dialogue.settle import ANSWERED, CONFIRMED, PURPOSE, UNCLEAR, UNPROMPTED, Statement, agree
from pipeline.dialogue.tools import Tools
from pipeline.dialogue.values import MONEY_FIELDS
from pipeline.dialogue.verdicts import Verdicts
from pipeline.dialogue.waiting import CAR, Waiting
from pipeline.language import Reader
from pipeline.language.addresses import goes_on
from pipeline.language.positions import is_trade
from pipeline.language.script import fold
from pipeline.types import Mention, Stated

POSITION = "employment.position"
# Of what is measured, the customer may be asked which of two values holds.
OF_MEASURE = (*sorted(MONEY_FIELDS), "loan.term_months", "employment.years")
OF_THE_LOAN = frozenset({"loan.amount", "loan.term_months"})
# What might have been otherwise is told beside what it is.
PERHAPS = OF_THE_LOAN | {"loan.down_payment"}
HEARD_BY_SOUND = 0.85


class Stater(ReplyReader):
    """Notes the answers of replies in the record."""

    def __init__(
        self,
        reader: Reader,
        tools: Tools,
        waiting: Waiting,
        record: Record,
        on: date,
        *,
        verdicts: Verdicts,
        read_back: ReadBack,
    ) -> None:
        super().__init__(reader, tools, waiting, record, on)
        self._verdicts = verdicts
        self._read_back = read_back
        self._home: Mention | None = None

    def change_contact(self, reply: Reply) -> None:
        """Who names another contact than the one before says nothing of the first one's relation any more."""
        before, replaces = self._record.latest(CONTACT_NAME), self._tools.contacts.replaces(reply.text)
        if before is None or not (replaces or self._waiting.settles(CONTACT_NAME)):
            return
        names = [answer.stated.value for answer in reply.answers.get(CONTACT_NAME, ())]
        if names and before.value not in names and not (replaces and RELATION in reply.answers):
            self._record.statements[RELATION] = []

    def waver(self, reply: Reply) -> None:
        """到底三年四年? - 说不准: who was asked which of his values holds and cannot say leaves them all standing."""
        both = self._tools.amending.both_stand(reply.text, self._reader.read(reply.turn))
        if not both and not self._tools.acts.find("wavers", reply.text):
            return
        for name in OF_MEASURE:
            told = any(item.readout.field == name for item in self._waiting.readouts)
            asked = self._waiting.settles(name) and (told or self._waiting.asked_now(name))
            if not asked and not self._are_told(name, both):
                continue
            before = [each.stated for each in self._record.statements[name] if each.act in ("state", "confirm")]
            answers = [answer for answer in reply.answers.get(name, ()) if answer.stated.value is not None]
            choices = self._choices(name) if asked else []
            told_so = [value for value in (*before, *(answer.stated for answer in answers)) if value is not None]
            values = [*told_so, *choices]
            if all(agree(values[0], value) for value in values[1:]):
                continue
            whole = quote(reply.turn, 0, len(reply.turn.text))
            said = [(a.stated, quote(reply.turn, a.mention.start, a.mention.end)) for a in answers]
            said += [(each, whole) for each in choices if not any(agree(each, value) for value in told_so)]
            for stated, proof in said or [(values[-1], whole)]:
                self._record.add(Statement(name, "state", stated, (proof,), ANSWERED, wavers=True))
            reply.answers.pop(name, None)
            reply.touched.add(name)

    def _choices(self, name: str) -> list[Stated]:
        """The values between which the agent has asked, one of which was told: 到底是两千五还是两千八?"""
        asking = self._waiting.asking
        if asking is None or EITHER not in asking.text:
            return []
        read = [self._tools.values.read(name, m) for m in self._reader.read(asking) if self._waiting.takes(name, m)]
        values = [each for each in read if each is not None and each.value is not None]
        told = [each.stated for each in self._record.statements[name] if each.stated is not None]
        return values if any(agree(each, value) for each in values for value in told) else []

    def _are_told(self, name: str, values: Sequence[Mention]) -> bool:
        """Whether of each of several values it was told, or is read out, that it is the field's."""
        said = [self._tools.values.read(name, value) for value in values]
        told = [each.stated for each in self._record.statements.get(name, ()) if each.act in ("state", "confirm")]
        told += [self._waiting.read_out(item) for item in self._waiting.readouts if item.readout.field == name]
        known = {each.value for each in told if each is not None and each.value is not None}
        return bool(said) and all(each is not None and each.value in known for each in said)

    def state(self, reply: Reply, name: str, answers: Sequence[Answer]) -> None:
        """Notes the answers of a reply to one field."""
        answers = self._without_denied(reply, name, self._without_options(reply, name, answers))
        if self._are_options(reply, name, answers):
            whole = quote(reply.turn, 0, len(reply.turn.text))
            self._record.add(Statement(name, "vague", None, (whole,), UNCLEAR))
            return
        for index, answer in enumerate(self._tools.chooser.choose(name, answers, reply.text)):
            mention = answer.mention
            evidence = quote(reply.turn, *self._with_characters(name, reply, mention))
            if answer.negated:
                self._verdicts.refuse(reply, name, answer.stated, (evidence,), bound=mention.kind == "money")
                continue
            if answer.stated.value is None and answer.stated.ratio is None:
                self._record.add(Statement(name, "vague", answer.stated, (evidence,), UNCLEAR))
                continue
            own = _in_own_words(reply, mention) or (name in (PURPOSE, CAR[0]) and reply.stance.attitude == "deny")
            echoed = None if own else self._read_back.find(name, answer.stated)
            if echoed is not None:
                settles = answer.corrects or self._waiting.settles(name) or index > 0
                proof = (echoed, evidence)
                confidence = CONFIRMED * weight(reply.turn, mention.start, mention.end)
                stated = replace(answer.stated, polarity="confirmed")
                self._record.add(Statement(name, "confirm", stated, proof, confidence, settles))
                continue
            if name == RESIDENCE:
                answer = self._narrowed(answer)
            base = ANSWERED if self.is_active(name) else UNPROMPTED
            base *= HEARD_BY_SOUND if mention.attributes.get("match") == "sound" else 1.0
            settles = answer.corrects or self._waiting.settles(name) or index > 0
            settles = settles or name in self._waiting.narrowed or self._is_told_anew(name, answer)
            settles = settles or (name == PRICE and mention.attributes.get("basis") == "net_price")
            settles = settles or (name in CONTACT and self._tools.contacts.replaces(reply.text))
            confidence = base * weight(reply.turn, mention.start, mention.end)
            loose = not settles and self._is_loose(reply, name, mention)
            self._record.add(
                Statement(
                    name, "state", answer.stated, (evidence,), confidence, settles, loose=loose, parts=answer.parts
                )
            )
        self._waiting.remember(name)

    def _without_denied(self, reply: Reply, name: str, answers: Sequence[Answer]) -> Sequence[Answer]:
        """The answers without what was read out and denied, where another takes its place: 不是哥,是堂弟。我哥远."""
        if reply.stance.attitude != "deny" or len(answers) < 2:
            return answers
        read_out = [self._waiting.read_out(item) for item in self._waiting.readouts if item.readout.field == name]
        others = [
            answer
            for answer in answers
            if not isinstance(answer.stated.value, str) or not any(agree(each, answer.stated) for each in read_out)
        ]
        return others if others and others[0] is next((a for a in answers if not a.negated), None) else answers

    def _without_options(self, reply: Reply, name: str, answers: Sequence[Answer]) -> Sequence[Answer]:
        """The answers without what is only set against the value agreed to: 确认,三年我吃不消,五年一千四."""
        if name in OF_THE_LOAN and len(answers) > 1:  # 二十四个月,三年那个利息高没选
            amounts = self._tools.amounts
            answers = [each for each in answers if not amounts.is_option(reply.text, each.mention.end)] or answers
        if name in PERHAPS and len(answers) > 1:  # 三万八。销售叫我贷五万
            amounts = self._tools.amounts
            answers = [each for each in answers if not amounts.is_only_possible(each.mention, reply.text)] or answers
        agrees = reply.stance.attitude == "agree" and name in OF_MEASURE and len(answers) > 1
        known = self._record.latest(name) if agrees else None
        if known is None or any(answer.corrects or answer.negated for answer in answers):
            return answers
        return [answer for answer in answers if agree(known, answer.stated)] or answers

    def _are_options(self, reply: Reply, name: str, answers: Sequence[Answer]) -> bool:
        """Whether all that he says of the loan are terms to choose from: 两年那个免息,五年那个月供低; so are
        cars that he has not settled on."""
        if name in CAR and len({answer.stated.value for answer in answers}) > 1:
            return self._tools.cars.is_undecided(reply.text, [answer.mention for answer in answers])
        if name not in OF_THE_LOAN or len(answers) < 2:
            return False
        return all(self._tools.amounts.is_option(reply.text, answer.mention.end) for answer in answers)

    def _is_told_anew(self, name: str, answer: Answer) -> bool:
        """Whether he was read back what he has told himself, and tells it otherwise: 九万 - 九万整? - 九万二."""
        before = self._record.latest(name) if name in OF_MEASURE else None
        if before is None or before.polarity != "stated" or agree(before, answer.stated):
            return False
        read_back = [item for item in self._waiting.readouts if item.readout.field == name]
        behind = [fold(item.turn.text[item.readout.mention.end :]) for item in read_back]
        asks_else, named = self._tools.amending.asks_else, self._tools.topics.fields_in
        alone = [i for i, text in zip(read_back, behind, strict=True) if not (asks_else(text) or named(text))]
        values = [self._waiting.read_out(item) for item in alone]
        return any(each is not None and each.value == before.value for each in values)

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

    def _is_loose(self, reply: Reply, name: str, mention: Mention) -> bool:
        """Whether an income is only a first measure (一天三百二), or another time's; whether a firm is none (装空调) or
        only a kind of one (电子厂), a job only what he does."""
        if name == EMPLOYER:
            read = self._reader.read(reply.turn)
            lesser = [m for m in read if is_trade(m) or (m.kind == "organisation" and "general" in m.attributes)]
            return any(m.start <= mention.start and mention.end <= m.end for m in lesser)
        if name == POSITION:  # 端盘子 beside 店长
            asked_again = self._waiting.asked_now(name) and self._record.has_value(name)
            told = not self._waiting.touches_now(POSITION) and not self._waiting.adrift
            return not asked_again and (is_trade(mention) or told)
        if name in PERHAPS:
            return self._tools.amounts.is_only_possible(mention, reply.text)
        if name != INCOME:
            return False
        if mention.attributes.get("tax") == "gross" or self._tools.amounts.is_gross(reply.text[mention.end :]):
            return True
        if mention.attributes.get("period") in BY_THE_DAY and not self._record.has_value(INCOME):
            return True
        return self._tools.relevance.is_of_other_time(mention, reply.text)


def _in_own_words(reply: Reply, mention: Mention) -> bool:
    """Whether who is asked to tell more tells it without a yes: 经营用途,具体讲讲? - 带客户看样品,去海关办单子."""
    return mention.attributes.get("read") == "model" and reply.stance.attitude in ("none", "unsure")
