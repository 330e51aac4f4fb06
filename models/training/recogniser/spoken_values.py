"""Amounts, dates, digit strings and spans of time as they are said on the phone, at random."""

from random import Random

from models.training.recogniser.spoken_numbers import DIGITS, say_amount, say_digits, say_number

_TERMS = {12: "一年", 18: "一年半", 24: "两年", 36: "三年", 48: "四年", 60: "五年"}
_NEIGHBOURS = ("一二", "一两", "二三", "两三", "三四", "三五", "四五", "五六", "六七", "七八", "八九")
_PLATE_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_MOBILE_HEADS = ("3", "4", "5", "6", "7", "8", "8", "9")


def digit_string(rng: Random, count: int) -> str:
    """`count` digits read one by one, now and then in groups; identity numbers may end in X."""
    drawn = "".join(str(rng.randint(0, 9)) for _ in range(count))
    if rng.random() < 0.12:  # repeats, where digits are easily lost or doubled
        at = rng.randrange(count)
        drawn = drawn[:at] + drawn[at] * rng.randint(2, 4) + drawn[at + 1 :]
        drawn = drawn[:count]
    if count in (4, 6, 18) and rng.random() < 0.06:
        return _grouped(say_digits(drawn[:-1], rng), rng) + rng.choice(["X", "叉"])
    return _grouped(say_digits(drawn, rng), rng)


def _grouped(spoken: str, rng: Random) -> str:
    if len(spoken) < 6 or rng.random() < 0.45:
        return spoken
    size = 3 if len(spoken) in (6, 9) and rng.random() < 0.5 else 4
    return "，".join(spoken[start : start + size] for start in range(0, len(spoken), size))


def phone(rng: Random) -> str:
    """A mobile number."""
    number = "1" + rng.choice(_MOBILE_HEADS) + "".join(str(rng.randint(0, 9)) for _ in range(9))
    spoken = say_digits(number, rng, yao=0.9)
    if rng.random() < 0.6:
        return f"{spoken[:3]}，{spoken[3:7]}，{spoken[7:]}"
    return spoken


def plate(rng: Random) -> str:
    """A number plate, five places or six (new energy)."""
    tail = "".join(str(rng.randint(0, 9)) for _ in range(rng.choice((4, 5, 5, 5))))
    letter = rng.choice(_PLATE_LETTERS) if len(tail) == 4 or rng.random() < 0.15 else ""
    return rng.choice(_PLATE_PROVINCES) + rng.choice(_PLATE_LETTERS[:12]) + letter + say_digits(tail, rng)


def money(rng: Random) -> str:
    """An amount between a few hundred and a few hundred thousand yuan."""
    kind = rng.random()
    if kind < 0.3:
        value = rng.randint(2, 99) * 100 if rng.random() < 0.55 else rng.randint(11, 390) * 1000
        return say_amount(value) + rng.choice(["", "", "", "块", "块钱"])
    if kind < 0.5:
        return say_number(rng.randint(2, 30) * 1000) + rng.choice(["", "", "块", "块钱", "元"])
    if kind < 0.62:
        return say_number(rng.randint(1, 60) * 10_000) + rng.choice(["", "", "块", "元", "块钱"])
    if kind < 0.84:
        value = rng.randint(60, 999) * 10 + rng.choice([0, 0, rng.randint(1, 9)])
        return say_number(value) + rng.choice(["", "块", "元", "块钱"])
    if kind < 0.93:
        return say_number(rng.randint(101, 3000) * 100 + rng.choice([0, 50, 80, rng.randint(1, 99)])) + rng.choice(
            ["", "元", "块"]
        )
    if kind < 0.97:
        whole = say_number(rng.randint(1, 30))
        return f"{whole}点{DIGITS[rng.randint(1, 9)]}{rng.choice(['', DIGITS[rng.randint(1, 9)]])}万"
    cents = DIGITS[rng.randint(1, 9)]
    return say_number(rng.randint(100, 9999)) + rng.choice([f"块{cents}", f"块{cents}毛", f"元{cents}角"])


