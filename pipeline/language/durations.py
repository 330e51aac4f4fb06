"""Lengths of time in months: 三年, 三十六期, 三年半, 半年, 快五年, 一个半月."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.language.approximations import Amount
from pipeline.types import Mention, Quantity

UNITS = (
    ("年", 12.0, "year"),
    ("个月", 1.0, "month"),
    ("个多月", 1.0, "month"),
    ("期", 1.0, "instalment"),
    ("个季度", 3.0, "quarter"),
    ("月", 1.0, "month"),
    ("个年头", 12.0, "year"),
)
HALVES = (("大半年", 6, 12), ("小半年", 4, 6), ("半年", 6, 6), ("半个月", 0.5, 0.5))
# 零九年 is a date, 一年级 a class, 三年前 still a length
NOT_AFTER_YEAR = ("级", "代", "份", "的时候", "款", "轻")
SHORT_ANSWER = 8
AROUND = "嗯啊呃吧呢的是就,。!? 分"
USUAL_MONTHS = frozenset({12, 18, 24, 30, 36, 42, 48, 54, 60, 72, 84})
USUAL_YEARS = 10
YEAR_DIGITS = frozenset("零〇一二三四五六七八九0123456789")
RATES = ("一年", "一个月", "一月", "1年", "1个月")
RATE_BEFORE, RATE_AFTER = 10, 4
YEARS_AT_MOST = 60
MONTHS_AT_MOST = 480


def read_durations(text: str, amounts: Sequence[Amount]) -> list[Mention]:
    """Duration mentions of a folded text; `unit` is what was said (year, month, instalment, half)."""
    mentions = [mention for amount in amounts if (mention := _duration(text, amount)) is not None]
    if not mentions and len(amounts) == 1 and len(text) <= SHORT_ANSWER:
        mentions = _bare(text, amounts[0])
    covered = {index for mention in mentions for index in range(mention.start, mention.end)}
    for word, low, high in HALVES:
        start = text.find(word)
        while start >= 0:
            if start not in covered and text[start - 1 : start] not in ("上", "下", "前", "后"):
                mentions.append(_half(text, start, word, low, high))
                covered.update(range(start, start + len(word)))
            start = text.find(word, start + 1)
    return sorted(mentions, key=lambda mention: mention.start)


def without_rates(durations: Sequence[Mention], money: Sequence[Mention]) -> list[Mention]:
    """Leaves out the 一个月 of 一个月八千: what an amount is paid for is no length of time."""
    starts, ends = {mention.start for mention in money}, {mention.end for mention in money}
    return [
        mention
        for mention in durations
        if mention.text not in RATES
        or (
            starts.isdisjoint(range(mention.end, mention.end + RATE_BEFORE))
            and ends.isdisjoint(range(mention.start - RATE_AFTER, mention.start + 1))
        )
    ]


def _bare(text: str, amount: Amount) -> list[Mention]:
    """An answer of a number alone: 三十六 are months, 三 years; it only counts where a term is asked."""
    value = amount.number.low
    if value != amount.number.high or text[: amount.start].strip(AROUND) or text[amount.end :].strip(AROUND):
        return []
    if value in USUAL_MONTHS or value in range(1, USUAL_YEARS + 1):
        quantity = amount.quantity(1 if value in USUAL_MONTHS else 12)
        words = text[amount.start : amount.end]
        return [Mention("duration", amount.start, amount.end, words, quantity, None, {"unit": "bare"})]
    return []


def _half(text: str, start: int, word: str, low: float, high: float) -> Mention:
    quantity = Quantity(low) if low == high else Quantity((low + high) / 2, low, high, hedged=True)
    return Mention(
        "duration", start, start + len(word), text[start : start + len(word)], quantity, None, {"unit": "half"}
    )


def _duration(text: str, amount: Amount) -> Mention | None:
    number = amount.number
    position = number.end
    if _is_year_of_calendar(text, amount):
        return None
    half = text.startswith("个半", position)
    if half:
        position += 1
        word, months, unit = ("半月", 1.0, "month") if text.startswith("半月", position) else ("", 0.0, "")
    else:
        word, months, unit = next((entry for entry in UNITS if text.startswith(entry[0], position)), ("", 0.0, ""))
    if not word or (word == "月" and not _is_month_count(text, amount)):
        return None
    end = position + len(word)
    if unit == "year" and text.startswith(NOT_AFTER_YEAR, end):
        return None
    quantity = amount.quantity(months)
    if half:
        quantity = _plus(quantity, months / 2)
    elif text.startswith("半", end) and not text.startswith(("半个", "半年"), end):
        quantity, end = _plus(quantity, months / 2), end + 1
    elif text.startswith(("多", "来"), end) and not text.startswith(("多少", "来的"), end) and text[end] == "多":
        low = quantity.low or quantity.value or 0
        quantity, end = Quantity(low + months / 2, low, low + months, hedged=True), end + 1
    top = quantity.high or quantity.value or 0
    if not 0 < top <= (YEARS_AT_MOST * 12 if unit == "year" else MONTHS_AT_MOST):
        return None
    start, end = min(amount.start, number.start), max(end, amount.end)
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
    """三月 is March; 三十六月 and 二十四月 can only be a count."""
    return amount.number.low > 12


_SPANS = frozenset(first + second for first, second in zip("三四五六七八", "四五六七八九", strict=True))
