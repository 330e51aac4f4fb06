"""Names of firms and other employers: 合肥智远电子有限公司, 顺达物流, 京东方."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.language.phrases import Hit, PhraseBook
from pipeline.language.resources import any_of, table, word_list
from pipeline.language.script import CLAUSE_END, is_digit, is_han, is_latin
from pipeline.language.sieve import sought
from pipeline.types import Mention

LONGEST, SHORTEST = 18, 2
LONGEST_FRAMED = 12
PURCHASE_REACH = 6
# No firm's name holds one of these in front of its ending (那要喊车行, 我辽沈汽车).
BREAKS = frozenset("的我俺咱你您他她它了着是吗呢吧啊嘛么喊叫说")
JOINTS = ("和", "跟", "与", "同")
SIGNED, OF_CARS = "signed", ("车", "提", "首付", "定金", "订金")
# Anybody goes somewhere to buy something: the dealer is told so only where he is asked for.
WENT = "went"
SUM = re.compile(
    r"[零一二两三四五六七八九十百千万几多来0-9.]+(?:块|元)?钱?(?:[差多不零出整左上][零一二两三四五六七八九十百千万几多到头右下块0-9]*)?"
)
LEGAL = ("有限公司", "有限责任公司", "股份公司", "集团公司")
# How much of a name may stand between its trade and its legal form (装饰工程有限公司, 餐饮管理有限公司).
BETWEEN = 6
# 六院, 岳阳七中, 中建二局: of several of one kind that are told by a number.
NUMBERED = re.compile(
    r"第?[一二三四五六七八九十]{1,2}(?:附?院|附中|中|局|厂|矿|冶|公局|分厂|航局)"
    r"(?=$|[,。!?、 的上里那这做当干是对没吧吗呢啊嘛呗噻嘞跟在教管开看打搞])"
)

_Framed = dict[int, tuple[int, int, str]]


class OrganisationReader:
    """Finds organisations by their endings and by the known names of `configs/lexicon/employers.yaml`."""

    def __init__(self, own: Path | None = None) -> None:
        words: Mapping[str, Any] = table("language/organisations.yaml", own)
        employers: Mapping[str, Any] = table("lexicon/employers.yaml", own)
        endings = (*word_list(words["endings"]), *word_list(employers["trades"]))
        self._endings = PhraseBook((word, "") for word in endings)
        self._openers = PhraseBook((word, "") for word in word_list(words["openers"]))
        self._known = PhraseBook((word, "known") for word in word_list(employers["known"]))
        self._never, self._never_first = word_list(words["never"]), word_list(words["never_first"])
        self._general = frozenset(word_list(words["general"]))
        self._of_people = tuple(sorted(word_list(words["of_people"]), key=len, reverse=True))
        self._counted = re.compile(words["counted"])
        self._bought = word_list(words["bought"])
        self._not_framed_first = word_list(words["not_framed_first"])
        self._not_framed = word_list(words["not_framed"])
        places: Mapping[str, Any] = table("lexicon/places.yaml", own)
        self._places = frozenset(word for name in places for word in word_list(places[name]))
        self._frames = _frames(words)
        self._sought = sought(tuple(pattern.pattern for _, pattern in self._frames))

    def read(self, text: str) -> list[Mention]:
        """Organisation mentions of a folded text: `value` is the name as heard; `general` marks 公司 and the like.

        `frame` (named, works, still) is set where words around it make it somebody's employer; such a name may end in
        anything (then it is `bare`). `about` is purchase where the car is bought there.
        """
        mentions: list[Mention] = []
        floor = 0
        framed = self._framed(text)
        for start, end in self._ends(text):
            begin = self._begin(text, max(floor, start - LONGEST), start)
            name = text[begin:end]
            if len(name) < SHORTEST or begin < floor or name.startswith(self._never_first):
                continue
            if any(word in name for word in self._never):
                continue
            bare = self._uncounted(self._without_owner(name)).removeprefix("小") in self._general or (
                begin == start and not name.endswith("集团") and NUMBERED.match(text, start) is None
            )
            attributes = {"general": "yes"} if name in self._general or bare or self._is_of_several(name) else {}
            frame = _frame_of(framed, begin, end)
            mentions.append(self._mention(text, begin, end, attributes, frame))
            floor = end
        covered = {index for mention in mentions for index in range(mention.start, mention.end)}
        for hit in self._known.find(text):
            if covered.isdisjoint(range(hit.start, hit.end)):
                frame = _frame_of(framed, hit.start, hit.end)
                found = self._mention(text, hit.start, hit.end, {}, frame)
                mentions.append(replace(found, value=hit.phrase))
                covered.update(range(hit.start, hit.end))
        for first, last, kind in dict.fromkeys(framed.values()):
            if covered.isdisjoint(range(first, last)) and self._is_name(text[first:last]):
                mentions.append(self._mention(text, first, last, {"bare": "yes"}, kind))
        return sorted(mentions, key=lambda mention: mention.start)

    def _without_owner(self, name: str) -> str:
        """店 of 朋友店."""
        return next((name[len(who) :] for who in self._of_people if name.startswith(who)), name)

    def _uncounted(self, name: str) -> str:
        """公司 of 俩公司, 一家公司."""
        counted = self._counted.match(name)
        return name[counted.end() :] if counted is not None else name

    def _is_of_several(self, name: str) -> bool:
        """Whether a name is two kinds of places and no firm: 工地和装修公司."""
        parts = (name.partition(joint) for joint in JOINTS)
        return any(len(first) >= SHORTEST and second in self._general for first, _, second in parts)

    def _mention(self, text: str, start: int, end: int, attributes: dict[str, str], frame: str) -> Mention:
        if frame:
            attributes["frame"] = frame
        if frame == SIGNED and any(word in text for word in OF_CARS):
            attributes["about"] = "purchase"
        clause = text[end : end + PURCHASE_REACH]
        clause = clause[: next((place for place, each in enumerate(clause) if each in CLAUSE_END), len(clause))]
        if frame == WENT:
            attributes["about"] = "purchase"
        if any(word in clause.replace("提成", "") for word in self._bought) and "上班" not in clause:
            attributes["about"] = "purchase"
        name = text[start:end]
        return Mention("organisation", start, end, name, None, name, attributes)

    def _framed(self, text: str) -> _Framed:
        """Stretches that words around them make an employer, whatever they end in, by each place in them."""
        found: _Framed = {}
        for kind, pattern in map(self._frames.__getitem__, self._sought.possible(text)):
            for match in pattern.finditer(text):
                start, end = match.span("name")
                if found.keys().isdisjoint(range(start, end)):
                    found.update(dict.fromkeys(range(start, end), (start, end, kind)))
        return found

    def _is_name(self, name: str) -> bool:
        """Whether a framed stretch without the ending of an organisation can be the name of one."""
        if name.startswith(self._not_framed_first) or any(word in name for word in self._not_framed):
            return False
        if SUM.fullmatch(name) is not None:  # 首付刷了四万
            return False
        return name not in self._general and name not in self._places

    def _ends(self, text: str) -> list[tuple[int, int]]:
        """Stretches of endings that follow each other (电子 + 有限公司)."""
        merged: list[tuple[int, int]] = []
        numbered = [Hit(found.start(), found.end(), found[0], "") for found in NUMBERED.finditer(text)]
        hits = [
            hit
            for hit in self._endings.find(text)
            if not any(n.start < hit.end and hit.start < n.end for n in numbered)
        ]
        for hit in sorted((*hits, *numbered), key=lambda hit: hit.start):
            gap = text[merged[-1][1] : hit.start] if merged else ""
            joined = hit.phrase in LEGAL and len(gap) <= BETWEEN and all(map(is_han, gap)) and BREAKS.isdisjoint(gap)
            if merged and (not gap or joined):
                merged[-1] = (merged[-1][0], hit.end)
            else:
                merged.append((hit.start, hit.end))
        return merged

    def _begin(self, text: str, floor: int, end: int) -> int:
        """Where the name that ends with the ending at `end` begins: after an opener, a pause or the start."""
        begin = end
        while begin > floor:
            if self._openers.match_before(text, begin, longest=6) is not None:
                break
            character = text[begin - 1]
            if character in BREAKS or not (is_han(character) or is_latin(character) or is_digit(character)):
                break
            begin -= 1
        return begin


def _frame_of(framed: _Framed, start: int, end: int) -> str:
    """The kind of the frame around a name; its last character may be the first of the frame's end (厂做)."""
    _, last, kind = framed.get(start, (0, 0, ""))
    reaches = end >= last - 1 if kind == "still" else True
    return kind if reaches and end <= last + 1 else ""


