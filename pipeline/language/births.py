"""Days of the calendar, ages and zodiac signs: 八八年五月六号, 三十六岁, 属马."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from pipeline.language.approximations import Amount
from pipeline.language.resources import table, word_list
from pipeline.language.sections import DIGITS
from pipeline.types import Mention

_FIGURES = "0-9零〇一二三四五六七八九"
_COUNT = "[0-9一二三四五六七八九十]{1,3}"
_DAY = re.compile(
    f"(?:([{_FIGURES}]{{2}}|[{_FIGURES}]{{4}})年)?(?:的)?(?:(农历|阴历|阳历|新历|公历))?({_COUNT})月份?({_COUNT})"
    "(?:号|日|(?=[,。、;!]|$))"
)
_WRITTEN = re.compile(r"(?<![0-9.])((?:19|20)[0-9]{2})[-/.]([01]?[0-9])[-/.]([0-3]?[0-9])(?![0-9.])")
_BIRTH_REACH = 8
_OLDEST = 120
SMALL_DRAGON = {"小龙": "蛇"}
_CENTURY_TURN = 35
_LEAP_YEAR = 2000


class BirthReader:
    """Finds what tells when somebody was born, and other full dates, by `configs/language/births.yaml`."""

    def __init__(self, own: Path | None = None) -> None:
        content = table("language/births.yaml", own)
        self._about = word_list(content["birth"])
        signs = "".join(word_list(content["zodiac"]))
        self._zodiac = re.compile(f"属(?:相)?(?:是)?(小龙|[{signs}])(?![{''.join(word_list(content['not_after']))}])")

    def read(self, text: str, amounts: Sequence[Amount]) -> list[Mention]:
        """Mentions of a folded text of the kinds calendar_date, age and zodiac.

        `value` of a date is ISO 8601 (`1988-05-06`; `--05-06` without a year), `about` is birth where that is said;
        an age has its years as quantity; a zodiac sign its character.
        """
        mentions = [*self._days(text), *self._written(text)] if "月" in text or "-" in text or "/" in text else []
        if "岁" in text:
            mentions += [
                Mention(
                    "age",
                    amount.start,
                    amount.number.end + 1,
                    text[amount.start : amount.number.end + 1],
                    amount.quantity(),
                )
                for amount in amounts
                if text.startswith("岁", amount.number.end) and 0 < amount.number.high <= _OLDEST
            ]
        if "属" in text:
            mentions += [
                Mention("zodiac", found.start(), found.end(), found[0], None, SMALL_DRAGON.get(found[1], found[1]))
                for found in self._zodiac.finditer(text)
            ]
        return mentions

    def _days(self, text: str) -> list[Mention]:
        mentions = []
        for found in _DAY.finditer(text):
            year, calendar, month, day = found.groups()
            value = _iso(_year(year) if year else "", _count(month), _count(day))
            if value:
                attributes = self._attributes(text, found.start(), found.end())
                if calendar in ("农历", "阴历"):
                    attributes["calendar"] = "lunar"
                mentions.append(Mention("calendar_date", found.start(), found.end(), found[0], None, value, attributes))
        return mentions

    def _written(self, text: str) -> list[Mention]:
        mentions = []
        for found in _WRITTEN.finditer(text):
            value = _iso(found[1], int(found[2]), int(found[3]))
            if value:
                attributes = self._attributes(text, found.start(), found.end())
                mentions.append(Mention("calendar_date", found.start(), found.end(), found[0], None, value, attributes))
        return mentions

    def _attributes(self, text: str, start: int, end: int) -> dict[str, str]:
        near = text[max(0, start - _BIRTH_REACH) : start] + "," + text[end : end + 3]
        return {"about": "birth"} if any(word in near for word in self._about) else {}


def _year(said: str) -> str:
    """Four digits of 一九八八, 1988, 八八 or 88."""
    digits = "".join(str(DIGITS.get(character, character)) for character in said)
    if len(digits) == 4:
        return digits if digits[:2] in ("19", "20") else ""
    return f"20{digits}" if int(digits) <= _CENTURY_TURN else f"19{digits}"


def _count(said: str) -> int:
    """A month or day of one or two figures: 五, 十二, 二十三, 15; 0 where it is none."""
    if said.isascii():
        return int(said)
    if said == "十":
        return 10
    tens, ten, ones = said.partition("十")
    if not ten:
        return DIGITS[said] if len(said) == 1 and said in DIGITS else 0
    if (tens and tens not in DIGITS) or (ones and ones not in DIGITS):
        return 0
    return (DIGITS[tens] if tens else 1) * 10 + (DIGITS[ones] if ones else 0)


def _iso(year: str, month: int, day: int) -> str:
    try:
        when = date(int(year or _LEAP_YEAR), month, day)
    except ValueError:
        return ""
    return when.isoformat() if year else f"--{when:%m-%d}"
