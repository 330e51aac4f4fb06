"""A customer's turn while it is read, and what every reader of it has at hand."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from pipeline.dialogue.acts import Stance
from pipeline.dialogue.answer import Answer
from pipeline.dialogue.record import Record
from pipeline.dialogue.tools import Tools
from pipeline.dialogue.waiting import CAR, Waiting
from pipeline.language import Reader
from pipeline.language.script import CLAUSE_END
from pipeline.types import Mention, Turn

CLAUSE_REACH = 60
MOBILE = "identity.mobile"
MARITAL = "identity.marital_status"
EMPLOYER = "employment.employer"
DEALER = "vehicle.dealer"
RESIDENCE = "identity.residence"
DRIVER = "vehicle.actual_user"
PRICE = "vehicle.price"
CONTACT = ("contact.name", "contact.relation")


@dataclass(slots=True)
class Reply:
    """A customer's turn while it is read: its folded text, its stance, its answers by field, and the fields (`aside`)
    of which it tells what does not hold.
    """

    turn: Turn
    text: str
    stance: Stance
    answers: dict[str, list[Answer]] = field(default_factory=lambda: defaultdict(list))
    touched: set[str] = field(default_factory=set)
    aside: set[str] = field(default_factory=set)


class ReplyReader:
    """What reads a reply: readers, the questions that wait, and what has been said by now."""

    def __init__(self, reader: Reader, tools: Tools, waiting: Waiting, record: Record, on: date) -> None:
        self._reader = reader
        self._tools = tools
        self._waiting = waiting
        self._record = record
        self._on = on

    def is_of_contact(self, reply: Reply) -> bool:
        """Whether a reply is about the emergency contact: asked for, or put in the place of one told before."""
        if self._waiting.touches_now("contact."):
            return True
        return any(map(self._record.has_value, CONTACT)) and self._tools.contacts.replaces(reply.text)

    def is_active(self, name: str) -> bool:
        """Whether the field waits for a value, or for the rest of its digits."""
        return self._waiting.is_active(name) or self._record.in_progress(name)

    def _is_denied_car(self, reply: Reply, mention: Mention) -> bool:
        """Whether the car that was read out is said not to have been bought: 我没买轩逸."""
        if mention.kind != "vehicle" or reply.stance.attitude in ("agree", "weak"):
            return False
        cars = [item.readout.mention for item in self._waiting.readouts if item.readout.field in CAR]
        make = "model" not in mention.attributes and any(c.attributes.get("brand") == mention.value for c in cars)
        read_out = make or any(car.value == mention.value for car in cars)
        return read_out and self._tools.cars.is_denied(reply.text, mention.start, mention.end)


def clause_of(text: str, mention: Mention) -> str:
    """The clause that a mention stands in."""
    floor, ceiling = max(0, mention.start - CLAUSE_REACH), mention.end + CLAUSE_REACH
    start = max((text.rfind(stop, floor, mention.start) for stop in (*CLAUSE_END, " ")), default=-1) + 1
    ends = (place for stop in (*CLAUSE_END, " ") if (place := text.find(stop, mention.end, ceiling)) >= 0)
    return text[max(start, floor) : min(ends, default=ceiling)]
