"""The year since which somebody works: 零九年进的厂, 一二年考进去的, 二二年开始跑的."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.language.phrases import PhraseBook
from pipeline.language.resources import labelled, table
from pipeline.language.sections import DIGITS
from pipeline.types import Mention

REACH = 4


class SinceReader:
    """Finds calendar years that a beginning stands after, by `configs/language/since.yaml`."""

    def __init__(self, own: Path | None = None) -> None:
        content: Mapping[str, Any] = table("language/since.yaml", own)
        self._words = PhraseBook(labelled(content["words"]))

    def read(self, text: str) -> list[Mention]:
        """Date mentions of a folded text: `value` is the year in four digits, `about` is work where that is plain."""
        mentions: list[Mention] = []
        place = text.find("年")
        while place >= 0:
            start = place
            while start and place - start < 4 and (text[start - 1] in DIGITS or text[start - 1].isdigit()):
                start -= 1
            year = _year(text[start:place])
            end = place + 1
            word = next((hit for gap in range(REACH) if (hit := self._words.match(text, end + gap))), None)
            if year and word is not None:
                attributes = {"about": "work"} if word.label == "work" else {}
                mentions.append(Mention("date", start, end, text[start:end], None, year, attributes))
            place = text.find("年", end)
        return mentions


def _year(said: str) -> str:
    """Four digits of 二零一五, 2015, 零九, 09 or 一五; "" where it is no year."""
    digits = "".join(character if character.isdigit() else str(DIGITS[character]) for character in said)
    if len(digits) == 4 and digits[:2] in ("19", "20"):
        return digits
    if len(digits) != 2 or "两" in said:
        return ""
    return f"20{digits}" if int(digits) <= 35 else f"19{digits}" if int(digits) >= 70 else ""
