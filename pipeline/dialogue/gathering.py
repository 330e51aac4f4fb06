"""What a customer's turn mentions, as the questions before it make it mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from pipeline.dialogue.asked_back import is_asked_back
from pipeline.dialogue.contacts import OF_CONTACT
from pipeline.dialogue.free_answers import FreeAnswers
from pipeline.dialogue.readouts import EITHER
from pipeline.dialogue.record import Record
from pipeline.dialogue.reply import DEALER, MARITAL, RESIDENCE, Reply, ReplyReader
from pipeline.dialogue.settle import PRIVATE, TRADES
from pipeline.dialogue.tools import Tools
from pipeline.dialogue.values import MONEY_FIELDS
from pipeline.dialogue.waiting import CAR, Waiting
from pipeline.dialogue.who_drives import WhoDrives
from pipeline.language import Reader, sounds
from pipeline.language.called import with_called_name
from pipeline.language.script import fold
from pipeline.language.sections import read_section
from pipeline.language.spelled import Spelled
from pipeline.language.vehicles import is_short_for, of_brand
from pipeline.types import Mention, Quantity

MONTHS = 12
NAME = "identity.name"
CONTACT_NAME, TERM = "contact.name", "loan.term_months"
NAMES = frozenset({NAME, CONTACT_NAME})
PURPOSE, YEARS = "loan.purpose", "employment.years"
# What may be read in a part of an address that is none of it.
IN_ADDRESSES = frozenset({"name", "organisation", "vehicle"})
LONGEST_SUM = 6
NO_AGREEMENT = ("deny", "less", "more", "unsure", "refuse")
BEFORE_ECHO = "嗯呃啊哦噢哎诶喂,。?! "
BEFORE_CHOICE = " ,。嗯啊呃哦对是就那个"


class Gatherer(ReplyReader):
    """Reads the mentions of a reply."""

    def __init__(self, reader: Reader, tools: Tools, waiting: Waiting, record: Record, on: date) -> None:
        super().__init__(reader, tools, waiting, record, on)
        self._free_answers = FreeAnswers(reader, tools, waiting, record, on)
        self._who_drives = WhoDrives(reader, tools, waiting, record, on)

    def mentions(self, reply: Reply) -> list[Mention]:
        """What the turn mentions, without what was only prompted; free answers to open questions are added."""
        read = self._reader.read(reply.turn)
        said = [_since(mention, self._on) for mention in read if reply.text[mention.start : mention.end].strip()]
        said = [of_brand(m, self._brand()) if m.kind == "vehicle" else m for m in _without_endings(said)]
        said = [self._as_read_out(reply, m) if m.kind == "vehicle" else m for m in said]
        said = [self._kind_of_car(reply, m) if m.kind == "condition" else m for m in said]
        said = [m for m in said if m.kind != "organisation" or not self._is_no_firm(m)]
        if self._waiting.touches_now(RESIDENCE):
            said = self._with_open_ends(reply, said)
        if self._waiting.asked_now(NAME):
            said = list(with_called_name(said, self._tools.called.read(reply.text)))
        said = [m for m in said if m.kind != "name" or not self._is_no_other_name(reply, m)]
        of_contact = self.is_of_contact(reply)
        told = self._tools.spelled.read(reply.text)
        said = [m for m in said if m.kind != "name" or not any(t.start < m.end and m.start < t.end for t in told)]
        told = told if of_contact or self._waiting.touches_now(NAME) else []
        if (contact := self._contact_in(reply, told)) is not None:
            heard = replace(contact, text=reply.turn.text[contact.start : contact.end])
            said = [*(m for m in said if m.kind != "name" or m.end <= heard.start or heard.end <= m.start), heard]
        if of_contact:
            said = self._tools.contacts.of_relatives(reply.text, self._with_contacts_relation(reply, said))
            said = self._tools.contacts.meant(reply.text, said)
        if (parts := self._in_parts(reply)) is not None:
            said = [*(m for m in said if m.kind != "name" or m.end <= parts.start or parts.end <= m.start), parts]
        if told:
            said = self._spelled_out(reply, said, told)
        said = _outside_names(said)
        if self._waiting.asked_now(MARITAL) and not any(m.kind == "marital_status" for m in said):
            said.extend(self._married(reply))
        same = self._same_as(reply)
        if same is not None:
            said = [*(m for m in said if m.start >= same.end or m.end <= same.start), same]
        if (term := self._bare_term(reply, said)) is not None:
            said.append(term)
        if self._waiting.asked_now(YEARS) and not any(m.kind == "duration" for m in said):
            said.extend(self._since_when(reply))
        if self._waiting.asks_money and (sum_read := _sum_in_digits(said)) is not None:
            said.append(sum_read)
        said = self._who_drives.added_to(reply, said, read)
        if self._waiting.asked_now(PURPOSE) or self._waiting.touches_now(PURPOSE):
            said.extend(self._tools.purposes.read(reply.text, said, asked=self._waiting.asked_now(PURPOSE)))
            said = self._with_trade_read_out(reply, said)
        said = self._free_answers.added_to(reply, said)
        said = [m for m in said if not self._tools.no_names.tells_where(reply.text, m)]
        said = self._without_names_of_dealers([m for m in said if not self._only_asks_back(reply.text, m, said)])
        return sorted(said, key=lambda mention: (mention.start, mention.end))

    def _as_read_out(self, reply: Reply, mention: Mention) -> Mention:
        """A car as it was read out, where the customer calls it for short, or by its sound: 对,祥菱, to 祥菱M1?"""
        if reply.stance.attitude in NO_AGREEMENT:
            return mention
        for item in self._waiting.readouts:
            car = item.readout.mention
            if item.readout.field == CAR[1] and not item.readout.negated and is_short_for(mention, car, reply.text):
                how = {**mention.attributes, "brand": car.attributes["brand"], "model": car.attributes["model"]}
                return replace(mention, value=car.value, attributes=how)
        return mention

    def _kind_of_car(self, reply: Reply, mention: Mention) -> Mention:
        """A kind of car, denied where he says that he does not buy it: 还能买旧的."""
        if not self._tools.cars.is_kind_denied(reply.text, mention.start, mention.end):
            return mention
        return replace(mention, attributes={**mention.attributes, "negated": "yes"})

    def _is_no_other_name(self, reply: Reply, name: Mention) -> bool:
        """Whether who agrees to the name read out gives no other one by words that only begin like one: 系,边度啊."""
        read_out = [item.readout.mention.text for item in self._waiting.readouts if item.readout.field in NAMES]
        if not read_out or reply.stance.attitude not in ("agree", "weak") or name.attributes.get("frame") == "strong":
            return False
        heard = fold(name.text)
        return not self._reader.is_plainly_a_name(heard) and not any(_is_alike(heard, fold(each)) for each in read_out)

    @staticmethod
    def _only_asks_back(text: str, mention: Mention, said: Sequence[Mention]) -> bool:
        """Whether a value is only asked back with no word for what it is: 八千?谁说的,我才五千."""
        return not text[: mention.start].strip(BEFORE_ECHO) and is_asked_back(mention, said, text)

    def _with_trade_read_out(self, reply: Reply, said: list[Mention]) -> list[Mention]:
        """The mentions with the trade that was read out where he only says that he does it at times: 有空就跑跑."""
        trades = [item.readout.mention for item in self._waiting.readouts if item.readout.field == PURPOSE]
        trades = [mention for mention in trades if mention.value in TRADES]
        plain = any(m.kind == "purpose" and "weak" not in m.attributes and m.value != PRIVATE for m in said)
        if not trades or plain or not self._tools.short_answers.is_done_at_times(reply.text):
            return said
        told = Mention("purpose", 0, len(reply.text), reply.turn.text, None, trades[-1].value)
        return [*(m for m in said if m.kind != "purpose"), told]

    def _since_when(self, reply: Reply) -> list[Mention]:
        """Since when he works, in any words that name a year or ages: 一一年选上的; 十九岁下的井,今年四十一."""
        found = [_since(mention, self._on) for mention in self._reader.since_when(reply.text)]
        return [replace(m, text=reply.turn.text[m.start : m.end]) for m in found]

    def _with_open_ends(self, reply: Reply, said: list[Mention]) -> list[Mention]:
        """The mentions with addresses whole, where they end in a name that no ending shows: 金山大道,榕心映月."""
        longer: list[Mention] = []
        for mention in said:
            if mention.kind == "address":
                whole = self._reader.with_open_end(reply.text, mention)
                rest = [m for m in said if mention.end < m.start < whole.end and m.kind not in IN_ADDRESSES]
                mention = mention if rest else replace(whole, text=reply.turn.text[whole.start : whole.end])
            longer.append(mention)
        return longer

    def _without_names_of_dealers(self, said: list[Mention]) -> list[Mention]:
        """The mentions without words that may be a car where they are of a dealer's name: 华瑞丰田; 不是瑞丰."""
        firms = [m for m in said if m.kind == "organisation" and m.attributes.get("general") != "yes"]
        read_out = [item.readout.mention.text for item in self._waiting.readouts if item.readout.field == DEALER]
        return [
            m
            for m in said
            if not (m.kind == "vehicle" and "weak" in m.attributes)
            or not (
                any(firm.start < m.end and m.start < firm.end for firm in firms)
                or any(m.text in name for name in read_out)
            )
        ]

    def _is_no_firm(self, mention: Mention) -> bool:
        """Whether what ends like a firm is none: 挨村接娃送学校."""
        return not mention.text.endswith("公司") and self._tools.no_names.hold(mention)

    def _with_contacts_relation(self, reply: Reply, said: list[Mention]) -> list[Mention]:
        """The mentions with who the contact is, where no plainer word says it."""
        if any(m.kind == "relation" and m.value in OF_CONTACT for m in said):
            return said
        found = self._tools.contacts.relations(reply.text) or self._chosen(reply)
        heard = [replace(m, text=reply.turn.text[m.start : m.end]) for m in found]
        return [*(m for m in said if m.kind != "relation"), *heard] if heard else said

    def _chosen(self, reply: Reply) -> list[Mention]:
        """Who the contact is in the question's own word, which the answer opens with: 您姐姐还是妹妹? - 妹妹,比我小."""
        asking = self._waiting.asking
        for asked in self._reader.read(asking) if asking is not None and EITHER in asking.text else ():
            word = asked.text.lstrip("您你")
            start = len(reply.text) - len(reply.text.lstrip(BEFORE_CHOICE))
            if asked.kind == "relation" and word and reply.text.startswith(word, start):
                return [Mention("relation", start, start + len(word), word, None, asked.value)]
        return []

    def _bare_term(self, reply: Reply, said: Sequence[Mention]) -> Mention | None:
        """四十八 of 不是六十,是四十八, where so many instalments were read out."""
        read_out = any(item.readout.field == TERM for item in self._waiting.readouts)
        if not read_out or any(m.kind == "duration" for m in said):
            return None
        for start, end in self._tools.short_answers.counts_instead(reply.text):
            section = read_section(reply.text, start)
            if section is not None and section.end == end and section.low == section.high:
                count = Quantity(section.low)
                return Mention("duration", start, end, reply.turn.text[start:end], count, None, {"unit": "instalment"})
        return None

    def _contact_in(self, reply: Reply, told: Sequence[Spelled]) -> Mention | None:
        """The contact's name in an answer to a question for it; what only tells a character (弓长张) is none."""
        if not self.is_of_contact(reply):
            return None
        text = reply.text
        for each in told:
            text = text[: each.start] + "," * (each.end - each.start) + text[each.end :]
        return self._tools.contacts.name(text)

    def _in_parts(self, reply: Reply) -> Mention | None:
        """A name told in its two parts, where one is asked for (我叫雪芬,姓欧阳); no whole name holds its surname."""
        if not (self._waiting.asked_now(NAME) or self._waiting.asked_now(CONTACT_NAME)):
            return None
        whole = self._tools.spelled.in_parts(reply.text)
        if whole is None:
            return None
        heard = reply.turn.text[whole.start : whole.end]
        return Mention("name", whole.start, whole.end, heard, None, whole.name, {"frame": "contact"})

    def _spelled_out(self, reply: Reply, said: list[Mention], told: Sequence[Spelled]) -> list[Mention]:
        """The mentions with a name as its characters are told: 谭芳芳,言西早那个谭; or 双木林,文雅的雅."""
        first = [m for m in said if m.kind == "name" and not self._tools.contacts.is_second(reply.text, m)][:1]
        if first:
            spelled = self._tools.spelled.put_into(first[0].value or "", told)
            return [replace(m, value=spelled.name) if spelled and m is first[0] else m for m in said]
        if any(item.readout.field in (CONTACT_NAME, NAME) for item in self._waiting.readouts):
            return said
        whole = self._tools.spelled.name(told)
        if whole is None:
            return said
        heard = reply.turn.text[whole.start : whole.end]
        return [*said, Mention("name", whole.start, whole.end, heard, None, whole.name, {"frame": "contact"})]

    def _brand(self) -> str:
        """The make of the car that is spoken of, as far as it is known."""
        stated = self._record.latest(CAR[0])
        return str(stated.value) if stated is not None else self._waiting.brand

    def _married(self, reply: Reply) -> list[Mention]:
        """A yes or a no to 结婚了吗 as the status that it says."""
        place, stance = self._tools.short_answers.not_yet(reply.text), reply.stance
        if place is None and (stance.attitude != "agree" or not stance.alone):
            return []
        (start, end), status = (place, "single") if place is not None else ((stance.start, stance.end), "married")
        return [Mention("marital_status", start, end, reply.turn.text[start:end], None, status)]

    def _same_as(self, reply: Reply) -> Mention | None:
        """跟首付一样: the value of the field that is named, said again."""
        same = self._tools.short_answers.same_as(reply.text)
        if same is None or not self._waiting.asks_money:
            return None
        (start, end), what = same
        for name in self._tools.topics.fields_in(what):
            stated = self._record.latest(name)
            if stated is not None and isinstance(stated.value, int | float) and name in MONEY_FIELDS:
                quantity = Quantity(float(stated.value), stated.low, stated.high, stated.hedged)
                return Mention("money", start, end, reply.turn.text[start:end], quantity, None, {"unit": "same"})
        return None


