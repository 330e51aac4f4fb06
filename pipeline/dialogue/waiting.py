"""What waits for an answer at a point of the call: open questions, values read out, the fields last spoken of."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from pipeline.dialogue.debts import HAS, PAYS, DebtQuestion
from pipeline.dialogue.question import Ask, Question
from pipeline.dialogue.readouts import Readout
from pipeline.dialogue.tools import Tools
from pipeline.dialogue.values import MONEY_FIELDS
from pipeline.types import Mention, Stated, Turn

FORGOTTEN_AFTER = 7
ANSWERED_WITHIN = 2
REMEMBERED = 6
CAR = ("vehicle.brand", "vehicle.model")
NUMBERS = frozenset({"identity.id_number", "identity.mobile"})
# A down payment is told as a sum or as its share of the price.
SHARED = frozenset({"money", "ratio"})
# Asked on about one of these, the customer comes to the value that holds.
OF_MEASURE = frozenset({*MONEY_FIELDS, *CAR, *NUMBERS, "loan.term_months"})


@dataclass(frozen=True, slots=True)
class OpenAsk:
    """A question that still waits, and the count of the agent's questions when it was asked."""

    ask: Ask
    asked_at: int


@dataclass(frozen=True, slots=True)
class OpenReadout:
    """A value that waits for agreement, with the turn in which it was read out."""

    readout: Readout
    turn: Turn


