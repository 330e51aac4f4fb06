"""Amounts of money in CNY, with the period, tax, basis and owner that the words around them give."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.language.approximations import Amount
from pipeline.language.owners import OwnerReader
from pipeline.language.phrases import Hit, PhraseBook
from pipeline.language.resources import labelled, table, word_list
from pipeline.language.script import CLAUSE_END, SENTENCE_END
from pipeline.language.sections import DIGITS
from pipeline.types import Mention, Quantity

BEFORE, AFTER = 14, 10
# 一年到头,摊位费电费扣掉,落袋十五万
BEFORE_OF_YEAR = 20
BEFORE_NEXT = 1
PAID_FOR = frozenset({"month", "year", "half_year", "quarter", "season", "day", "week"})
PIECE = "piece"
BY_COUNT = frozenset({"day", "week", PIECE})
DAYS, EVERY_DAY, NO_WAGE_OF_A_DAY = frozenset({"day", "week"}), "天天", 3000
BREAKS = CLAUSE_END | {" "}
UNDERSTOOD = 10_000
# 早一年问我, 过一个月再说: when, not for how long.
ANOTHER_TIME = frozenset("早晚隔")
MOST_UNDERSTOOD = 200
MOST_REPEATED = 6
TAILED = 3
# 四万五转给我 is no count of turns.
TURNS, HANDED = "转", ("给", "过", "了", "账", "让", "到", "卖", "手")
# 不是,那是指导价,我买下来十一万五: what was said before is that.
IT_WAS = re.compile(r"(?:那|这|它|你说的)(?:个|一?个|才|就|都|只|不过|还)*是(?:人家|店里|厂家|他们|官方|网上)?的?$")
SAID_WITHIN = 10
SHORT_BY = 0.2
LEAST_A_YEAR = 20_000
HALF_COUNTED = frozenset("月小钟年天多")
PARTICLES = frozenset("吧呢啊嘛了的呀哈么左上这不多出以还就w达贷首然剩另裸落分,。!?、 ")


# 早八百年就还清了
_YEARS = re.compile("年(?![底终薪前初])")
# 三块七毛, 两千块八毛五, 两千二百一十五块五.
_CHANGE = re.compile(
    r"(?P<tens>[零〇一二两三四五六七八九0-9])"
    r"(?:[毛角]钱?(?:(?P<ones>[零一二两三四五六七八九0-9])分?)?|(?=$|[,。!?、 吧呢啊嘛的]))"
)


class MoneyReader:
    """Which of a text's amounts are money, and of what kind."""

    def __init__(self, own: Path | None = None) -> None:
        words: Mapping[str, Any] = table("language/money.yaml", own)
        self._units = PhraseBook((unit, "unit") for unit in word_list(words["units"]))
        self._other_units = PhraseBook((unit, "") for unit in word_list(words["other_units"]))
        self._figure_units = PhraseBook((unit, "") for unit in word_list(words["figure_units"]))
        self._owners = OwnerReader(words, own)
        self._not_counted = PhraseBook((word, "") for word in word_list(words["not_counted"]))
        self._shorthand = PhraseBook((word, "") for word in word_list(words["shorthand_after"]))
        self._says_of_it = re.compile(words["says_of_it"])
        self._nothing = PhraseBook((word, "") for word in word_list(words["nothing"]))
        self._nothing_so = [(re.compile(words["nothing_down"]), "down"), (re.compile(words["nothing_paid"]), "")]
        self._short, self._mean = frozenset(word_list(words["short_of"])), word_list(words["mean"])
        self._qualifiers = {
            name: PhraseBook(labelled(words[source]), sound=name != "period")
            for name, source in (("period", "periods"), ("tax", "tax"), ("basis", "basis"))
        }

    def read(self, text: str, amounts: Sequence[Amount], taken: Collection[int]) -> list[Mention]:
        """Money mentions of a folded text; amounts that touch a `taken` position are something else."""
        mentions = [
            Mention("money", hit.start, hit.start + 1, text[hit.start], Quantity(0), None, {"unit": "nothing"})
            for hit in self._nothing.find(text)
        ]
        mentions.extend(self._paid_nothing(text))
        if not amounts:
            return mentions
        hits = {name: book.find(text) for name, book in self._qualifiers.items()}
        hits["period"] = [hit for hit in hits["period"] if text[hit.start - 1 : hit.start] not in ANOTHER_TIME]
        hits["basis"] = [hit for hit in hits["basis"] if not _is_of_what_was_said(text, hit)]
        owners = self._owners.find(text)
        floor = 0
        for index, amount in enumerate(amounts):
            if amount.number.start in taken or amount.number.start < floor:
                continue
            unit, quantity, end = self._unit(text, amount)
            if not unit:
                continue
            following = amounts[index + 1 : index + 4]
            ceiling = next((later.start for later in following if _is_large(later)), end + 2 * AFTER)
            attributes = {"unit": unit}
            for name, found in hits.items():
                label = _nearest(text, found, amount.start, end, floor, ceiling, low=quantity.value or amount.low)
                if label == PIECE:
                    attributes["per"] = label
                elif label:
                    attributes[name] = label
            if attributes.get("period") == "year" and self._is_mean(text[floor : amount.start], quantity):
                attributes["period"] = "month"
            owner = self._owners.of(text, owners, amount.start)
            if owner:
                attributes["owner"] = owner
            mention = Mention("money", amount.start, end, text[amount.start : end], quantity, None, attributes)
            short_of = self._short_of(text, mentions[-1], mention) if mentions else None
            mentions[len(mentions) - (short_of is not None) :] = [short_of or mention]
            floor = self._with_its_word(text, end, hits)
        return mentions

    def _paid_nothing(self, text: str) -> list[Mention]:
        """没有首付 and 一分没付 as an amount of 0."""
        return [
            Mention("money", *found.span("it"), found["it"], Quantity(0), None, {"unit": "nothing", "about": about})
            for pattern, about in self._nothing_so
            for found in pattern.finditer(text)
        ]

    def _short_of(self, text: str, whole: Mention, lacking: Mention) -> Mention | None:
        """三万差两百 as the 29,800 that it is; None where two sums are no such thing."""
        most, less = (each.quantity.value if each.quantity else None for each in (whole, lacking))
        if text[whole.end : lacking.start] not in self._short or not most or not less or less > SHORT_BY * most:
            return None
        quantity = Quantity(most - less)
        return replace(whole, end=lacking.end, text=text[whole.start : lacking.end], quantity=quantity)

    def _is_mean(self, before: str, quantity: Quantity) -> bool:
        """Whether a sum is what a month of the year comes to (全年平均下来八千), too little for a year's."""
        least = quantity.value or quantity.high or LEAST_A_YEAR
        return least < LEAST_A_YEAR and any(word in before for word in self._mean)

    def _with_its_word(self, text: str, end: int, hits: Mapping[str, Sequence[Hit]]) -> int:
        """Where an amount that ends at `end` stops with the word that is said of it: 九万八是标价,八万九千九买的."""
        match = self._says_of_it.match(text, end)
        if match is None:
            return end
        words = (hit for found in hits.values() for hit in found)
        own = (hit.end for hit in words if match.start("is") <= hit.start <= match.end())
        return next(own, end)

    def is_shorthand(self, text: str, start: int, end: int) -> bool:
        """Whether 三个五 at `start` is 35,000, as in 首付三个五, and not the digits 555."""
        return (
            end - start == TAILED and text[start + 1] == "个" and self._shorthand.match_before(text, start) is not None
        )

    def _unit(self, text: str, amount: Amount) -> tuple[str, Quantity, int]:
        """How the amount is shown to be money ("" where it is not), how much it is, and where it ends."""
        number, quantity = amount.number, amount.quantity()
        none = ("", quantity, number.end)
        hit = self._units.match(text, number.end)
        if hit is not None and not text.startswith(("块地", "块儿"), number.end):
            change = _CHANGE.match(text, hit.end) if hit.phrase in ("块", "元", "块钱") else None
            if change is not None and quantity.value is not None and not quantity.hedged:
                return "said", Quantity(round(quantity.value + _worth(change), 2)), change.end()
            return "said", quantity, max(hit.end, amount.end)
        small = number.plain or number.scale <= 10
        if text[number.end : number.end + 1] == "个":
            return self._understood(text, amount) or none if small else none
        other = self._other_units.match(text, number.end)
        if (other is not None and not (other.phrase == TURNS and text.startswith(HANDED, other.end))) or _YEARS.match(
            text, number.end
        ):
            return none
        if small and self._figure_units.match(text, number.end) is not None:
            return none
        if not small:
            return "bare", quantity, amount.end
        enough = number.low >= 100 or (number.low > 0 and _alone(text, amount))
        return ("figures", quantity, amount.end) if enough or (number.low % 1 and number.low < 100) else none

    def _understood(self, text: str, amount: Amount) -> tuple[str, Quantity, int] | None:
        """十五个, 十二个半, 九个八: the 万 is left out; None where something else is counted."""
        number = amount.number
        end = number.end + 1
        if number.low == number.high == 1 or number.high >= MOST_UNDERSTOOD:
            return None
        tail, rest = text[end : end + 1], text[end + 1 : end + 2]
        closed = not rest or rest in PARTICLES
        exact = number.low == number.high
        if exact and tail == "半" and rest not in HALF_COUNTED:
            return "understood", Quantity((number.low + 0.5) * UNDERSTOOD), end + 1
        if exact and tail == "多" and closed:
            low, high = number.low * UNDERSTOOD, (number.low + 1) * UNDERSTOOD
            return "understood", Quantity((low + high) / 2, low, high, hedged=True), end + 1
        if exact and (tail in DIGITS or tail.isdecimal()) and closed and self._is_tail(text, amount):
            worth = DIGITS[tail] if tail in DIGITS else int(tail)
            return "understood", Quantity(number.low * UNDERSTOOD + worth * UNDERSTOOD / 10), end + 1
        if self._not_counted.match(text, end) is not None:
            return None
        if tail and tail not in PARTICLES:
            return None
        return "understood", amount.quantity(UNDERSTOOD), max(end, amount.end)

    def _is_tail(self, text: str, amount: Amount) -> bool:
        """Whether 九个八 is 98,000: 三个八 is so only after a word for money, else it is the digits 888."""
        return amount.number.low > MOST_REPEATED or self._shorthand.match_before(text, amount.number.start) is not None