def _is_alike(one: str, other: str) -> bool:
    """Whether two names have a character in common, by its sound."""
    return not {*map(sounds.syllable, one)}.isdisjoint(map(sounds.syllable, other))


def _outside_names(said: Sequence[Mention]) -> list[Mention]:
    """The mentions without who somebody is inside a name (祝小妹)."""
    names = [m for m in said if m.kind == "name"]
    return [m for m in said if m.kind != "relation" or not any(n.start < m.start and m.end <= n.end for n in names)]


def _without_endings(said: Sequence[Mention]) -> list[Mention]:
    """The mentions without sums that are the end of a number: 尾号6620."""
    ends = [m for m in said if m.kind == "digits" and "about" in m.attributes]
    return [m for m in said if m.kind != "money" or not any(m.start < each.end and each.start < m.end for each in ends)]


def _sum_in_digits(said: Sequence[Mention]) -> Mention | None:
    """二二七零 or 98800, where an amount is asked for: digits read one by one are a sum."""
    if any(m.kind in ("money", "ratio") for m in said):
        return None
    digits = [m for m in said if m.kind == "digits" and m.attributes.get("form") == "digits"]
    if len(digits) != 1:
        return None
    found = _first_run(digits[0])
    if not (found.value or "").isdigit() or not 3 <= len(found.value or "") <= LONGEST_SUM:
        return None
    return replace(
        found, kind="money", quantity=Quantity(float(found.value or 0)), value=None, attributes={"unit": "figures"}
    )


def _first_run(digits: Mention) -> Mention:
    """98800 of 98800 一口价."""
    run = re.match(r"[0-9]{3,}(?= )", digits.text)
    if run is None:
        return digits
    return replace(digits, end=digits.start + run.end(), text=run[0], value=run[0])


def _since(mention: Mention, on: date) -> Mention:
    """零九年进的厂, 去年五月来的 as a length of time by the day of the call."""
    if "ago" in mention.attributes:
        ago, month = int(mention.attributes["ago"]), int(mention.attributes["month"]) or on.month
        ago += ago == 0 and month > on.month  # 十二月份来的, in November
        return replace(mention, quantity=Quantity(max(0, ago * MONTHS + on.month - month)))
    if mention.kind != "date" or mention.value is None:
        return mention
    months = max(0, on.year - int(mention.value)) * MONTHS
    attributes = {**mention.attributes, "unit": "since"}
    return replace(mention, kind="duration", quantity=Quantity(months), value=None, attributes=attributes)
