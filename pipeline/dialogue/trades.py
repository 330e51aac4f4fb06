"""Whether a purpose that a customer names is that of this car: not another car's, another person's, or long over."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.dialogue.clauses import CLAUSE_REACH, clause_end, clause_start
from pipeline.language.phrases import Hit, PhraseBook
from pipeline.language.resources import word_list
from pipeline.language.turned_down import TurnedDown
from pipeline.types import Mention

ACQUAINTANCE = "acquaintance"
OTHERS = frozenset({"other", ACQUAINTANCE})
PRIVATE, FREIGHT = "personal_use", "freight"


class Trades:
    """Weighs purposes by `words` of `configs/dialogue/relevance.yaml`; `whose` finds people, `past` and `now` times."""

    def __init__(
        self, words: Mapping[str, Any], whose: PhraseBook, past: PhraseBook, now: PhraseBook, own: Path | None = None
    ) -> None:
        self._whose, self._past, self._now, self._turned_down = whose, past, now, TurnedDown(own)
        self._not_with_it = [re.compile(pattern) for pattern in words["not_with_it"]]
        self._supposed = {name: re.compile(pattern) for name, pattern in words["supposed"].items()}
        self._same_car, self._owned_elsewhere, self._enough, self._other_car = (
            re.compile(words[name]) for name in ("same_car", "owned_elsewhere", "enough", "other_car")
        )
        self._met, self._met_to_work = (re.compile(words["met"][name]) for name in ("before", "but_behind"))
        self._given_to = re.compile(words["given_to"]["before"])
        self._his_place = word_list(words["given_to"]["behind"])
        self._trade = {name: re.compile(pattern) for name, pattern in words["others_trade"].items()}
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

    def is_elsewhere(self, mention: Mention, text: str) -> bool:
        """Whether a purpose is another car's (送货有面包车), another person's (他跑滴滴的), over (以前跑货拉拉), or
        what others wanted in vain (有人喊我跑滴滴,我没理).
        """
        if mention.value != PRIVATE and self._turned_down.holds(text, mention.start, mention.end):
            return True
        start = clause_start(text, mention.start)
        end = clause_end(text, mention.end)
        before, after = text[start : mention.start], text[mention.end : end]
        if mention.value != PRIVATE and (
            self._other_car.search(after)
            or self._owned_elsewhere.search(after)
            or self._is_not_with_it(mention, text, end)
        ):
            return True
        if mention.value != PRIVATE and self._is_supposed(mention, text, start, end):
            return True
        if mention.value == FREIGHT and self._trade["favour"].search(
            text[start : clause_end(text, end + 1) if end < len(text) else end]
        ):
            return True
        if mention.value == PRIVATE and self._enough.search(text, start, end):
            return True
        if self._past.find(before) and not self._now.find(before + after):
            return True
        if mention.value != PRIVATE and self._is_over(text, mention.end):
            return True
        if mention.value != PRIVATE and self._met.search(before) and not self._met_to_work.match(after):
            return True
        if mention.value in (PRIVATE, "for_other"):
            return False
        who = [hit for hit in self._whose.find(before) if not self._is_a_place(before, hit)]
        if not who or who[-1].label not in OTHERS or self._trade["with"].search(before[: who[-1].start]):
            return False
        if self._trade["brings"].match(before, who[-1].end):
            return False
        return self._trade["joins"].search(text, mention.end, mention.end + 2 * CLAUSE_REACH) is None

    def is_only_his_work(self, mention: Mention, text: str) -> bool:
        """Whether a trade is only what he does for a living, with a car of the firm or beside this one:
        公司配了车跑业务; 我开出租的,这个给家里代步.
        """
        before = text[clause_start(text, mention.start) : mention.start]
        if self._supposed["firms_car"].search(before):
            return True
        end = clause_end(text, mention.end)
        return bool(self._supposed["his_work"].fullmatch(before)) and bool(self._supposed["this_one"].search(text, end))

    def _is_a_place(self, text: str, person: Hit) -> bool:
        """Whether a person only tells where a car is given to: 挂他那边租给游客, 放在表弟那里租."""
        given = self._given_to.search(text[: person.start]) is not None
        return given and text.startswith(self._his_place, person.end)

    def _is_supposed(self, mention: Mention, text: str, start: int, end: int) -> bool:
        """Whether a trade is only thought of (真想跑滴滴我能买它?), or done by another with a car like this one."""
        before, after = text[start : mention.start], text[mention.end : end]
        if "谁" in before and "谁知道" not in before:
            return True
        if self._same_car.search(text[max(0, start - CLAUSE_REACH) : mention.start]) and "我" not in before:
            return True
        following = text[mention.end : clause_end(text, end + 1)] if end < len(text) else after
        if self._supposed["if_so"].search(before) and self._supposed["may_he"].match(text[mention.end :]):
            return True  # 以后要是改成营运,贷款有影响不?
        if self.is_only_his_work(mention, text):
            return True
        if self._supposed["in_mind"].search(before) and self._supposed["given_up"].search(following):
            return True
        return (
            self._supposed["before"].search(before) is not None
            and self._supposed["after"].search(following) is not None
        )

    def _is_not_with_it(self, mention: Mention, text: str, end: int) -> bool:
        """Whether a trade is said not to be done with this car: 拉菜不使它; 拉鱼有冷藏车,我这个不拉; 拉啥活儿."""
        following = clause_end(text, end + 1) if end < len(text) else end
        return any(pattern.search(text, mention.start, following) for pattern in self._not_with_it)

    def _is_over(self, text: str, end: int) -> bool:
        """Whether the clause behind a trade says that it is over: 滴滴啊,疫情前跑了两年,后来没续."""
        behind = text[end : clause_end(text, end + 3)]
        over = self._unasked["over"].match(text, end)
        return over is not None and bool(self._past.find(behind)) and not self._now.find(behind)
