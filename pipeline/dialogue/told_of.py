"""What a sum or a length of time beside the deal is told of: another car, an offer turned down, a part of the sum."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pipeline.dialogue.clauses import clause_end, clause_start, sentence_end
from pipeline.dialogue.relevance import FILE as PEOPLE
from pipeline.language.phrases import PhraseBook
from pipeline.language.resources import table, word_list
from pipeline.language.script import SENTENCE_END

FILE = "dialogue/told_of.yaml"
BEFORE, CLAUSE, BEHIND, PERSON_WITHIN = 40, 24, 30, 3
TERM, PAID_IN_PARTS = "loan.term_months", ("loan.amount", "vehicle.price")
Beside = Literal["another", "offered", ""]


class ToldOf:
    """Tells values of folded texts apart by `configs/dialogue/told_of.yaml`; a value stands at `start:end`."""

    def __init__(self, own: Path | None = None) -> None:
        words: Mapping[str, Any] = table(FILE, own)
        people = table(PEOPLE, own)
        self._earlier_car, self._owns, self._unlike = (
            re.compile(words[key]) for key in ("earlier_car", "owns", "unlike")
        )
        self._in_payment = word_list(words["given_in_payment"])
        self._this_one, self._it_is = re.compile(words["this_one"]), re.compile(words["it_is"])
        self._offered = re.compile("|".join(words["offered_before"]))
        self._wanted, self._is_else = re.compile(words["wanted_before"]), re.compile(words["is_else"])
        self._not_taken, self._turned_down = re.compile(words["not_taken"]), re.compile(words["turned_down"])
        self._paid_himself, self._the_rest = re.compile(words["paid_himself"]), re.compile(words["the_rest"])
        self._left_to_repay = re.compile(words["left_to_repay"])
        self._part_before, self._part_behind = re.compile(words["part_before"]), re.compile(words["part_behind"])
        others = (*word_list(people["subjects"]["other"]), *word_list(people["family"]))
        known = word_list(people["acquaintances"])
        self._people = PhraseBook((word, "") for word in (*others, *known, *(f"我{word}" for word in known)))

    def beside_the_deal(self, text: str, start: int, end: int, field: str, following: int = 0) -> Beside:
        """How a value is told where it is not the deal's own: of `another` car or loan, or only `offered` or a part,
        beside the value of `field` that holds; "" where it is told as it is. `following` as in `is_offered`.
        """
        if self.is_of_another(text, start, end):
            return "another"
        beside = (
            self.is_offered(text, start, end, following)
            or self.is_part(text, start, end)
            or (field == TERM and self.is_left_to_repay(text, start))
            or (field in PAID_IN_PARTS and self.is_paid_down(text, start, end))
        )
        return "offered" if beside else ""

    def is_of_another(self, text: str, start: int, end: int) -> bool:
        """Whether a value is of another car or loan: 我上一台车贷的是五年; 我表妹那台首付两万; 不像邻居,首付五万."""
        before = _sentence_before(text, start)
        here = max((match.end() for match in self._this_one.finditer(before)), default=0)
        told = before[here:]
        if self._earlier_car.search(told) and not any(word in told for word in self._in_payment):
            return True
        if self._unlike.search(told) is not None:
            return True
        clause = text[clause_start(text, start) : start][-len(told) :] if told else ""
        if any(self._owns.match(clause, hit.end) for hit in self._people.find(clause)):
            return True
        return self._is_somebodys(text, end)

    def is_offered(self, text: str, start: int, end: int, following: int = 0) -> bool:
        """Whether a value was only thought of or offered, or is explained to be something else: 原先说贷十万;
        十万是批的额度. `following`: where the next value stands that may take its place.
        """
        clause = text[max(clause_start(text, start), start - CLAUSE) : start]
        if self._offered.search(clause) or self._wanted.search(_sentence_before(text, start)):
            return True
        if self.is_explained(text, end):
            return True
        last = min(following, end + BEHIND) if following else 0
        return bool(last) and self._turned_down.search(text, end, last) is not None

    def is_explained(self, text: str, end: int) -> bool:
        """Whether words behind a value say what else it is (五年是保修), or that it was not taken (五年那个没要)."""
        return self._is_else.match(text, end) is not None or self._not_taken.match(text, end) is not None

    def is_part(self, text: str, start: int, end: int) -> bool:
        """Whether a sum is told as a part of the one that is spoken of: 有一万是我姐替我转过去的."""
        before = self._part_before.search(text, max(0, start - CLAUSE), start)
        return before is not None and self._part_behind.match(text, end) is not None

    def is_left_to_repay(self, text: str, start: int) -> bool:
        """Whether a length of time is only what is left of one: 四年,质保过了还得还一年."""
        return self._left_to_repay.search(text, max(0, start - CLAUSE), start) is not None

    def is_paid_down(self, text: str, start: int, end: int) -> bool:
        """Whether a sum is what he has paid himself, beside the loan: 我掏了四万八,剩下八万是贷的."""
        if self._paid_himself.search(text, max(0, start - CLAUSE), start) is None:
            return False
        return self._the_rest.search(text, end, min(len(text), end + BEHIND)) is not None

    def _is_somebodys(self, text: str, end: int) -> bool:
        """Whether a value is said right behind it to be somebody else's: 三万,哦不对,那是我老婆那台车."""
        opened = self._it_is.match(text, end)
        if opened is None:
            return False
        clause = text[opened.end() : clause_end(text, opened.end())]
        return any(
            hit.start <= PERSON_WITHIN and self._owns.match(clause, hit.end) for hit in self._people.find(clause)
        )


def _sentence_before(text: str, start: int) -> str:
    """What stands before a place in its sentence, so far as it is of interest."""
    before = text[max(0, start - BEFORE) : start]
    return before[max((before.rfind(stop) for stop in SENTENCE_END - {"…"}), default=-1) + 1 :]


def next_value(places: Sequence[int], end: int, text: str) -> int:
    """Where the next of some values stands behind `end` in its sentence; 0 for none."""
    last = sentence_end(text, end)
    return next((place for place in sorted(places) if end <= place <= last), 0)
