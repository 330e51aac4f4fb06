"""Numbers with what hedges them: 左右 is ±10 %, 出头 up to +10 %, 不到 down to -10 %, 大几千 5000 to 10000."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.language.numerals import Number, find_numbers, last_place
from pipeline.language.phrases import Hit, PhraseBook
from pipeline.language.resources import labelled, table, word_list
from pipeline.types import Quantity

PREFIX_REACH = 12
SLIGHTLY = "slightly"
NOT_BEFORE_NEAR = frozenset("最附远靠亲")
AT_LEAST_SAID, SAID_LESS = "少说", ("了", "漏", "掉")
NOT_BEFORE_SMALL = frozenset("大从最")


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with its bounds. `start:end` takes in the hedges, `number` is the figure alone.

    `direction` says how it is hedged: "" (exact), around, above, slightly (above), below, at_least, at_most, or range,
    many (多), vague.
    """

    start: int
    end: int
    number: Number
    low: float
    high: float
    direction: str = ""

    def quantity(self, factor: float = 1) -> Quantity:
        """Its value and bounds times `factor` (万 understood, months in a year, …)."""
        return _quantity(self, factor)


class Amounts:
    """Finds numbers in a folded text and reads the hedges around them."""

    def __init__(self, own: Path | None = None) -> None:
        hedges: Mapping[str, Any] = table("language/hedges.yaml", own)
        self._share = float(hedges["share"])
        self._prefixes = PhraseBook(labelled(hedges["prefixes"]))
        self._suffixes = PhraseBook(labelled(hedges["suffixes"]))
        self._counted = PhraseBook((word, "") for word in word_list(hedges["counted"]))
        self._between = PhraseBook((word, "") for word in word_list(hedges["between"]))
        self._idioms: Mapping[str, list[float]] = hedges["idioms"]
        self._idiom_book = PhraseBook((idiom, idiom) for idiom in self._idioms)

    def find(self, text: str) -> list[Amount]:
        """Every amount in a folded text, by place."""
        idioms = {hit.start: hit for hit in self._idiom_book.find(text) if not _in_number(text, hit)}
        amounts = [self._idiom(hit) for hit in idioms.values()]
        covered = {index for hit in idioms.values() for index in range(hit.start, hit.end)}
        floor = 0
        for number in find_numbers(text):
            if number.start in covered or number.end - 1 in covered:
                continue
            if (
                number.plain
                and number.low == number.high == 1
                and text[number.end : number.end + 1] in ("个", "年", "天", "月", "季", "周")
            ):
                amounts.append(Amount(number.start, number.end, number, 1, 1))
                continue
            amounts.append(self._hedged(text, number, floor))
            floor = number.end
        return sorted(amounts, key=lambda amount: amount.start)

    def _idiom(self, hit: Hit) -> Amount:
        low, high = self._idioms[hit.label]
        return Amount(hit.start, hit.end, Number(hit.start, hit.end, low, high, scale=1000), low, high, "range")

    def _hedged(self, text: str, number: Number, floor: int) -> Amount:
        if number.rough == "vague" and text[number.start - 1 : number.start] == "大":
            return Amount(number.start - 1, number.end, number, number.low * 5, number.low * 10, "range")
        start, direction = self._prefix(text, number.start, floor)
        end, after = self._suffix(text, number.end)
        direction = after or direction
        if number.rough in ("vague", "at_least"):
            return Amount(start, end, number, number.low, number.high, number.rough)
        if number.rough == "来":
            return Amount(start, end, number, number.low, number.high, "around")
        if number.low != number.high:
            return Amount(start, end, number, number.low, number.high, "many" if number.rough == "多" else "range")
        low = number.low * (1 - self._share) if direction in ("around", "below") else number.low
        high = number.low * (1 + self._share) if direction in ("around", "above", SLIGHTLY) else number.low
        if direction == SLIGHTLY:
            high = min(high, number.low + last_place(number.low))
        return Amount(start, end, number, low, high, direction)

    def _prefix(self, text: str, position: int, floor: int) -> tuple[int, str]:
        end = position
        while end > max(floor, position - PREFIX_REACH):
            hit = self._prefixes.match_before(text, end)
            if hit is not None and hit.start >= floor and self._stands(text, hit.start, hit.phrase, end == position):
                outer = self._prefixes.match_before(text, hit.start)
                return (outer.start if outer is not None and outer.start >= floor else hit.start), hit.label
            filler = self._between.match_before(text, end)
            if filler is None or filler.start < floor:
                break
            end = filler.start
        return position, ""

    @staticmethod
    def _stands(text: str, start: int, phrase: str, adjacent: bool) -> bool:
        before = text[start - 1 : start]
        if phrase in ("小", "近", "快") and not adjacent:
            return False
        if phrase == AT_LEAST_SAID and text.startswith(SAID_LESS, start + len(phrase)):
            return False  # 少说了两万
        if phrase == "小":
            return before not in NOT_BEFORE_SMALL
        if phrase in ("近", "约"):
            return before not in NOT_BEFORE_NEAR
        return True

    def _suffix(self, text: str, position: int) -> tuple[int, str]:
        end = position
        counted = self._counted.match(text, position)
        if counted is not None:
            end = counted.end
        if text[end : end + 2] == "人民":
            return position, ""
        hit = self._suffixes.match(text, end)
        if hit is None or (hit.phrase.startswith("不") and hit.end < len(text) and _opens_number(text[hit.end])):
            return position, ""
        return hit.end, hit.label


def _in_number(text: str, hit: Hit) -> bool:
    """千八百 within 三千八百 is no 千八百."""
    return any(_opens_number(character) for character in text[hit.start - 1 : hit.start] + text[hit.end : hit.end + 1])


def _opens_number(character: str) -> bool:
    return character.isdigit() or character in "一二三四五六七八九十两几"


def _quantity(amount: Amount, factor: float) -> Quantity:
    low, high = _tidy(amount.low * factor), _tidy(amount.high * factor)
    if amount.direction == "vague":
        return Quantity(None, low, high, hedged=True)
    if amount.direction in ("range", "many"):
        return Quantity(_tidy((low + high) / 2), low, high, hedged=True)
    value = _tidy((amount.number.low + amount.number.high) / 2 * factor)
    if amount.direction == "at_least":
        return Quantity(value, value, None, hedged=True)
    if amount.direction == "at_most":
        return Quantity(value, None, value, hedged=True)
    if not amount.direction:
        return Quantity(value)
    return Quantity(value, low, high, hedged=True)


def _tidy(value: float) -> float:
    rounded = round(value, 4)
    return int(rounded) if rounded == int(rounded) else rounded
