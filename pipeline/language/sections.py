"""Spoken numbers below 10,000, and the figures that they are made of: 八千五, 三千零五十, 七八百, 九千八 after a 万."""

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
COUNTED_ONCE = COUNTED | frozenset("周季种位条份系款是共直般起些定样下会辈边时刻开家张套楼班餐顿险金头样")
# 六千一会儿说八千: behind a sum the 一 before these is none of it; the 一 of 三千一是吧 is.
_ONCE_BEHIND_SUMS = COUNTED | frozenset("周季种位条份款共直般起些定样会辈张套家顿餐")
# 八万五月供两千: the 月 belongs to 月供.
NOT_COUNTED = {
    "月": "供还付薪均入收租底按月",
    "年": "薪收入化利底终初关",
    "成": "交功本的了吧",
    "点": "多几",
    "天": "天",
    "次": "性",
}
_AFTER_DATE = frozenset("号日年期月个天")
# Digits said one after the other that make a range, beside 三四 to 八九.
NEIGHBOURS = frozenset({"一两", "一二", "两三", "二三", "三五"})


@dataclass(frozen=True, slots=True)
class Figure:
    low: float
    high: float
    end: int
    arabic: int = 0
    decimal: bool = False


def digit_run(text: str, position: int) -> int:
    while position < len(text) and text[position] in DIGITS:
        position += 1
    return position


def unit_at(text: str, position: int) -> int:
    character = text[position : position + 1]
    if (
        character in ("k", "w")
        and text[position + 1 : position + 2].isascii()
        and text[position + 1 : position + 2].isalpha()
    ):
        return 0
    return SMALL_UNITS.get(character, 0) or BIG_UNITS.get(character, 0)


def _read_figure(text: str, position: int) -> Figure | None:
    """An Arabic figure, one spoken digit, or two neighbouring ones that make a range (七八)."""
    character = text[position : position + 1]
    if character.isascii() and character.isdigit():
        return _read_arabic(text, position)
    if character == "几":
        return Figure(1, 9, position + 1)
    if character not in DIGITS:
        return None
    first = DIGITS[character]
    following = text[position + 1 : position + 2]
    if (
        following in DIGITS
        and _are_neighbours(character, following)
        and text[position + 2 : position + 3] not in DIGITS
        and not counts_one(text, position + 1)
    ):
        return Figure(first, DIGITS[following], position + 2)
    return Figure(first, first, position + 1)


def _are_neighbours(first: str, second: str) -> bool:
    if first + second in NEIGHBOURS:
        return True
    low, high = DIGITS[first], DIGITS[second]
    return low > 2 and high == low + 1


def counts_one(text: str, position: int) -> bool:
    """Whether the digit here is the 一 of 一个月 or the like and no part of what stands before it."""
    return text[position] in "一1" and counted_on(text, position + 1, COUNTED_ONCE)


def _read_arabic(text: str, position: int) -> Figure:
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
        return Figure(0, 0, end, arabic=len(digits))
    value = float(f"{digits}.{decimal or 0}")
    return Figure(value, value, end, arabic=len(digits), decimal=bool(decimal))


def _thousand(text: str, position: int) -> bool:
    group = text[position : position + 4]
    return len(group) >= 3 and group[:3].isascii() and group[:3].isdigit() and not group[3:4].isdigit()


@dataclass(slots=True)
class Section:
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


def read_section(text: str, start: int, *, within: float = 0) -> Section | None:
    """A number below 10,000; `within` is the big unit that stands before it (九千八 in 十七万九千八)."""
    section = Section(end=start)
    position = start
    while position < len(text):
        if text[position] in ZEROS and (section.unit or within) and not section.zero and _goes_on(text, position + 1):
            section.zero = True
            position += 1
            continue
        if text[position] in "十拾" and section.unit in (0, 100, 1000) and _opens_tens(text, section, position):
            if within and not section.zero and not section.unit:
                break
            section.add(1, 1, 10, position + 1)
            section.unit, position = 10, position + 1
            continue
        figure = _read_figure(text, position)
        if figure is None:
            break
        unit = SMALL_UNITS.get(text[figure.end : figure.end + 1], 0) if unit_at(text, figure.end) else 0
        if _second_counts_on(text, figure, unit) and not section.zero and (within or section.unit >= 1000):
            figure, unit = Figure(figure.low, figure.low, position + 1), 0
        if unit and _may_follow(section, unit, within):
            section.add(figure.low, figure.high, unit, figure.end + 1)
            section.unit, position = unit, figure.end + 1
            if figure.high == 9 and figure.low == 1:
                section.rough = "vague"
            continue
        if not unit and (second := _second_of_tail(text, position, section, within)):
            whole = within or section.unit
            section.add(figure.low, figure.low, whole / 10, position + 1)
            section.add(second, second, whole / 100, position + 2)
            break
        if _is_tail(text, section, figure, unit, within):
            _add_tail(section, figure, within)
        break
    return section if section.end > start else None


