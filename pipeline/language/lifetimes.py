"""How long somebody has worked, told by ages: 十九岁下的井,今年四十一; 闺女满周岁那年进的厂,她今年十三了."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.language.resources import any_of, table
from pipeline.language.sections import read_section
from pipeline.types import Mention, Quantity

FILE = "language/since.yaml"
NUMBER = "[零一二三四五六七八九十两0-9]{1,4}"
MONTHS, LONGEST = 12, 60


class LifetimeReader:
    """Reckons by `ages` of `configs/language/since.yaml`: an age, a birth or a school year then, and one of today."""

    def __init__(self, own: Path | None = None) -> None:
        words: Mapping[str, Any] = table(FILE, own)["ages"]
        self._school: Mapping[str, int] = {str(name): int(age) for name, age in words["school"].items()}
        self._born: Mapping[str, int] = {str(name): int(age) for name, age in words["born"].items()}
        school = any_of(self._school)
        born = "|".join(self._born)
        then, now, end = words["then"], words["now"], words["end"]
        self._then = re.compile(
            f"(?:(?:(?<=[我俺咱])(?P<bare>{NUMBER})|(?P<age>{NUMBER})(?:周?岁|来岁))|(?P<school>{school})|(?P<born>{born}))(?:{then})"
        )
        self._now = re.compile(
            f"(?:{now})[^,。?!]{{0,6}}?(?:(?P<age>{NUMBER})(?:周?岁)?|(?P<school>{school}))(?={end})"
            f"|(?:^|[,。 ])[^,。?!]{{0,4}}?(?P<old>{NUMBER})岁(?={end})"
        )

    def read(self, text: str) -> Mention | None:
        """The length of time between the two ages of a folded text, with the `unit` since; None without both."""
        then = self._then.search(text)
        if then is None:
            return None
        now = next((found for found in self._now.finditer(text) if not _overlap(found, then)), None)
        first, last = self._age(then), self._age(now) if now is not None else None
        if now is None or first is None or last is None or not 0 <= last - first <= LONGEST:
            return None
        start, end = min(then.start(), now.start()), max(then.end(), now.end())
        roughly = (then["school"] is None) != (now["school"] is None)
        months = (last - first) * MONTHS
        low, high = (months - MONTHS, months + MONTHS) if roughly else (None, None)
        quantity = Quantity(months, low, high, hedged=roughly)
        return Mention("duration", start, end, text[start:end], quantity, None, {"unit": "since", "about": "work"})

    def _age(self, found: re.Match[str]) -> int | None:
        groups = found.groupdict()
        if groups.get("school"):
            return self._school[groups["school"]]
        if groups.get("born"):
            return next(age for born, age in self._born.items() if re.match(born, found.string[found.start("born") :]))
        said = groups.get("age") or groups.get("bare") or groups.get("old") or ""
        section = read_section(said, 0)
        return int(section.low) if section is not None and section.end == len(said) else None


def _overlap(one: re.Match[str], other: re.Match[str]) -> bool:
    return one.start() < other.end() and other.start() < one.end()