def price(rng: Random) -> str:
    """The price of a car."""
    thousands = rng.randint(30, 420)
    if rng.random() < 0.55:
        return say_amount(thousands * 1000 + rng.choice([0, 800, 900, 500, 600, 300, 880, 980]))
    if rng.random() < 0.5:
        return say_amount(thousands * 1000)
    return say_number(thousands // 10 * 10_000) + rng.choice(["", "", "多", "出头", "左右"])


def money_range(rng: Random) -> str:
    """An amount that the speaker leaves open."""
    kind = rng.random()
    if kind < 0.5:
        unit = rng.choice(["千", "千", "百", "万", "十万", "百块"])
        return rng.choice(_NEIGHBOURS) + unit + rng.choice(["", "", "块", "块钱"]).replace("块块", "块")
    low = rng.randint(2, 19)
    if kind < 0.75:
        return f"{say_amount(low * 1000)}{rng.choice('到到至')}{say_amount((low + rng.randint(1, 5)) * 1000)}"
    return rng.choice(
        [
            *("三四百", "两三千", "四五千", "七八千", "大几千", "好几千", "十来万", "一两万", "小两万", "万把块"),
            *("几百块", "几千块", "千把块", "一万多", "上万", "几万", "十几万", "二十几万", "好几万", "一百多"),
        ]
    )


def money_hedged(rng: Random) -> str:
    """A round amount and how sure the speaker is of it."""
    head = say_number(rng.choice([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 18, 20])).replace("二", "两")
    head = head.replace("十两", "十二").replace("两十", "二十")
    unit = "万" if rng.random() < 0.4 or len(head) > 1 else "千"
    return rng.choice(
        [
            f"{head}{unit}多",
            f"{head}{unit}来块",
            f"{head}{unit}出头",
            f"{head}{unit}左右",
            f"不到{head}{unit}",
            f"将近{head}{unit}",
            f"小{head}{unit}",
            f"快{head}{unit}",
            f"{head}{unit}不到",
            f"{head}{unit}把块",
            f"差不多{head}{unit}",
            f"大概{head}{unit}",
            f"至少{head}{unit}",
            f"最多{head}{unit}",
        ]
    )


def term(rng: Random) -> str:
    """How long a loan runs."""
    months = rng.choice(list(_TERMS))
    number = say_number(months)
    return rng.choice([_TERMS[months], _TERMS[months], f"{number}期", f"{number}期", f"{number}个月"])


def percent(rng: Random) -> str:
    """A share or a rate."""
    kind = rng.random()
    if kind < 0.35:
        return rng.choice(
            [f"{say_number(rng.randint(1, 9)).replace('二', '两')}成", "一成半", "三成多", "两成半", "对半"]
        )
    if kind < 0.75:
        return "百分之" + say_number(rng.choice([5, 8, 10, 12, 15, 18, 20, 24, 25, 30, 35, 36, 40, 45, 50, 60, 70, 80]))
    if kind < 0.93:
        return f"{rng.choice(['百分之', ''])}{DIGITS[rng.randint(1, 9)]}点{DIGITS[rng.randint(1, 9)]}"
    return rng.choice(["零首付", "零利息", "三厘", "四厘五", "一分", "一分二", "两分利"])


def birth_year(rng: Random) -> str:
    """A year of birth without its 年, in two digits or four."""
    year = str(rng.randint(1955, 2007))
    return "".join(DIGITS[int(digit)] for digit in (year if rng.random() < 0.4 else year[2:]))


def date(rng: Random) -> str:
    """A date, whole or in part."""
    year = str(rng.randint(1958, 2027))
    year = "".join(DIGITS[int(digit)] for digit in (year if rng.random() < 0.7 else year[2:]))
    month, day = say_number(rng.randint(1, 12)), say_number(rng.randint(1, 31))
    kind = rng.random()
    if kind < 0.55:
        return f"{year}年{month}月{day}{rng.choice('号日号')}"
    if kind < 0.75:
        return f"{month}月{day}{rng.choice('号号日')}"
    if kind < 0.87:
        return f"{year}年{month}月{rng.choice(['', '份'])}"
    return rng.choice(["上个月", "这个月", "下个月", "每个月", "去年", "今年", "前年"]) + rng.choice(
        [f"{day}号", f"{month}月份", f"{month}月{day}号"]
    )


def duration(rng: Random) -> str:
    """How long something has lasted."""
    years = rng.randint(1, 25)
    spoken = ("两" if years == 2 else say_number(years)) + "年"
    if rng.random() < 0.4:
        months = say_number(rng.randint(1, 11)).replace("二", "两", 1) if rng.random() < 0.8 else "几"
        return rng.choice(
            ["半年", "半年多", f"{months}个月", f"{months}个多月", "十几年", "五六年", "七八年", "两三年", "一年多"]
        )
    return spoken + rng.choice(["", "", "", "多", "半", "了"])
