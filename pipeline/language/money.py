"""Amounts of money in CNY, with the period, tax, basis and owner that the words around them give."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.language.approximations import Amount
from pipeline.language.owners import OwnerReader
from pipeline.language.phrases import Hit, PhraseBook
from pipeline.language.resources import labelled, table, word_list
from pipeline.language.script import CLAUSE_END, SENTENCE_END
from pipeline.types import Mention, Quantity

BEFORE, AFTER = 14, 10
BEFORE_NEXT = 1
PAID_FOR = frozenset({"month", "year", "quarter", "season", "day", "week"})
UNDERSTOOD = 10_000
PARTICLES = frozenset("吧呢啊嘛了的呀哈么左上这不多出以还就w达贷首然剩另裸落分,。!?、 ")


class MoneyReader:
    """Which of a text's amounts are money, and of what kind."""

    def __init__(self, own: Path | None = None) -> None:
        words: Mapping[str, Any] = table("language/money.yaml", own)
        self._units = PhraseBook((unit, "unit") for unit in word_list(words["units"]))
        self._other_units = PhraseBook((unit, "") for unit in word_list(words["other_units"]))
        self._figure_units = PhraseBook((unit, "") for unit in word_list(words["figure_units"]))
        self._owners = OwnerReader(words, own)
        self._not_counted = PhraseBook((word, "") for word in word_list(words["not_counted"]))
        self._nothing = PhraseBook((word, "") for word in word_list(words["nothing"]))
        self._qualifiers = {
            name: PhraseBook(labelled(words[source]), sound=name != "period")
            for name, source in (("period", "periods"), ("tax", "tax"), ("basis", "basis"))
        }

    def read(self, text: str, amounts: Sequence[Amount], taken: Collection[int]) -> list[Mention]:
        """Money mentions of a folded text; amounts that touch a `taken` position are something else."""
        hits = {name: book.find(text) for name, book in self._qualifiers.items()}
        owners = self._owners.find(text)
        mentions = [
            Mention("money", hit.start, hit.start + 1, text[hit.start], Quantity(0), None, {"unit": "nothing"})
            for hit in self._nothing.find(text)
        ]
        floor = 0
        for index, amount in enumerate(amounts):
            if amount.number.start in taken:
                continue
            unit, end = self._unit(text, amount)
            if not unit:
                continue
            following = amounts[index + 1 : index + 4]
            ceiling = next((later.start for later in following if _is_large(later)), end + 2 * AFTER)
            attributes = {"unit": unit}
            for name, found in hits.items():
                label = _nearest(text, found, amount.start, end, floor, ceiling)
                if label:
                    attributes[name] = label
            owner = self._owners.of(text, owners, amount.start)
            if owner:
                attributes["owner"] = owner
            factor = UNDERSTOOD if unit == "understood" else 1
            mentions.append(
                Mention("money", amount.start, end, text[amount.start : end], amount.quantity(factor), None, attributes)
            )
            floor = end
        return mentions

    def _unit(self, text: str, amount: Amount) -> tuple[str, int]:
        """How the amount is shown to be money (said, 万, none, understood), "" where it is not, and where it ends."""
        number = amount.number
        hit = self._units.match(text, number.end)
        if hit is not None and not text.startswith("块地", number.end):
            return "said", max(hit.end, amount.end)
        small = number.plain or number.scale <= 10
        if text[number.end : number.end + 1] == "个":
            if (
                number.low == number.high == 1
                or not small
                or number.high >= 200
                or self._not_counted.match(text, number.end + 1) is not None
            ):
                return "", number.end
            rest = text[number.end + 1 : number.end + 2]
            return (
                ("understood", max(number.end + 1, amount.end)) if not rest or rest in PARTICLES else ("", number.end)
            )
        if self._other_units.match(text, number.end) is not None:
            return "", number.end
        if small and self._figure_units.match(text, number.end) is not None:
            return "", number.end
        if not small:
            return "bare", amount.end
        if number.low >= 100 or (number.low > 0 and _alone(text, amount)):
            return "figures", amount.end
        if number.low % 1 and number.low < 100:
            return "figures", amount.end
        return "", number.end


def _is_large(amount: Amount) -> bool:
    return not amount.number.plain or amount.number.low >= 100


def _alone(text: str, amount: Amount) -> bool:
    return not (text[: amount.start] + text[amount.end :]).strip("嗯呃啊吧是就,。 ")


def _nearest(text: str, hits: Sequence[Hit], start: int, end: int, floor: int, ceiling: int) -> str:
    """The label of the qualifier closest before the amount, else closest after it, within its own stretch of speech."""
    place = bisect_left(hits, end, key=lambda hit: hit.start)
    before = hits[place - 1] if place else None
    if (
        before is not None
        and max(floor, start - BEFORE) <= before.start
        and before.end <= start + 1
        and not SENTENCE_END.intersection(text[before.end : start])
    ):
        return before.label
    after = hits[place] if place < len(hits) else None
    if after is not None and ceiling - after.end <= BEFORE_NEXT and (after.start > end or after.label not in PAID_FOR):
        return ""
    if after is None or after.start > min(ceiling, end + AFTER) or after.end > ceiling + 4:
        return ""
    return "" if CLAUSE_END.intersection(text[end : after.start]) else after.label
