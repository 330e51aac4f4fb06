"""A down payment said as a share of the price: 三成, 百分之三十, 一半."""

from __future__ import annotations

import re

_DIGIT = {"零": 0, "一": 1, "幺": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_NUMERAL = "零一幺二两三四五六七八九十"
_TENTHS = re.compile(rf"([\d.]+|[{_NUMERAL}]+?)成([{_NUMERAL[1:-1]}半])?")
_PER_CENT = re.compile(rf"百分之([{_NUMERAL}]+|[\d.]+)|([\d.]+)\s*[%\uff05]")
_NOTHING_DOWN = re.compile(r"零首付|0首付")


def share_said(text: str) -> float | None:
    """The share of the price that `text` names, as a fraction of 1 (三成五 is 0.35); None where it names none."""
    if _NOTHING_DOWN.search(text):
        return 0.0
    if per_cent := _PER_CENT.search(text):
        return _number(per_cent[1] or per_cent[2]) / 100
    if tenths := _TENTHS.search(text):
        extra = {"半": 5}.get(tenths[2], _DIGIT.get(tenths[2], 0)) if tenths[2] else 0
        share = _number(tenths[1]) / 10 + extra / 100
        return share if share <= 1 else None
    return 0.5 if "一半" in text else None


def _number(text: str) -> float:
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return float(text)
    tens, ten, units = text.partition("十")
    if not ten:
        return float(int("".join(str(_DIGIT.get(character, 0)) for character in text) or 0))
    return 10.0 * _DIGIT.get(tens, 1) + _DIGIT.get(units, 0)