def _frames(words: Mapping[str, Any]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Patterns of what frames a name; each looks at most `LONGEST` characters on."""

    def any_in(key: str) -> str:
        return any_of(word_list(words[key]))

    name = rf"(?P<name>[\u3400-\u9fffa-z0-9]{{2,{LONGEST_FRAMED}}}?)"
    far = rf"(?=(?:{any_in('far')}|{any_in('closers')})*(?:$|[^\u3400-\u9fffa-z0-9]))"
    not_of = rf"(?!{any_in('not_bought')})"
    edge = rf"(?=(?:{any_in('closers')})*(?:$|[^\u3400-\u9fffa-z0-9]))"
    return (
        ("works", re.compile(rf"(?:{any_in('in')}){name}(?=(?:{any_in('working')}))")),
        ("named", re.compile(rf"(?:{any_in('named')}){name}{far}")),
        ("bought", re.compile(rf"(?:{any_in('in')}){name}(?=(?:这家|那家|那边)?店?(?:{any_in('bought')}){not_of})")),
        (WENT, re.compile(rf"(?:{any_in('bought_in')}|在){name}(?=(?:这家|那家|那边)?店?(?:{any_in('dealt')}))")),
        (WENT, re.compile(rf"(?:{any_in('bought_in')}){name}(?=(?:这家|那家|那边)?店?(?:{any_in('bought')}){not_of})")),
        (WENT, re.compile(rf"(?:(?:店|车行|那家|这家|家)(?:名字)?(?:就)?(?:叫|叫做|叫个)|店名是?){name}{edge}")),
        (
            WENT,
            re.compile(
                rf"(?:{any_in('bought_in')}|在|是)(?:{any_in('whereabouts')})?{name}(?=[那这](?:一?家|间|个)(?:{any_in('shops')}))"
            ),
        ),
        (SIGNED, re.compile(rf"合同(?:是|都)?(?:{any_in('signed_with')}){name}(?=(?:这家|那家|那边)?(?:签|订|定))")),
        (
            SIGNED,
            re.compile(rf"(?:车钱|车款|定金|订金|首付|钱)(?:是|都|也)?(?:打|交|付|转|刷)(?:到|给|了)+{name}{edge}"),
        ),
        ("still", re.compile(rf"(?:{any_in('still')}){name}{edge}")),
        ("still", re.compile(rf"(?:^|[^\u3400-\u9fffa-z0-9])(?:{any_in('in')}){name}{edge}")),
    )
