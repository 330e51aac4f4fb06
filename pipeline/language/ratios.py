"""Shares of a whole, as fractions of 1: 三成, 百分之三十, 30%, 三成半, 一半, 八个点."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.language.approximations import Amount
from pipeline.language.sections import DIGITS
from pipeline.types import Mention, Quantity

UNITS = (
    ("成", 0.1, "tenth"),
    ("%", 0.01, "percent"),
    ("个百分点", 0.01, "percent"),
    ("个点", 0.01, "point"),
    ("％", 0.01, "percent"),
)
BIGGER = ("百", "千", "万")
WORDS = (("一半", 0.5), ("对半", 0.5), ("百分百", 1.0), ("百分之百", 1.0))
PERCENT = "百分之"
OF = "分之"
NOT_AFTER_TENTH = frozenset("功为立了都员交本年色绩长熟")
SHARE_FOLLOWS = frozenset("按照依")
NOT_AFTER_TENTH_WORDS = ("不变",)
PARTS = {**{name: value for name, value in DIGITS.items() if value > 1}, "十": 10, "千": 1000, "万": 10_000}


def read_ratios(text: str, amounts: Sequence[Amount]) -> list[Mention]:
    """Ratio mentions of a folded text; `unit` is tenth, percent, point (a fee or rate), part (三分之一) or half."""
    mentions: list[Mention] = []
    for amount in amounts:
        number = amount.number
        if text.endswith(PERCENT, 0, number.start):
            mentions.append(_ratio(text, amount, number.start - len(PERCENT), amount.end, 0.01, "percent"))
            continue
        parts = PARTS.get(text[number.start - 3 : number.start - 2], 0) if text.endswith(OF, 0, number.start) else 0
        if parts and number.high <= parts:
            mentions.append(_ratio(text, amount, number.start - 3, amount.end, 1 / parts, "part"))
            continue
        for word, share, unit in UNITS:
            if text.startswith(word, number.end) and _counts(text, amount, word):
                end = number.end + len(word)
                mentions.append(_ratio(text, amount, amount.start, max(end, amount.end), share, unit))
                break
    covered = {index for mention in mentions for index in range(mention.start, mention.end)}
    for word, share in WORDS:
        start = text.find(word)
        while start >= 0:
            if start not in covered:
                mentions.append(_word(text, start, word, share))
            start = text.find(word, start + 1)
    return sorted(mentions, key=lambda mention: mention.start)


def _counts(text: str, amount: Amount, word: str) -> bool:
    if word != "成":
        return True
    if text[amount.number.start - 1 : amount.number.start] in BIGGER:  # 九万八成的: the end of a price
        return False
    after = amount.number.end + 1
    if text.startswith(NOT_AFTER_TENTH_WORDS, after):
        return False
    if text[amount.start - 1 : amount.start] in SHARE_FOLLOWS and amount.number.high < 10:
        return True  # 按三成交的
    return amount.number.high <= 10 and text[after : after + 1] not in NOT_AFTER_TENTH


def _ratio(text: str, amount: Amount, start: int, end: int, share: float, unit: str) -> Mention:
    half = 0.5 if unit == "tenth" and text.startswith("半", end) else 0.0
    end += 1 if half else 0
    quantity = amount.quantity(share)
    if unit == "tenth" and text.startswith("多", end) and not quantity.hedged and not text.startswith("多少", end):
        low = amount.number.low
        quantity, end = Quantity((low + 0.5) * share, low * share, (low + 1) * share, hedged=True), end + 1
    if half and quantity.value is not None:
        quantity = Quantity(quantity.value + half * share)
    return Mention("ratio", start, end, text[start:end], quantity, None, {"unit": unit})


def _word(text: str, start: int, word: str, share: float) -> Mention:
    return Mention("ratio", start, start + len(word), word, Quantity(share), None, {"unit": "half"})
