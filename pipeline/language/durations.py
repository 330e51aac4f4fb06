"""Lengths of time in months: 三年, 三十六期, 三六期, 三年半, 半年, 快五年, 一年零三个月."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.language.approximations import Amount
from pipeline.language.phrases import PhraseBook
from pipeline.language.resources import table, word_list
from pipeline.language.sections import DIGITS
from pipeline.types import Mention, Quantity

SHORT_ANSWER = 8
AROUND = "嗯啊呃吧呢的是就,。!? 分"
USUAL_YEARS = 10
YEAR_DIGITS = frozenset("零〇一二三四五六七八九0123456789")
# What an amount may be paid for, and how far behind it the amount may begin.
RATES = {"一年": 10, "一个月": 10, "一月": 10, "1年": 10, "1个月": 10, "半年": 4, "一期": 10}
RATE_AFTER = 4
YEARS_AT_MOST = 60
CENTURY = "20"
# What may stand before a year in which something happened: the head of a clause, who did it.
OPENS_A_YEAR = frozenset(" ,。!?;、…我俺咱从在到打是")
MONTHS_AT_MOST = 480
WHICH = "哪"
AND = ("", "零", "又", "加", "外加", "带")
SHARE = 0.1
# 三年一个月两千 is three years, and two thousand a month.
_COUNTED = re.compile("(?:大概|差不多|才|就|也就|只|要|得|还|不到)?[一二三四五六七八九十两几千0-9]")
_FIGURES = re.compile("(?<![零〇一二三四五六七八九十百千万两几0-9])[一二三四五六七八][零〇一二三四五六七八九]期")


class DurationReader:
    """Finds lengths of time by `configs/language/durations.yaml`."""

    def __init__(self, own: Path | None = None) -> None:
        content: Mapping[str, Any] = table("language/durations.yaml", own)
        self._units = tuple((str(word), float(months), str(unit)) for word, months, unit in content["units"])
        self._idioms: Mapping[str, Sequence[float]] = content["idioms"]
        self._idiom_book = PhraseBook((idiom, idiom) for idiom in self._idioms)
        self._not_before_idiom = word_list(content["idiom_not_after"])
        self._usual = frozenset(int(months) for months in content["usual_months"])
        self._not_after_year = word_list(content["not_after_year"])
        self._some_not_after = frozenset(word_list(content["some_not_after"]))
        self._first_years = re.compile(content["first_years"])
        self._ordinal = word_list(content["ordinal"])
        self._happened = re.compile(content["happened"])

    def read(self, text: str, amounts: Sequence[Amount]) -> list[Mention]:
        """Duration mentions of a folded text; `unit` is what was said (year, month, instalment, half)."""
        mentions = [*self._said_as_they_stand(text), *self._figure_by_figure(text)]
        covered = {index for mention in mentions for index in range(mention.start, mention.end)}
        for amount in amounts:
            mention = None if amount.number.start in covered else self._duration(text, amount)
            if mention is not None and covered.isdisjoint(range(mention.start, mention.end)):
                mentions.append(mention)
        if not mentions and len(amounts) == 1 and len(text) <= SHORT_ANSWER:
            mentions = self._bare(text, amounts[0])
        return _ranges(text, _joined(text, sorted(mentions, key=lambda mention: mention.start)))

    def _said_as_they_stand(self, text: str) -> list[Mention]:
        mentions = []
        for hit in self._idiom_book.find(text):
            if text[hit.start - 1 : hit.start] in self._not_before_idiom and not hit.phrase.startswith("一"):
                continue
            low, high = self._idioms[hit.phrase]
            mentions.append(
                _mention(text, hit.start, hit.end, Quantity((low + high) / 2, low, high, hedged=True), "half")
            )
        return mentions

    def _figure_by_figure(self, text: str) -> list[Mention]:
        """三六期, 六零期: two figures that make a usual term."""
        mentions = []
        for found in _FIGURES.finditer(text):
            months = DIGITS[found[0][0]] * 10 + DIGITS[found[0][1]]
            if months in self._usual and months > min(self._usual):
                mentions.append(_mention(text, found.start(), found.end(), Quantity(months), "instalment"))
        return mentions

    def _bare(self, text: str, amount: Amount) -> list[Mention]:
        """An answer of a number alone: 三十六 are months, 三 years; it only counts where a term is asked."""
        value = amount.number.low
        if value != amount.number.high or text[: amount.start].strip(AROUND) or text[amount.end :].strip(AROUND):
            return []
        if value in self._usual or value in range(1, USUAL_YEARS + 1):
            quantity = amount.quantity(1 if value in self._usual else 12)
            return [_mention(text, amount.start, amount.end, quantity, "bare")]
        return []

    def _happened_in_it(self, text: str, amount: Amount) -> bool:
        """Whether two figures at the head of a clause are the year in which something ended: 19年就出来了."""
        start, end = amount.number.start, amount.number.end
        said = text[start:end]
        of_calendar = said.isascii() and said.isdigit() and len(said) == len(CENTURY) and start == amount.start
        opens = text[start - 1 : start] in OPENS_A_YEAR or start == 0
        return of_calendar and opens and text.startswith("年", end) and self._happened.match(text, end + 1) is not None

    def _duration(self, text: str, amount: Amount) -> Mention | None:
        number = amount.number
        position = number.end
        if _is_year_of_calendar(text, amount) or self._happened_in_it(text, amount):
            return None
        if text[number.start - 1 : number.start] == WHICH:
            return None  # 哪一年去的
        if text[number.start] == "几" and text[number.start - 1 : number.start] in self._some_not_after:
            return None
        half = text.startswith("个半", position)
        if half:
            position += 1
            word, months, unit = ("半月", 1.0, "month") if text.startswith("半月", position) else ("", 0.0, "")
        else:
            word, months, unit = next((entry for entry in self._units if text.startswith(entry[0], position)), NO_UNIT)
        if not word or (word == "月" and not _is_month_count(text, amount)):
            return None
        if unit != "year" and text[number.start - 1 : number.start] in self._ordinal:
            return None
        end = position + len(word)
        if unit == "year" and text.startswith(self._not_after_year, end):
            return None
        if unit == "year" and self._first_years.search(text[max(0, number.start - 2) : number.start]):
            return None  # 前两年还是技术员
        quantity, end = _with_rest(text, end, _of(amount, months, word), months, half=half)
        top = quantity.high or quantity.value or 0
        if not 0 < top <= (YEARS_AT_MOST * 12 if unit == "year" else MONTHS_AT_MOST):
            return None
        start, end = min(amount.start, number.start), max(end, amount.end)
        return _mention(text, start, end, quantity, "half" if text[number.start] == "半" else unit)


NO_UNIT = ("", 0.0, "")


def _ranges(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """九年十年: two years that follow each other are one length of time that may be either."""
    found: list[Mention] = []
    for mention in mentions:
        last = found[-1] if found else None
        if last is not None and last.end == mention.start and _is_next_year(last, mention):
            low, high = _months(last), _months(mention)
            found[-1] = _mention(
                text, last.start, mention.end, Quantity((low + high) / 2, low, high, hedged=True), "year"
            )
        else:
            found.append(mention)
    return found


def _is_next_year(first: Mention, second: Mention) -> bool:
    years = first.attributes.get("unit") == second.attributes.get("unit") == "year"
    return years and _months(second) == _months(first) + 12


def _months(mention: Mention) -> float:
    value = mention.quantity.value if mention.quantity is not None else None
    return value or 0.0


def without_rates(durations: Sequence[Mention], money: Sequence[Mention]) -> list[Mention]:
    """Leaves out the 一个月 of 一个月八千: what an amount is paid for is no length of time."""
    starts, ends = {mention.start for mention in money}, {mention.end for mention in money}
    return [
        mention
        for mention in durations
        if mention.text not in RATES
        or (
            starts.isdisjoint(range(mention.end, mention.end + RATES[mention.text]))
            and ends.isdisjoint(range(mention.start - RATE_AFTER, mention.start + 1))
        )
    ]


def _of(amount: Amount, months: float, word: str) -> Quantity:
    """The amount in months; 个多月 and 个来月 make it a range."""
    quantity = amount.quantity(months)
    if word == "个多月" and quantity.value is not None:
        return Quantity(quantity.value + months / 2, quantity.value, quantity.value + months, hedged=True)
    if word == "个来月" and quantity.value is not None:
        return Quantity(quantity.value, quantity.value * (1 - SHARE), quantity.value * (1 + SHARE), hedged=True)
    return quantity


def _with_rest(text: str, end: int, quantity: Quantity, months: float, *, half: bool) -> tuple[Quantity, int]:
    """Adds the 半 of 三年半, or takes the 多 of 三年多 as up to one unit more."""
    if half:
        return _plus(quantity, months / 2), end
    if text.startswith("半", end) and not text.startswith(("半个", "半年", "半夜", "半路"), end):
        return _plus(quantity, months / 2), end + 1
    if text.startswith(("多", "余"), end) and not text.startswith(("多少", "多久", "多大"), end):
        low = quantity.low or quantity.value or 0
        width = min(months, low)
        return Quantity(low + width / 2, low, low + width, hedged=True), end + 1
    return quantity, end


def _joined(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """三年零两个月 is 38: a number of years and the months said right after it."""
    joined: list[Mention] = []
    for mention in mentions:
        previous = joined[-1] if joined else None
        if (
            previous is not None
            and previous.attributes["unit"] == "year"
            and mention.attributes["unit"] == "month"
            and text[previous.end : mention.start] in AND
            and not (previous.end == mention.start and mention.text in RATES and _COUNTED.match(text, mention.end))
            and previous.quantity is not None
            and mention.quantity is not None
            and (mention.quantity.high or mention.quantity.value or 12) < 12
            and not previous.quantity.hedged
        ):
            quantity = _plus(mention.quantity, previous.quantity.value or 0)
            joined[-1] = _mention(text, previous.start, mention.end, quantity, "year")
        else:
            joined.append(mention)
    return joined


def _mention(text: str, start: int, end: int, quantity: Quantity, unit: str) -> Mention:
    return Mention("duration", start, end, text[start:end], quantity, None, {"unit": unit})


def _plus(quantity: Quantity, months: float) -> Quantity:
    def more(bound: float | None) -> float | None:
        return None if bound is None else bound + months

    return Quantity(more(quantity.value), more(quantity.low), more(quantity.high), quantity.hedged)


def _is_year_of_calendar(text: str, amount: Amount) -> bool:
    """零九年, 二零一八年, 一八年, 2018年, 08年, 19年: years, no lengths."""
    number = amount.number
    if not text.startswith("年", number.end):
        return False
    said = text[number.start : number.end]
    before = text[number.start - 1 : number.start]
    after_tail = number.start > 1 and text[number.start - 2] in "万千百"
    if said[:1] in ("零", "〇", "0") or (before in YEAR_DIGITS and not after_tail):
        return True
    if said.isascii() and said.isdigit():
        return number.low > YEARS_AT_MOST
    is_length = said == "三五" or said in _SPANS or "十" in said or "两" in said
    return number.plain and len(said) == 2 and not is_length


def _is_month_count(text: str, amount: Amount) -> bool:
    """三月 is March; 三十六月, 俩月 and 仨月 can only be a count."""
    return amount.number.low > 12 or text[amount.number.end - 1] in "俩仨"


_SPANS = frozenset(first + second for first, second in zip("三四五六七八", "四五六七八九", strict=True))
