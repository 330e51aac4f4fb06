"""Which field a value belongs to, or none, by what the talk is about."""

from __future__ import annotations

import re
from collections.abc import Collection

from pipeline.dialogue.contacts import OF_CONTACT
from pipeline.dialogue.debts import PAYS
from pipeline.dialogue.digits import FIELD as ID
from pipeline.dialogue.reply import CONTACT, DEALER, EMPLOYER, MOBILE, PRICE, Reply, ReplyReader, clause_of
from pipeline.dialogue.topics import NONE, Bound
from pipeline.language.script import fold
from pipeline.types import Mention

INCOME = "income.monthly"
YEARS = "employment.years"
OF_CARS_TOO = frozenset({"开了"})
USED = "二手"
CHEAPEST = 15_000
# So near before a number says whose it is.
OWNER = 10
# Of the price that was told a second one is at least so much.
OTHER_PRICE = 0.6
# A sum that is told with no question for it is no other value where it is not at least this share of the one told.
FAR = 0.25
AT_WORK = ("income.", "employment.")
AMOUNT, TERM, DOWN = "loan.amount", "loan.term_months", "loan.down_payment"
PAYMENT = "loan.monthly_payment"
OF_INSTALMENTS = frozenset({"loan.monthly_payment", "loan.term_months"})
SENTENCE = re.compile(r"[。!?;]")
# What is paid once and never by the month.
ONCE = frozenset({"loan.amount", "loan.down_payment", "vehicle.price"})
OF_THE_LOAN = ("loan.amount", "loan.term_months", "loan.down_payment", PAYMENT, "vehicle.price")
HIS_SUMS = frozenset({"loan.amount", "loan.monthly_payment", "income.monthly", "vehicle.price", "loan.term_months"})
OWN_LOAN = frozenset({"loan.amount", "loan.monthly_payment"})
# What a sum that he earns is taken for where it stands beside the answer: 一千九。一个月我也就拿八千.
EARNED_BESIDE = frozenset({"", PAYMENT, PAYS, PRICE})
PERSONAL = frozenset({"income.monthly", "identity.name", "employment.years"})


def _middle(mention: Mention) -> float:
    quantity = mention.quantity
    return 0 if quantity is None else quantity.value or quantity.high or quantity.low or 0


