"""Puts what a customer's turn mentions to the fields that its words, or the questions that wait, give it."""

from __future__ import annotations

import re
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
from pipeline.dialogue.spans import ASKED, FIELDS
from pipeline.dialogue.tools import Tools
from pipeline.dialogue.topics import NONE, Bound
from pipeline.dialogue.values import MONEY_FIELDS
from pipeline.dialogue.waiting import CAR, Waiting
from pipeline.language import Reader
from pipeline.language.called import with_called_name
from pipeline.language.phrases import Hit
from pipeline.language.script import CLAUSE_END
from pipeline.language.vehicles import of_brand
from pipeline.types import Mention, Quantity, Turn

CORRECTS_WITHIN = 24
RIGHT_BEHIND = 4
CLAUSE_REACH, LONG = 60, 1000
MONTHS = 12
INCOME = "income.monthly"
MOBILE = "identity.mobile"
YEARS = "employment.years"
CHEAPEST = 15_000
TAIL = 4
TELEPHONE = ("手机", "电话", "那个号", "这个号", "换的号", "换号", "换了号", "新号", "老号", "号停")
WHOLE_NUMBERS = (4, 6, 18)
AT_WORK = ("income.", "employment.")
MARITAL = "identity.marital_status"
# 结婚了吗: 还没, 没呢, 没有.
NOT_YET = re.compile(r"[嗯啊呃哎,。 ]*(?:还|都|暂时)?(?:没有?|冇|没得)(?:呢|啊|呀|嘛|咧|吧|有)?(?=$|[,。!? ])")
EMPLOYER, DEALER, RESIDENCE = "employment.employer", "vehicle.dealer", "identity.residence"
PAST = ("以前", "之前", "原来", "原先", "那会儿", "那时候", "出来了", "不做了", "不干了", "辞了")
OTHERS = ("他", "她", "我老公", "我老婆", "我媳妇", "我爸", "我妈", "我哥", "我朋友", "我同事")
WHERE_ASKED = {
    EMPLOYER: ("employment.", "income."),
    DEALER: (DEALER,),
    RESIDENCE: ("identity.residence",),
    "employment.position": ("employment.",),
    MARITAL: (MARITAL,),
    "identity.residence_type": ("identity.residence",),
    "vehicle.condition": ("vehicle.",),
}
AMOUNT, PAYMENT = "loan.amount", "loan.monthly_payment"
# What is paid once and never by the month.
ONCE = frozenset({"loan.amount", "loan.down_payment", "vehicle.price"})
OF_THE_LOAN = ("loan.amount", "loan.term_months", "loan.down_payment", PAYMENT, "vehicle.price")
OF_THE_CAR = ("vehicle.condition", "vehicle.price", "vehicle.dealer")
HOME_LOAN = ("贷款", "房贷", "按揭", "供", "还贷")
NAMED = tuple(FIELDS[label] for label in ASKED)
WITHIN_NAMES = frozenset({"position", "vehicle", "address", "name", "organisation", "relation"})
HIS_SUMS = frozenset({"loan.amount", "loan.monthly_payment", "income.monthly", "vehicle.price", "loan.term_months"})
OWN_LOAN = frozenset({"loan.amount", "loan.monthly_payment"})
DRIVER = "vehicle.actual_user"
NAME, PURPOSE, PRICE = "identity.name", "loan.purpose", "vehicle.price"
PEOPLE = frozenset({"spouse", "parent", "child", "sibling", "relative", "friend", "colleague"})
LONGEST_SUM = 6
SAME = re.compile(r"(?:跟|和|同|与)(?P<what>[^,。!? ]{1,6}?)(?:一样|相同|一个数|一模一样)")
HE = re.compile(r"(?:[嗯啊哦呃对,。 ]|就|都|是)*(?P<he>他们?|她们?)(?:来|在|自己|平时|主要)?(?:开|用)")
HIMSELF = re.compile(
    r"(?:[嗯啊哦呃对是系,。 ]|那肯定|肯定|当然|都|就)*(?P<me>我本人|我自己|我一个人|本人|自己|俺|我)"
    r"(?=$|[,。!?、 了噻嘛么呗撒咯呀啊来开用上天一每平主]|自己|通勤|代步|下班)"
)
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
        self._person: str | None = None

    def is_active(self, name: str) -> bool:
        """Whether the field waits for a value, or for the rest of its digits."""
        return self._waiting.is_active(name) or (name == ID and self._record.digits.any)

    def collect(self, reply: Reply) -> None:
        """Puts every mention of the turn to a field, or to none."""
        corrections = self._tools.acts.find("correct", reply.text)
        taken: set[str] = set()
        previous: tuple[str, Mention] | None = None
        bound = self._tools.topics.bind(reply.text, self._mentions(reply))
        named = {item.field for item in bound if item.field}
        others_car = self._others_car(reply, bound)
        for item in bound:
            mention = item.mention
            corrected = [hit for hit in corrections if 0 <= mention.start - hit.end <= CORRECTS_WITHIN]
            name = (
                self._of_contact(mention)
                or self._asked_instead(item)
                or item.field
                or self._corrected(mention, previous, corrected)
            )
            name = self._in_context(reply, name or self._waiting.asked_for(mention, taken | named), mention, item.cue)
            certain = bool(name)
            name = (
                name
                or self._beside(reply, mention, taken)
                or self._left_over(mention, corrected=_follows(mention, corrected))
            )
            if name == PRICE and others_car is not None and others_car < mention.start:
                name = NONE
            if name == NONE:
                previous = (NONE, mention)
            elif name and self._counts(reply, name, mention):
                self._note(reply, name, item, corrects=bool(corrected), certain=certain)
                taken.add(name)
                previous = (name, mention)

    def _others_car(self, reply: Reply, bound: Sequence[Bound]) -> int | None:
        """Where the last car that the turn names is another person's, whose price may follow."""
        cars = [item.mention for item in bound if item.mention.kind == "vehicle"]
        last = cars[-1] if cars else None
        return last.end if last is not None and self._tools.relevance.is_anothers(last, reply.text) else None

    def _asked_instead(self, item: Bound) -> str:
        """The field just asked for, where a word that only may name another stands by the value (剩个十五万 a year)."""
        if item.field != AMOUNT or item.cue not in self._tools.topics.weak or self.is_active(item.field):
            return ""
        return INCOME if self._waiting.asked_now(INCOME) else ""

    def _mentions(self, reply: Reply) -> list[Mention]:
        """What the turn mentions, without what was only prompted; free answers to open questions are added."""
        read = self._reader.read(reply.turn)
        said = [_since(mention, self._on) for mention in read if reply.text[mention.start : mention.end].strip()]
        said = [of_brand(m, self._brand()) if m.kind == "vehicle" else m for m in _without_endings(said)]
        if self._waiting.asked_now(NAME):
            said = list(with_called_name(said, self._tools.called.read(reply.text)))
        if self._waiting.touches_now("contact.") and (contact := self._tools.contacts.name(reply.text)) is not None:
            heard = replace(contact, text=reply.turn.text[contact.start : contact.end])
            said = [*(m for m in said if m.kind != "name" or m.end <= heard.start or heard.end <= m.start), heard]
        if self._waiting.asked_now(MARITAL) and not any(m.kind == "marital_status" for m in said):
            said.extend(_married(reply))
        same = self._same_as(reply)
        if same is not None:
            said = [*(m for m in said if m.start >= same.end or m.end <= same.start), same]
        if self._waiting.asks_money and (sum_read := _sum_in_digits(said)) is not None:
            said.append(sum_read)
        if self._waiting.asked_now(DRIVER) and (me := _himself(reply)) is not None:
            said = [me, *(m for m in said if m.kind != "relation" or "drives" in m.attributes)]
        if self._waiting.asked_now(DRIVER) and not any(m.kind == "relation" for m in said):
            said.extend(self._the_one_spoken_of(reply))
        self._person = next(
            (m.value for m in reversed(read) if m.kind == "relation" and m.value in PEOPLE), self._person
        )
        if self._waiting.asked_now(PURPOSE) or self._waiting.touches_now(PURPOSE, DRIVER):
            said.extend(self._tools.purposes.read(reply.text, said))
        said = self._with_names(reply, said)
        for name in self._tools.open_answers.fields:
            said = self._with_free_answer(reply, name, said)
        return sorted(said, key=lambda mention: (mention.start, mention.end))

    def _brand(self) -> str:
        """The make of the car that is spoken of, as far as it is known."""
        stated = self._record.latest(CAR[0])
        return str(stated.value) if stated is not None else self._waiting.brand

    def _the_one_spoken_of(self, reply: Reply) -> list[Mention]:
        """他开呀, where a cousin was spoken of before."""
        match = HE.match(reply.text)
        if match is None:
            return []
        start, end = match.span("he")
        who = self._person or "other"
        return [Mention("relation", start, end, reply.turn.text[start:end], None, who, {"drives": "yes"})]

    def _same_as(self, reply: Reply) -> Mention | None:
        """跟首付一样: the value of the field that is named, said again."""
        match = SAME.search(reply.text)
        if match is None or not self._waiting.asks_money:
            return None
        for name in self._tools.topics.fields_in(match["what"]):
            stated = self._record.latest(name)
            if stated is not None and isinstance(stated.value, int | float) and name in MONEY_FIELDS:
                quantity = Quantity(float(stated.value), stated.low, stated.high, stated.hedged)
                start, end = match.span()
                return Mention("money", start, end, reply.turn.text[start:end], quantity, None, {"unit": "same"})
        return None

    def _with_names(self, reply: Reply, said: list[Mention]) -> list[Mention]:
        """The mentions with the employer, position, dealer or contact that an answer to a question for it names."""
        asked = [name for name in NAMED if self._is_free(reply, name, said)[0]]
        if DEALER in asked and self._waiting.asked_now(CAR[1]) and any(m.kind == "vehicle" for m in said):
            asked.remove(DEALER)
        for found in self._tools.names.read(reply.text, said, asked):
            heard = reply.turn.text[found.start : found.end]
            value = self._reader.title(heard) if found.kind == "position" else heard
            said = [m for m in said if not _gives_way(m, found)]
            said.append(replace(found, text=heard, value=value))
        return said

    def _with_free_answer(self, reply: Reply, name: str, said: list[Mention]) -> list[Mention]:
        """The mentions with the answer in any words that a question for `name` got, in the place of lesser ones."""
        asked, marked = self._is_free(reply, name, said)
        if not asked:
            return said
        free = self._tools.open_answers.read(name, reply.text, said, marked=marked)
        if free is None:
            return said
        own = [m for m in said if m.kind == free.kind and m.attributes.get("general") != "yes"]
        inside = name == DEALER and all(free.start <= mention.start and mention.end <= free.end for mention in own)
        if not inside and any(_is_as_good(mention, free) for mention in own):
            return said
        heard = reply.turn.text[free.start : free.end]
        free = replace(free, text=heard, attributes={**free.attributes, "field": name})
        within = ("position", "vehicle") if free.kind == "organisation" else ()
        said = [
            mention
            for mention in said
            if mention.kind != free.kind
            and not (mention.kind in within and free.start <= mention.start and mention.end <= free.end)
        ]
        return [*said, free]

    def _is_free(self, reply: Reply, name: str, said: Sequence[Mention]) -> tuple[bool, bool]:
        """Whether an answer in any words to `name` may stand in this turn, and whether only a marked one may."""
        if self._record.has_value(name):
            return self._waiting.asked_now(name) and self._waiting.settles(name), False
        if self._waiting.asked_now(name):
            return True, False
        if name == EMPLOYER and reply.stance.attitude == "deny" and self._waiting.touches_now(EMPLOYER):
            return True, False
        if name == RESIDENCE:
            return self._waiting.touches_now("identity.residence"), True
        if name == EMPLOYER and self._waiting.adrift:
            return any(mention.kind == "position" for mention in said) and any(
                mention.kind == "organisation" for mention in said
            ), False
        return False, False

    @staticmethod
    def _corrected(mention: Mention, previous: tuple[str, Mention] | None, corrected: Sequence[Hit]) -> str:
        """The field of the value just before, where a correction stands between (六万不对五万)."""
        if previous is None or previous[1].kind != mention.kind:
            return ""
        return previous[0] if any(hit.start >= previous[1].end - 1 for hit in corrected) else ""

    def _in_context(self, reply: Reply, name: str, mention: Mention, cue: str = "") -> str:
        """Where debts are asked about 一个月还三千 is theirs; another person's numbers are nobody's."""
        if name == ID and mention.kind == "digits" and self._is_of_telephone(reply):
            return MOBILE
        if mention.kind == "money" and self._is_of_home_loan(reply, mention):
            return PAYS
        if not name and mention.kind in ("money", "duration") and self._waiting.touches_now("identity."):
            return "" if mention.kind == "money" and self._asks_debts else NONE
        if mention.kind == "money" and self._is_a_month(name, mention):
            return PAYMENT
        if name == "loan.term_months" and self._waiting.touches_now("debt.") and not self._waiting.touches_now("loan."):
            return NONE
        if name == YEARS and self._waiting.touches_now("vehicle.") and not self._waiting.touches_now("employment."):
            return NONE
        if mention.kind == "money" and name != PAYS and self._is_of_debt(reply, name, mention, cue):
            return PAYS
        if name == EMPLOYER and self._waiting.asked_now(DEALER) and not self._waiting.asked_now(EMPLOYER):
            return DEALER
        if name in OWN_LOAN and self._waiting.debts is not None and not self.is_active(name):
            return PAYS
        if name in PERSONAL and self._waiting.about_another and "我" not in reply.text:
            return NONE
        if name == PRICE and self._is_of_house(reply):
            return NONE
        if name == INCOME and self._is_part_of_income(reply, mention):
            return NONE
        if name == INCOME and self._tools.relevance.is_household(mention, reply.text):
            return NONE
        if name in HIS_SUMS and self._tools.relevance.is_not_his(mention, reply.text):
            return NONE
        return name

    @property
    def _asks_debts(self) -> bool:
        return self._waiting.debts is not None and not self._waiting.moved_on

    def _is_of_home_loan(self, reply: Reply, mention: Mention) -> bool:
        """Whether a sum is the instalment of the home that is asked about (自己买的,贷款一个月六千二)."""
        if not self._waiting.touches_now("identity.residence") or mention.attributes.get("period") != "month":
            return False
        return any(word in reply.text[: mention.start] for word in HOME_LOAN)

    def _is_a_month(self, name: str, mention: Mention) -> bool:
        """Whether a monthly sum where the loan is spoken of is its instalment: 贷十三万,三年,三千九百六一个月."""
        if mention.attributes.get("period") != "month" or not self._waiting.touches_now(*OF_THE_LOAN):
            return False
        if self._asks_debts or self._waiting.touches_now(INCOME):
            return False
        return not name or name in ONCE

    def _is_of_house(self, reply: Reply) -> bool:
        """Whether a price is a house's: 一百三十万买的, where homes or debts are asked about."""
        asked = self._waiting.touches_now("identity.", "debt.") and not self._waiting.touches_now("vehicle.", "loan.")
        return asked and "车" not in reply.text

    def _is_part_of_income(self, reply: Reply, mention: Mention) -> bool:
        """Whether a sum is one part of the income that has been stated before (底薪六千,都包在里面)."""
        if not self._record.has_value(INCOME) or self._waiting.settles(INCOME):
            return False
        parts = self._tools.acts.find("parts", _clause(reply.text, mention))
        return bool(parts) and not self._tools.acts.find("total", reply.text)

    def _is_of_telephone(self, reply: Reply) -> bool:
        if self._waiting.asked_now(ID) or "身份证" in reply.text:
            return False
        return self._waiting.touches_now(MOBILE) or any(word in reply.text for word in TELEPHONE)

    def _counts(self, reply: Reply, name: str, mention: Mention) -> bool:
        if mention.kind == "digits" and not self._is_number_of_his(reply, name, mention):
            return False
        if name == "loan.purpose" and "weak" in mention.attributes and not self._waiting.asked_now(name):
            return False
        if name in WHERE_ASKED and not self._is_welcome(reply, name, mention):
            return False
        if name == PAYS and not self._is_instalment(reply, mention):
            return False
        if name == DRIVER and not self.is_active(name) and self._is_for_business(reply):
            return False
        active = self.is_active(name) or (name == EMPLOYER and self._is_at_work(reply))
        active = active or (mention.kind == "vehicle" and self._waiting.touches_now(*OF_THE_CAR))
        return self._tools.relevance.counts(name, mention, reply.text, active=active, asked=self.is_active)

    def _is_for_business(self, reply: Reply) -> bool:
        """白天跑滴滴晚上自己开 says what the car is for, and nothing of who drives it mainly."""
        return any(
            m.kind == "purpose"
            and m.value != "personal_use"
            and "negated" not in m.attributes
            and not self._tools.relevance.is_elsewhere(m, reply.text)
            for m in self._reader.read(reply.turn)
        )

    def _is_at_work(self, reply: Reply) -> bool:
        return self._waiting.touches_now("employment.") or (
            self._waiting.adrift and not self._record.has_value(EMPLOYER)
        )

    def _is_of_debt(self, reply: Reply, name: str, mention: Mention, cue: str) -> bool:
        """Whether a sum in an answer about debts is theirs, though another word stands by it."""
        if self._waiting.debts is None or self._waiting.moved_on or (name not in ("", NONE) and self.is_active(name)):
            return False
        if name == NONE and cue not in _clause(reply.text, mention):
            return True
        return bool(name) and self._tools.debts.is_beside(reply.text, mention, cue)

    def _is_instalment(self, reply: Reply, mention: Mention) -> bool:
        asked = self._waiting.debts is not None and not self._waiting.moved_on
        return self._tools.debts.is_instalment(reply.text, mention, asked=asked)

    def _is_number_of_his(self, reply: Reply, name: str, mention: Mention) -> bool:
        """Whether digits are an identity or telephone number at all, and no sum, year or model of a car."""
        if "about" in mention.attributes or mention.attributes["form"] != "digits":
            return True
        beside = [m for m in self._at(reply, mention) if m.kind in ("money", "vehicle", "duration")]
        if beside:
            plain = all(m.kind == "money" and (m.start, m.end) == (mention.start, mention.end) for m in beside)
            whole = plain and len(mention.value or "") in WHOLE_NUMBERS
            return self._waiting.asked_now(name) and (whole or reply.turn.text.strip("嗯呃,。") == mention.text)
        if name == MOBILE:
            return self._waiting.touches_now(name) and len(mention.value or "") >= TAIL
        return self._waiting.touches_now(ID) or self._record.digits.any

    def _is_welcome(self, reply: Reply, name: str, mention: Mention) -> bool:
        """Whether a value that other talk holds too (a job, 新的, 有贷款) was asked for just now."""
        if mention.kind == "organisation":
            return self._is_his_employer(reply, name, mention)
        if mention.kind == "address":
            named = mention.attributes.get("frame") == "lives" and "identity" not in mention.attributes
            past = not {"past", "other"}.isdisjoint(mention.attributes)
            return not past and (named or self._waiting.touches_now("identity.residence"))
        if mention.kind == "residence_type" and "weak" not in mention.attributes and _is_of_home(reply.text):
            return True
        if name == "employment.position" and any(word in _clause(reply.text, mention) for word in OTHERS):
            return False
        welcome = self._waiting.touches_now(*WHERE_ASKED[name])
        return welcome or (name == "employment.position" and self._names_employer(reply))

    def _is_his_employer(self, reply: Reply, name: str, mention: Mention) -> bool:
        """Whether a firm is what was asked for, or is said to be where he works."""
        if name == DEALER:
            return self._waiting.touches_now(DEALER) or mention.attributes.get("about") == "purchase"
        clause = _clause(reply.text, mention)
        if any(word in clause for word in PAST):
            return False
        if mention.attributes.get("frame") in ("works", "named"):
            return not any(word in clause for word in OTHERS)
        if reply.text[mention.start - 1 : mention.start] in ("跑", "开") or "bare" in mention.attributes:
            open_ = self._waiting.touches_now(EMPLOYER) or self._waiting.adrift
            return open_ and not self._record.has_value(name)
        if any(m.kind == "vehicle" for m in self._at(reply, mention)):
            return self._waiting.asked_now(name)
        if self._record.has_value(name) and not self._waiting.is_active(name):
            return False
        at_work = any(m.kind == "position" for m in self._reader.read(reply.turn)) or "frame" in mention.attributes
        at_work = at_work or not reply.text[: mention.start].strip("嗯啊呃哦对是,。 的呀")
        adrift = self._waiting.adrift and at_work and not self._record.has_value(name)
        return adrift or self._waiting.touches_now("employment.", "income.")

    def _names_employer(self, reply: Reply) -> bool:
        """Whether the turn says where he works, so that what he is and since when is said beside it."""
        if len(reply.text) > LONG:
            return EMPLOYER in reply.answers
        firms = [m for m in self._reader.read(reply.turn) if m.kind == "organisation"]
        return EMPLOYER in reply.answers or any(
            m.attributes.get("general") != "yes" and self._is_his_employer(reply, EMPLOYER, m) for m in firms
        )

    def _at(self, reply: Reply, mention: Mention) -> list[Mention]:
        """What else is mentioned at the same place."""
        return [m for m in self._reader.read(reply.turn) if m.start < mention.end and mention.start < m.end]

    def _of_contact(self, mention: Mention) -> str:
        """The field of the emergency contact that a person is, where that is asked for."""
        if mention.kind not in ("name", "relation") or mention.value == "self":
            return ""
        return f"contact.{mention.kind}" if self._waiting.touches_now("contact.") else ""

    def _is_term(self, reply: Reply, mention: Mention) -> bool:
        """Whether a length of time belongs to the loan that the turn, or the question before it, is about."""
        if mention.attributes.get("unit") not in ("year", "half", "month"):
            return False
        said = any(name in reply.answers for name in ("loan.amount", "loan.down_payment"))
        return said or (self._waiting.touches_now("loan.amount") and not self._waiting.touches_now("employment."))

    def _beside(self, reply: Reply, mention: Mention, taken: Collection[str]) -> str:
        """A value that belongs to what was asked beside it: a price said with the car, the years with the firm."""
        high = mention.quantity.value or mention.quantity.high or 0 if mention.quantity is not None else 0
        if mention.kind == "money" and self._asks_debts:
            if self._tools.debts.is_beside(reply.text, mention, ""):
                return PAYS
            return "" if self._waiting.touches_now("loan.", "income.", "vehicle.") else PAYS
        if mention.kind == "money" and "vehicle.price" not in taken:
            own = self._waiting.touches_now("vehicle.") and not self._waiting.touches_now("loan.", "debt.", "income.")
            own = own and not self._record.has_value("vehicle.price")
            return "vehicle.price" if own and high >= CHEAPEST else ""
        if mention.kind == "duration" and self._is_term(reply, mention) and "loan.term_months" not in taken:
            return "loan.term_months"
        if mention.kind == "duration" and mention.attributes.get("unit") in ("year", "half", "since"):
            own = self._waiting.touches_now("employment.") and not self._waiting.touches_now("loan.")
            own = own or EMPLOYER in reply.answers
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


