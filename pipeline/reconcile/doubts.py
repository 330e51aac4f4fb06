"""What speaks against a difference beside its value: words that do not carry it.

A difference accuses somebody. It stands only where the words that prove it say it by themselves: a number that was
heard whole, a driver who is said to drive, a job or a place that is known for one, a name that is one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.dialogue.tools import Tools
from pipeline.language import Reader
from pipeline.language.heard_numbers import is_broken
from pipeline.language.script import CLAUSE_END, fold
from pipeline.reconcile.addresses import names_a_known_place
from pipeline.reconcile.comparison import Comparison
from pipeline.reconcile.look_rules import DoubtRules
from pipeline.types import MentionKind, Scalar, Turn

MEASURED = ("money", "months", "years")
PURPOSE, PRIVATE, HIMSELF = "loan.purpose", "personal_use", "self"
DRIVER, LOANS, INCOME = "vehicle.actual_user", "debt.has_other_loans", "income.monthly"
_KNOWN_BY_READER: dict[str, MentionKind] = {"text": "position", "address": "address"}
FULL_NAME = 3
RIGHT_BEHIND = 4
_BREAKS = CLAUSE_END | {" "}
_ADDED = _BREAKS | {"加"}


class Doubts:
    """Doubts about differences, by `second_look.doubts` of `fields.yaml`."""

    def __init__(self, reader: Reader, tools: Tools, rules: DoubtRules) -> None:
        self._reader = reader
        self._tools = tools
        self._rules = rules
        self._drives = re.compile(rules.drives) if rules.drives else None
        self._family = tuple(rules.not_in_names)

    def any(self, comparison: Comparison, said: Sequence[tuple[Turn, int]], customers: Sequence[Turn]) -> bool:
        """Whether one of them holds for a value that was `said` at places of the turns; `customers` are all of his."""
        rule = comparison.rule
        if comparison.stated.polarity == "confirmed" and rule.field in self._rules.on_paper:
            return not self._is_said(comparison, customers)
        if not said:
            return False
        return all(self._is_weak(comparison, turn, place) for turn, place in said)

    def _is_weak(self, comparison: Comparison, turn: Turn, place: int) -> bool:
        rule, text = comparison.rule, fold(turn.text)
        end = place + len(comparison.stated.text)
        if rule.type in MEASURED and is_broken(text, place, end):
            return True
        added_up = not _ADDED.isdisjoint(comparison.stated.text)  # 三千五,提成四千
        if rule.field == INCOME and self._is_a_part(text, place, end):
            return not added_up
        if rule.field == DRIVER:
            return not self._is_driver(text, place, end, himself=comparison.stated.value == HIMSELF)
        if rule.field == PURPOSE and comparison.stated.value == PRIVATE:
            return False
        if rule.field == PURPOSE:
            return not self._is_trade(turn, comparison.stated.value, text, place, end)
        if rule.field == LOANS and comparison.stated.value is True:
            return not self._names_a_loan(turn, text)
        if rule.type == "name":
            return not self._is_a_name(comparison, text[end : end + 1])
        if rule.type == "organisation":
            said = comparison.said
            return said.startswith(self._rules.verbs) or any(word in said for word in self._rules.not_in_firms)
        work = comparison.lexicon.ranks.work_at(comparison.said)
        if rule.type == "text" and any(each.is_told_by(work) for each in comparison.lexicon.occupations):
            return False
        if rule.type == "address" and names_a_known_place(comparison):
            return False
        kind = _KNOWN_BY_READER.get(rule.type)
        return kind is not None and not any(
            m.kind == kind and m.start < end and place < m.end for m in self._reader.read(turn)
        )

    def _is_a_part(self, text: str, start: int, end: int) -> bool:
        """Whether a sum is told as one part of a wage (底薪三千); 底薪加提成一共九千五 is the whole, and what a clause
        says long behind it (四千八年底给不给红包) is of something else.
        """
        before = _clause(text, start, start)[: start - _clause_start(text, start)]
        rest = _clause(text, end, end)[end - _clause_start(text, end) :]
        told = before if self._tools.topics.sums.has_told_apart(rest) else before + rest[:RIGHT_BEHIND]
        whole = self._tools.acts.find("total", before)
        return not whole and any(word in told for word in self._rules.parts)

    def _is_said(self, comparison: Comparison, customers: Sequence[Turn]) -> bool:
        """Whether the customer says the value himself in one of his turns."""
        value, field = comparison.stated.value, comparison.rule.field
        for turn in customers:
            for mention in self._reader.read(turn):
                stated = self._tools.values.read(field, mention) if mention.quantity is not None else None
                if stated is not None and stated.value == value:
                    return True
        return False

    def _is_driver(self, text: str, start: int, end: int, *, himself: bool) -> bool:
        """Whether who is named is said to drive, or is all of an answer."""
        behind = text[end : end + self._rules.reach]
        drives = self._drives.search(behind) if self._drives is not None else None
        if drives is not None and (himself or not any(word in behind[: drives.start()] for word in ("我", "自己"))):
            return True
        if himself and self._drives is not None and self._drives.search(text, start, end):
            return True  # 大部分时候我开
        if himself and (head := self._tools.short_answers.himself(text)) is not None and head[0] <= end:
            return True  # 我自己呀,全家就我有本
        if text[:start].endswith(("是", "是我")) or (himself and text[start:end].endswith("是我")):
            return True
        people = (m for m in self._reader.read_text(text) if m.kind == "relation" and m.start <= start < m.end)
        if any("drives" in m.attributes for m in people):
            return True
        if any(f"{he}{drives}" in text for he in "他她" for drives in "开用"):
            return True
        return len(_clause(text, start, end)) - (end - start) <= self._rules.alone

    def _is_trade(self, turn: Turn, value: Scalar | None, text: str, start: int, end: int) -> bool:
        """Whether a trade that words name is what the car is for: not where it reads as private, or as his job."""
        mentions, jobs = self._reader.read(turn), self._rules.jobs
        clauses = self._tools.purposes.likely(text, mentions)
        chances = [each for first, last, each in clauses if first < end and start < last]
        if not chances or max(c for each in chances for v, c in each.items() if v != PRIVATE) >= self._rules.trade:
            return True
        if any(
            m.kind == "purpose" and m.value == value and not any(w in _clause(text, m.start, m.end) for w in jobs)
            for m in mentions
        ):
            return True  # 我是做货运的,拉货用
        private = max(each.get(PRIVATE, 0.0) for each in chances) >= self._rules.private
        return not private and not any(word in _clause(text, start, end) for word in jobs)

    def _names_a_loan(self, turn: Turn, text: str) -> bool:
        """Whether a loan that is owed is named, or a sum, and the answer does not open with a no, or he gives in."""
        if self._tools.debts.concedes(text):
            return True
        sums = any(m.kind == "money" for m in self._reader.read(turn))
        if text.lstrip(" ,。嗯啊哦呃").startswith(self._rules.nothing) and not sums:
            return False
        return sums or self._tools.debts.names_one(text) or any(word in text for word in self._rules.loans)

    def _is_a_name(self, comparison: Comparison, behind: str) -> bool:
        """Whether it looks like a name and nothing goes on behind it."""
        name = comparison.said
        ends = not behind or behind in _BREAKS or behind in self._rules.ends
        of_people, titles = self._rules.of_people, self._rules.titles
        whole = len(name) == FULL_NAME and not name.startswith(of_people) and not name.endswith(titles)  # 何二妹
        return len(name) > 1 and ends and (whole or not any(word in name for word in self._family))

    def is_no_denial(self, text: str) -> bool:
        """Whether a folded turn that was taken to deny a sum rather answers something else (没有,我自己去的)."""
        rest = text.lstrip(" ,。嗯啊哦呃")
        bare = next((word for word in self._rules.nothing if rest.startswith(word)), "")
        behind = rest[len(bare) :].strip(" ,。!啊呀吧呢没有")
        return bool(bare) and len(behind) > self._rules.beside and not any(word in behind for word in self._rules.that)


def _clause_start(text: str, start: int) -> int:
    while start and text[start - 1] not in _BREAKS:
        start -= 1
    return start


def _clause(text: str, start: int, end: int) -> str:
    while start and text[start - 1] not in _BREAKS:
        start -= 1
    while end < len(text) and text[end] not in _BREAKS:
        end += 1
    return text[start:end]
