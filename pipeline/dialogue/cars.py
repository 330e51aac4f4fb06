"""Which car of those that are named is the one bought: 最后定的朗逸; not 我闺蜜买的思域, nor 大狗也看来着."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from pipeline.dialogue.acts import Acts
from pipeline.dialogue.clauses import CLAUSE_REACH, clause_end, clause_start
from pipeline.language.phrases import PhraseBook
from pipeline.language.relations import relation_words
from pipeline.language.resources import table, word_list
from pipeline.types import Mention

FILE = "dialogue/relevance.yaml"
# Whose cars are bought by the one on the line too: 公司团购的.
HIS_OWN = ("self", "company")
# Between 给 and his wife: 给我们家老婆买的.
HIS = "我俺咱们家那个的"
# Before somebody whose word he took: 听她的买了雅阁.
HEEDED = ("听", "听了", "依", "依了", "随", "随了", "拗不过", "架不住")
# What is done with the car before, so that the one bought may follow: 把捷达卖了买的轩逸.
OVER = ("了", "过")
# 比 of a make compares no cars.
NO_COMPARING = "比亚迪"
# How far before a car words tell that it is another one, or this one.
SIGHT = 10


class Cars:
    """Weighs cars by `cars` of `configs/dialogue/relevance.yaml`."""

    def __init__(self, acts: Acts, own: Path | None = None) -> None:
        words = table(FILE, own)
        cars = words["cars"]
        self._acts = acts
        self._taken, self._thought_of, self._passed_over, self._given_up, self._given_up_before = (
            re.compile(cars[name]) for name in ("taken", "thought_of", "passed_over", "given_up", "given_up_before")
        )
        self._after_all, self._not_this_car = word_list(cars["after_all"]), word_list(cars["not_this_car"])
        self._somebody_buys, self._owns, self._is_of = (
            re.compile(cars[name]) for name in ("somebody_buys", "owns", "is_of")
        )
        self._nearly = re.compile(cars["nearly"])
        self._joined, self._at_first = re.compile(cars["joined"]), re.compile(cars["at_first"])
        self._undecided = word_list(words["undecided"])
        self._denied_before, self._denied_behind = re.compile(cars["denied_before"]), re.compile(cars["denied_behind"])
        compared, kinds = cars["compared"], cars["kinds"]
        self._compared_before, self._compared_behind = re.compile(compared["before"]), re.compile(compared["behind"])
        self._no_kind_before, self._no_kind_behind = (
            re.compile(kinds["denied_before"]),
            re.compile(kinds["denied_behind"]),
        )
        self._no_dealers, self._places = word_list(cars["no_dealers"]), re.compile(cars["places"])
        self._of_a_series, self._there_are = word_list(kinds["of_a_series"]), re.compile(kinds["there_are"])
        self._for_others, self._titles = word_list(words["for_others"]), re.compile(words["titles"])
        subjects = [(word, who) for who in ("self", "other") for word in word_list(words["subjects"][who])]
        people = [
            (word, "other") for word, who in relation_words(table("language/relations.yaml", own)) if who not in HIS_OWN
        ]
        self._people = PhraseBook((*subjects, *people))

    def weight(self, text: str, start: int, end: int) -> int:
        """How far a car that is named in a folded text is said to be the one bought: 2 where it is taken, 1 where it is
        only named, 0 where it was thought of or passed over, -1 where it was given up, or is another person's
        (雅阁没现车; 比途观省油; 我弟那台思域).
        """
        before = text[clause_start(text, start) : start]
        behind = text[end : end + CLAUSE_REACH]
        given_up = self._given_up.search(behind) or self._given_up_before.search(before) or self._nearly.search(before)
        if given_up or self.is_anothers(text, start, end):
            return -1
        settled = any(word in before for word in self._after_all)
        if not settled and (self._thought_of.search(before) or self._passed_over.search(behind)):
            return 0
        return 2 if self.is_taken(text, start) else 1

    def is_taken(self, text: str, start: int) -> bool:
        """Whether the car named at `start` of a folded text is said to be the one bought (最后定的朗逸)."""
        return self._taken.search(text[clause_start(text, start) : start]) is not None

    def is_denied(self, text: str, start: int, end: int) -> bool:
        """Whether the car named at `start:end` is said not to have been bought: 我没买轩逸; 轩逸退了."""
        before = text[clause_start(text, start) : start]
        return self._denied_before.search(before) is not None or self._denied_behind.match(text[end:]) is not None

    def is_at_first(self, text: str, start: int) -> bool:
        """Whether what stands at `start` of a folded text is what he only meant at first (本来要在宏业买)."""
        return self._at_first.search(text[clause_start(text, start) : start]) is not None

    def is_undecided(self, text: str, cars: Sequence[Mention]) -> bool:
        """Whether it is not settled yet which of several cars is bought: 轩逸或者卡罗拉吧,还没定."""
        open_yet = any(word in text[: cars[0].start] for word in self._undecided)
        if not open_yet and any(self.is_taken(text, car.start) for car in cars):
            return False
        ends = [(one.end, two.start) for one in cars for two in cars if one.end <= two.start]
        joined = any(self._joined.fullmatch(text[first:second]) is not None for first, second in ends)
        return joined and any(word in text for word in self._undecided)

    def is_anothers(self, text: str, start: int, end: int) -> bool:
        """Whether a car is another person's: 我朋友买的宝马, 飞度是我媳妇那台; 给我媳妇买的飞度 is none."""
        before = text[clause_start(text, start) : start]
        if self._somebody_buys.search(before):
            return True
        if any(self._owns.match(before[titled.end() :]) for titled in self._titles.finditer(before)):
            return True  # 我们连长开的那个坦克
        who = self._people.find(before)
        if who and who[-1].label == "other":
            if before[: who[-1].start].rstrip(HIS).endswith((*self._for_others, *HEEDED)):
                return False
            return self._owns.match(before[who[-1].end :]) is not None
        behind = text[end : clause_end(text, end)]
        is_of = self._is_of.match(behind)
        owner = self._people.match(behind, is_of.end()) if is_of is not None else None
        return owner is not None and owner.label == "other" and self._owns.match(behind, owner.end) is not None

    def is_kind_denied(self, text: str, start: int, end: int) -> bool:
        """Whether the kind of car named at `start:end` is said not to be bought: 还能买旧的, 二手的谁敢要."""
        before = text[clause_start(text, start) : start]
        return self._no_kind_before.search(before) is not None or self._no_kind_behind.match(text[end:]) is not None

    def is_no_dealer(self, heard: str) -> bool:
        """Whether a name is, or holds, a place where somebody is only met, or near which the shop is (抖音刷到的;
        火车站出来左拐).
        """
        return self._places.fullmatch(heard) is not None or any(word in heard for word in self._no_dealers)

    def tells_the_series(self, heard: str) -> bool:
        """Whether words for a new car (新款) rather tell which series it is."""
        return heard in self._of_a_series

    def kind_weight(self, text: str, start: int, end: int) -> int:
        """How far the kind of car named at `start:end` of a folded text is said to be that of the one bought: 2 where
        it is taken, 1 where it is only named, 0 where it was thought of, where there are such as well, or it rather
        tells the series, -1 where it is that of another car (展厅里也有新的; 款是新款; 以前那台旧的; 我同事提了个新的).
        """
        if self._is_of_another_car(text, start) or self.is_anothers(text, start, end):
            return -1
        before = text[clause_start(text, start) : start]
        if self._nearly.search(before):
            return -1
        if self._taken.search(before) is not None and self._thought_of.search(before) is None:
            return 2
        if self._thought_of.search(before) or self._there_are.search(before) or self._passed_over.search(text[end:]):
            return 0
        return 0 if self.tells_the_series(text[start:end]) else 1

    def is_only_compared(self, text: str, start: int, end: int) -> bool:
        """Whether his car is only compared with the kind of car named at `start:end`: 新车要二十七万,买不起."""
        before = text[clause_start(text, start) : start]
        return self._compared_before.search(before) is not None or self._compared_behind.match(text[end:]) is not None

    def is_this(self, mention: Mention, text: str, *, active: bool) -> bool:
        """Whether a car is the one that the call is about; `active`: that is being asked or read out."""
        if self.weight(text, mention.start, mention.end) < 0:
            return False
        if self._is_of_another_car(text, mention.start):
            return False
        after = text[mention.end : mention.end + 6]
        if any(word in after for word in self._not_this_car):
            return False
        if active:
            return True
        this = self._acts.find("this_car", text[max(0, mention.start - SIGHT) : mention.start])
        return "weak" not in mention.attributes and bool(this)

    def _is_of_another_car(self, text: str, start: int) -> bool:
        """Whether what stands at `start` of a folded text is told of another car: 以前开的捷达; but not 捷达卖了,
        换了个轩逸.
        """
        before = text[max(0, start - SIGHT) : start]
        other = [hit for hit in self._acts.find("other_car", before) if not before.startswith(NO_COMPARING, hit.start)]
        after_all = self._acts.find("this_car_after_all", before)
        if not other or (after_all and after_all[-1].start > other[-1].start):
            return False
        of_clause = clause_start(text, start) - max(0, start - SIGHT)
        over = other[-1].start < of_clause or other[-1].phrase.endswith(OVER)
        return not over or not self.is_taken(text, start)
