"""Puts what a customer's turn mentions to the fields that its words, or the questions that wait, give it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

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
from pipeline.types import Mention, Quantity, Turn

CORRECTS_WITHIN = 24
MONTHS = 12
INCOME = "income.monthly"
MOBILE = "identity.mobile"
YEARS = "employment.years"
CHEAPEST = 15_000
TAIL = 4
AT_WORK = ("income.", "employment.")
WHERE_ASKED = {
    "employment.employer": ("employment.", "income."),
    "employment.position": ("employment.",),
    "identity.marital_status": ("identity.marital_status",),
    "identity.residence_type": ("identity.residence",),
    "vehicle.condition": ("vehicle.",),
}
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

    def __init__(self, reader: Reader, tools: Tools, waiting: Waiting, record: Record, on: date) -> None:
        self._reader = reader
        self._on = on
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
        for item in self._tools.topics.bind(reply.text, self._mentions(reply)):
            mention = item.mention
            corrected = [hit for hit in corrections if 0 <= mention.start - hit.end <= CORRECTS_WITHIN]
            name = self._of_contact(mention) or item.field or self._corrected(mention, previous, corrected)
            name = self._in_context(reply, name or self._waiting.asked_for(mention, taken), mention)
            certain = bool(name)
            name = name or self._beside(mention, taken) or self._left_over(mention, corrected=bool(corrected))
            if name == NONE:
                previous = (NONE, mention)
            elif name and self._counts(reply, name, mention):
                self._note(reply, name, item, corrects=bool(corrected), certain=certain)
                taken.add(name)
                previous = (name, mention)

    def _mentions(self, reply: Reply) -> list[Mention]:
        """What the turn mentions, without what was only prompted; free answers to open questions are added."""
        read = self._reader.read(reply.turn)
        said = [_since(mention, self._on) for mention in read if reply.text[mention.start : mention.end].strip()]
        for name in self._tools.open_answers.fields:
            if not self._waiting.asked_now(name):
                continue
            free = self._tools.open_answers.read(name, reply.text, said)
            if free is None:
                continue
            own = [m for m in said if m.kind == free.kind and m.attributes.get("general") != "yes"]
            if any(mention.start <= free.end for mention in own):
                continue
            heard = reply.turn.text[free.start : free.end]
            free = replace(free, text=heard, attributes={**free.attributes, "field": name})
            said = [m for m in said if m.kind != free.kind]
            said.append(free)
        return sorted(said, key=lambda mention: (mention.start, mention.end))

    @staticmethod
    def _corrected(mention: Mention, previous: tuple[str, Mention] | None, corrected: Sequence[Hit]) -> str:
        """The field of the value just before, where a correction stands between (六万不对五万)."""
        if previous is None or previous[1].kind != mention.kind:
            return ""
        return previous[0] if any(hit.start >= previous[1].end - 1 for hit in corrected) else ""

    def _in_context(self, reply: Reply, name: str, mention: Mention) -> str:
        """Where debts are asked about 一个月还三千 is theirs; another person's numbers are nobody's."""
        if name == ID and self._waiting.asked_now(MOBILE) and not self._waiting.asked_now(ID):
            return MOBILE
        if not name and mention.kind in ("money", "duration") and self._waiting.touches_now("identity."):
            return NONE
        if name == "loan.term_months" and self._waiting.touches_now("debt.") and not self._waiting.touches_now("loan."):
            return NONE
        if name == YEARS and self._waiting.touches_now("vehicle.") and not self._waiting.touches_now("employment."):
            return NONE
        if name in OWN_LOAN and self._waiting.debts is not None and not self.is_active(name):
            return PAYS
        if name in PERSONAL and self._waiting.about_another and "我" not in reply.text:
            return NONE
        return name

    def _counts(self, reply: Reply, name: str, mention: Mention) -> bool:
        if mention.kind == "digits" and not self._is_number_of_his(reply, name, mention):
            return False
        if name == "loan.purpose" and "weak" in mention.attributes and not self._waiting.asked_now(name):
            return False
        if name in WHERE_ASKED and not self._is_welcome(reply, name, mention):
            return False
        active = self.is_active(name)
        return self._tools.relevance.counts(name, mention, reply.text, active=active, asked=self.is_active)

    def _is_number_of_his(self, reply: Reply, name: str, mention: Mention) -> bool:
        """Whether digits are an identity or telephone number at all, and no sum, year or model of a car."""
        if "about" in mention.attributes or mention.attributes["form"] != "digits":
            return True
        if any(m.kind in ("money", "vehicle", "duration") for m in self._at(reply, mention)):
            return self._waiting.asked_now(name) and reply.turn.text.strip("嗯呃,。") == mention.text
        if name == MOBILE:
            return self._waiting.asked_now(name) and len(mention.value or "") >= TAIL
        return self._waiting.touches_now(ID) or self._record.digits.any

    def _is_welcome(self, reply: Reply, name: str, mention: Mention) -> bool:
        """Whether a value that other talk holds too (a job, 新的, 有贷款) was asked for just now."""
        if name == "employment.employer":
            overlaps = any(m.kind == "vehicle" for m in self._at(reply, mention))
            return self._waiting.asked_now(name) if overlaps else self._waiting.touches_now("employment.", "income.")
        if mention.kind == "residence_type" and any(word in reply.text for word in ("房子", "住")):
            return True
        welcome = self._waiting.touches_now(*WHERE_ASKED[name])
        return welcome or (name == "employment.position" and "employment.employer" in reply.answers)

    def _at(self, reply: Reply, mention: Mention) -> list[Mention]:
        """What else is mentioned at the same place."""
        return [m for m in self._reader.read(reply.turn) if m.start < mention.end and mention.start < m.end]

    def _of_contact(self, mention: Mention) -> str:
        """The field of the emergency contact that a person is, where that is asked for."""
        if mention.kind not in ("name", "relation") or mention.value == "self":
            return ""
        return f"contact.{mention.kind}" if self._waiting.touches_now("contact.") else ""

    def _beside(self, mention: Mention, taken: Collection[str]) -> str:
        """A value that belongs to what was asked beside it: a price said with the car, the years with the firm."""
        high = mention.quantity.value or mention.quantity.high or 0 if mention.quantity is not None else 0
        if mention.kind == "money" and "vehicle.price" not in taken:
            own = self._waiting.touches_now("vehicle.") and not self._waiting.touches_now("loan.", "debt.", "income.")
            own = own and not self._record.has_value("vehicle.price")
            return "vehicle.price" if own and high >= CHEAPEST else ""
        if mention.kind == "duration" and mention.attributes.get("unit") in ("year", "half", "since"):
            own = self._waiting.touches_now("employment.") and not self._waiting.touches_now("loan.")
            return "employment.years" if own and "employment.years" not in taken else ""
        return ""

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
        if mention.kind == "money" and "period" in mention.attributes and self._waiting.touches_now(*AT_WORK):
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


def _since(mention: Mention, on: date) -> Mention:
    """零九年进的厂 as a length of time by the day of the call."""
    if mention.kind != "date" or mention.value is None:
        return mention
    months = max(0, on.year - int(mention.value)) * MONTHS
    attributes = {**mention.attributes, "unit": "since"}
    return replace(mention, kind="duration", quantity=Quantity(months), value=None, attributes=attributes)
