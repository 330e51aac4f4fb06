"""Puts what a customer's turn mentions to the fields that its words, or the questions that wait, give it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from pipeline.dialogue.admission import Admission
from pipeline.dialogue.alternatives import READ, Alternatives
from pipeline.dialogue.amending import amended
from pipeline.dialogue.answer import Answer
from pipeline.dialogue.asking import OF_THE_DEAL
from pipeline.dialogue.context import Context
from pipeline.dialogue.debts import PAYS
from pipeline.dialogue.evidence import quote
from pipeline.dialogue.gathering import Gatherer
from pipeline.dialogue.record import Record
from pipeline.dialogue.reply import DEALER, EMPLOYER, PRICE, Reply, ReplyReader
from pipeline.dialogue.settle import DENIED, Statement, agree
from pipeline.dialogue.side_by_side import RIGHT_BEHIND, denies_who, exact, follows, in_place_of, is_behind, is_near
from pipeline.dialogue.told_of import next_value
from pipeline.dialogue.tools import Tools
from pipeline.dialogue.topics import NONE, Bound
from pipeline.dialogue.values import NO_PRICE
from pipeline.dialogue.waiting import CAR, Waiting
from pipeline.language import Reader
from pipeline.language.phrases import Hit
from pipeline.language.script import fold
from pipeline.types import Mention, Stated

AMOUNT, LEFT = "loan.amount", ("剩", "余")
PAYMENT = "loan.monthly_payment"
TERM, DOWN, INCOME = "loan.term_months", "loan.down_payment", "income.monthly"
MADE_UP = (DOWN, INCOME)
CORRECTS_WITHIN = 24
PARTS = 2
MOST_SUMS = 12
WRONG = "错"
TAKEN_BACK = ("不对", "哎不对", "啊不对", "呃不对", ",不对", "哦不对", "说错", "讲错", "错了")


class Placer(ReplyReader):
    """Fills a reply's answers."""

    def __init__(self, reader: Reader, tools: Tools, waiting: Waiting, record: Record, on: date) -> None:
        super().__init__(reader, tools, waiting, record, on)
        self._gatherer = Gatherer(reader, tools, waiting, record, on)
        self._context = Context(reader, tools, waiting, record, on)
        self._alternatives = Alternatives(reader, tools, waiting, record, on)
        self._admission = Admission(reader, tools, waiting, record, on)

    def collect(self, reply: Reply) -> None:
        """Puts every mention of the turn to a field, or to none."""
        corrections = self._tools.acts.find("correct", reply.text)
        taken: set[str] = set()
        previous: tuple[str, Mention] | None = None
        last_of: dict[str, tuple[str, Mention]] = {}
        bound = self._tools.topics.bind(reply.text, self._gatherer.mentions(reply))
        named = {item.field for item in bound if item.field}
        others_car = self._others_car(reply, bound)
        last = {item.mention.kind: item.mention for item in bound}
        put_right = self._put_right(reply, bound)
        parts, total = self._parts_told(reply.text, bound), self._income_in_sum(bound)
        aside = False
        doubted: tuple[str, Mention] | None = None
        wrong = self._tools.topics.judged(reply.text)[1]
        for item in bound:
            mention = item.mention
            if (name := put_right.get(mention.start)) is not None:
                if name:
                    self._note(reply, name, item, corrects=True, certain=True, holds=True)
                    taken.add(name)
                    previous = last_of[mention.kind] = (name, mention)
                continue
            corrected = [hit for hit in corrections if 0 <= mention.start - hit.end <= CORRECTS_WITHIN]
            if not corrected and previous is not None and mention is last[mention.kind]:
                corrected = [hit for hit in corrections if WRONG in hit.phrase and is_behind(hit, mention)]
            name = (
                self._context.of_contact(reply, mention)
                or self._context.asked_instead(item, reply.text)
                or item.field
                or self._corrected(mention, previous, corrected, aside)
                or in_place_of(reply, previous, mention)
            )
            name = self._context.settled(
                reply, name or self._waiting.asked_for(mention, taken | named), mention, item.cue
            )
            name = INCOME if mention is total else name
            instead = doubted is not None and self._stands_instead(reply.text, doubted, item, name)
            name = doubted[0] if doubted is not None and instead else name
            called_wrong = self._called_wrong(wrong, mention)
            name = called_wrong or name
            certain = bool(name)
            name = (
                name
                or self._context.beside(reply, mention, taken)
                or self._context.left_over(reply, mention, corrected=follows(mention, corrected))
            )
            now = not certain and self._is_now(reply.text, last_of.get(mention.kind), mention)
            if now:
                name = last_of[mention.kind][0]
            if mention.attributes.get("basis") in NO_PRICE and self._waiting.touches_now("vehicle.") and not item.cue:
                name = NONE
            if name == DOWN and mention.attributes.get("basis") == "list_price" and not item.cue:
                name = NONE
            if name == PRICE and self._waiting.other_price and "basis" not in mention.attributes:
                name = NONE
            if name == PRICE and others_car is not None and others_car < mention.start:
                name = NONE
            if name == PRICE and mention.attributes.get("basis") in NO_PRICE:
                name = NONE
            told = mention in parts or name in put_right.values()
            if name and (told or self._alternatives.is_set_aside(reply, mention)):
                name = NONE
            if name in OF_THE_DEAL and self._is_told_of_else(reply, name, mention, bound):
                previous = None
                reply.aside.add(name)
            elif name == NONE:
                previous, aside = (NONE, mention), item.field != NONE
            elif name and self._admission.counts(reply, name, mention):
                said_first = mention is not last[mention.kind] and self._is_taken_back(reply, name, mention)
                self._note(
                    reply,
                    name,
                    item,
                    corrects=bool(corrected) or now or instead or bool(called_wrong) or mention is total,
                    certain=certain or now,
                    holds=said_first,
                )
                taken.add(name)
                previous = last_of[mention.kind] = (name, mention)
            elif name and item.cue and self._tools.relevance.is_asked_back(reply.text, mention):
                doubted = (name, mention)

    def _called_wrong(self, wrong: Mapping[str, tuple[int, int]], mention: Mention) -> str:
        """The field that is called wrong right before a value: 首付对着,贷款不对,是五万八."""
        return next(
            (
                name
                for name, (_, end) in wrong.items()
                if 0 <= mention.start - end <= RIGHT_BEHIND and self._waiting.takes(name, mention)
            ),
            "",
        )

    def _stands_instead(self, text: str, doubted: tuple[str, Mention], item: Bound, name: str) -> bool:
        """Whether a value takes the place of one that was only said again in doubt: 你刚才说车七万?我谈的是六万四."""
        field, before = doubted
        if item.mention.kind != before.kind or name not in ("", field) or self._waiting.asked_now(field):
            return False
        own = not self._tools.relevance.is_not_his(item.mention, text)
        return own and not self._tools.relevance.is_asked_back(text, item.mention)

    def _put_right(self, reply: Reply, bound: Sequence[Bound]) -> dict[int, str]:
        """Where values stand that the turn puts right of what was told before, with their fields, and those that they
        take the place of, with none, which are denied: 是八万五千九,不是八万.
        """
        mentions = [item.mention for item in bound]
        fields: dict[int, str] = {}
        for each in amended(self._tools, self._record, reply.text, mentions, self._waiting.recent):
            proof = (quote(reply.turn, each.old.start, each.old.end),)
            denied = self._tools.values.read(each.field, each.old)
            self._record.add(Statement(each.field, "deny", denied, proof, DENIED, settles=True))
            fields[each.old.start], fields[each.value.start] = "", each.field
        return fields

    def _parts_told(self, text: str, bound: Sequence[Bound]) -> list[Mention]:
        """The sums that the down payment, or an income, is made up of: 一万五现金,另外两万刷卡, of the 35,000 told
        before; 一张卡八千,一张卡四千.
        """
        sums = [item for item in bound if item.mention.kind == "money"]
        if not PARTS <= len(sums) <= MOST_SUMS:
            return []
        last = next((name for name in MADE_UP if self._waiting.recent[:1] == [name]), "")
        told = self._record.latest(last) if last else None
        totals: list[tuple[object, Mention | None]] = [(told.value, None)] if told is not None else []
        if last == INCOME and self._waiting.asked_now(INCOME):
            return []  # 你自己多少? - 我九千,她七千
        if last == INCOME:
            return self._adding_up(sums, INCOME, totals)
        if self._tools.amounts.is_unpaid(text) or not (last or any(item.field == DOWN for item in sums)):
            return []
        added = [hit.end for hit in self._tools.acts.find("total", text)]
        totals += [
            (exact(item.mention), item.mention)
            for item in sums
            if item.field == DOWN or any(0 <= item.mention.start - end <= RIGHT_BEHIND for end in added)
        ]
        if self._waiting.asked_now(DOWN) and not self._waiting.touches_now(PRICE, AMOUNT):
            whole = [item for item in sums[PARTS:] if item.field in ("", NONE, DOWN)]
            totals += [(total, item.mention) for item in whole if (total := exact(item.mention))]
        return self._adding_up(sums, DOWN, totals)

    def _adding_up(
        self, sums: Sequence[Bound], name: str, totals: Sequence[tuple[object, Mention | None]]
    ) -> list[Mention]:
        """The sums that come to one of `totals`, but for the total itself."""
        for total, whole in totals:
            parts = [each.mention for each in sums if each.mention is not whole and self._may_be_part(each, name)]
            if len(parts) >= PARTS and total and all(map(exact, parts)) and sum(map(exact, parts)) == total:
                return parts
        return []

    def _may_be_part(self, item: Bound, name: str) -> bool:
        """Whether a sum may be a part of a field: not what another word plainly names, nor insurance."""
        if name != DOWN:
            return item.field in ("", NONE, name)
        left = item.field == PRICE or item.cue.startswith(LEFT)
        loose = item.field in ("", NONE, name) or (left and item.cue in self._tools.topics.weak)
        return loose and self._tools.amounts.is_paid_down(item.cue)

    def _income_in_sum(self, bound: Sequence[Bound]) -> Mention | None:
        """The income that an answer comes to, told behind what it is made up of: 六千五加上两千补贴,八千五."""
        sums = [item for item in bound if item.mention.kind == "money"]
        if not PARTS < len(sums) <= MOST_SUMS or not self._waiting.asked_now(INCOME):
            return None
        for place in range(len(sums) - 1, PARTS - 1, -1):
            before, total = [exact(item.mention) for item in sums[:place]], exact(sums[place].mention)
            if total and all(before) and any(sum(before[first:]) == total for first in range(place - PARTS + 1)):
                return sums[place].mention if sums[place].field in ("", NONE, INCOME) else None
        return None

    def _others_car(self, reply: Reply, bound: Sequence[Bound]) -> int | None:
        """Where the last car that the turn names is another person's, whose price may follow."""
        cars = [item.mention for item in bound if item.mention.kind == "vehicle"]
        last = cars[-1] if cars else None
        if last is None or not self._tools.cars.is_anothers(reply.text, last.start, last.end):
            return None
        return last.end

    def _is_now(self, text: str, before: tuple[str, Mention] | None, mention: Mention) -> bool:
        """Whether what was so before is set against what is so now: 那时候一万是有的,现在给我开七千."""
        if before is None or not (mention.kind == "money" or before[0] == TERM):
            return False
        if before[0] in OF_THE_DEAL and self._tools.amounts.comes_to(text, before[1], mention):
            return True
        if before[0] not in (PAYS, DOWN) and self._tools.amounts.sets_own_against_another(text, before[1], mention):
            return True
        return mention.kind == "money" and self._tools.relevance.sets_now_against_then(text, before[1], mention)

    def _is_told_of_else(self, reply: Reply, name: str, mention: Mention, bound: Sequence[Bound]) -> bool:
        """Whether a value of the deal is another car's, or told beside the one that holds: 原先说十万,砍到七万."""
        if len(reply.text) > READ:
            return False
        told_of, text = self._tools.told_of, reply.text
        rivals = [
            item.mention
            for item in bound
            if item.mention.kind == mention.kind
            and item.mention is not mention
            and item.field in ("", name)
            and (name == PAYMENT or "period" not in item.mention.attributes)
        ]
        following = next_value([each.start for each in rivals], mention.end, text)
        replaced = 0 if self._is_corrected(text, mention.end, following) else following
        beside = told_of.beside_the_deal(text, mention.start, mention.end, name, replaced)
        if beside != "offered":
            return beside == "another"
        if name == DOWN and following and self._tools.amounts.is_paid_too(text, mention.end, following):
            return False
        if mention.kind == "duration" and self._tools.acts.find("added", text):
            return False  # 头一年免息,后面两年才收,加一块儿三年
        plain = any(
            not told_of.is_of_another(text, each.start, each.end) and not told_of.is_offered(text, each.start, each.end)
            for each in rivals
        )
        agrees = reply.stance.attitude == "agree" and any(i.readout.field == name for i in self._waiting.readouts)
        aside = mention.kind == "duration" or told_of.is_explained(text, mention.end)
        return plain or agrees or (aside and not self.is_active(name))

    def _is_corrected(self, text: str, end: int, following: int) -> bool:
        """Whether the speaker takes a value back before the next one: 三十六期,不对不对,是六十期."""
        turns = self._tools.acts.turns
        return any(
            end <= hit.start < following and hit.phrase not in turns for hit in self._tools.acts.find("correct", text)
        )

    def _is_taken_back(self, reply: Reply, name: str, mention: Mention) -> bool:
        """Whether he takes a sum back that he has just said himself: 三万不对三万八."""
        if mention.quantity is None or not reply.text.startswith(TAKEN_BACK, mention.end):
            return False
        said = self._tools.values.read(name, mention)
        read_out = [self._waiting.read_out(item) for item in self._waiting.readouts if item.readout.field == name]
        return said is not None and not any(agree(said, each) for each in read_out)

    def _corrected(
        self, mention: Mention, previous: tuple[str, Mention] | None, corrected: Sequence[Hit], aside: bool
    ) -> str:
        """The field of the value just before, where a correction stands between (六万不对五万); what was only told of
        before (`aside`: 原来想贷九万,后面改成十一万二) has none.
        """
        if previous is None or previous[1].kind != mention.kind:
            return ""
        if previous[0] == NONE and aside and any(hit.phrase in self._tools.acts.turns for hit in corrected):
            return ""
        if previous[0] == NONE and aside and all(hit.start - previous[1].end > RIGHT_BEHIND for hit in corrected):
            return ""  # 他们录成六万五了,写颠倒了,是五万六
        behind = any(is_behind(hit, mention) for hit in corrected)
        return previous[0] if behind or any(hit.start >= previous[1].end - 1 for hit in corrected) else ""

    def _note(
        self, reply: Reply, name: str, item: Bound, *, corrects: bool, certain: bool, holds: bool = False
    ) -> None:
        mention = item.mention
        if self._only_repeats(reply, name, mention):
            return
        negated = mention.attributes.get("negated") == "yes" or self._tools.relevance.is_refused(reply.text, mention)
        negated = negated or self._is_denied_car(reply, mention) or self._is_anothers_firm(reply, name, mention)
        negated = negated and not self._replaces(reply, name, mention) and not denies_who(reply.text, item)
        negated = negated and not holds
        names = CAR if mention.kind == "vehicle" else (name,)
        if negated and mention.kind == "vehicle" and "model" not in mention.attributes:
            self._note_denied_make(reply, mention)
        for each in names:
            stated = self._tools.values.read(each, mention, period=self._waiting.period(each))
            if stated is not None:
                if negated or (each == DEALER and reply.stance.attitude == "agree"):
                    stated = self._whole_name(each, mention, stated)
                reply.answers[each].append(Answer(mention, stated, corrects, negated, certain, item.cue))

    def _is_anothers_firm(self, reply: Reply, name: str, mention: Mention) -> bool:
        """Whether a firm is told to be none of his, so that it is denied where it was read out: 金汇?那是我爸单位."""
        return name == EMPLOYER and self._tools.other_firms.is_another(reply.text, mention.start, mention.end)

    def _whole_name(self, name: str, mention: Mention, stated: Stated) -> Stated:
        """A firm that is denied, or agreed to, by a part of its name, as it was read out: 不是瑞丰, of 瑞丰汽贸."""
        if mention.kind != "organisation":
            return stated
        for item in self._waiting.readouts:
            if item.readout.field == name and fold(mention.text) in fold(item.readout.mention.text):
                whole = self._waiting.read_out(item)
                return replace(stated, value=whole.value) if whole is not None else stated
        return stated

    def _note_denied_make(self, reply: Reply, mention: Mention) -> None:
        """Whoever denies the make of the model that was read out denies the model: 我没买比亚迪, to 比亚迪秦?"""
        for item in self._waiting.readouts:
            same = item.readout.mention.attributes.get("brand") == mention.attributes["brand"]
            if item.readout.field == CAR[1] and same and (model := self._waiting.read_out(item)) is not None:
                reply.answers[CAR[1]].append(Answer(mention, model, negated=True))

    def _only_repeats(self, reply: Reply, name: str, mention: Mention) -> bool:
        """咋能那么多,还两千四我吃什么, to 月供两千四百八: who wonders at a sum says it again, more or less."""
        if reply.stance.attitude not in ("less", "more") or mention.kind != "money":
            return False
        said = self._tools.values.read(name, mention)
        values = [self._waiting.read_out(item) for item in self._waiting.readouts if item.readout.field == name]
        return said is not None and any(is_near(said.value, other.value) for other in values if other is not None)

    def _replaces(self, reply: Reply, name: str, mention: Mention) -> bool:
        """不是帮朋友贷的, where 自己用吗 was asked: the 不是 answers the question, the rest takes its place."""
        if reply.stance.attitude != "deny" or reply.stance.end < mention.start - 1:
            return False
        names = CAR if mention.kind == "vehicle" else (name,)
        said = [self._tools.values.read(each, mention) for each in names]
        waiting = [item for item in self._waiting.readouts if item.readout.field in names]
        if mention.kind == "organisation" and any(fold(mention.text) in fold(i.readout.mention.text) for i in waiting):
            return False  # 不是瑞丰, where 瑞丰汽贸 was read out
        read_out = [self._waiting.read_out(item) for item in waiting]
        return bool(read_out) and not any(agree(own, other) for own in said for other in read_out)
