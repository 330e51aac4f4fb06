"""Since when somebody works: 零九年进的厂, 一二年考进去的, 二二年开始跑的, 去年来的."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.language.phrases import Hit, PhraseBook
from pipeline.language.resources import labelled, table, word_list
from pipeline.language.script import CLAUSE_END
from pipeline.language.sections import DIGITS, read_section
from pipeline.types import Mention, Quantity

REACH, WORK_REACH = 4, 8
BOUNDS = CLAUSE_END | frozenset(" 嗯呃啊吧") | {""}
RANGES = frozenset({"三五", "五六", "七八"})
YEARS_AGO = {"今年": 0, "去年": 1, "前年": 2, "大前年": 3}
MONTH = re.compile("(?:的)?(?P<month>[一二三四五六七八九十0-9]{1,3})月(?!供|租)(?:份|初|底|中旬)?")
# 五月份来的: of the last twelve.
MONTH_ALONE = re.compile(
    "(?<![年前个0-9一二三四五六七八九十几])(?P<month>1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九])月(?!供|租|薪|付|还)(?:份|初|底|中旬)?"
)
YEAR, ELSE_REACH = 12, 5
# 二十来天, 才两个星期: how long he has worked, where it ends its clause; one day is no length.
DAYS = re.compile(
    "(?<![第每半0-9一二两三四五六七八九十几])(?P<count>(?!一天|1天)[0-9一二两三四五六七八九十几]{1,3})(?:来|多|几)?(?P<unit>天|个?(?:星期|礼拜|周))"
    "(?=(?:了|吧|左右|啊|呀|嘛|的|前|不到)*(?:$|[,。!? ]|刚|我))"
)
OF_A_MONTH = {"天": 1 / 30, "星期": 7 / 30, "礼拜": 7 / 30, "周": 7 / 30}
# 上个月才搬进来的 tells of a home.
HOME = frozenset("搬住租")
# 零零年代, 一五年款 name no year in which something began.
NOT_A_YEAR = ("代", "级", "款", "份")


class SinceReader:
    """Finds calendar years that a beginning stands after, by `configs/language/since.yaml`."""

    def __init__(self, own: Path | None = None) -> None:
        content: Mapping[str, Any] = table("language/since.yaml", own)
        self._words = PhraseBook(labelled(content["words"]))
        self._relative: Mapping[str, Sequence[float]] = content["relative"]
        self._relative_book = PhraseBook((word, word) for word in self._relative)
        self._months: Mapping[str, int] = content["months"]
        self._month_book = PhraseBook((word, word) for word in self._months)
        self._else_began = word_list(content["else_began"])

    def read(self, text: str) -> list[Mention]:
        """Date mentions of a folded text: `value` is the year in four digits, `about` is work where that is plain.

        去年来的 and the like are durations with the `unit` since, as they count from the call.
        """
        mentions = self._since_relative(text)
        place = text.find("年")
        while place >= 0:
            start = place
            while start and place - start < 4 and (text[start - 1] in DIGITS or text[start - 1].isdigit()):
                start -= 1
            year = _year(text[start:place])
            end = place + 1
            behind = self._month(text, end)[0] if year else end
            word = self._begun(text, behind) if year else None
            if word is not None or (year and _is_bare(text, start, end)):
                attributes = {"about": "work"} if word is not None and word.label == "work" else {}
                mentions.append(Mention("date", start, end, text[start:end], None, year, attributes))
            place = text.find("年", end)
        return mentions

    def named(self, text: str) -> list[Mention]:
        """Every year of the calendar, and 去年 and the like, in a folded answer to the question since when; what else
        began then is left out where something is left.
        """
        found = self._since_relative(text, asked=True)
        for place in (place for place, each in enumerate(text) if each == "年"):
            start = place
            while start and place - start < 4 and (text[start - 1] in DIGITS or text[start - 1].isdigit()):
                start -= 1
            year = _year(text[start:place])
            if year and text[place + 1 : place + 2] not in NOT_A_YEAR:
                end = place + 1
                found.append(Mention("date", start, end, text[start:end], None, year))
        found = found or self._since_month(text) or _days(text)
        found.sort(key=lambda mention: mention.start)
        own = [m for m in found if not any(word in text[m.end : m.end + ELSE_REACH] for word in self._else_began)]
        return own or found

    def _month(self, text: str, end: int) -> tuple[int, dict[str, str]]:
        """Where the time of the year ends that stands at `end`, and the month that it is."""
        match = MONTH.match(text, end)
        if match is not None and (section := read_section(match["month"], 0)) is not None and 1 <= section.low <= YEAR:
            return match.end(), {"month": str(int(section.low))}
        place = end + text.startswith("的", end)
        hit = self._month_book.match(text, place)
        return (hit.end, {"month": str(self._months[hit.phrase])}) if hit is not None else (end, {})

    def _since_relative(self, text: str, *, asked: bool = False) -> list[Mention]:
        mentions = []
        for hit in self._relative_book.find(text):
            ago = YEARS_AGO.get(hit.phrase)
            end, month = self._month(text, hit.end) if ago is not None else (hit.end, {})
            word = self._begun(text, end)
            if word is not None or (asked and (month or ago != 0)):
                value, low, high = self._relative[hit.phrase]
                attributes = {"unit": "since", **({"about": "work"} if word and word.label == "work" else {}), **month}
                attributes |= {"ago": str(ago)} if month else {}
                quantity = Quantity(value, low, high, hedged=True)
                mentions.append(
                    Mention("duration", hit.start, hit.end, text[hit.start : hit.end], quantity, None, attributes)
                )
        return mentions

    def _since_month(self, text: str) -> list[Mention]:
        """A month of the last twelve in which something began, or that is all of a clause: 五月份来的."""
        mentions = []
        for match in MONTH_ALONE.finditer(text):
            alone = text[match.end() : match.end() + 1] in BOUNDS | {"的"}
            section = read_section(match["month"], 0) if alone or self._begun(text, match.end()) is not None else None
            if section is not None:
                attributes = {"unit": "since", "ago": "0", "month": str(int(section.low))}
                mentions.append(Mention("duration", *match.span(), match[0], Quantity(YEAR / 2), None, attributes))
        return mentions

    def _begun(self, text: str, end: int) -> Hit | None:
        """What is said to have begun soon after `end`, within the clause."""
        for gap in range(WORK_REACH):
            if text[end + gap - 1 : end + gap] in CLAUSE_END:
                return None
            hit = self._words.match(text, end + gap)
            if hit is not None and (gap < REACH or hit.label == "work"):
                return hit if HOME.isdisjoint(text[end : hit.start]) else None
        return None


def _days(text: str) -> list[Mention]:
    """A few days or weeks, which are told so only of work that was just begun: 二十来天吧, 才两个星期."""
    for match in DAYS.finditer(text):
        count = read_section(match["count"], 0)
        if count is None:
            continue
        share = next(share for unit, share in OF_A_MONTH.items() if match["unit"].endswith(unit))
        quantity = Quantity((count.low + count.high) / 2 * share, count.low * share, count.high * share, hedged=True)
        return [Mention("duration", *match.span(), match[0], quantity, None, {"unit": "since"})]
    return []


def _is_bare(text: str, start: int, end: int) -> bool:
    """Whether a year as only a calendar has it (零九年, 二零一五年) is all of its clause; 二三年 may be a range."""
    said = text[start : end - 1]
    alone = text[end : end + 1] in BOUNDS and text[max(0, start - 1) : start] in BOUNDS | {"就", "是"}
    spans = len(said) == 2 and DIGITS.get(said[1], 0) - DIGITS.get(said[0], 0) == 1
    return alone and not spans and not (said.isascii() and len(said) == 2)


def _year(said: str) -> str:
    """Four digits of 二零一五, 2015, 零九, 09 or 一五; "" where it is no year."""
    digits = "".join(character if character.isdigit() else str(DIGITS[character]) for character in said)
    if len(digits) == 4 and digits[:2] in ("19", "20"):
        return digits
    if len(digits) != 2 or "两" in said or said in RANGES:
        return ""
    return f"20{digits}" if int(digits) <= 35 else f"19{digits}" if int(digits) >= 70 else ""
