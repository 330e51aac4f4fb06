"""Says amounts, digits and lengths of time in the ways that people and recognisers do."""

from __future__ import annotations

from collections.abc import Iterator

FIGURES = "零一二三四五六七八九"
UNITS = ("", "十", "百", "千")
ARABIC = str.maketrans("一二三四五六七八九", "123456789")
FULL_WIDTH = str.maketrans("0123456789.,kw", "０１２３４５６７８９．，ｋｗ")
LARGEST = 9_999_999
TEN_THOUSAND = 10_000
READINGS = {"0": "零洞", "1": "一幺", "2": "二两", "7": "七拐", "9": "九勾"}


def amount_forms(value: int) -> Iterator[tuple[str, str]]:
    """(name of the form, the amount in it) for each form that says `value` (1 to 9,999,999) without rounding."""
    full = formal(value)
    yield "formal", full
    yield "colloquial", colloquial(value)
    yield "pair", _with_pair(full)
    yield "pair, colloquial", _with_pair(colloquial(value))
    yield "circle", full.replace("零", "〇")
    yield "figures", str(value)
    yield "figures, commas", f"{value:,}"
    yield "figures, full width", str(value).translate(FULL_WIDTH)
    yield "ten without one", full.replace("百一十", "百十").replace("零一十", "零十")
    if "零" not in full and "十" not in full:
        yield "figures and units", full.translate(ARABIC)
        yield "figures and units, colloquial", colloquial(value).translate(ARABIC)
    if value >= TEN_THOUSAND:
        yield from _in_ten_thousands(value)
    if value % 1000 == 0 and value < 1_000_000:
        yield "k", f"{value // 1000}k"
    if value % 100 == 0 and value % 1000 and 1000 < value < TEN_THOUSAND:
        yield "k with a tail", f"{value // 1000}k{value % 1000 // 100}"
        yield "decimal k", f"{value / 1000:g}k"


def _in_ten_thousands(value: int) -> Iterator[tuple[str, str]]:
    high, low = divmod(value, TEN_THOUSAND)
    decimal = f"{high}.{low:04d}".rstrip("0").rstrip(".")
    yield "decimal 万", f"{decimal}万"
    yield "decimal w", f"{decimal}w"
    yield "decimal 万, full width", f"{decimal}万".translate(FULL_WIDTH)
    if low:
        decimals = "".join(FIGURES[int(digit)] for digit in decimal.split(".")[1])
        yield "spoken decimal", f"{below_ten_thousand(high)}点{decimals}万"
        if low >= 1000:
            yield "figures around 万", f"{high}万{low}"
        if low % 1000 == 0:
            yield "figure and tail", f"{high}万{low // 1000}"
            yield "traditional", f"{below_ten_thousand(high)}萬{FIGURES[low // 1000]}"


def below_ten_thousand(value: int) -> str:
    """3050 as 三千零五十, 12 as 十二."""
    text, gap = "", False
    digits = f"{value:d}"
    for index, digit in enumerate(digits):
        unit = UNITS[len(digits) - 1 - index]
        if digit == "0":
            gap = bool(text)
            continue
        text += ("零" if gap else "") + FIGURES[int(digit)] + unit
        gap = False
    return text.removeprefix("一") if 10 <= value < 20 else text


def formal(value: int) -> str:
    """In full: 179800 as 十七万九千八百."""
    high, low = divmod(value, TEN_THOUSAND)
    if not high:
        return below_ten_thousand(low)
    text = below_ten_thousand(high) + "万"
    if not low:
        return text
    rest = below_ten_thousand(low)
    if 10 <= low < 20:
        rest = "一" + rest
    return text + ("零" if low < 1000 else "") + rest


def colloquial(value: int) -> str:
    """As people say it: 8500 as 八千五, 12000 as 一万二, 179800 as 十七万九千八."""
    text = formal(value)
    for shorter, unit, after in (("百", 100, "千"), ("十", 10, "百"), ("千", 1000, "万")):
        if value % unit == 0 and value // unit % 10 and value // (unit * 10) and text.endswith(shorter):
            previous = text[:-2]
            if previous.endswith(after):
                return text[:-1]
    return text


def _with_pair(text: str) -> str:
    """两 for the 二 before 百, 千 and 万 (not after 十)."""
    said = ""
    for index, character in enumerate(text):
        pair = character == "二" and text[index + 1 : index + 2] in ("百", "千", "万") and said[-1:] != "十"
        said += "两" if pair else character
    return said


def digit_forms(digits: str) -> Iterator[tuple[str, str]]:
    """(name of the form, the digit string in it) for each way to read `digits` out."""
    plain = "".join(FIGURES[int(digit)] for digit in digits)
    yield "plain", plain
    yield "figures", digits
    yield "full width", digits.translate(FULL_WIDTH)
    yield "radio", "".join(READINGS.get(digit, FIGURES[int(digit)])[-1] for digit in digits)
    yield "telephone", plain.replace("一", "幺")
    groups = [plain[index : index + 3] for index in range(0, len(plain), 3)]
    yield "groups", " ".join(groups)
    yield "groups, commas", "，".join(groups)
    if all(len(group) > 1 for group in groups):
        yield "groups, filled", "嗯".join(groups)
    yield "repeats", _repeats(digits)


def _repeats(digits: str) -> str:
    """888 as 三个八 where a digit comes three to six times."""
    said, index = "", 0
    while index < len(digits):
        run = len(digits[index:]) - len(digits[index:].lstrip(digits[index]))
        if 3 <= run <= 6:
            said += f"{FIGURES[run]}个{FIGURES[int(digits[index])]}"
            index += run
        else:
            said += FIGURES[int(digits[index])]
            index += 1
    return said


def month_forms(months: int) -> Iterator[tuple[str, str]]:
    """(name of the form, the length of time in it) for each way to say a number of months (1 to 360)."""
    for unit in ("个月", "期"):
        yield unit, below_ten_thousand(months).replace("二", "两" if months == 2 else "二") + unit
        yield f"figures, {unit}", f"{months}{unit}"
        yield f"full width, {unit}", f"{months}{unit}".translate(FULL_WIDTH)
    years, rest = divmod(months, 12)
    if years:
        spoken = "两" if years == 2 else below_ten_thousand(years)
        if not rest:
            yield "years", f"{spoken}年"
            yield "figures, years", f"{years}年"
            yield "years whole", f"整整{spoken}年"
        elif rest == 6:
            yield "years and a half", f"{spoken}年半"
            yield "decimal years", f"{years}.5年"
        if rest:
            yield "years and months", f"{spoken}年零{below_ten_thousand(rest)}个月"
            yield "figures, years and months", f"{years}年{rest}个月"
    if months == 6:
        yield "half a year", "半年"