def _second_of_tail(text: str, position: int, section: Section, within: float) -> int:
    """8 of 十三万九八, a number that leaves both its last units out; 0 where no two such figures end it."""
    if (section.unit if section.unit else within) < 1000 or section.zero or (section.unit and within):
        return 0
    first, second, behind = (text[place : place + 1] for place in range(position, position + 3))
    if not (DIGITS.get(first) and DIGITS.get(second)) or {first, second} & set("两俩仨"):
        return 0
    if _are_neighbours(first, second) or behind in DIGITS or behind.isdigit() or unit_at(text, position + 2):
        return 0
    counted = behind in "点分%" if behind else False
    return 0 if counted or counted_on(text, position + 2, COUNTED_ONCE) else DIGITS[second]


def _opens_tens(text: str, section: Section, position: int) -> bool:
    """Whether 十 here is ten of this number: 一百零十二, 一百十二; in 三百十五号扣 it opens a date."""
    if section.zero or not section.unit:
        return True
    after = position + 1 + (text[position + 1 : position + 2] in DIGITS)
    return section.unit == 100 and text[after : after + 1] not in _AFTER_DATE


def _second_counts_on(text: str, figure: Figure, unit: float) -> bool:
    """Whether the second of two neighbours begins what follows: 八万二三十六期, 一万二三年还."""
    if figure.low == figure.high or figure.high - figure.low > 2:
        return False
    return unit == 10 or counted_on(text, figure.end)


def counted_on(text: str, position: int, counted: frozenset[str] = COUNTED) -> bool:
    """Whether what stands here is counted by the digit before it."""
    character, following = text[position : position + 1], text[position + 1 : position + 2]
    if not character or character not in counted:
        return False
    if character == "点" and (following in DIGITS or following.isdecimal()):
        return False
    return not following or following not in NOT_COUNTED.get(character, "")


def _goes_on(text: str, position: int) -> bool:
    return text[position : position + 1] in DIGITS or text[position : position + 1] in SMALL_UNITS


def _may_follow(section: Section, unit: float, within: float) -> bool:
    if not section.unit:
        return not within or section.zero or unit >= 100
    return unit < section.unit and (section.zero or unit * 10 == section.unit)


def _is_tail(text: str, section: Section, figure: Figure, unit: float, within: float) -> bool:
    """Whether the last figure belongs to the number (八千五) and does not count what comes after (八千一个月)."""
    if not section.unit and not within:
        return True
    if unit and not (unit == 10 and _day_beyond_month(text, figure)):
        return False
    if figure.arabic > 1 and not within:
        return False
    if text.startswith("期", figure.end) and (section.zero or section.unit == 10):
        return True
    if section.unit == 10 and section.low < 100:
        return True
    if section.zero or section.unit == 10:
        return not counts_one(text, figure.end - 1)
    if text[figure.end - 1] in "两俩仨":
        return False
    following = text[figure.end : figure.end + 1]
    if following in DIGITS:
        behind = text[figure.end + 1 : figure.end + 2]
        whole = bool(section.unit) and SMALL_UNITS.get(behind, 0) >= section.unit  # 八千九,九千
        return behind == "十" or whole or counted_on(text, figure.end + 1, COUNTED_ONCE)
    counted = _ONCE_BEHIND_SUMS if text[figure.end - 1] in "一1" else COUNTED
    return not counted_on(text, figure.end, counted) and not (following.isascii() and following.isdigit())


def _day_beyond_month(text: str, figure: Figure) -> bool:
    """两千四十五号: the 15th, as there is no 45th."""
    day = text[figure.end + 1 : figure.end + 2]
    ones = DIGITS.get(day, 0)
    after = figure.end + 1 + (1 if day in DIGITS else 0)
    return text[after : after + 1] in ("号", "日") and figure.low * 10 + ones > 31


def _add_tail(section: Section, figure: Figure, within: float) -> None:
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


def spoken_decimal(text: str, section: Section) -> Section:
    """十二点八万, 三点五成: 点 is a decimal point only where a unit, 个点 or the end of the text follows its digits."""
    if text[section.end : section.end + 1] != "点":
        return section
    end = section.end + 1
    while end < len(text) and (text[end] in DIGITS or "0" <= text[end] <= "9"):
        end += 1
    if end == section.end + 1 or end - section.end > 5:
        return section
    if not (
        text[end : end + 1] in ("", "万", "亿", "千", "w", "k", "成", "%", "个", "年", "吧", "。", ",")
        or text.startswith("左右", end)
    ):
        return section
    decimals = "".join(str(DIGITS.get(character, character)) for character in text[section.end + 1 : end])
    value = section.low + float(f"0.{decimals}")
    return replace(section, low=value, high=value, leading=value, end=end, decimal=True)
