"""Words around a value in an agent's turn by which it is read out, or is not: 那算厨师,是吧; 不能跑滴滴."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.language.positions import is_trade
from pipeline.language.resources import table, word_list
from pipeline.language.script import CLAUSE_END
from pipeline.types import Mention

FILE = "dialogue/readouts.yaml"
REACH = 40
WHETHER, WHETHER_WITHIN = "有没有", 6


class ReadoutWords:
    """Finds them in folded texts by `configs/dialogue/readouts.yaml`."""

    def __init__(self, own: Path | None = None) -> None:
        content: Mapping[str, Any] = table(FILE, own)
        self._forbidden = word_list(content["forbidden"])
        self._not_driving, self._long_ago = word_list(content["not_driving"]), word_list(content["long_ago"])
        self._negative, self._negative_behind = word_list(content["negative"]), word_list(content["negative_behind"])
        self._sums_up = re.compile(content["sums_up"])
        self._you_are = word_list(content["you_are"])
        self._alone, self._closed = re.compile(content["alone"]), re.compile(content["closed"])
        self._used_for = re.compile(content["used_for"])
        self._which, self._when = word_list(content["which"]), re.compile(content["when"])
        self._job_after, self._being = re.compile(content["job_after"]), re.compile(content["being"])
        self._where_you_are = [tuple(map(re.compile, pair)) for pair in content["where_you_are"]]
        self._make_before, self._make_behind = re.compile(content["make_before"]), re.compile(content["make_behind"])
        self._left, self._left_before = re.compile(content["left"]), re.compile(content["left_before"])
        self._others_than, self._of_it = re.compile(content["others_than"]), re.compile(content["of_it"])

    def is_forbidden(self, text: str, mention: Mention) -> bool:
        """Whether a value is only named in a rule: 不能跑滴滴."""
        return any(word in _clause_before(text, mention.start) for word in self._forbidden)

    def is_asked_what_for(self, text: str, mention: Mention) -> bool:
        """Whether a use is only named to ask what for: 您平时用这车主要干些什么."""
        return mention.kind == "purpose" and self._used_for.match(text, mention.end - 1) is not None

    def is_of_long_ago(self, text: str, mention: Mention) -> bool:
        """Whether a purpose is that of another time, or of another car: 当年跑滴滴那台车是贷款买的吧."""
        around = _clause_before(text, mention.start) + text[mention.end : mention.end + WHETHER_WITHIN]
        return any(word in around for word in self._long_ago)

    def without_other_doings(self, text: str) -> str:
        """The text without words in which nobody drives: 这钱跟您老公的分得开吗."""
        for word in self._not_driving:
            text = text.replace(word, "")
        return text

    def is_negative(self, text: str, mention: Mention) -> bool:
        """Whether a purpose or a person is read out with a no: 不跑滴滴吧; 不是您本人开吧."""
        before = text[max(0, mention.start - 4) : mention.start]
        if mention.kind == "relation" and text.startswith(self._negative_behind, mention.end):
            return True
        denied = before.endswith(self._negative) and not before.endswith("是不是")
        return denied and mention.kind in ("purpose", "relation")

    def is_left(self, text: str, address: Mention) -> bool:
        """Whether a home is read out as one that the customer has left: 西站西路,您现在已经不住了?"""
        behind = self._left.match(text, address.end) is not None
        return behind or self._left_before.search(text[: address.start]) is not None

    def is_asked_whether(self, text: str, mention: Mention) -> bool:
        """Whether what seems denied is asked for: 有没有用来送货."""
        return WHETHER in text[max(0, mention.start - WHETHER_WITHIN) : mention.start]

    def sums_up(self, text: str, mention: Mention) -> bool:
        """Whether a turn takes up with a purpose what it has been told: 那主要就是日常代步对吗."""
        return "weak" not in mention.attributes and self._sums_up.match(text) is not None

    def says_you_are(self, text: str, mention: Mention) -> bool:
        """Whether a title is what the customer is said to be: 那您是采棉机驾驶员."""
        return _clause_before(text, mention.start).endswith(self._you_are)

    def is_by_itself(self, text: str, mention: Mention) -> bool:
        """Whether a title is all that its clause says: 前厅主管,对吗; 那算厨师,是吧; X公司,质检员,六年."""
        if is_trade(mention) or self._closed.match(text, mention.end) is None:
            return False
        before = _clause_before(text, mention.start)
        return self._alone.fullmatch(before) is not None or before.endswith(self._you_are)

    def stands_by_a_job(self, text: str, mention: Mention) -> bool:
        """Whether a firm by itself is followed by a title or a length of work: 众联建筑劳务有限公司,班组长,十年."""
        alone = self._alone.fullmatch(_clause_before(text, mention.start)) is not None
        return alone and self._job_after.match(text, mention.end) is not None

    def is_where_you_are(self, text: str, mention: Mention) -> bool:
        """Whether a firm is said to be where the customer is, or works: 您还在顺联陶瓷吧; 您是天虹纺织的?"""
        before = text[max(0, mention.start - REACH) : mention.start]
        return any(
            first.search(before) is not None and then.match(text, mention.end) is not None
            for first, then in self._where_you_are
        )

    def firms_with_titles(self, text: str, mentions: Sequence[Mention]) -> set[int]:
        """The ids of firms and titles that are read out as one: 水产局的技术员,对不对; 您在盛世物业是保洁?"""
        jobs = {m.start: m for m in mentions if m.kind == "position" and not is_trade(m)}
        deeds = {m.start for m in mentions if m.kind in ("position", "duration")}
        pairs: set[int] = set()
        for firm in (m for m in mentions if m.kind == "organisation"):
            between = self._being.match(text, firm.end)
            job = jobs.get(between.end() if between is not None else firm.end)
            if job is not None and self._closed.match(text, job.end):
                pairs |= {id(firm), id(job)}
            elif firm.end + 1 in deeds and self.is_by_itself(text, firm):  # 宏运物流,开货车的,三年,这些没错?
                pairs.add(id(firm))
        return pairs

    def is_asked_when(self, text: str, mention: Mention) -> bool:
        """Whether a year is named only to ask more exactly: 去年几月入职的."""
        return self._when.match(text, mention.end) is not None

    def is_asked_which(self, text: str, mention: Mention) -> bool:
        """Whether somebody is only asked for: 您在哪家公司开车 names nobody."""
        return text.endswith(self._which, 0, mention.start)

    def tells_the_make(self, text: str, mention: Mention) -> bool:
        """Whether a car is read out as what is bought: 品牌是大众,对吧; 是大众的车吧."""
        return bool(self._make_before.search(text[: mention.start]) or self._make_behind.match(text, mention.end))

    def names_the_car(self, text: str, mention: Mention) -> bool:
        """Whether 新车 only tells which car is spoken of: 除了这台新车,还有别的吗; 新车每月还多少."""
        return bool(self._others_than.search(text[: mention.start]) or self._of_it.match(text, mention.end))


def _clause_before(text: str, place: int) -> str:
    before = text[max(0, place - REACH) : place]
    return before[max((before.rfind(stop) for stop in CLAUSE_END), default=-1) + 1 :]
