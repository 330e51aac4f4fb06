"""Spoken Mandarin numbers: 一万二, 十七万九千八, 三千零五十, 七八千, 三千多, 1万2, 12.8万, 3k5.

A hand-written grammar that reads each character a bounded number of times. It gives the bounds that the number's own
words set (七八千 is 7000 to 8000); hedges around a number (左右, 不到) are `approximations`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

DIGITS = {
    **dict(zip("零〇一二三四五六七八九两俩仨", (0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 2, 2, 3), strict=True)),
    **dict(zip("壹贰叁肆伍陆柒捌玖", range(1, 10), strict=True)),
}
SMALL_UNITS = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100, "仟": 1000, "k": 1000}
BIG_UNITS = {"万": 10_000, "萬": 10_000, "w": 10_000, "亿": 100_000_000}
ZEROS = frozenset("零〇0")
# 八千一个月 is 8000 a month, 六万三年还 is 60000 over three years: the digit before these counts what follows.
COUNTED = frozenset("年个月期成天点号岁口台辆次")
COUNTED_ONCE = COUNTED | frozenset("周季种位条份系款是共直般起些定样下会辈边时刻开家张套楼")
# 八万五月供两千: the 月 belongs to 月供.
NOT_COUNTED = {"月": "供还付薪均入收租底按", "年": "薪收入化利", "成": "交功本", "点": "多几", "天": "天", "次": "性"}
NEIGHBOURS = {(1, 2): "一两", (2, 3): "两三二三", (3, 5): "三五"}
MEASURES_AFTER_LAI = frozenset("块元个年天期月钱万千百斤岁口")
NOT_AFTER_MANY = frozenset("少久长大谢点些")


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


@dataclass(frozen=True, slots=True)
class _Figure:
    low: float
    high: float
    end: int
    arabic: int = 0
    decimal: bool = False


def find_numbers(text: str) -> list[Number]:
    """Every number in a folded text, from the left, without overlap. Runs of three or more spoken digits are none."""
    found: list[Number] = []
    position = 0
    while position < len(text):
        run = _digit_run(text, position)
        if run - position >= 3 and not _unit_at(text, run):
            position = run
            continue
        number = _read_number(text, position)
        if number is None:
            position += 1
            continue
        found.append(number)
        position = number.end
    return _join_ranges(text, found)


def _digit_run(text: str, position: int) -> int:
    while position < len(text) and text[position] in DIGITS:
        position += 1
    return position


def _unit_at(text: str, position: int) -> int:
    character = text[position : position + 1]
    if (
        character in ("k", "w")
        and text[position + 1 : position + 2].isascii()
        and text[position + 1 : position + 2].isalpha()
    ):
        return 0
    return SMALL_UNITS.get(character, 0) or BIG_UNITS.get(character, 0)


def _read_figure(text: str, position: int) -> _Figure | None:
    """An Arabic figure, one spoken digit, or two neighbouring ones that make a range (七八)."""
    character = text[position : position + 1]
    if character.isascii() and character.isdigit():
        return _read_arabic(text, position)
    if character == "几":
        return _Figure(1, 9, position + 1)
    if character not in DIGITS:
        return None
    first = DIGITS[character]
    following = text[position + 1 : position + 2]
    if (
        following in DIGITS
        and _are_neighbours(character, following)
        and text[position + 2 : position + 3] not in DIGITS
    ):
        if not _counts_one_thing(text, position + 1):
            return _Figure(first, DIGITS[following], position + 2)
    return _Figure(first, first, position + 1)


def _are_neighbours(first: str, second: str) -> bool:
    low, high = DIGITS[first], DIGITS[second]
    if second in "两俩仨" and first != "一":
        return False
    if (low, high) in NEIGHBOURS:
        return first + second in ("一两", "两三", "二三", "三五", "一二")
    return low > 0 and high == low + 1


def _counts_one_thing(text: str, position: int) -> bool:
    """Whether the digit here is the 一 of 一个月 or the like and no part of what stands before it."""
    return text[position] in "一1" and _counted(text, position + 1, COUNTED_ONCE)


def _read_arabic(text: str, position: int) -> _Figure:
    end = position
    while end < len(text) and (text[end].isascii() and text[end].isdigit()):
        end += 1
    digits = text[position:end]
    while len(digits) <= 12 and text[end : end + 1] == "," and _thousand(text, end + 1):
        digits += text[end + 1 : end + 4]
        end += 4
    decimal = ""
    if text[end : end + 1] == "." and text[end + 1 : end + 2].isascii() and text[end + 1 : end + 2].isdigit():
        tail = end + 1
        while tail < len(text) and text[tail].isascii() and text[tail].isdigit():
            tail += 1
        decimal, end = text[end + 1 : min(tail, end + 7)], tail
    if len(digits) > 15:
        return _Figure(0, 0, end, arabic=len(digits))
    value = float(f"{digits}.{decimal or 0}")
    return _Figure(value, value, end, arabic=len(digits), decimal=bool(decimal))


def _thousand(text: str, position: int) -> bool:
    group = text[position : position + 4]
    return len(group) >= 3 and group[:3].isascii() and group[:3].isdigit() and not group[3:4].isdigit()


@dataclass(slots=True)
class _Section:
    """What is read so far below one 万: the sum, the last unit, and what the last figure was."""

    low: float = 0
    high: float = 0
    unit: float = 0
    leading: float = 0
    end: int = 0
    zero: bool = False
    bare: bool = False
    arabic: int = 0
    decimal: bool = False
    rough: str = ""
    step: float = 1

    def add(self, low: float, high: float, worth: float, end: int) -> None:
        if low != high:
            self.rough = "pair"
        self.low += low * worth
        self.high += high * worth
        self.leading, self.step, self.end, self.zero = low, worth, end, False


def _read_section(text: str, start: int, *, within: float = 0) -> _Section | None:
    """A number below 10,000; `within` is the big unit that stands before it (九千八 in 十七万九千八)."""
    section = _Section(end=start)
    position = start
    while position < len(text):
        if text[position] in ZEROS and (section.unit or within) and not section.zero and _goes_on(text, position + 1):
            section.zero = True
            position += 1
            continue
        if text[position] in "十拾" and section.unit in (0, 100, 1000) and (section.zero or not section.unit):
            if within and not section.zero and not section.unit:
                break
            section.add(1, 1, 10, position + 1)
            section.unit, position = 10, position + 1
            continue
        figure = _read_figure(text, position)
        if figure is None:
            break
        unit = SMALL_UNITS.get(text[figure.end : figure.end + 1], 0) if _unit_at(text, figure.end) else 0
        if _second_counts_on(text, figure, unit) and not section.zero and (within or section.unit >= 1000):
            figure, unit = _Figure(figure.low, figure.low, position + 1), 0
        if unit and _may_follow(section, unit, within):
            section.add(figure.low, figure.high, unit, figure.end + 1)
            section.unit, position = unit, figure.end + 1
            if figure.high == 9 and figure.low == 1:
                section.rough = "vague"
            continue
        if _is_tail(text, section, figure, unit, within):
            _add_tail(section, figure, within)
        break
    return section if section.end > start else None


def _second_counts_on(text: str, figure: _Figure, unit: float) -> bool:
    """Whether the second of two neighbours begins what follows: 八万二三十六期, 一万二三年还."""
    if figure.low == figure.high or figure.high - figure.low > 2:
        return False
    return unit == 10 or _counted(text, figure.end)


def _counted(text: str, position: int, counted: frozenset[str] = COUNTED) -> bool:
    """Whether what stands here is counted by the digit before it."""
    character, following = text[position : position + 1], text[position + 1 : position + 2]
    if not character or character not in counted:
        return False
    return not following or following not in NOT_COUNTED.get(character, "")


def _goes_on(text: str, position: int) -> bool:
    return text[position : position + 1] in DIGITS or text[position : position + 1] in SMALL_UNITS


def _may_follow(section: _Section, unit: float, within: float) -> bool:
    if not section.unit:
        return not within or section.zero or unit >= 100
    return unit < section.unit and (section.zero or unit * 10 == section.unit)


def _is_tail(text: str, section: _Section, figure: _Figure, unit: float, within: float) -> bool:
    """Whether the last figure belongs to the number (八千五) and does not count what comes after (八千一个月)."""
    if not section.unit and not within:
        return True
    if unit and not (unit == 10 and _day_beyond_month(text, figure)):
        return False
    if figure.arabic > 1 and not within:
        return False
    if section.zero or section.unit == 10:
        return not _counts_one_thing(text, figure.end - 1)
    if text[figure.end - 1] in "两俩仨":
        return False
    following = text[figure.end : figure.end + 1]
    if following in DIGITS:
        return text[figure.end + 1 : figure.end + 2] == "十" or _counted(text, figure.end + 1, COUNTED_ONCE)
    return not _counted(text, figure.end) and not (following.isascii() and following.isdigit())


def _day_beyond_month(text: str, figure: _Figure) -> bool:
    """两千四十五号: the 15th, as there is no 45th."""
    day = text[figure.end + 1 : figure.end + 2]
    ones = DIGITS.get(day, 0)
    after = figure.end + 1 + (1 if day in DIGITS else 0)
    return text[after : after + 1] in ("号", "日") and figure.low * 10 + ones > 31


def _add_tail(section: _Section, figure: _Figure, within: float) -> None:
    vague = figure.low == 1 and figure.high == 9
    if section.zero or section.unit == 10 or (figure.arabic > 1 and within):
        worth: float = 1
    elif section.unit:
        worth = section.unit / 10
    elif within:
        worth = within / 10
    else:
        worth = 1
        section.bare, section.arabic, section.decimal = True, figure.arabic, figure.decimal
    section.add(figure.low, figure.high, worth, figure.end)
    if vague:
        section.rough = "pair" if section.unit else "vague"


def _spoken_decimal(text: str, section: _Section) -> _Section:
    """十二点八万, 三点五成: 点 is a decimal point only where a unit, 个点 or the end of the text follows its digits."""
    if text[section.end : section.end + 1] != "点":
        return section
    end = _digit_run(text, section.end + 1)
    if end == section.end + 1 or end - section.end > 5:
        return section
    if not (
        text[end : end + 1] in ("", "万", "亿", "千", "w", "k", "成", "%", "个", "吧", "。", ",")
        or text.startswith("左右", end)
    ):
        return section
    decimals = "".join(str(DIGITS[character]) for character in text[section.end + 1 : end])
    value = section.low + float(f"0.{decimals}")
    return replace(section, low=value, high=value, leading=value, end=end, decimal=True)


def _read_number(text: str, start: int) -> Number | None:
    if (text[start] in "百千万" and text[start + 1 : start + 2] in ("把", "来")) or text[start] == "万":
        return _read_bare_unit(text, start)
    section = _read_section(text, start)
    if section is None:
        return None
    section = _infix(text, _spoken_decimal(text, section))
    low, high, end, scale = section.low, section.high, section.end, section.unit or 1.0
    leading, plain, rough, step = section.leading, section.bare, section.rough, section.step
    if plain and text[end : end + 1] in ("千", "k", "百") and section.decimal and _unit_at(text, end):
        scale = SMALL_UNITS[text[end]]
        low, high, end, plain = low * scale, high * scale, end + 1, False
    big = BIG_UNITS.get(text[end : end + 1], 0) if _unit_at(text, end) and not text.startswith("万达", end) else 0
    if big:
        leading = section.low
        low, high, end, scale, step, plain = low * big, high * big, end + 1, big, step * big, False
        rest = None if rough or section.decimal else _read_section(text, end, within=big)
        if rest is not None:
            low, high, end, step = low + rest.low, high + rest.high, rest.end, rest.step
            rough, scale = rest.rough, rest.unit or big
    number = Number(start, end, low, high, scale, leading, plain, rough)
    return _suffix(text, number, step)


def _read_bare_unit(text: str, start: int) -> Number | None:
    """万把块, 千把块, 百来块, 上万, 过万: a unit without a figure."""
    unit = float(_unit_at(text, start))
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


def _infix(text: str, section: _Section) -> _Section:
    """十多万, 十来万, 一百多万, 三千来块: the roughness that stands between a number and its unit."""
    mark, following = text[section.end : section.end + 1], text[section.end + 1 : section.end + 2]
    if section.rough or section.low != section.high:
        return section
    if mark in ("多", "余") and following in BIG_UNITS:
        step = 10.0 if section.unit == 10 and section.step == 10 else section.step * (1 if section.unit else 0)
        if step:
            return replace(section, high=section.low + step, end=section.end + 1, rough="多")
    if mark == "来" and following in MEASURES_AFTER_LAI and section.unit:
        return replace(
            section, low=section.low * 0.9, high=section.low * 1.1, end=section.end + 1, rough="来", leading=section.low
        )
    return section


def _suffix(text: str, number: Number, step: float) -> Number:
    mark, following = text[number.end : number.end + 1], text[number.end + 1 : number.end + 2]
    if number.rough in ("多", "来", "vague", "at_least"):
        return number
    if (
        mark in ("多", "余", "几")
        and mark
        and following not in NOT_AFTER_MANY
        and not text.startswith("多一点", number.end)
        and (not number.plain or number.low >= 10)
    ):
        if mark == "几" and (number.plain or following in COUNTED):
            return number
        width = _last_place(number.low) if number.plain else step
        return replace(number, high=number.high + width, end=number.end + 1, rough="多")
    if mark == "来" and following in MEASURES_AFTER_LAI and not number.plain and number.low == number.high:
        return replace(number, low=number.low * 0.9, high=number.low * 1.1, end=number.end + 1, rough="来")
    if mark == "把" and following in ("块", "元") and number.low == number.high:
        return replace(number, low=number.low * 0.9, high=number.low * 1.1, end=number.end + 1, rough="来")
    return number


def _last_place(value: float) -> float:
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


def _range_of(text: str, first: Number, second: Number) -> Number | None:
    gap = text[first.end : second.start].strip(" ")
    if first.rough == "range" or len(gap) > 2:
        return None
    whole = replace(second, start=first.start, low=first.low, rough="range")
    if gap in ("到", "至", "~", "-", "—", "——", "－"):
        if gap not in ("到", "至") and (first.plain or second.plain) and not (first.low >= 100 and second.low >= 100):
            return None
        if first.plain and not second.plain and first.high < max(second.leading, 10):
            lifted = first.low * second.scale
            return replace(whole, low=lifted) if lifted < second.high else None
        return whole if first.low < second.high and second.high < first.low * 100 else None
    if not gap and not first.plain and first.scale == second.scale and second.low - first.low == second.scale:
        return whole if first.low == first.high and second.low == second.high else None
    return None