def _gives_way(mention: Mention, name: Mention) -> bool:
    """Whether a mention is the same name as the one found by the trained model, or another part of it."""
    overlaps = mention.start < name.end and name.start < mention.end
    if "field" in mention.attributes:
        return False
    if mention.kind == name.kind:
        return overlaps or mention.attributes.get("about") != "purchase"
    return overlaps and mention.kind in WITHIN_NAMES


def _follows(mention: Mention, corrected: Sequence[Hit]) -> bool:
    """Whether a value stands right behind a correcting word: 不对,是九千."""
    return any(mention.start - hit.end <= RIGHT_BEHIND for hit in corrected)


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


def _is_as_good(mention: Mention, free: Mention) -> bool:
    """Whether a name that shows itself as one stands before the end of the free answer, or anywhere as a firm."""
    shows = mention.kind == "position" or (mention.kind == "organisation" and "bare" not in mention.attributes)
    return mention.start <= free.end or shows


def _married(reply: Reply) -> list[Mention]:
    """A yes or a no to 结婚了吗 as the status that it says."""
    match = NOT_YET.match(reply.text)
    if match is not None:
        return [Mention("marital_status", 0, match.end(), reply.turn.text[: match.end()], None, "single")]
    stance = reply.stance
    if stance.attitude != "agree" or not stance.alone:
        return []
    heard = reply.turn.text[stance.start : stance.end]
    return [Mention("marital_status", stance.start, stance.end, heard, None, "married")]


