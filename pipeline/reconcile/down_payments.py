"""A down payment said as a share, in CNY: 三成 of the price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pipeline.reconcile.ratios import share_said
from pipeline.types import Fact, Scalar, Stated

DOWN_PAYMENT, PRICE = "loan.down_payment", "vehicle.price"


def with_share_resolved(fact: Fact, said: Mapping[str, Fact], applied: Mapping[str, Scalar]) -> Fact:
    """The down payment with shares of the price (三成) turned into CNY, where a price is known."""
    price = _price(said, applied)
    stated = _share_resolved(fact.stated, price) if fact.stated else None
    history = tuple(_share_resolved(saying, price) for saying in fact.history)
    return replace(fact, stated=stated, history=history)


def _share_resolved(stated: Stated, price: float | None) -> Stated:
    if price is None or stated.low is not None or stated.high is not None:
        return stated
    share = stated.ratio
    if stated.value is None and share is None:
        share = share_said(stated.text)
    elif isinstance(stated.value, float) and 0 < stated.value < 1:
        share = stated.value
    elif stated.value is not None:
        return stated
    return stated if share is None else replace(stated, value=_whole(share * price))


def _price(said: Mapping[str, Fact], applied: Mapping[str, Scalar]) -> float | None:
    """The applied vehicle price, else the settled stated one, in CNY."""
    fact = said.get(PRICE)
    stated = fact.stated.value if fact and fact.status == "settled" and fact.stated else None
    for value in (applied.get(PRICE), stated):
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
    return None


def _whole(number: float) -> float | int:
    rounded = round(number, 2)
    return int(rounded) if rounded.is_integer() else rounded