def _worth(change: re.Match[str]) -> float:
    """What is said behind the 块 of a sum, as a part of it."""
    tens, ones = (DIGITS.get(each or "", 0) if not (each or "").isdecimal() else int(each) for each in change.groups())
    return tens / 10 + ones / 100


def _is_of_what_was_said(text: str, hit: Hit) -> bool:
    """Whether a kind of price is only said of the sum before: 那是指导价,我买下来十一万五."""
    if text[hit.end : hit.end + 1] not in CLAUSE_END or hit.end >= len(text):
        return False
    return IT_WAS.search(text, max(0, hit.start - SAID_WITHIN), hit.start) is not None


def _is_counted(between: str) -> bool:
    """Whether a number and a pause stand between: 一天七八百件,我落九千 is no day's wage."""
    head = between.rstrip("".join(BREAKS))
    place = min((at for at in map(head.find, BREAKS) if at >= 0), default=-1)
    return place > 0 and any(each in DIGITS or each.isdigit() for each in head[:place])


def _is_large(amount: Amount) -> bool:
    return not amount.number.plain or amount.number.low >= 100


def _alone(text: str, amount: Amount) -> bool:
    return not (text[: amount.start] + text[amount.end :]).strip("嗯呃啊吧是就,。 ")


def _counts_something_else(text: str, hit: Hit, start: int, low: float) -> bool:
    """Whether a word for a day or a piece is no measure of the sum of `low` or more that begins at `start`:
    一单一单攒出来的,八千五; 天天打电话找客户,工资八千.
    """
    if text.endswith(hit.phrase, 0, hit.start):
        return True
    apart = not BREAKS.isdisjoint(text[hit.end : start])
    return apart and hit.label in DAYS and (hit.phrase == EVERY_DAY or low >= NO_WAGE_OF_A_DAY)


def _nearest(text: str, hits: Sequence[Hit], start: int, end: int, floor: int, ceiling: int, *, low: float) -> str:
    """The label of the qualifier closest before the amount, else closest after it, within its own stretch of speech."""
    place = bisect_left(hits, end, key=lambda hit: hit.start)
    before = hits[place - 1] if place else None
    if (
        before is not None
        and max(floor, start - (BEFORE_OF_YEAR if before.label == "year" else BEFORE)) <= before.start
        and before.end <= start + 1
        and not SENTENCE_END.intersection(text[before.end : start])
        and not (
            before.label in BY_COUNT
            and (_is_counted(text[before.end : start]) or _counts_something_else(text, before, start, low))
        )
    ):
        return before.label
    after = hits[place] if place < len(hits) else None
    if after is not None and ceiling - after.end <= BEFORE_NEXT and (after.start > end or after.label not in PAID_FOR):
        return ""
    if after is None or after.start > min(ceiling, end + AFTER) or after.end > ceiling + 4:
        return ""
    return "" if CLAUSE_END.intersection(text[end : after.start]) else after.label
