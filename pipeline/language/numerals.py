"""Spoken Mandarin numbers: 一万二, 十七万九千八, 三千零五十, 七八千, 三千多, 1万2, 12.8万, 3k5.

A hand-written grammar that reads each character a bounded number of times. It gives the bounds that the number's own
words set (七八千 is 7000 to 8000); hedges around a number (左右, 不到) are `approximations`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from pipeline.language.sections import (
    BIG_UNITS,
    COUNTED,
    DIGITS,
    SMALL_UNITS,
    ZEROS,
    Section,
    digit_run,
    read_section,
    spoken_decimal,
    unit_at,
)

PERCENT = "百分之"
TENS = 10
MEASURES_AFTER_LAI = frozenset("块元个年天期月钱万千百斤岁口")
OPENERS = re.compile(f"[{''.join(DIGITS)}{''.join(SMALL_UNITS)}{''.join(BIG_UNITS)}0-9几半]")
LISTED = ("、", ",")
HESITATES = re.compile(r"[嗯呃额啊, ]{0,2}(?:…+|\.{2,})[嗯呃额啊,那个 ]{0,4}")
HALF_OF_OTHER = ("上", "下", "前", "后", "大", "小", "个", "年")
NOT_AFTER_MANY = frozenset("少久长大谢点些")
# 三千来多, 三千好几, 三千大几, 十好几万: a number and more, up to the next figure.
MORE = re.compile("(?:来|好)?(?:多|余)|(?:好|大)几")


@dataclass(frozen=True, slots=True)
class Number:
    """A number at `start:end` of a text, between `low` and `high` (equal where it is exact).

    `scale` is the worth of the last unit said (1 without one); `leading` what stood before it; `plain` holds for
    figures without a unit (八, 12, 3900); `rough` names the approximation that the words make (多, 来, pair, vague).
    """

    start: int
    end: int
    low: float
    high: float
    scale: float = 1
    leading: float = 0
    plain: bool = False
    rough: str = ""


def find_numbers(text: str) -> list[Number]:
    """Every number in a folded text, from the left, without overlap. Runs of three or more spoken digits are none."""
    found: list[Number] = []
    position = 0
    while (opener := OPENERS.search(text, position)) is not None:
        position = opener.start()
        run = digit_run(text, position)
        if run - position >= 3 and not unit_at(text, run):
            position = run
            continue
        number = _read_number(text, position)
        if number is None:
            position += 1
            continue
        found.append(number)
        position = number.end
    return _join_ranges(text, found)


def _read_number(text: str, start: int) -> Number | None:
    if text[start] == "半":
        return _read_half(text, start)
    if (text[start] in "百千万" and text[start + 1 : start + 2] in ("把", "来")) or text[start] == "万":
        return _read_bare_unit(text, start)
    if text[start] in ZEROS and text[start + 1 : start + 2] == "十":
        return None
    section = read_section(text, start)
    if section is None:
        return None
    if text.startswith(PERCENT, start - len(PERCENT)) and start >= len(PERCENT):
        return _percentage(text, start, section)
    section = _infix(text, spoken_decimal(text, section))
    low, high, end, scale = section.low, section.high, section.end, section.unit or 1.0
    leading, plain, rough, step = section.leading, section.bare, section.rough, section.step
    if plain and text[end : end + 1] in ("千", "k", "百") and section.decimal and unit_at(text, end):
        scale = SMALL_UNITS[text[end]]
        low, high, end, plain = low * scale, high * scale, end + 1, False
    big = BIG_UNITS.get(text[end : end + 1], 0) if unit_at(text, end) and not text.startswith("万达", end) else 0
    if big:
        leading = section.low
        low, high, end, scale, step, plain = low * big, high * big, end + 1, big, step * big, False
        rest = None if rough or section.decimal else read_section(text, end, within=big)
        if rest is not None:
            low, high, end, step = low + rest.low, high + rest.high, rest.end, rest.step
            rough, scale = rest.rough, rest.unit or big
    number = Number(start, end, low, high, scale, leading, plain, rough)
    return _suffix(text, number, step)


def _read_bare_unit(text: str, start: int) -> Number | None:
    """万把块, 千把块, 百来块, 上万, 过万: a unit without a figure."""
    unit = float(unit_at(text, start))
    follower = text[start + 1 : start + 2]
    if follower == "把" and text[start + 2 : start + 3] in ("块", "元", "万", "个", "", "吧"):
        return Number(start, start + 2, unit * 0.9, unit * 1.1, unit, 1, rough="来")
    if follower == "来" and text[start + 2 : start + 3] in ("块", "元", "万", "个"):
        times = 10_000.0 if text[start + 2] == "万" else 1.0
        end = start + 3 if times > 1 else start + 2
        return Number(start, end, unit * times * 0.9, unit * times * 1.1, unit * times, 1, rough="来")
    if start and text[start - 1] in "上过破" and text[start] == "万" and follower not in ("一", "物", "分"):
        return Number(start, start + 1, unit, unit, unit, 1, rough="at_least")
    return None


def _read_half(text: str, start: int) -> Number | None:
    """半年, 半个月: half of what is counted; in 三年半 and 上半年 it is none."""
    if not text.startswith(("年", "个月", "个多月"), start + 1) or text[start - 1 : start] in HALF_OF_OTHER:
        return None
    return Number(start, start + 1, 0.5, 0.5, leading=0.5, plain=True)


def _infix(text: str, section: Section) -> Section:
    """十多万, 十来万, 一百多万, 三千来块: the roughness that stands between a number and its unit."""
    mark, following = text[section.end : section.end + 1], text[section.end + 1 : section.end + 2]
    if section.rough or section.low != section.high:
        return section
    round_figure = section.bare and section.low >= 10 and section.low % 10 == 0
    more = MORE.match(text, section.end)
    if more is not None and text[more.end() : more.end() + 1] in BIG_UNITS:
        step = last_place(section.low) if round_figure else section.step * (1 if section.unit else 0)
        if step:
            return replace(section, high=section.low + step, end=more.end(), rough="多")
    if mark == "来" and following in MEASURES_AFTER_LAI and (section.unit or round_figure):
        return replace(
            section, low=section.low * 0.9, high=section.low * 1.1, end=section.end + 1, rough="来", leading=section.low
        )
    return section


def _percentage(text: str, start: int, section: Section) -> Number:
    """The number after 百分之, which has no 万: 百分之三十五万四 is 30 % and 54,000."""
    section = spoken_decimal(text, section)
    if text[section.end : section.end + 1] == "万" and section.unit == 10 and section.step == 1:
        ones = section.low % 10
        section = replace(section, low=section.low - ones, high=section.low - ones, end=section.end - 1)
    return Number(start, section.end, section.low, section.high, rough=section.rough)


def _suffix(text: str, number: Number, step: float) -> Number:
    mark, following = text[number.end : number.end + 1], text[number.end + 1 : number.end + 2]
    if number.rough in ("多", "来", "vague", "at_least"):
        return number
    more = MORE.match(text, number.end)
    if more is not None and len(more[0]) > 1 and (not number.plain or number.low >= 10) and number.low == number.high:
        width = last_place(number.low) if number.plain else step
        return replace(number, high=number.high + width, end=more.end(), rough="多")
    if (
        mark in ("多", "余", "几")
        and mark
        and following not in NOT_AFTER_MANY
        and not text.startswith("多一点", number.end)
        and (not number.plain or number.low >= 10)
    ):
        if mark == "几" and (number.plain or following in COUNTED):
            return number
        width = last_place(number.low) if number.plain else step
        return replace(number, high=number.high + width, end=number.end + 1, rough="多")
    if mark == "来" and following in MEASURES_AFTER_LAI and not number.plain and number.low == number.high:
        return replace(number, low=number.low * 0.9, high=number.low * 1.1, end=number.end + 1, rough="来")
    if mark == "把" and following in ("块", "元") and number.low == number.high:
        return replace(number, low=number.low * 0.9, high=number.low * 1.1, end=number.end + 1, rough="来")
    return number


def last_place(value: float) -> float:
    """The worth of the last figure that is not 0: 1000 for 12000."""
    worth = 1.0
    while value and value % (worth * 10) == 0:
        worth *= 10
    return worth


def _join_ranges(text: str, numbers: list[Number]) -> list[Number]:
    """八千到一万, 三到五万, 8000-10000, 八千九千: two numbers that make a range."""
    joined: list[Number] = []
    for number in numbers:
        previous = joined[-1] if joined else None
        merged = _range_of(text, previous, number) if previous is not None else None
        if merged is None:
            joined.append(number)
        else:
            joined[-1] = merged
    return joined


def _gone_on(text: str, first: Number, second: Number) -> Number | None:
    """两千三百……四十 and 两千六百……两千六百八: who hesitates within a number goes on with it, or begins it again."""
    gap = text[first.end : second.start]
    if first.plain or first.rough or second.rough or HESITATES.fullmatch(gap) is None:
        return None
    if text[first.start : first.end] == text[second.start : second.end][: first.end - first.start]:
        return replace(second, start=first.start) if second.low > first.low else None
    if first.low != first.high or second.low != second.high or not TENS <= second.low < last_place(first.low):
        return None
    return replace(first, end=second.end, low=first.low + second.low, high=first.low + second.low)


def _range_of(text: str, first: Number, second: Number) -> Number | None:
    gap = text[first.end : second.start].strip(" ")
    if (repaired := _gone_on(text, first, second)) is not None:
        return repaired
    if first.rough == "range" or len(gap) > 2:
        return None
    whole = replace(second, start=first.start, low=first.low, rough="range")
    if gap in LISTED and first.plain and first.high < 10 and not second.plain and first.high + 1 == second.leading:
        return replace(whole, low=second.low - second.scale) if second.low == second.high else None
    if gap == "、" and first.plain and second.plain and second.low == first.low + 1 < 10:
        return replace(whole, plain=True) if text[second.end : second.end + 1] in COUNTED else None
    if gap in ("到", "至", "~", "-", "—", "——", "－"):
        figures = first.low >= 100 and second.low >= 100
        lifted = first.plain and not second.plain and first.high < 100
        if gap not in ("到", "至") and (first.plain or second.plain) and not figures and not lifted:
            return None
        small = first.plain or first.scale <= TENS  # 十到十一万
        if small and not second.plain and second.scale > TENS and first.high < max(second.leading, 10):
            low = first.low * second.scale
            return replace(whole, low=low) if low < second.high else None
        return whole if first.low < second.high and second.high < first.low * 100 else None
    steps = (second.scale, last_place(first.low))  # 八千九千, 七千四七千五
    if gap in ("", "、") and not first.plain and first.scale == second.scale and second.low - first.low in steps:
        return whole if first.low == first.high and second.low == second.high else None
    return None
