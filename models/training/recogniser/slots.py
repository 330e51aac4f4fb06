"""What fills the slots of the sentence templates: names, amounts, digits, addresses, cars."""

import re
from collections.abc import Callable
from random import Random

from models.training.recogniser import spoken_values
from models.training.recogniser.lexicon import Lexicon
from models.training.recogniser.spoken_numbers import DIGITS, say_number

_SLOT = re.compile(r"\{(\w+)\}")


class SlotFiller:
    """Fills `{slot}` marks of a template with values drawn from the lexicon.

    A slot is either a method named below or a list of the lexicon. An unknown slot raises `KeyError` with its name.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._makers: dict[str, Callable[[Random], str]] = {
            "name": self.name,
            "money": spoken_values.money,
            "money_range": spoken_values.money_range,
            "money_hedged": spoken_values.money_hedged,
            "price": spoken_values.price,
            "term": spoken_values.term,
            "percent": spoken_values.percent,
            "phone": spoken_values.phone,
            "plate": spoken_values.plate,
            "address": self.address,
            "employer": self.employer,
            "vehicle": self.vehicle,
            "date": spoken_values.date,
            "duration": spoken_values.duration,
            "age": lambda rng: say_number(rng.randint(18, 68)) + rng.choice(["岁", "岁", ""]),
            "birth_year": spoken_values.birth_year,
            "month": lambda rng: say_number(rng.randint(1, 12)),
            "day": lambda rng: say_number(rng.randint(1, 31)),
            "digit": lambda rng: DIGITS[rng.randint(1, 9)],
            "digits": lambda rng: spoken_values.digit_string(rng, rng.choice((5, 7, 8, 9, 10, 11, 12))),
            "digits3": lambda rng: spoken_values.digit_string(rng, 3),
            "digits4": lambda rng: spoken_values.digit_string(rng, 4),
            "digits6": lambda rng: spoken_values.digit_string(rng, 6),
            "card": lambda rng: spoken_values.digit_string(rng, rng.choice((16, 18, 18, 19))),
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
        # Leaning towards the head of the list: common surnames are common on the phone, too.
        surname = surnames[int(rng.random() ** 2 * len(surnames))]
        characters = self._lexicon.given_characters
        if rng.random() < 0.25:
            given = "".join(
                characters[int(rng.random() ** 2 * len(characters))] for _ in range(rng.choice((1, 2, 2, 2)))
            )
        else:
            given = rng.choice(self._lexicon.given_names)
        return surname + given

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
                if rng.random() < 0.3:
                    parts.append(say_number(rng.randint(1, 4)) + "单元")
                if rng.random() < 0.5:
                    parts.append(spoken_values.digit_string(rng, rng.choice((3, 4))).replace("叉", "一") + "室")
        elif rng.random() < 0.25:
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
