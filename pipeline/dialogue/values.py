"""Turns a mention into the value of a field, in the contract's units; None where it cannot be that field's value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, overload

from pipeline.dialogue.topics import FILE
from pipeline.language.resources import table
from pipeline.types import Mention, Polarity, Quantity, Stated

MONEY_FIELDS = frozenset(
    {
        "income.monthly",
        "loan.amount",
        "loan.down_payment",
        "loan.monthly_payment",
        "vehicle.price",
        "debt.monthly_payment",
    }
)
# Who drives is no colleague in the contract's words.
DRIVER, COLLEAGUE, FRIEND = "vehicle.actual_user", "colleague", "friend"
UNDERSTOOD = 10_000
# What a sum is that is not what was paid for the car itself.
NO_PRICE = frozenset({"list_price", "on_the_road", "discount"})
MONTHS_IN_YEAR = 12
PAYMENT, BY_THE_DAY = "loan.monthly_payment", frozenset({"day", "week"})
# So many points are a fee, and no down payment.
FEE = 0.145


class Values:
    """Reads values by the bounds of `dialogue/questions.yaml` and the periods of `language/money.yaml` in configs."""

    def __init__(self, own: Path | None = None) -> None:
        questions: Mapping[str, Any] = table(FILE, own)
        money: Mapping[str, Any] = table("language/money.yaml", own)
        self._bounds: Mapping[str, list[float]] = questions["bounds"]
        self._understood: Mapping[str, float] = questions["understood"]
        self._per_month: Mapping[str, float] = money["per_month"]
        self._wage_share: Mapping[str, float] = money["wage_share"]

    def read(self, field: str, mention: Mention, *, period: str = "", polarity: Polarity = "stated") -> Stated | None:
        """The value of `field` that the mention says; `period` is what the question was about (an income a year)."""
        if mention.kind == "vehicle":
            key = field.removeprefix("vehicle.")
            value = mention.attributes.get(key)
            return Stated(value, mention.text, polarity=polarity) if value else None
        if mention.quantity is None:
            value = FRIEND if (field, mention.value) == (DRIVER, COLLEAGUE) else mention.value
            return Stated(value, mention.text, polarity=polarity) if value else None
        quantity = self._quantity(field, mention, period)
        if quantity is None:
            return None
        if mention.kind == "ratio":
            return Stated(None, mention.text, polarity=polarity, hedged=quantity.hedged, ratio=quantity.value)
        return Stated(
            tidy(quantity.value), mention.text, quantity.low, quantity.high, polarity=polarity, hedged=quantity.hedged
        )

    def _quantity(self, field: str, mention: Mention, period: str) -> Quantity | None:
        quantity = mention.quantity
        assert quantity is not None
        if mention.kind == "ratio":
            share = quantity.value or 0
            return (
                quantity
                if field == "loan.down_payment" and share < 1 and (mention.attributes["unit"] != "point" or share > FEE)
                else None
            )
        if mention.kind == "duration":
            if field == "employment.years":
                quantity = _times(quantity, 1 / MONTHS_IN_YEAR)
            elif field != "loan.term_months" or mention.attributes.get("unit") == "since":
                return None
        elif field not in MONEY_FIELDS or (field == "vehicle.price" and mention.attributes.get("basis") in NO_PRICE):
            return None
        elif field == PAYMENT and mention.attributes.get("period") in BY_THE_DAY:
            return None  # 月供四千八? - 一天租出去就八百
        elif field == "income.monthly":
            quantity = self._monthly(mention, quantity, period)
        elif mention.attributes.get("unit") == "figures" and _middle(quantity) < self._understood.get(field, 0):
            quantity = _times(quantity, UNDERSTOOD)
        return quantity if quantity is not None and self._is_likely(field, quantity) else None

    def _monthly(self, mention: Mention, quantity: Quantity, period: str) -> Quantity | None:
        if "owner" in mention.attributes or "per" in mention.attributes:
            return None
        period = mention.attributes.get("period", period) or "month"
        quantity = _times(quantity, self._per_month[period])
        share = self._wage_share.get(period)
        if share is None or quantity.value is None:
            return quantity
        return Quantity(quantity.value, quantity.value * (1 - share), quantity.value * (1 + share), hedged=True)

    def _is_likely(self, field: str, quantity: Quantity) -> bool:
        low, high = self._bounds.get(field, (0, float("inf")))
        return low <= _middle(quantity) <= high


def with_price(stated: Stated, price: float | None) -> Stated:
    """A share of the price as money, once the price is known: 三成 of 179,800 is 53,940."""
    if stated.ratio is None or price is None:
        return stated
    value = tidy(stated.ratio * price)
    return replace(stated, value=value)


def _middle(quantity: Quantity) -> float:
    if quantity.value is not None:
        return quantity.value
    return ((quantity.low or 0) + (quantity.high or 0)) / 2


def _times(quantity: Quantity, factor: float) -> Quantity:
    def scaled(bound: float | None) -> float | None:
        return None if bound is None else tidy(bound * factor)

    return Quantity(scaled(quantity.value), scaled(quantity.low), scaled(quantity.high), quantity.hedged)


@overload
def tidy(value: float) -> float: ...
@overload
def tidy(value: None) -> None: ...
def tidy(value: float | None) -> float | None:
    """Rounded to cents; a whole number as an int."""
    if value is None:
        return None
    rounded = round(value, 2)
    return int(rounded) if rounded == int(rounded) else rounded
