"""Whether a purpose that a customer names is that of this car: not another car's, another person's, or long over."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.dialogue.clauses import CLAUSE_REACH, clause_end, clause_start
from pipeline.dialogue.doers import Doers
from pipeline.language.phrases import PhraseBook
from pipeline.language.script import SENTENCE_END
from pipeline.language.turned_down import TurnedDown
from pipeline.types import Mention

PRIVATE, FREIGHT = "personal_use", "freight"
# Within how many clauses a trade may be disowned; 滴滴? goes on.
DISOWNED_WITHIN, ASKED = 2, frozenset("?")


class Trades:
    """Weighs purposes by `words` of `configs/dialogue/relevance.yaml`; `past` and `now` find times."""

    def __init__(self, words: Mapping[str, Any], past: PhraseBook, now: PhraseBook, own: Path | None = None) -> None:
        self._past, self._now, self._doers, self._turned_down = past, now, Doers(own), TurnedDown(own)
        self._not_with_it = [re.compile(pattern) for pattern in words["not_with_it"]]
        self._supposed = {name: re.compile(pattern) for name, pattern in words["supposed"].items()}
        self._same_car, self._owned_elsewhere, self._enough, self._other_car = (
            re.compile(words[name]) for name in ("same_car", "owned_elsewhere", "enough", "other_car")
        )
        self._asked_about = re.compile(words["asked_about"])
        self._met, self._met_to_work = (re.compile(words["met"][name]) for name in ("before", "but_behind"))
        self._favour, self._disowned, self._goes_on = (
            re.compile(words[name]) for name in ("favour", "disowned", "goes_on_with_it")
        )
        self._nominee, self._nominee_himself = (re.compile(words["nominee"][name]) for name in ("has", "himself"))
        self._unasked = {name: re.compile(pattern) for name, pattern in words["unasked"].items()}

    def is_told_unasked(self, mention: Mention, text: str, *, at_work: bool) -> bool:
        """Whether a purpose is told of this car though nobody asks: 下了班跑滴滴, 家里用的; `at_work`: his work is
        asked about.
        """
        if mention.value == "cash_out":
            return "told" in mention.attributes
        if at_work or "weak" in mention.attributes:
            return False
        clause = text[clause_start(text, mention.start) : clause_end(text, mention.end)]
        if mention.value == PRIVATE:
            return self._unasked["own_use"].fullmatch(clause) is not None
        if mention.value in ("for_other", "resale") or "negated" in mention.attributes:
            return False
        return self._unasked["spare_time"].search(clause) is not None

    def is_elsewhere(self, text: str, start: int, end: int, purpose: str) -> bool:
        """Whether a purpose told at `start:end` is another car's (送货有面包车), another person's (他跑滴滴的), over
        (以前跑货拉拉), or what others wanted in vain (有人喊我跑滴滴,我没理).
        """
        first, last = clause_start(text, start), clause_end(text, end)
        before, after = text[first:start], text[end:last]
        if purpose == PRIVATE:
            enough = self._enough.search(text, first, last) is not None
            return enough or (bool(self._past.find(before)) and not self._now.find(before + after))
        if (
            self._turned_down.holds(text, start, end)
            or self._other_car.search(after)
            or self._owned_elsewhere.search(after)
            or self._is_not_with_it(text, start, last)
            or self._is_supposed(text, start, end)
            or self._is_disowned(text, last)
        ):
            return True
        if purpose == FREIGHT and self._favour.search(text[first : clause_end(text, last + 1)]):
            return True
        then = bool(self._past.find(before)) and not self._now.find(before + after)
        if (then or self._is_over(text, end)) and not self._goes_on_with_it(text, end):
            return True
        if self._met.search(before) and not self._met_to_work.match(after):
            return True
        if purpose == "for_other":
            return self._is_by_a_nominee(text, start, end)
        return self._doers.is_with_other_car(text, start, end)

    def _is_by_a_nominee(self, text: str, start: int, end: int) -> bool:
        """Whether somebody had another than the customer buy for him: 我哥去年找人背户,闹得兄弟都做不成."""
        has = self._nominee.search(text, clause_start(text, start), end)
        return has is not None and self._nominee_himself.search(text, has.end(), end + CLAUSE_REACH) is None

    def tells_of_others(self, text: str, start: int, end: int) -> bool:
        """Whether one of the clauses of `start:end` tells of somebody else's trade, or of what was turned down."""
        first = start
        while first < end:
            last = min(end, clause_end(text, first))
            turned_down = last > first and self._turned_down.holds(text, last - 1, last - 1)
            if turned_down or (last > first and self._doers.is_with_other_car(text, last, last)):
                return True
            first = last + 1
        return False

    def is_only_his_work(self, text: str, start: int, end: int) -> bool:
        """Whether a trade is only what he does for a living, with a car of the firm or beside this one:
        公司配了车跑业务; 我开出租的,这个给家里代步.
        """
        before = text[clause_start(text, start) : start]
        if self._supposed["firms_car"].search(before) and not self._goes_on_with_it(text, end):
            return True
        last = clause_end(text, end)
        return bool(self._supposed["his_work"].fullmatch(before)) and bool(
            self._supposed["this_one"].search(text, last)
        )

    def _is_supposed(self, text: str, start: int, end: int) -> bool:
        """Whether a trade is only thought of (真想跑滴滴我能买它?), or done by another with a car like this one."""
        first, last = clause_start(text, start), clause_end(text, end)
        before, after = text[first:start], text[end:last]
        if ("谁" in before and "谁知道" not in before) or self._asked_about.search(before):
            return True
        if self._same_car.search(text[max(0, first - CLAUSE_REACH) : start]) and "我" not in before:
            return True
        following = text[end : clause_end(text, last + 1)] if last < len(text) else after
        if self._supposed["if_so"].search(before) and self._supposed["may_he"].match(text[end:]):
            return True  # 以后要是改成营运,贷款有影响不?
        if self.is_only_his_work(text, start, end):
            return True
        if self._supposed["in_mind"].search(before) and self._supposed["given_up"].search(following):
            return True
        return (
            self._supposed["before"].search(before) is not None
            and self._supposed["after"].search(following) is not None
        )

    def _is_not_with_it(self, text: str, start: int, end: int) -> bool:
        """Whether a trade is said not to be done with this car: 拉菜不使它; 拉鱼有冷藏车,我这个不拉; 拉啥活儿."""
        following = clause_end(text, end + 1) if end < len(text) else end
        return any(pattern.search(text, start, following) for pattern in self._not_with_it)

    def _goes_on_with_it(self, text: str, end: int) -> bool:
        """Whether a trade told up to `end` goes on with this car: 原来租车跑滴滴,还不如自己买一台跑."""
        return self._goes_on.search(text, end, end + 2 * CLAUSE_REACH) is not None

    def _is_disowned(self, text: str, end: int) -> bool:
        """Whether one of the clauses behind that of a trade, which ends at `end`, says that he does not do it, or no
        longer: 全是拉客的,我可不干那个; 货拉拉干过半年,太累,早就不干了.
        """
        for _ in range(DISOWNED_WITHIN):
            if end >= len(text) or text[end] in SENTENCE_END - ASKED:
                return False
            begin, end = end + 1, clause_end(text, end + 1)
            if self._disowned.match(text, begin, end + 1):
                return True
        return False

    def _is_over(self, text: str, end: int) -> bool:
        """Whether the clause behind a trade says that it is over: 滴滴啊,疫情前跑了两年,后来没续."""
        behind = text[end : clause_end(text, end + 3)]
        over = self._unasked["over"].match(text, end)
        return over is not None and bool(self._past.find(behind)) and not self._now.find(behind)
