"""Puts what a customer's turn mentions to the fields that its words, or the questions that wait, give it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.dialogue.acts import Stance
from pipeline.dialogue.answers import Answer
from pipeline.dialogue.debts import PAYS
from pipeline.dialogue.digits import FIELD as ID
from pipeline.dialogue.record import Record
from pipeline.dialogue.settle import agree
from pipeline.dialogue.tools import Tools
from pipeline.dialogue.topics import NONE, Bound
from pipeline.dialogue.waiting import CAR, Waiting
from pipeline.language import Reader
from pipeline.language.phrases import Hit
from pipeline.types import Mention, Turn

CORRECTS_WITHIN = 24
INCOME = "income.monthly"
WORK = (INCOME, "employment.employer", "employment.years")
OWN_LOAN = frozenset({"loan.amount", "loan.monthly_payment"})
PERSONAL = frozenset({"income.monthly", "identity.name", "employment.years"})


@dataclass(slots=True)
class Reply:
    """A customer's turn while it is read: its folded text, its stance, and its answers by field."""

    turn: Turn
    text: str
    stance: Stance
    answers: dict[str, list[Answer]] = field(default_factory=lambda: defaultdict(list))
    touched: set[str] = field(default_factory=set)


class Placer:
    """Fills a reply's answers."""

    def __init__(self, reader: Reader, tools: Tools, waiting: Waiting, record: Record) -> None:
        self._reader = reader
        self._tools = tools
        self._waiting = waiting
        self._record = record

    def is_active(self, name: str) -> bool:
        """Whether the field waits for a value, or for the rest of its digits."""
        return self._waiting.is_active(name) or (name == ID and self._record.digits.any)

    def collect(self, reply: Reply) -> None:
        """Puts every mention of the turn to a field, or to none."""
        corrections = self._tools.acts.find("correct", reply.text)
        taken: set[str] = set()
        previous: tuple[str, Mention] | None = None
        for item in self._tools.topics.bind(reply.text, self._reader.read(reply.turn)):
            mention = item.mention
            corrected = [hit for hit in corrections if 0 <= mention.start - hit.end <= CORRECTS_WITHIN]
            name = item.field or self._corrected(mention, previous, corrected)
            name = self._in_context(reply, name or self._waiting.asked_for(mention, taken))
            certain = bool(name)
            name = name or self._left_over(mention, corrected=bool(corrected))
            if name == NONE:
                previous = (NONE, mention)
            elif name and self._counts(reply, name, mention):
                self._note(reply, name, item, corrects=bool(corrected), certain=certain)
                taken.add(name)
                previous = (name, mention)

    @staticmethod
    def _corrected(mention: Mention, previous: tuple[str, Mention] | None, corrected: Sequence[Hit]) -> str:
        """The field of the value just before, where a correction stands between (六万不对五万)."""
        if previous is None or previous[1].kind != mention.kind:
            return ""
        return previous[0] if any(hit.start >= previous[1].end - 1 for hit in corrected) else ""

    def _in_context(self, reply: Reply, name: str) -> str:
        """Where debts are asked about 一个月还三千 is theirs; another person's numbers are nobody's."""
        if name in OWN_LOAN and self._waiting.debts is not None and not self.is_active(name):
            return PAYS
        if name in PERSONAL and self._waiting.about_another and "我" not in reply.text:
            return NONE
        return name

    def _counts(self, reply: Reply, name: str, mention: Mention) -> bool:
        active = self.is_active(name)
        return self._tools.relevance.counts(name, mention, reply.text, active=active, asked=self.is_active)

    def _note(self, reply: Reply, name: str, item: Bound, *, corrects: bool, certain: bool) -> None:
        mention = item.mention
        negated = mention.attributes.get("negated") == "yes" or self._tools.relevance.is_refused(reply.text, mention)
        negated = negated and not self._replaces(reply, name, mention)
        names = CAR if mention.kind == "vehicle" else (name,)
        for each in names:
            stated = self._tools.values.read(each, mention, period=self._waiting.period(each))
            if stated is not None:
                reply.answers[each].append(Answer(mention, stated, corrects, negated, certain, item.cue))

    def _replaces(self, reply: Reply, name: str, mention: Mention) -> bool:
        """不是帮朋友贷的, where 自己用吗 was asked: the 不是 answers the question, the rest takes its place."""
        if reply.stance.attitude != "deny" or reply.stance.end < mention.start - 1:
            return False
        names = CAR if mention.kind == "vehicle" else (name,)
        said = [self._tools.values.read(each, mention) for each in names]
        read_out = [self._waiting.read_out(item) for item in self._waiting.readouts if item.readout.field in names]
        return bool(read_out) and not any(agree(own, other) for own in said for other in read_out)

    def _left_over(self, mention: Mention, *, corrected: bool) -> str:
        """For a value that nothing claims: the field that was just answered, or the one that it corrects."""
        waiting = self._waiting.asked_for(mention)
        if waiting:
            return waiting
        if mention.kind == "money" and "period" in mention.attributes and any(self.is_active(each) for each in WORK):
            return INCOME
        if not (corrected or self._waiting.follow_up):
            return ""
        return next(
            (
                name
                for name in self._waiting.recent
                if self._waiting.takes(name, mention) and self._record.has_value(name)
            ),
            "",
        )
