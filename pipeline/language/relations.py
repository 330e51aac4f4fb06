"""People by what they are to the applicant: 我表哥 (relative), 老婆 (spouse), 我自己 (self)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.language.phrases import Hit, PhraseBook
from pipeline.language.resources import combined, labelled, table, word_list
from pipeline.language.script import CLAUSE_END, SENTENCE_END
from pipeline.types import Mention

DRIVE_REACH = 3
KEPT_REACH = 12
UNWILLING_REACH = 8
# 连本都没有 and 驾照也没 say nothing of who is named behind.
NOT_EVEN = tuple(
    f"{what}{even}" for what in ("本", "本子", "本儿", "证", "照", "钱", "车", "空", "时间") for even in "都也"
)
HOUSEHOLD = "人家"
FIRM, HOME, ME = "company", "家", "我"
ADDRESS_ENDS = (",", "。", "!", " ", "啊", "呀", "哎", "您", "你")
MARKS = ",。!? "


def relation_words(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(word, who) for every word of `configs/language/relations.yaml` and all that are made up of its lists."""
    yield from labelled(content["relations"])
    yield from ((word, who) for word, who, _ in combined(content))


YOU = ("你", "您")
NEITHER = ("不", "他开", "她开", "他用", "她用")
FRIEND, CHILD = "朋友", "小朋友"
FETCHES = tuple("接送拉带载陪")