@dataclass(slots=True)
class Waiting:
    """The open ends of a call.

    `latest`: what the agent's latest question plainly asks for and nobody has answered;
    `asks_last`: his turn ended with an open question; `follow_up`: it was a short one that names nothing
    (具体呢); `about_another`: it asked for another person's numbers;
    `moved_on`: the agent has since said something else; `other_money`: what he said last names a sum that is no
    field's; `other_number`: it names another telephone than his mobile (公司电话多少); `anothers_number`: it asks for
    another person's (她的号码多少); `other_price`: it names another price than the car's own (连税带险呢);
    `adrift`: what he said last names no field, though it may be a question; `debts`: he asked for other loans;
    `asking`: the turn of his latest question;
    `closed`: his latest question is to be answered with yes or no;
    `brand`: the make of car that he spoke of last; `person`: who, of the customer's people, was spoken of last;
    `people`: the last that he named, each in the text of his turn;
    `last_said`: his last turn, whatever it was;
    `just_said`: the fields that the customer has given values for in his last turn; `narrowed`: those of them after
    which he asked on at once (单您自己呢), so that the next value takes the place of the one before.
    """

    tools: Tools
    asks: list[OpenAsk] = field(default_factory=list)
    readouts: list[OpenReadout] = field(default_factory=list)
    recent: list[str] = field(default_factory=list)
    latest: frozenset[str] = frozenset()
    asked: int = 0
    answered: bool = False
    asks_last: bool = False
    follow_up: bool = False
    about_another: bool = False
    moved_on: bool = False
    other_money: bool = False
    other_number: bool = False
    anothers_number: bool = False
    other_price: bool = False
    adrift: bool = False
    closed: bool = False
    debts: DebtQuestion | None = None
    asking: Turn | None = None
    brand: str = ""
    person: str | None = None
    last_said: str = ""
    people: list[tuple[str, Mention]] = field(default_factory=list)
    just_said: frozenset[str] = frozenset()
    narrowed: frozenset[str] = frozenset()

    def narrow(self, question: Question, *, asks_on: bool) -> None:
        """Takes in what an agent's turn asks on about; `asks_on`: it is a short question, whatever it names."""
        read_out = {item.field for item in question.readouts}
        asked = {ask.field for ask in question.asks if ask.strong}
        said = (self.just_said & OF_MEASURE) - read_out
        left_open = any(item.asked_at == self.asked and item.ask.strong for item in self.asks)
        self.just_said, self.narrowed = frozenset(), frozenset()
        of_car = frozenset(CAR) if asks_on and any(name.startswith("vehicle.") for name in asked) else frozenset()
        if asked:
            self.narrowed = frozenset() if question.about_another else said & (asked | of_car)
        elif asks_on and not left_open:
            self.narrowed = said

    def open(self, turn: Turn, text: str, question: Question) -> None:
        """Takes in an agent's question."""
        self.forget_readouts()
        self.asking = turn
        self.asked += 1
        self.asks_last, self.follow_up, self.moved_on = question.asks_last, False, False
        self.closed = question.closed
        self.other_money = False
        spoken = {ask.field for ask in question.asks} | {item.field for item in question.readouts}
        about_debts = not spoken.isdisjoint((HAS, PAYS))
        self.debts = self.tools.debts.question(text, sums=HAS not in spoken) if about_debts else None
        brands = [item.mention.attributes["brand"] for item in question.readouts if item.field == CAR[0]]
        self.brand = brands[-1] if brands else self.brand
        again = {ask.field for ask in question.asks}
        old = [item for item in self.asks if item.asked_at > self.asked - FORGOTTEN_AFTER]
        old = [item for item in old if item.ask.field not in again]
        self.keep([*old, *(OpenAsk(ask, self.asked) for ask in question.asks)])
        # What is read out once more, as nobody has answered, waits once.
        self.close({item.field for item in question.readouts})
        self.readouts.extend(OpenReadout(readout, turn) for readout in question.readouts)
        self.remember(*reversed([ask.field for ask in question.asks]), *(item.field for item in question.readouts))

    def keep(self, asks: list[OpenAsk]) -> None:
        """Takes these as the questions that wait."""
        self.asks = asks
        self.latest = frozenset(item.ask.field for item in asks if item.asked_at == self.asked and item.ask.strong)

    def press(self) -> None:
        """A tag (对吧) turns what was just read out into a question."""
        self.readouts = [replace(item, readout=replace(item.readout, question=True)) for item in self.readouts]

    def forget_readouts(self) -> None:
        """Drops what was read out before the customer's last answer."""
        if self.answered:
            self.readouts = []
        self.answered = False

    def close(self, fields: Collection[str]) -> None:
        """Drops what was read out of fields that the customer has given a value for."""
        self.readouts = [item for item in self.readouts if item.readout.field not in fields]

    def remember(self, *fields: str) -> None:
        """Notes the fields just spoken of, newest first."""
        self.recent = list(dict.fromkeys([*fields, *self.recent]))[:REMEMBERED]

    def is_active(self, name: str) -> bool:
        """Whether the field is asked or read out and not answered yet."""
        return any(item.ask.field == name for item in self.asks) or any(
            item.readout.field == name for item in self.readouts
        )

    def waits_for(self, name: str) -> bool:
        """Whether the agent's latest question asks for the field, whatever he said since."""
        return name in self.latest

    def asked_now(self, name: str) -> bool:
        """Whether the agent's latest question asks for the field, and nothing else was said since."""
        return not self.moved_on and self.waits_for(name)

    def asks_whether_he(self, name: str) -> bool:
        """Whether the customer himself was read out for the field (平时就您开?), and nothing else was said since."""
        return not self.moved_on and any(
            item.readout.field == name and item.readout.question and item.readout.mention.value == "self"
            for item in self.readouts
        )

    @property
    def asks_money(self) -> bool:
        """Whether the agent's latest question asks for an amount, and for no number to identify somebody by."""
        now = {item.ask.field for item in self.asks if item.asked_at == self.asked} if not self.moved_on else set()
        return bool(now & MONEY_FIELDS) and now.isdisjoint(NUMBERS)

    def touches_now(self, *sections: str) -> bool:
        """Whether the agent's latest question or read-out is about one of these sections (employment., loan.)."""
        if self.moved_on:
            return False
        asked = any(item.asked_at == self.asked and item.ask.field.startswith(sections) for item in self.asks)
        return asked or any(item.readout.field.startswith(sections) for item in self.readouts)

    def settles(self, name: str) -> bool:
        """Whether the agent has asked which of two values holds."""
        return any(item.ask.settles for item in self.asks if item.ask.field == name) or any(
            item.readout.settles for item in self.readouts if item.readout.field == name
        )

    def period(self, name: str) -> str:
        """The period that a question names (年收入)."""
        asked = [item.ask.period for item in self.asks if item.ask.field == name and item.ask.period]
        read = [item.readout.period for item in self.readouts if item.readout.field == name and item.readout.period]
        return (asked or read or [""])[-1]

    def read_out(self, item: OpenReadout) -> Stated | None:
        """The value that was read out, as one that the customer agrees to."""
        readout = item.readout
        return self.tools.values.read(readout.field, readout.mention, period=readout.period, polarity="confirmed")

    def asked_for(self, mention: Mention, taken: Collection[str] = ()) -> str:
        """The waiting field that takes a mention of this kind: a value read out first, then the latest question."""
        read_out = self._read_out_for(mention, taken)
        if read_out and not self.asks_last:
            return CAR[1] if mention.kind == "vehicle" else read_out
        served = any(self.takes(name, mention) for name in taken)
        for item in sorted(self.asks, key=lambda each: -each.asked_at):
            late = item.asked_at < self.asked
            if late and (served or mention.kind == "money" or item.asked_at < self.asked - ANSWERED_WITHIN):
                continue
            name = CAR[1] if item.ask.field == CAR[0] else item.ask.field
            if name in taken or not self.takes(name, mention):
                continue
            if self.tools.values.read(name, mention, period=item.ask.period) is not None:
                return name
        return read_out

    def _read_out_for(self, mention: Mention, taken: Collection[str]) -> str:
        """The field that was read out with a value like this: of several sums the one nearest to it, else the first."""
        told = [item.readout for item in self.readouts if self._is_told_as(item.readout, mention)]
        told = [readout for readout in told if readout.field not in taken]
        size = _size(mention)
        if mention.kind == "money" and size and all(_size(readout.mention) for readout in told):
            told.sort(key=lambda readout: abs(math.log(_size(readout.mention) / size)))
        return told[0].field if told else ""

    def _is_told_as(self, readout: Readout, mention: Mention) -> bool:
        """Whether a mention may be what was read out: of the same kind, or a sum for its share (三成吧? - 三万)."""
        kind = readout.mention.kind
        return kind == mention.kind or (
            kind in SHARED and mention.kind in SHARED and self.takes(readout.field, mention)
        )

    def takes(self, name: str, mention: Mention) -> bool:
        """Whether the field takes mentions of this kind."""
        return mention.kind in self.tools.topics.kinds.get(name, ())


def _size(mention: Mention) -> float:
    quantity = mention.quantity
    return 0 if quantity is None else quantity.value or quantity.high or quantity.low or 0


def count_of_values(readouts: Sequence[OpenReadout]) -> int:
    """How many values wait; a make and a model read out as one car count once."""
    return len({(item.turn.id, item.readout.mention.start) for item in readouts})
