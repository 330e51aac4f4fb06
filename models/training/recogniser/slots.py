"""What fills the slots of the sentence templates: names, amounts, digits, addresses, cars."""

import re
from collections.abc import Callable
from random import Random

from models.training.recogniser.lexicon import Lexicon
from models.training.recogniser.spoken_numbers import DIGITS, say_amount, say_digits, say_number

_SLOT = re.compile(r"\{(\w+)\}")
_TERMS = (12, 18, 24, 36, 48, 60)
_NEIGHBOURS = ("二三", "三四", "四五", "五六", "六七", "七八", "八九")


class SlotFiller:
    """Fills `{slot}` marks of a template with values drawn from the lexicon.

    A slot is either a method named below or a list of the lexicon. An unknown slot raises `KeyError` with its name.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._makers: dict[str, Callable[[Random], str]] = {
            "name": self.name,
            "money": self.money,
            "money_range": self.money_range,
            "money_hedged": self.money_hedged,
            "price": self.price,
            "term": self.term,
            "percent": self.percent,
            "phone": self.phone,
            "address": self.address,
            "employer": self.employer,
            "vehicle": self.vehicle,
            "date": self.date,
            "duration": self.duration,
            "age": lambda rng: say_number(rng.randint(20, 62)) + rng.choice(["岁", "岁", ""]),
            "birth_year": self.birth_year,
            "month": lambda rng: say_number(rng.randint(1, 12)),
            "day": lambda rng: say_number(rng.randint(1, 31)),
            "digit": lambda rng: DIGITS[rng.randint(1, 9)],
            "digits3": lambda rng: self.digits(rng, 3),
            "digits4": lambda rng: self.digits(rng, 4),
            "digits6": lambda rng: self.digits(rng, 6),
        }

    def fill(self, template: str, rng: Random) -> str:
        """The template with every slot filled."""
        return _SLOT.sub(lambda match: self.make(match[1], rng), template)

    def make(self, slot: str, rng: Random) -> str:
        """One value for one slot."""
        maker = self._makers.get(slot)
        if maker is not None:
            return maker(rng)
        return rng.choice(self._lexicon.words[slot])

    def name(self, rng: Random) -> str:
        surnames = self._lexicon.surnames
        # Squaring leans towards the head of the list: common surnames are common on the phone, too.
        surname = surnames[int(rng.random() ** 1.6 * len(surnames))]
        if rng.random() < 0.2:
            given = rng.choice(self._lexicon.given_characters) + rng.choice(self._lexicon.given_characters)
        else:
            given = rng.choice(self._lexicon.given_names)
        return surname + given

    def digits(self, rng: Random, count: int) -> str:
        if count in (4, 6) and rng.random() < 0.06:
            return say_digits("".join(str(rng.randint(0, 9)) for _ in range(count - 1)), rng) + rng.choice(["X", "叉"])
        return say_digits("".join(str(rng.randint(0, 9)) for _ in range(count)), rng)

    def phone(self, rng: Random) -> str:
        number = "1" + rng.choice("35789") + "".join(str(rng.randint(0, 9)) for _ in range(9))
        spoken = say_digits(number, rng, yao=0.9)
        if rng.random() < 0.6:
            return f"{spoken[:3]}，{spoken[3:7]}，{spoken[7:]}"
        return spoken

    def money(self, rng: Random) -> str:
        kind = rng.random()
        if kind < 0.35:
            value = rng.randint(2, 99) * 100 if rng.random() < 0.55 else rng.randint(11, 390) * 1000
            return say_amount(value)
        if kind < 0.6:
            return say_number(rng.randint(2, 30) * 1000) + rng.choice(["", "", "块", "块钱", "元"])
        if kind < 0.75:
            return say_number(rng.randint(2, 40) * 10_000) + rng.choice(["", "", "块", "元"])
        if kind < 0.9:
            value = rng.randint(60, 999) * 10 + rng.choice([0, 0, rng.randint(1, 9)])
            return say_number(value) + rng.choice(["", "块", "元", "块钱"])
        return say_number(rng.randint(101, 3000) * 100 + rng.choice([0, 50, 80])) + rng.choice(["", "元"])

    def price(self, rng: Random) -> str:
        thousands = rng.randint(40, 320)
        if rng.random() < 0.55:
            return say_amount(thousands * 1000 + rng.choice([0, 800, 900, 500, 600, 300]))
        if rng.random() < 0.5:
            return say_amount(thousands * 1000)
        return say_number(thousands // 10 * 10_000) + rng.choice(["", "", "多", "出头", "左右"])

    def money_range(self, rng: Random) -> str:
        kind = rng.random()
        if kind < 0.5:
            unit = rng.choice(["千", "千", "百", "万"])
            return rng.choice(_NEIGHBOURS) + unit + rng.choice(["", "", "块", "块钱"])
        low = rng.randint(3, 12)
        if kind < 0.75:
            return f"{say_amount(low * 1000)}到{say_amount((low + rng.randint(1, 4)) * 1000)}"
        return rng.choice(["三四百", "两三千", "四五千", "七八千", "大几千", "好几千", "十来万", "一两万", "小两万"])

    def money_hedged(self, rng: Random) -> str:
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
            ]
        )

    def term(self, rng: Random) -> str:
        months = rng.choice(_TERMS)
        years = {12: "一年", 18: "一年半", 24: "两年", 36: "三年", 48: "四年", 60: "五年"}[months]
        number = say_number(months)
        return rng.choice([years, years, f"{number}期", f"{number}期", f"{number}个月"])

    def percent(self, rng: Random) -> str:
        kind = rng.random()
        if kind < 0.4:
            return rng.choice(["两成", "三成", "四成", "五成", "一成半", "三成多", "一成"])
        if kind < 0.8:
            return "百分之" + say_number(rng.choice([10, 15, 20, 25, 30, 35, 40, 50, 60]))
        if kind < 0.9:
            return f"百分之{DIGITS[rng.randint(1, 9)]}点{DIGITS[rng.randint(1, 9)]}"
        return rng.choice(["零首付", "零利息"])

    def birth_year(self, rng: Random) -> str:
        year = str(rng.randint(1962, 2005))
        return "".join(DIGITS[int(digit)] for digit in (year if rng.random() < 0.4 else year[2:]))

    def date(self, rng: Random) -> str:
        year = "".join(DIGITS[int(digit)] for digit in str(rng.randint(1962, 2026)))
        return f"{year}年{say_number(rng.randint(1, 12))}月{say_number(rng.randint(1, 31))}{rng.choice('号日号')}"

    def duration(self, rng: Random) -> str:
        years = rng.randint(1, 20)
        spoken = ("两" if years == 2 else say_number(years)) + "年"
        if rng.random() < 0.4:
            return rng.choice(["半年", "半年多", "三个月", "几个月", "十几年", "五六年", "七八年"])
        return spoken + rng.choice(["", "", "", "多", "半"])

    def address(self, rng: Random) -> str:
        words = self._lexicon.words
        parts = []
        if rng.random() < 0.25:
            parts.append(rng.choice(words["province"]))
        parts.append(rng.choice(words["city"]) + rng.choice(["", "市"]))
        if rng.random() < 0.75:
            parts.append(rng.choice(words["district"]))
        if rng.random() < 0.65:
            parts.append(rng.choice(words["road"]) + rng.choice(["", say_number(rng.randint(1, 399)) + "号"]))
        if rng.random() < 0.55:
            parts.append(rng.choice(words["compound"]))
            if rng.random() < 0.5:
                parts.append(say_number(rng.randint(1, 30)) + rng.choice("栋幢"))
                if rng.random() < 0.5:
                    parts.append(self.digits(rng, 3).replace("叉", "一") + "室")
        elif rng.random() < 0.15:
            parts.append(rng.choice(words["town"]))
        return "".join(parts)

    def employer(self, rng: Random) -> str:
        words = self._lexicon.words
        if rng.random() < 0.35:
            return rng.choice(words["known_employer"])
        place = rng.choice(words["city"]) if rng.random() < 0.5 else ""
        form = rng.choice(["", rng.choice(words["company_form"])])
        return place + rng.choice(words["company_name"]) + rng.choice(words["trade"]) + form

    def vehicle(self, rng: Random) -> str:
        vehicle = rng.choice(self._lexicon.vehicles)
        spoken = rng.choice(vehicle.spoken)
        return vehicle.brand + spoken if rng.random() < 0.6 else spoken
