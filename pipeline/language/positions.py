"""What somebody works as: 设备工程师, 货车司机, 做缝纫工, 配送站的站长."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.language.occupations import load_acts, load_occupations
from pipeline.language.phrases import Hit, PhraseBook
from pipeline.language.resources import table, word_list, words
from pipeline.language.script import STOPS, is_han
from pipeline.types import Mention

LONGEST, SHORTEST = 8, 2
RUNS = "开"
OWNED = "老板"


class PositionReader:
    """Finds positions by `configs/lexicon/occupations.yaml` and `configs/language/positions.yaml`."""

    def __init__(self, own: Path | None = None) -> None:
        content: Mapping[str, Any] = table("language/positions.yaml", own)
        occupations = load_occupations(own)
        names = [name for each in occupations for name in each.names]
        self._names = frozenset(names)
        self._trade_names = frozenset(word_list(content["trade_names"]))
        self._called_by = word_list(content["called_by"])
        self._surnames = frozenset(words("lexicon/surnames.txt", own))
        self._ends = PhraseBook((word, "") for word in dict.fromkeys((*names, *word_list(content["endings"]))))
        self._openers = PhraseBook((word, "") for word in word_list(content["openers"]))
        self._not_parted = PhraseBook((word, "") for word in word_list(content["not_parted"]))
        self._between = word_list(content["between"])
        told = dict.fromkeys(form for each in occupations for done in each.does for form in self._forms(done))
        self._trades = PhraseBook((done, "") for done in told)
        self._acts = load_acts(own)
        self._not_first = word_list(content["not_first"])
        self._not = PhraseBook((word, "") for word in word_list(content["not_positions"]))
        self._breaks = frozenset(content["breaks"])
        self._after = frozenset(content["after"]) | STOPS | {"", " "}
        patterns = content["patterns"]
        self._hired, self._was = re.compile(patterns["hired"]), re.compile(patterns["was"])
        self._denied_before = re.compile(patterns["denied_before"])
        self._denied_behind = re.compile(patterns["denied_behind"])
        self._wondered = re.compile(patterns["wondered_before"]), re.compile(patterns["wondered_behind"])
        self._tag = re.compile(patterns["tag"])
        self._no_trade = re.compile(patterns["no_trade"])
        self._anothers_before = re.compile(patterns["anothers_before"])
        self._anothers_behind = re.compile(patterns["anothers_behind"])
        self._owner, self._began = re.compile(patterns["owner"]), re.compile(patterns["began"])
        self._measure = re.compile(patterns["measure"])

    def read(self, text: str) -> list[Mention]:
        """Position mentions of a folded text; `value` is the position as heard, or a `trade`, what he does."""
        mentions: list[Mention] = []
        floor = 0
        for hit in self._ends.find(text):
            begin = self._begin(text, max(floor, hit.end - LONGEST), hit.start)
            name = text[begin : hit.end]
            if (
                len(name) < SHORTEST
                or name.startswith(self._not_first)
                or self._is_other_word(name)
                or self.is_hired(text, begin)
                or self._was.search(text[:begin])
                or self._anothers_before.search(text[:begin])
                or self._anothers_behind.match(text, hit.end)
                or (text[begin - 1 : begin] in ("从", "由") and self._began.match(text, hit.end))
                or not (text[hit.end : hit.end + 1] in self._after or self._tag.match(text, hit.end))
                or self._is_no_title(name, hit.phrase)
            ):
                continue
            attributes = {"negated": "yes"} if self.is_denied(text, begin, hit.end) else {}
            mentions.append(Mention("position", begin, hit.end, name, None, name, attributes))
            floor = hit.end
        owner = self._owner.search(text)
        if owner is not None:
            place = text.index(OWNED, owner.start())
            mentions.append(Mention("position", place, place + len(OWNED), OWNED, None, OWNED))
        if all("negated" in mention.attributes for mention in mentions):
            mentions += self._trades_in(text)
        return sorted(mentions, key=lambda mention: mention.start)

    def _is_no_title(self, name: str, ending: str) -> bool:
        """Whether a name that ends like a title is none (港兴装卸, 年头可长), or only calls somebody (张师傅)."""
        if (ending in self._trade_names and len(name) > len(ending)) or self._measure.search(name):
            return True
        return name.endswith(self._called_by) and name[0] in self._surnames and name not in self._names

    def _is_other_word(self, name: str) -> bool:
        """Whether what ends like a title is another word, or holds one and is no title that is known (施工员)."""
        hits = self._not.find(name)
        return any(hit.end - hit.start == len(name) for hit in hits) or bool(hits and name not in self._names)

    def is_hired(self, text: str, start: int) -> bool:
        """Whether those at `start` of a folded text are hired or led by the speaker: 请了两个服务员."""
        return self._hired.search(text[:start]) is not None

    def is_denied(self, text: str, start: int, end: int) -> bool:
        """Whether a folded text denies the title that stands at `start:end`: 护士我可当不了; 还主管呢."""
        before, behind = self._wondered
        if before.search(text[:start]) and behind.match(text, end):
            return True
        return bool(self._denied_before.search(text[:start]) or self._denied_behind.match(text, end))

    def _trades_in(self, text: str) -> list[Mention]:
        """What is told to be done: the longest where several overlap."""
        hits = [(hit.start, hit.end, self._plain(hit.phrase)) for hit in self._trades.find(text)]
        floor, found = 0, []
        for start, end, plain in sorted((*hits, *self._acts.find(text)), key=lambda hit: (hit[0], -hit[1])):
            if start >= floor and not self._no_trade.search(text[:start]):
                found.append(Mention("position", start, end, text[start:end], None, plain, {"trade": "yes"}))
                floor = end
        return found

    def _begin(self, text: str, floor: int, end: int) -> int:
        begin = end
        while begin > floor and is_han(text[begin - 1]):
            opener = self._openers.match_before(text, begin, longest=5)
            if text[begin - 1] in self._breaks or (opener is not None and not self._is_in_a_word(text, opener)):
                break
            begin -= 1
        at_edge = begin == 0 or not is_han(text[begin - 1]) or begin > floor
        return begin if at_edge else end

    def _is_in_a_word(self, text: str, opener: Hit) -> bool:
        """Whether what may open a title is a part of a word of it: 兼 of 兼职司机, 算 of 预算员."""
        around = text[max(0, opener.start - 2) : opener.end + 2]
        offset = max(0, opener.start - 2)
        return any(
            offset + hit.start <= opener.start and opener.end <= offset + hit.end
            for hit in self._not_parted.find(around)
        )

    def _forms(self, words: str) -> tuple[str, ...]:
        """What is run (开面馆), as it is told: 开了个面馆, 开着面馆."""
        if not words.startswith(RUNS):
            return (words,)
        return (words, *(f"{RUNS}{between}{words[1:]}" for between in self._between))

    def _plain(self, heard: str) -> str:
        """开面馆 for 开了个面馆."""
        between = next((each for each in self._between if heard.startswith(RUNS + each)), "")
        return heard[:1] + heard[1 + len(between) :] if between else heard


def is_trade(mention: Mention) -> bool:
    """Whether a position is told by what is done there (种地), not by its title."""
    return "trade" in mention.attributes