class Context(ReplyReader):
    """Corrects a field by what the questions before a reply are about, and finds one for values that no word claims."""

    def settled(self, reply: Reply, name: str, mention: Mention, cue: str = "") -> str:
        """Where debts are asked about 一个月还三千 is theirs; another person's numbers are nobody's."""
        field = self._settled(reply, name, mention, cue)
        of_debts = field == PAYS or (not field and mention.kind == "money" and self._asks_debts)
        if of_debts and self._tools.debt_sums.is_of_this_car(reply.text, mention):
            return PAYMENT
        return field

    def _settled(self, reply: Reply, name: str, mention: Mention, cue: str) -> str:
        if mention.kind == "digits" and name in (ID, MOBILE, "") and self._is_of_another_number(reply, mention):
            return NONE
        if name == ID and mention.kind == "digits" and self._is_of_telephone(reply):
            return MOBILE
        if name == ID and mention.attributes.get("form") == "digits" and self._goes_on_with_mobile(mention):
            return MOBILE
        if not name and self._is_bargained_down_to(mention):
            return PRICE
        if name == PRICE and not cue and self._is_no_price_again(mention):
            return NONE
        if not name and mention.kind == "money" and self._is_share_told(reply):
            return DOWN  # 三成,五万四
        if mention.kind == "money" and not cue and self._waiting.other_money:
            return NONE
        if mention.kind == "money" and not cue and name in EARNED_BESIDE:
            name = INCOME if self._is_earned(reply, mention) else name
        read_out = self._read_out_so(mention) if mention.kind == "money" and name in ONCE else ""
        if read_out and name != read_out and not reply.text.endswith(cue or ("?",), 0, mention.start):
            return read_out
        if (
            name in ("", PAYMENT, PAYS)
            and mention.kind == "money"
            and self._tools.amounts.is_given(mention, reply.text)
        ):
            return NONE
        if name in ONCE and name in reply.answers and self._tools.amounts.is_still_owed(mention, reply.text):
            return NONE
        if name in ONCE and self._tools.amounts.is_lacking(mention, reply.text):
            return NONE
        if name in OF_INSTALMENTS and self._is_of_another_loan(reply, mention):
            return PAYS if mention.kind == "money" else NONE
        if mention.kind == "money" and self._is_of_home_loan(reply, mention):
            return PAYS
        if not name and mention.kind in ("money", "duration") and self._waiting.touches_now("identity."):
            return "" if mention.kind == "money" and self._asks_debts else NONE
        monthly = mention.kind == "money" and mention.attributes.get("period") == "month"
        if monthly and name in ONCE and self._asks_debts and not self.is_active(name):
            return PAYS
        if mention.kind == "money" and self._is_a_month(name, mention) and not reply.text.startswith("月", mention.end):
            return PAYMENT
        of_others = self._waiting.touches_now("debt.", "identity.") and not self._waiting.touches_now("loan.")
        if name == "loan.term_months" and of_others:
            return NONE
        if name == YEARS and self._waiting.touches_now("vehicle.") and not self._waiting.touches_now("employment."):
            return NONE
        if mention.kind == "money" and name != PAYS and self._is_of_debt(reply, name, mention, cue):
            return PAYS
        if name == YEARS and cue in OF_CARS_TOO and self._is_of_driving(reply):
            return NONE
        if name == EMPLOYER and self._waiting.touches_now(DEALER) and not self._waiting.touches_now(EMPLOYER):
            return DEALER
        if name in OWN_LOAN and self._waiting.debts is not None and not self.is_active(name):
            return PAYS
        if name in PERSONAL and self._waiting.about_another and not self._tools.relevance.is_his(mention, reply.text):
            return NONE
        if name == PRICE and (self._is_of_house(reply) or self._is_of_other_thing(reply)):
            return NONE
        if name == INCOME and self._is_part_of_income(reply, mention):
            return NONE
        if name == INCOME and self._tools.amounts.is_household(mention, reply.text):
            return NONE
        if name == INCOME and self._tools.relevance.is_hearsay(mention, reply.text):
            return NONE
        if name in HIS_SUMS and self._tools.relevance.is_not_his(mention, reply.text):
            return NONE
        return name

    @staticmethod
    def _is_share_told(reply: Reply) -> bool:
        """Whether a reply has only told the down payment's share so far."""
        said = reply.answers.get(DOWN, ())
        return bool(said) and all(answer.stated.value is None for answer in said)

    def _is_bargained_down_to(self, mention: Mention) -> bool:
        """Whether a second sum of an answer is what the price came down to: 要六万三,我给他磨到六万."""
        if mention.attributes.get("basis") != "net_price" or not self._waiting.asked_now(PRICE):
            return False
        return mention.quantity is not None and (mention.quantity.value or 0) >= CHEAPEST

    def _is_earned(self, reply: Reply, mention: Mention) -> bool:
        """Whether a sum is said to be what he earns, whatever was asked for."""
        if self._tools.amounts.is_earned(mention, reply.text):
            return True
        if PAYMENT in reply.answers and not self._tools.acts.find("correct", reply.text):
            return self._tools.amounts.is_of_a_month(mention, reply.text)  # 两千一百五,我一个月七千
        asked = fold(self._waiting.asking.text) if self._waiting.asking is not None else ""
        return self._tools.amounts.is_hardly_enough(mention, reply.text, asked)

    def _is_no_price_again(self, mention: Mention) -> bool:
        """Whether a sum behind a question that names nothing is far below the price told before: it is another one."""
        asked = self._waiting.waits_for(PRICE) and not self._waiting.adrift
        told = None if asked else self._record.latest(PRICE)
        if told is None or not isinstance(told.value, int | float) or mention.quantity is None:
            return False
        high = mention.quantity.high or mention.quantity.value or 0
        return high < OTHER_PRICE * told.value

    def _read_out_so(self, mention: Mention) -> str:
        """The one field that this very sum was read out for: 交了。七万九,四年 to 首付交了吧?贷七万九,四年."""
        fields = {
            item.readout.field
            for item in self._waiting.readouts
            if item.readout.mention.kind == mention.kind and item.readout.mention.quantity == mention.quantity
        }
        return fields.pop() if len(fields) == 1 else ""

    @property
    def _asks_debts(self) -> bool:
        return self._waiting.debts is not None and not self._waiting.moved_on

    def _is_of_another_loan(self, reply: Reply, mention: Mention) -> bool:
        """Whether an instalment is told with a card or another lender: 银行给分了十二期,一月还九百."""
        if self.is_active(PAYMENT) or self._waiting.touches_now("loan.monthly_payment", "loan.term_months"):
            return False
        sentence = SENTENCE.split(reply.text[: mention.start])[-1]
        return self._tools.belonging.says("other_loan", sentence)

    def _is_of_home_loan(self, reply: Reply, mention: Mention) -> bool:
        """Whether a sum is the instalment of the home that is asked about (自己买的,贷款一个月六千二)."""
        if not self._waiting.touches_now("identity.residence") or mention.attributes.get("period") != "month":
            return False
        return self._tools.belonging.says("home_loan", reply.text[: mention.start])

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

    def _is_of_other_thing(self, reply: Reply) -> bool:
        """Whether a price is that of something else he tells of, where the car is not asked about: 车位花了十二万."""
        told = self._tools.belonging.says("other_things", reply.text)
        return told and not self._waiting.touches_now("vehicle.", "loan.")

    def _is_of_driving(self, reply: Reply) -> bool:
        """Whether 开了十几年 tells how long a car was driven, and no shop was run: where work is not asked about."""
        return not self._waiting.touches_now(*AT_WORK) and not self._tools.belonging.says("shops", reply.text)

    def _is_part_of_income(self, reply: Reply, mention: Mention) -> bool:
        """Whether a sum is one part of the income that has been stated before (底薪六千,都包在里面)."""
        if not self._record.has_value(INCOME) or self._waiting.settles(INCOME):
            return False
        parts = self._tools.acts.find("parts", clause_of(reply.text, mention))
        return bool(parts) and not self._tools.acts.find("total", reply.text)

    def _is_of_telephone(self, reply: Reply) -> bool:
        if self._waiting.asked_now(ID) or "身份证" in reply.text:
            return False
        return self._waiting.touches_now(MOBILE) or self._tools.belonging.says("telephone", reply.text)

    def _is_of_another_number(self, reply: Reply, mention: Mention) -> bool:
        """Whether digits answer a question for another telephone (公司电话多少) and are not said to be his mobile."""
        if self._waiting.anothers_number and mention.attributes.get("about") != "id":
            return True
        asks_mine = self._waiting.touches_now(MOBILE) or self._record.in_progress(MOBILE)
        if mention.attributes["form"] == "mobile" and self._waiting.touches_now("contact.") and not asks_mine:
            return "我" not in reply.text[max(0, mention.start - OWNER) : mention.start]  # 苏玉梅,电话13507291846
        plain = mention.attributes["form"] == "digits" and mention.attributes.get("about") not in ("id", "mobile")
        return plain and self._waiting.other_number

    def _goes_on_with_mobile(self, mention: Mention) -> bool:
        """Whether digits go on with a telephone number that was begun (手机一三八八七…… - 嗯 - 二九零六一三)."""
        begun = self._record.in_progress(MOBILE) and not self._record.in_progress(ID)
        return begun and "about" not in mention.attributes

    def _is_of_debt(self, reply: Reply, name: str, mention: Mention, cue: str) -> bool:
        """Whether a sum in an answer about debts is theirs, though another word stands by it."""
        if self._asks_debts and name == INCOME and not cue and self._tools.debt_sums.is_beside(reply.text, mention, ""):
            return True
        if self._waiting.debts is None or self._waiting.moved_on or (name not in ("", NONE) and self.is_active(name)):
            return False
        if name == NONE and self._tools.amounts.comes_in(cue):
            return False
        if name == NONE and (cue not in clause_of(reply.text, mention) or self._is_taken_monthly(mention, cue)):
            return True
        return bool(name) and self._tools.debt_sums.is_beside(reply.text, mention, cue)

    def _is_taken_monthly(self, mention: Mention, cue: str) -> bool:
        """Whether a lender takes the sum every month: 每个月扣我六百多."""
        return mention.attributes.get("period") == "month" and self._tools.amounts.is_taken(cue)

    def of_contact(self, reply: Reply, mention: Mention) -> str:
        """The field of the emergency contact that a person is, where that is asked for; NONE for the second one, for
        whom nobody is (店里, 别人), and for what is no full name (老田).
        """
        if mention.kind not in ("name", "relation") or mention.value == "self":
            return ""
        if not self.is_of_contact(reply) and not self._tools.contacts.is_told_of(reply.text, mention):
            return ""
        contacts = self._tools.contacts
        if contacts.is_of_a_third(reply.text, mention) or contacts.is_second(reply.text, mention):
            return NONE
        if self._is_dead(reply, mention):
            return NONE
        if mention.kind == "relation":
            if self._is_aside_of_agreed(reply, mention):
                return NONE
            return CONTACT[1] if mention.value in OF_CONTACT else NONE
        return NONE if contacts.is_nickname(mention.value or "") else "contact.name"

    def _is_aside_of_agreed(self, reply: Reply, mention: Mention) -> bool:
        """Whether somebody else is only spoken of beside a yes to who was read out: 对,他跟我妈住."""
        if reply.stance.attitude != "agree":
            return False
        readouts = [item.readout for item in self._waiting.readouts if item.readout.field == CONTACT[1]]
        differs = bool(readouts) and all(readout.mention.value != mention.value for readout in readouts)
        return differs and not self._tools.contacts.says_who(reply.text, mention)

    def _is_dead(self, reply: Reply, mention: Mention) -> bool:
        """Whether a person is said to have died (我老伴儿走六年了), who is nobody's contact."""
        return any(
            m.kind == "marital_status" and "late" in m.attributes and m.start < mention.end and mention.start < m.end
            for m in self._reader.read(reply.turn)
        )

    def asked_instead(self, item: Bound, text: str) -> str:
        """The field just asked for, where a word that only may name another stands by the value (剩个十五万 a year), or
        what was paid stands behind it (首付多少? - 提车又给了三万五)."""
        if item.field == TERM and item.cue in self._tools.topics.weak and not self.is_active(TERM):
            return YEARS if self._waiting.asked_now(YEARS) else ""
        if item.field == NONE and item.cue == USED and self._waiting.asked_now(PRICE):
            return PRICE  # 收的二手,六万二
        if item.field in ONCE and item.cue in self._tools.topics.weak and not self.is_active(item.field):
            asked = self._waiting.asked_for(item.mention)
            if asked in ONCE and self._tools.amounts.is_paid(item.mention, text, item.cue):
                return asked
            if asked == PAYMENT and _middle(item.mention) < CHEAPEST:
                return asked  # 车贷还两千四
        if item.field != AMOUNT or item.cue not in self._tools.topics.weak or self.is_active(item.field):
            return ""
        at_work = bool(self._waiting.recent) and self._waiting.recent[0].startswith(AT_WORK)
        of_income = at_work and self._tools.amounts.is_kept(item.cue)
        return INCOME if of_income or self._waiting.asked_now(INCOME) else ""

    def _is_term(self, reply: Reply, mention: Mention) -> bool:
        """Whether a length of time belongs to the loan that the turn, or the question before it, is about."""
        if mention.attributes.get("unit") not in ("year", "half", "month"):
            return False
        said = any(name in reply.answers for name in ("loan.amount", "loan.down_payment"))
        of_loan = self._waiting.touches_now("loan.amount", PAYMENT)
        return said or (of_loan and not self._waiting.touches_now("employment.", "debt."))

    def beside(self, reply: Reply, mention: Mention, taken: Collection[str]) -> str:
        """A value that belongs to what was asked beside it: a price said with the car, the years with the firm."""
        high = mention.quantity.value or mention.quantity.high or 0 if mention.quantity is not None else 0
        if mention.kind == "money" and self._asks_debts:
            if self._tools.debt_sums.is_beside(reply.text, mention, ""):
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

    def left_over(self, reply: Reply, mention: Mention, *, corrected: bool) -> str:
        """For a value that nothing claims: the field that was just answered, or the one that it corrects."""
        waiting = self._waiting.asked_for(mention)
        if waiting == INCOME and self._tools.amounts.is_household(mention, reply.text):
            return ""
        if waiting:
            return waiting
        if mention.kind == "money" and "period" in mention.attributes and self._waiting.touches_now(*AT_WORK):
            return INCOME
        if not (corrected or self._waiting.follow_up):
            return ""
        last = next(
            (
                name
                for name in self._waiting.recent
                if self._waiting.takes(name, mention) and self._record.has_value(name)
            ),
            "",
        )
        if last == INCOME and self._tools.amounts.is_household(mention, reply.text):
            return ""
        return "" if last and not corrected and self._is_far_from_told(last, mention) else last

    def _is_far_from_told(self, name: str, mention: Mention) -> bool:
        """Whether a sum that answers nothing can hardly be the one told before: 人民币,取五百要跑银行."""
        told = self._record.latest(name) if mention.kind == "money" else None
        said = self._tools.values.read(name, mention, period=self._waiting.period(name)) if told is not None else None
        if told is None or said is None:
            return False
        if not (isinstance(told.value, int | float) and isinstance(said.value, int | float)):
            return False
        return not told.value * FAR <= said.value <= told.value / FAR
