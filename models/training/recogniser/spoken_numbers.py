"""Numbers as Mandarin speakers say them on the phone."""

from random import Random

DIGITS = "零一二三四五六七八九"
_UNITS = ((1000, "千"), (100, "百"), (10, "十"), (1, ""))


def say_number(value: int) -> str:
    """The full reading of a whole number below 100 million: 3050 is 三千零五十, 20500 is 两万零五百."""
    if not 0 <= value < 100_000_000:
        raise ValueError(f"no reading for {value}: expected 0 to 99999999")
    if value == 0:
        return "零"
    ten_thousands, rest = divmod(value, 10_000)
    spoken = ""
    if ten_thousands:
        spoken = ("两" if ten_thousands == 2 else _say_section(ten_thousands)) + "万"
        if 0 < rest < 1000:
            spoken += "零"
    if rest:
        spoken += _say_section(rest, after_larger=bool(ten_thousands))
    return spoken


def _say_section(value: int, *, after_larger: bool = False) -> str:
    spoken, skipped = "", False
    for size, unit in _UNITS:
        digit, value = divmod(value, size)
        if digit == 0:
            skipped = skipped or bool(spoken)
            continue
        if skipped:
            spoken += "零"
            skipped = False
        if size == 10 and digit == 1 and not spoken and not after_larger:
            spoken += "十"
        else:
            spoken += ("两" if digit == 2 and size >= 1000 else DIGITS[digit]) + unit
    return spoken


def say_amount(value: int) -> str:
    """The everyday reading, with the last unit dropped where people drop it: 12000 is 一万二, 8500 is 八千五."""
    full = say_number(value)
    ten_thousands, rest = divmod(value, 10_000)
    if rest and rest % 1000 == 0 and ten_thousands:
        return say_number(ten_thousands * 10_000) + DIGITS[rest // 1000]
    if rest > 1000 and rest % 1000 and rest % 100 == 0:
        tail = say_number(rest)[:-1]
        return (say_number(ten_thousands * 10_000) if ten_thousands else "") + tail
    if 100 < value < 1000 and value % 10 == 0 and value % 100:
        return full[:-1]
    return full


def say_digits(digits: str, rng: Random, *, yao: float = 0.8) -> str:
    """A digit string read digit by digit; one is 幺 throughout the string with probability `yao`, else 一."""
    one = "幺" if rng.random() < yao else "一"
    return "".join(one if digit == "1" else DIGITS[int(digit)] for digit in digits)
