"""Which fields an agent's turn asks for: by the trained model, and by the words that add to it or take from it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from typing import Any

from pipeline.dialogue.agent_names import CONTACT, NAME, WHOLE
from pipeline.dialogue.debts import HAS, PAYS
from pipeline.dialogue.question import Ask
from pipeline.dialogue.readouts import CAR, ECHOED, EMPLOYER, Readout
from pipeline.language.phrases import PhraseBook, Words
from pipeline.language.resources import table, word_list
from pipeline.language.sieve import sought
from pipeline.types import Mention

PERSONAL = frozenset(
    {"income.monthly", "identity.name", "employment.years", "employment.employer", "employment.position"}
)
DEBTS = frozenset({HAS, PAYS})
PAYMENT = "loan.monthly_payment"
ID, MOBILE = "identity.id_number", "identity.mobile"
AMOUNT, TERM, YEARS = "loan.amount", "loan.term_months", "employment.years"
PRICE, DEALER = "vehicle.price", "vehicle.dealer"
RESIDENCE, RESIDENCE_TYPE = "identity.residence", "identity.residence_type"
OF_THE_CAR = ("vehicle.", "loan.")
DOWN, INCOME = "loan.down_payment", "income.monthly"
OF_THE_DEAL = frozenset({PRICE, AMOUNT, TERM, DOWN, PAYMENT})
CONTACT_WORDS = ("联系", "联络")
SHORT, SHORT_ASK, SHOP, CAR_WORD = 16, 8, "店", "车"
POSITION = "employment.position"
AT_WORK = ("employment.", "income.")
YOU = ("您", "你")
# 您父亲还上班吗, 男朋友有收入吗: of whom his own numbers are not.
_PEOPLE = frozenset({"spouse", "parent", "child", "sibling", "relative", "friend"})


class AskedFields:
    """Reads the open questions of agents' turns, by the `content` of `configs/dialogue/questions.yaml`."""

    def __init__(self, content: Mapping[str, Any], own: Path | None = None) -> None:
        places = table("lexicon/places.yaml", own)
        self._places = frozenset(place for name in places for place in word_list(places[name]))
        self._price_alone = Words(word_list(content["price_alone"]))
        self._workplaces, self._homes = Words(word_list(content["workplaces"])), Words(word_list(content["homes"]))
        self._contact_words = Words(word_list(content["contact_words"]))
        self._own_name = Words(word_list(content["own_name"]))
        self._yearly = Words(word_list(content["yearly"]))
        self._of_the_car = Words(word_list(content["of_the_car"]))
        self._somebody_else = Words(word_list(content["somebody_else"]))
        self._what_he_does = word_list(content["what_he_does"])
        self._himself = Words(word_list(content["himself"]))
        self._firms = Words(word_list(content["firms"]))
        self._loan_words = Words(word_list(content["loan_words"]))
        self._at_work = Words(word_list(content["at_work"]))
        self._job_words = Words(word_list(content["job_words"]))
        self._buying = Words(word_list(content["buying"]))
        self._lengths: Mapping[str, int] = content["lengths"]
        patterns: Mapping[str, str] = content["patterns"]
        self._car_trades = re.compile(patterns["car_trades"])
        self._trade_shop = re.compile(patterns["trade_shop"])
        self._how_long = re.compile(patterns["how_long"])
        self._only_the_loan = re.compile(patterns["only_the_loan"])
        self._called_what = re.compile(patterns["called_what"])
        self._kinds_of_home = re.compile(patterns["kinds_of_home"])
        self._asks_number = re.compile(patterns["asks_number"])
        self._at_it = re.compile(patterns["at_it"])
        self._lived = re.compile(patterns["lived"])
        self._other_years = re.compile(patterns["other_years"])
        self._anothers_debts = re.compile(patterns["anothers_debts"])
        self._instead = {
            field: (
                Words(word_list(words["own"])),
                {name: Words(word_list(words[name])) for name in words if name != "own"},
            )
            for field, words in content["instead"].items()
        }
        self._plainly = PhraseBook(
            (word, field) for field, words in content["plainly"].items() for word in word_list(words)
        )
        self._form = re.compile(patterns["form"])
        self._a_month = re.compile(patterns["a_month"])
        self._other_instalments = re.compile(patterns["other_instalments"])
        self._asks_where = re.compile(patterns["asks_where"])
        self._beside, self._theirs = re.compile(patterns["beside"]), re.compile(patterns["theirs"])
        self._asks_how_much = re.compile(patterns["asks_how_much"])
        self._this_loan, self._paid = re.compile(patterns["this_loan"]), re.compile(patterns["paid"])
        self._not_asked = {
            field: (Words(word_list(words["own"])), Words(word_list(words["words"])))
            for field, words in content["not_asked"].items()
        }
        self._not_asked_so = [
            (word_list(entry["fields"]), re.compile(entry["so"]), re.compile(entry["own"]))
            for entry in content["not_asked_so"]
        ]
        self._shop, self._own_shop = Words(word_list(content["shop"])), Words(word_list(content["own_shop"]))
        self._your_shop = re.compile(patterns["your_shop"])
        self._users = Words(word_list(content["users"]))
        self._asked_so = [
            (field, re.compile(pattern), word_list(entry["but"]))
            for field, entries in content["asked_so"].items()
            for entry in (entries if isinstance(entries, list) else [entries])
            for pattern in entry["so"]
        ]
        self._touched_so = {field: re.compile(pattern) for field, pattern in content["touched_so"].items()}
        self._so = sought(tuple(pattern.pattern for _, pattern, _ in self._asked_so))

    def read(
        self,
        text: str,
        chances: Mapping[str, float],
        readouts: Sequence[Readout],
        recent: Sequence[str],
        settles: bool,
        other: bool,
    ) -> list[Ask]:
        """The fields that the turn asks for, and reads no value out for."""
        read_out = {readout.field for readout in readouts}
        works_at = [readout.mention.end for readout in readouts if readout.field == EMPLOYER]
        asked = {field for field, chance in chances.items() if chance >= WHOLE}
        if asked & set(CONTACT):
            asked |= set(CONTACT)
        if CAR[1] in asked:
            asked |= set(CAR)
        if asked <= {NAME} and recent[:1] == [EMPLOYER] and self._called_what.fullmatch(text):
            asked = {EMPLOYER}
        asked = self._shop_asked(text, asked, recent)
        if DEALER in asked:
            asked.discard(EMPLOYER)  # 在哪个店提的车
        if YEARS in read_out and not self._firms.stand_in(text):
            asked.discard(EMPLOYER)  # 表上写的工作五年
        if YEARS in read_out and not self._loan_words.stand_in(text):
            asked.discard(TERM)  # X公司,修井工,十年
        if YEARS in asked and self._is_of_other_years(text):
            asked.discard(YEARS)
        asked = self._instead_of(text, asked)
        if DEALER in read_out and not self._instead[CAR[1]][0].stand_in(text):
            asked -= set(CAR)  # 您的车是在恒信买的,对吗
        if EMPLOYER in asked and self._names_the_dealer(text, recent):
            asked = asked - {EMPLOYER} | {DEALER}
        asked -= {field for field in asked if self._is_not_asked(field, text)}
        if any(text.startswith(self._what_he_does, place) for place in works_at):
            asked = asked - {"loan.purpose"} | {POSITION}
        if set(CAR) & read_out and not self._homes.stand_in(text):
            asked.discard(RESIDENCE + "_type")  # 是贷款买的轩逸对吗
        if self._workplaces.stand_in(text) and not self._homes.stand_in(text):
            asked.discard(RESIDENCE)
        if EMPLOYER in asked and self._at_it.search(text) is not None:
            asked.discard(EMPLOYER)  # 在上班?
        if RESIDENCE_TYPE in asked and self._kinds_of_home.search(text) is not None:
            asked -= {EMPLOYER, RESIDENCE}  # 自己的、租的还是单位的?
        if "loan.purpose" in asked and CAR_WORD in text and not self._is_of_a_job(text):
            asked -= {POSITION, EMPLOYER}  # 车谁开,做什么?
        if HAS in asked and len(text) <= SHORT_ASK and self._how_long.match(text) and self._is_of_deal(recent):
            asked = asked - DEBTS | {TERM}  # 分期呢?
        if HAS in asked and self._only_the_loan.fullmatch(text) and not set(recent[:1]) & DEBTS:
            asked = asked - DEBTS | {AMOUNT}  # 贷款呢?
        if POSITION in asked and HAS in asked and not self._is_of_work(text):
            asked.discard(POSITION)  # 有没有银行贷款,店面贷款什么的
        if {NAME, CONTACT[0]} & read_out and not self._is_of_work(text):
            asked -= {POSITION, EMPLOYER}  # 您好,是聂雨婷吗
        plainly = {hit.label for hit in self._plainly.find(text)} | self._asked_in_so_many_words(text)
        of_car = self._of_the_car.stand_in(text)
        with_loan = bool({AMOUNT, TERM} & (asked | plainly))  # 贷多少,分几年,一个月还多少
        if PAYMENT in plainly and not of_car and not with_loan and set(recent[:1]) & DEBTS:
            plainly = plainly - {PAYMENT} | {PAYS}
        if HAS in plainly and PAYMENT in plainly | asked and not of_car and not with_loan:
            asked, plainly = asked - {PAYMENT} | {PAYS}, plainly - {PAYMENT}  # 有哪些贷款,每个月还多少
        if PAYS in plainly and not of_car:
            asked.discard(PAYMENT)
        if HAS in plainly and self._other_instalments.search(text) is not None:
            asked.discard(PAYMENT)  # 还有其他月供吗?
        if {PAYMENT, PAYS} & (asked | plainly) and self._theirs.search(text) is not None:
            asked, plainly = asked - {PAYMENT} | {PAYS}, plainly - {PAYMENT}
        if PAYMENT in plainly and HAS not in plainly and not self._names_other_loans(text):
            asked -= DEBTS  # 每个月要还多少,晓得不?
        if PAYMENT in asked and len(text) > SHORT and not self._asks_number.search(text):
            asked.discard(PAYMENT)  # 每月五号之前把月供存好
        if YEARS in asked and AMOUNT in asked and not self._is_at_work(text):
            asked = asked - {YEARS} | {TERM}  # 这次贷多少,多长时间
        if PAYS in asked - plainly and self._is_of_this_loan(text, recent):
            asked = asked - DEBTS | {PAYMENT}
        if YEARS in asked - plainly and recent and not recent[0].startswith(AT_WORK):
            asked = asked if self._at_work.stand_in(text) else asked - {YEARS}  # 手机用多久了 - 多长时间
        if PAYMENT in asked and {AMOUNT, TERM} & read_out:
            asked -= DEBTS
        if PAYS in asked and AMOUNT in asked and not self._names_other_loans(text):
            asked = asked - {PAYS} | {PAYMENT}  # 贷多少,分几年,一个月还多少
        if HAS in plainly and AMOUNT in asked - plainly and not self._asks_how_much.search(text):
            asked.discard(AMOUNT)  # 贷款方面,您填了有一笔房贷
        asked -= self.of_something_near(text)
        asked |= plainly - read_out
        if "loan.purpose" in plainly and CAR_WORD in text and not self._is_of_a_job(text):
            asked -= {POSITION, EMPLOYER}  # 车买回来是做什么的?
        if YEARS in asked and self._asks_where.search(text) is None:
            asked -= {EMPLOYER, POSITION}  # 在现在单位工作了多长时间?
        asked |= set(CAR) if CAR[1] in plainly else set()
        if not read_out and asked <= {PRICE} and self._is_of_paid(text, recent):
            asked = {DOWN}
        if recent and not read_out and self._a_month.fullmatch(text) is not None:
            asked = self._of_the_month(asked, recent[0])
        if self._anothers_debts.search(text) and not self._himself.stand_in(text):
            asked -= DEBTS
        if other:
            asked -= PERSONAL
        alone = self._price_alone.stand_in(text)
        near = [f for f, pattern in self._touched_so.items() if f not in asked | read_out and pattern.search(text)]
        return [
            Ask(
                field,
                True,
                settles or (alone and field == PRICE),
                self.period(text),
                self._length(text) if field in (ID, MOBILE) else 0,
            )
            for field in (*(each for each in chances if each in asked), *sorted(asked - chances.keys()))
            if field not in read_out
        ] + [Ask(field, strong=False) for field in near]

    def of_contact(self, text: str, asks: list[Ask], readouts: Sequence[Readout], recent: Sequence[str]) -> list[Ask]:
        """那她怎么称呼, 全名呢 ask for the contact's name where he is spoken of, and not for the applicant's."""
        if not any(ask.field == NAME for ask in asks):
            return asks
        named = {*(ask.field for ask in asks), *(readout.field for readout in readouts)}
        another = bool(set(recent[:1]) & set(CONTACT)) or self._somebody_else.stand_in(text)
        if (not named & set(CONTACT) and not another) or self._own_name.stand_in(text):
            return asks
        left = [ask for ask in asks if ask.field != NAME]
        return left if CONTACT[0] in named else [*left, Ask(CONTACT[0])]

    def may_be_of_contact(self, text: str, mentions: Sequence[Mention], recent: Sequence[str]) -> bool:
        """Whether a turn may ask for the contact: who is called by his name, with a word of contacts, or spoken of; not
        where it names who uses the car (使用人这栏写的是姐姐?)."""
        if self._users.stand_in(text) and not any(word in text for word in CONTACT_WORDS):
            return False
        named = any(mention.kind == "name" for mention in mentions)
        return named or bool(set(recent[:ECHOED]) & set(CONTACT)) or self._contact_words.stand_in(text)

    def period(self, text: str) -> str:
        """`year` where a sum of the year is asked for; "" for the usual one."""
        yearly = "年" in text and self._yearly.stand_in(text)
        return "year" if yearly and "月" not in text else ""

    def is_about_another(self, text: str, mentions: Sequence[Mention]) -> bool:
        """Whether somebody of the customer's is asked about, and he himself is not named beside."""
        if self._himself.stand_in(text):
            return False
        who = [m for m in mentions if m.kind == "relation" and m.value in _PEOPLE and "negated" not in m.attributes]
        return any(
            m.text[:1] in "您你" or text[m.start - 1 : m.start] in ("", "您", "你", ",", "。", "的", "家", "那")
            for m in who
        )

    def without_beside(self, text: str) -> str:
        """A turn without what it only names as taken off, or as known: 除去房租一个月能剩多少; 除了这笔还有贷款吗."""
        return self._beside.sub(" ", text)

    def names_him(self, text: str) -> bool:
        """Whether a sentence of the agent's names the customer and nobody else: 您一个月挣多少?"""
        return any(you in text for you in YOU) and not self._somebody_else.stand_in(text)

    @staticmethod
    def _of_the_month(asked: set[str], last: str) -> set[str]:
        """What 一个月多少? asks for, by what was spoken of last."""
        if last.startswith(AT_WORK):
            return asked - {PAYMENT, *DEBTS} | {INCOME}
        return asked - {PAYMENT, INCOME} | {PAYS} if last in DEBTS else asked

    def _names_the_dealer(self, text: str, recent: Sequence[str]) -> bool:
        """Whether the shop whose name is asked for is where the car is bought: 店名叫什么."""
        of_car = not recent or recent[0].startswith(OF_THE_CAR)
        return of_car and not self._is_own_shop(text) and self._shop.stand_in(text)

    def _is_not_asked(self, field: str, text: str) -> bool:
        """Whether the words of a turn ask about something near to a field and not for it (月供由谁承担)."""
        if field not in self._not_asked:
            return False
        own, words = self._not_asked[field]
        return words.stand_in(text) and not own.stand_in(text)

    def of_something_near(self, text: str) -> set[str]:
        """The fields that the words of a turn look like and do not ask for: the amount, in 贷了几年."""
        found = (fields for fields, so, own in self._not_asked_so if so.search(text) and not own.search(text))
        return {field for fields in found for field in fields}

    def _shop_asked(self, text: str, asked: set[str], recent: Sequence[str]) -> set[str]:
        """The fields asked for, a shop that nothing else tells of being of what was spoken of last: 店名叫什么, after
        the car, and 是哪家奶茶店, after the work.
        """
        last = recent[0].partition(".")[0] if recent else ""
        own = self._is_own_shop(text)
        if last == "vehicle" and EMPLOYER in asked and SHOP in text and not own and not self._is_of_work(text):
            return asked - {EMPLOYER} | {DEALER}
        if last == "vehicle" and not asked and len(text) <= SHORT_ASK and not own and self._shop.stand_in(text):
            return {DEALER}  # 店名呢
        elsewhere = last == "employment" or own
        rest = self._car_trades.sub("", text)  # 洗车店叫啥名字
        if elsewhere and DEALER in asked and not self._buying.stand_in(rest):
            return asked - {DEALER} | {EMPLOYER}
        return asked

    def _is_own_shop(self, text: str) -> bool:
        """Whether a shop is the one that the customer runs, or works at: 您那店叫什么, 是哪家奶茶店."""
        if self._own_shop.stand_in(text) or self._your_shop.search(text) is not None:
            return True
        return self._trade_shop.search(text) is not None

    def _is_of_a_job(self, text: str) -> bool:
        return self._job_words.stand_in(text)

    @staticmethod
    def _is_of_deal(recent: Sequence[str]) -> bool:
        """Whether the car or its loan was spoken of last."""
        return bool(recent) and recent[0].startswith(("loan.", "vehicle."))

    def _is_of_work(self, text: str) -> bool:
        return any(word in text for word in self._at_work if word != SHOP)

    def _is_at_work(self, text: str) -> bool:
        return self._at_work.stand_in(text)

    def _is_of_other_years(self, text: str) -> bool:
        """Whether a length of time is asked for that is none of work: 来昆山多久了, 住多长时间了, 驾照拿几年了."""
        if any(found["place"] in self._places for found in self._lived.finditer(text)):
            return True
        return self._other_years.search(text) is not None and not self._is_at_work(text)

    def _asked_in_so_many_words(self, text: str) -> set[str]:
        """The fields that a common way to ask for them stands for."""
        found = [
            (field, but)
            for field, pattern, but in map(self._asked_so.__getitem__, self._so.possible(text))
            if pattern.search(text)
        ]
        if not found:
            return set()
        rest = self.without_beside(self._form.sub("", text))  # 申请表上 names no application
        return {field for field, but in found if not any(word in rest for word in but)}

    def _instead_of(self, text: str, asked: Set[str]) -> set[str]:
        """The fields asked for, where the words of the turn name another one (the instalment of a home loan)."""
        found = set(asked)
        for field, (own, others) in self._instead.items():
            if field in found and not own.stand_in(text):
                named = {other for other, words in others.items() if words.stand_in(text)}
                found = found - {field} | named if named else found
        return found

    def _is_of_this_loan(self, text: str, recent: Sequence[str]) -> bool:
        """Whether an instalment is that of the loan applied for: 咱们这笔贷款,每个月要还多少."""
        if set(recent[:1]) & DEBTS or self._names_other_loans(text):
            return False
        return self._this_loan.search(text) is not None

    def _is_of_paid(self, text: str, recent: Sequence[str]) -> bool:
        """Whether 您先付出去的呢 asks what he has paid himself: where the deal was spoken of last."""
        return bool(set(recent[:1]) & OF_THE_DEAL) and self._paid.fullmatch(text) is not None

    def _names_other_loans(self, text: str) -> bool:
        """Whether a turn names loans beside the one applied for."""
        return self._instead[PAYS][0].stand_in(text)

    def _length(self, text: str) -> int:
        return next((length for word, length in self._lengths.items() if word in text), 0)