class RelationReader:
    """Finds relations by the words of `configs/language/relations.yaml`."""

    def __init__(self, own: Path | None = None) -> None:
        content: Mapping[str, Any] = table("language/relations.yaml", own)
        self._relations = PhraseBook(relation_words(content))
        self._around_me = content["around_me"] + MARKS
        self._after_me = frozenset(["", *content["after_me"], *MARKS])
        self._after_me_words = word_list(content["after_me_words"])
        self._at_the_wheel = word_list(content["at_the_wheel"])
        self._negations = PhraseBook((word, "") for word in word_list(content["negations"]))
        self._cannot = PhraseBook((word, "") for word in word_list(content["cannot"]))
        self._cannot_so = re.compile(content["cannot_so"])
        self._adverbs = PhraseBook((word, "") for word in word_list(content["adverbs"]))
        self._unwilling = word_list(content["unwilling"])
        self._addressed = frozenset(word_list(content["addressed"]))
        self._addressing = PhraseBook((word, "") for word in word_list(content["addressing"]))
        self._trades = word_list(content["trades"])
        trades, used = tuple(word for word in self._trades if word != "车"), word_list(content["used"])
        self._not_driving = defaultdict(tuple[str, ...], {"开": trades, "用": used})
        self._drives = PhraseBook((word, "") for word in word_list(content["drives"]))
        self._looks_up = word_list(content["looks_up"])
        self._at_home = word_list(content["at_home"])
        self._guests = frozenset(word_list(content["guests"]))
        self._kept_by = re.compile(content["kept_by"])
        self._partners = frozenset(word_list(content["partners"]))
        self._drove = re.compile(content["drove"])
        self._unwed = re.compile(content["unwed"])
        self._of_firms = re.compile(content["drives_of_firms"])

    def read(self, text: str) -> list[Mention]:
        """Relation mentions of a folded text; `drives` where the words after say that this person drives or uses it."""
        mentions: list[Mention] = []
        if text.strip(self._around_me) == "我":
            place = text.index("我")
            return [Mention("relation", place, place + 1, "我", None, "self")]
        for hit in self._without_bare_me(text):
            if hit.phrase.endswith("开") and text.startswith(self._trades, hit.end):
                continue
            if hit.phrase.endswith(("开", "用")) and text.startswith(NEITHER, hit.end):
                continue  # 我开他开都一样
            if hit.phrase == HOUSEHOLD and text.startswith("里", hit.end):  # 个人家里用
                continue
            if hit.label == "other" and text[hit.start - 1 : hit.start] in FETCHES:
                continue  # 接客人开
            if hit.phrase == FRIEND and text.startswith(CHILD, hit.start - 1):
                continue  # 送小朋友上学
            if hit.phrase.endswith("的") and text.startswith("人", hit.end):  # 屋头的人
                continue
            if text[hit.start - 1 : hit.start] in YOU and text.startswith(self._looks_up, hit.end):
                continue
            if hit.phrase in self._addressed and self._is_addressed(text, hit):
                continue
            attributes: dict[str, str] = {}
            before = hit.start - (text[hit.start - 1 : hit.start] in ("我", "给", "让"))
            if self._is_taken_back(text, before) or self._is_no_driver(text, hit):
                attributes["negated"] = "yes"
            firm = hit.label == FIRM and self._of_firms.match(text, hit.end) is not None
            for_the_house = hit.label == "self" and text.startswith(self._at_home, hit.end)
            drives = self._drives_after(text, hit.end) or hit.phrase.endswith(self._at_the_wheel)
            drives = drives or self._kept_by.search(text, max(0, hit.start - KEPT_REACH), hit.start) is not None
            if hit.phrase in self._guests and not drives:
                continue
            drives = drives and (hit.label == "self" or self._drove.match(text, hit.end) is None)
            if firm or (drives and not for_the_house):
                attributes["drives"] = "yes"
            label = hit.label
            if hit.phrase in self._partners and self._unwed.match(text, hit.end) is not None:
                label = "friend"
            mentions.append(Mention("relation", hit.start, hit.end, text[hit.start : hit.end], None, label, attributes))
        return mentions

    def _is_taken_back(self, text: str, start: int) -> bool:
        """Whether words right before somebody take him back (不是我老婆), and not what stands before them (连本都没有,
        我对象开).
        """
        no = self._negations.match_before(text, start)
        return no is not None and not text.endswith(NOT_EVEN, 0, no.start)

    def _is_no_driver(self, text: str, hit: Hit) -> bool:
        """Whether words behind somebody say that he cannot drive, or will not (又不会开, 也没本; 给别人开我会心痛)."""
        end = hit.end - (hit.phrase[-1] in "开用" and len(hit.phrase) > 1)
        while (adverb := self._adverbs.match(text, end)) is not None:
            end = adverb.end
        if self._cannot.match(text, end) is not None or self._cannot_so.match(text, end) is not None:
            return True
        given = text[hit.start - 1 : hit.start] in ("给", "让")
        return given and any(word in text[hit.end : hit.end + UNWILLING_REACH] for word in self._unwilling)

    def _is_addressed(self, text: str, hit: Hit) -> bool:
        """Whether nobody but the one on the line is meant; a word alone is an answer."""
        if text.strip(MARKS) == hit.phrase:
            return False
        if text[hit.end : hit.end + 1] not in ADDRESS_ENDS:
            return False
        start = hit.start
        while (word := self._addressing.match_before(text, start)) is not None:
            start = word.start
        return not start or text[start - 1] in CLAUSE_END | {" "}

    def _without_bare_me(self, text: str) -> list[Hit]:
        """The relations in a text; of 是我姐 the 我姐 and not the 是我."""
        hits: list[Hit] = []
        for hit in self._relations.find(text):
            if hits and hit.start < hits[-1].end:
                continue
            ends = text[hit.end : hit.end + 1] in self._after_me or text.startswith(self._after_me_words, hit.end)
            if not hit.phrase.endswith("我") or ends:
                hits.append(hit)
                continue
            inner = (self._relations.match(text, place) for place in range(hit.start + 1, hit.end))
            hits.extend([found for found in inner if found is not None and found.end > hit.end][:1])
        return hits

    def _drives_after(self, text: str, end: int) -> bool:
        """Whether somebody is said to drive right behind: not 开发区, 开会, 用我名字 or 自己家里用."""
        for gap in range(DRIVE_REACH):
            hit = self._drives.match(text, end + gap) if end + gap < len(text) else None
            if hit is None or HOME in text[end : hit.start]:
                continue
            if any(each in SENTENCE_END or each == ME for each in text[end : hit.start]):  # 走亲戚。我开
                continue
            if not text.startswith(self._not_driving[hit.phrase[-1]], hit.end):
                return True
        return False
