"""What the sums are that a customer tells among his loans: instalments, of which loan, for how many months."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from pipeline.dialogue.debts import DebtQuestion
from pipeline.dialogue.named_debts import BREAKS, FILE, READ, NamedDebts
from pipeline.language.resources import table, word_list
from pipeline.language.sections import DIGITS
from pipeline.types import Mention

BEFORE_WITHIN = 120
NEAR = 4
SAME = 0.1
APART_WITHIN = 24
A_YEAR = 12
BY_THE_DAY = frozenset({"day", "week"})
PLUS = ("加", "再加", "加上", "再加上", "+")


class DebtSums:
    """Reads sums by `configs/dialogue/debts.yaml`."""

    def __init__(self, named: NamedDebts, own: Path | None = None) -> None:
        words = table(FILE, own)
        self._named = named
        not_of_sums = word_list(words["not_of_sums"])
        self._paid_off = [word for word in word_list(words["settled"]) if word not in not_of_sums]
        self._principal = word_list(words["principal"])
        self._largest = float(words["largest"])
        self._share, self._own_share = word_list(words["share"]), word_list(words["own_share"])
        self._total, self._another = word_list(words["total"]), word_list(words["another"])
        self._spent, self._apart = re.compile(words["spent"]), re.compile(words["apart"])
        self._this_car, self._besides = re.compile(words["this_car"]), re.compile(words["besides"])
        self._yearly = re.compile(words["yearly"])
        self._then, self._now = re.compile(words["then_paid"]), re.compile(words["now_paid"])
        self._halved = re.compile(words["halved"])
        self._by_the_month = word_list(words["by_the_month"])

    def is_instalment(self, text: str, mention: Mention, *, asked: bool) -> bool:
        """Whether a sum in a customer's folded text is what he repays a month; `asked`: debts were asked about."""
        if len(text) > READ:
            return "period" in mention.attributes
        clauses = list(self._named.clauses(text))
        place = next((i for i, each in enumerate(clauses) if each.start <= mention.start < each.end), None)
        if place is None or clauses[place].another:
            return False
        clause = clauses[place]
        following = clauses[place + 1] if place + 1 < len(clauses) else clause
        start = self._named_last(text, clause.start, mention.start)
        after = text[start : clause.end if self._named.find(following.text) else following.end]
        if self._named.is_settled(after, self._paid_off) or (
            self._named.is_past(clause.text) and "还有" not in text[clause.start : start] + after
        ):
            return False
        if self._is_cleared(text, mention) or self._spent.search(text[clause.start : mention.start]):
            return False
        if "period" in mention.attributes and mention.attributes["period"] not in BY_THE_DAY:
            return True
        before = text[clause.start : mention.start].rstrip("大概约差不多有的是快近")
        if before.endswith(self._principal) and not self._named.ends_in(before):
            return False
        value = mention.quantity.value if mention.quantity is not None else None
        return (asked or self.is_beside(text, mention, "")) and (value or 0) < self._largest

    def _named_last(self, text: str, start: int, end: int) -> int:
        """Where the last of several loans is named in one breath before a sum: 信用卡都是全额还的就房贷两千八."""
        hits = [hit for hit in self._named.find(text[start:end]) if hit.phrase not in ("贷款", "分期")]
        return start + hits[-1].start if len(hits) > 1 else start

    def is_another_time(self, text: str, mentions: Sequence[Mention], mention: Mention) -> bool:
        """Whether an instalment is what it was before another one (刚开始五千五,现在五千), or a year's sum of what
        was told before by the month: 三千六,一年下来四万多.
        """
        later = [each for each in mentions if each.start > mention.start]
        then = self._then.search(text, max(0, mention.start - APART_WITHIN), mention.start) is not None
        if then and later and self._now.search(text, mention.end, later[0].start) is not None:
            return True
        months = self._months_apart(text, mention) if mention.quantity is not None else 1
        if months != A_YEAR or mention.quantity is None:
            return False
        sums = [each.quantity.value or 0 for each in mentions if each.start < mention.start and each.quantity]
        low, high = (bound or mention.quantity.value or 0 for bound in (mention.quantity.low, mention.quantity.high))
        return any(low * (1 - SAME) <= months * each <= high * (1 + SAME) for each in (*sums, sum(sums)) if each)

    def name(self, text: str, mention: Mention, question: DebtQuestion | None, *, floor: int) -> str:
        """Which debt an instalment is of: the one named before it (after `floor`) or behind it, else the one asked
        about; "+" where it is another one that has no name.
        """
        hits = self._named.find(text[:READ])
        before = [hit for hit in hits if floor <= hit.start and hit.end <= mention.start and hit.phrase != "贷款"]
        if before:
            return before[-1].phrase
        behind = next((hit for hit in hits if 0 <= hit.start - mention.end <= NEAR), None)
        if behind is not None and not BREAKS.intersection(text[mention.end : behind.start]):
            return behind.phrase
        between = text[floor : mention.start].replace("一个月", "").replace("每一个", "")
        if any(word in between for word in self._another):
            return "+"
        return question.kinds[0] if question is not None and len(question.kinds) == 1 else ""

    def names_another(self, text: str, mention: Mention, *, floor: int) -> bool:
        """Whether a loan, or another one, is named between `floor` and a sum, or right behind it."""
        between = text[floor : mention.start].replace("一个月", "").replace("每一个", "")
        behind = text[mention.end : mention.end + NEAR]
        named = [hit for hit in self._named.find(between) if hit.phrase != "贷款"] or self._named.find(behind)
        return bool(named) or any(word in between for word in self._another)

    def is_beside(self, text: str, mention: Mention, cue: str) -> bool:
        """Whether a debt is named before a sum, and nearer to it than the word `cue` that claims it otherwise."""
        named = [hit.end for hit in self._named.find(text[:READ]) if hit.end <= mention.start]
        return bool(named) and (not cue or named[-1] > text.rfind(cue, 0, mention.start))

    def months_apart(self, text: str, mention: Mention) -> float:
        """How many months an instalment is for (一年还一回,一万八 is a year's), doubled where half of it is his; 1
        where nothing else is said.
        """
        months = self._months_apart(text, mention)
        return months * 2 if self._halved.match(text, mention.end) is not None else months

    def _months_apart(self, text: str, mention: Mention) -> float:
        before = text[max(0, mention.start - APART_WITHIN) : mention.start]
        beside = before[-NEAR:] + text[mention.end : mention.end + NEAR]
        if any(word in beside for word in self._by_the_month):
            return 1
        found = list(self._apart.finditer(before))
        if not found:
            return A_YEAR if self._yearly.search(before) is not None else 1
        if any(hit.phrase != "贷款" for hit in self._named.find(before[found[-1].end() :])):
            return 1  # 农商行一年还一万二,房贷两千
        count = found[-1]["months"]
        if count is not None:
            return float(DIGITS.get(count, 1)) if not count.isdigit() else float(count)
        if found[-1]["quarter"] is not None:
            return 3
        return 6 if found[-1]["half"] is not None else 12

    def is_of_this_car(self, text: str, mention: Mention) -> bool:
        """Whether a sum told among debts is the instalment of the car that is being bought: 就现在买的这台新车咯."""
        found = list(self._this_car.finditer(text, max(0, mention.start - BEFORE_WITHIN), mention.start))
        if not found:
            return False
        named = self._named.find(text[found[-1].end() : mention.start])
        besides = self._besides.search(text, found[-1].end(), mention.start)
        return besides is None and all(hit.phrase in ("贷款", "分期", "车贷") for hit in named)

    def is_total(self, text: str, mention: Mention, *, floor: int) -> bool:
        """Whether the sum takes all debts together (加起来一个月五千)."""
        return any(word in text[floor : mention.start] for word in self._total)

    def is_summand(self, text: str, mention: Mention) -> bool:
        """Whether a sum is said to be added to another one (九百二加七百三)."""
        return text.startswith(PLUS, mention.end) or text.endswith(PLUS, 0, mention.start)

    def is_own_share(self, text: str, mention: Mention, *, floor: int) -> bool:
        """Whether the sum is the applicant's part of the one before it (一人一半,我名下认一千九)."""
        between = text[floor : mention.start]
        return any(word in between for word in self._own_share) and any(word in text for word in self._share)

    def _is_cleared(self, text: str, mention: Mention) -> bool:
        """Whether a sum is what was spent on a card that is paid in full."""
        text = text[:READ]
        clauses = list(self._named.clauses(text))
        before = [hit for hit in self._named.named(text, clauses, none=False)[1] if hit.end <= mention.start]
        named = [hit for hit in self._named.find(text) if hit.end <= mention.start and hit.phrase != "贷款"]
        return bool(named) and named[-1] in before and self._named.is_revolving(named[-1])