def _is_of_home(text: str) -> bool:
    """Whether words in a turn say that a home is the one he lives in."""
    return any(word in text for word in ("房子", "我住", "住的", "现在住", "住在", "还住", "就住"))


def _himself(reply: Reply) -> Mention | None:
    """我 at the head of an answer to 谁开: 我,媳妇本儿还没考下来; 我用,上厂里."""
    match = HIMSELF.match(reply.text)
    if match is None:
        return None
    start, end = match.span("me")
    return Mention("relation", start, end, reply.turn.text[start:end], None, "self", {"drives": "yes"})


def _clause(text: str, mention: Mention) -> str:
    """The clause that a mention stands in."""
    floor, ceiling = max(0, mention.start - CLAUSE_REACH), mention.end + CLAUSE_REACH
    start = max((text.rfind(stop, floor, mention.start) for stop in (*CLAUSE_END, " ")), default=-1) + 1
    ends = (place for stop in (*CLAUSE_END, " ") if (place := text.find(stop, mention.end, ceiling)) >= 0)
    return text[max(start, floor) : min(ends, default=ceiling)]


def _since(mention: Mention, on: date) -> Mention:
    """零九年进的厂 as a length of time by the day of the call."""
    if mention.kind != "date" or mention.value is None:
        return mention
    months = max(0, on.year - int(mention.value)) * MONTHS
    attributes = {**mention.attributes, "unit": "since"}
    return replace(mention, kind="duration", quantity=Quantity(months), value=None, attributes=attributes)
