"""What somebody works as: 设备工程师, 货车司机, 做缝纫工, 配送站的站长."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.language.occupations import load_acts, load_occupations
from pipeline.language.phrases import PhraseBook
from pipeline.language.resources import table, word_list
from pipeline.language.script import STOPS, is_han
from pipeline.types import Mention

LONGEST, SHORTEST = 8, 2
RUNS, BETWEEN = (
    "开",
    (
        "了一家",
        "了一个",
        "了一间",
        "了个",
        "了家",
        "了间",
        "着个",
        "着家",
        "一家",
        "一个",
        "了",
        "着",
        "个",
        "家",
        "间",
    ),
)
# Those he hires or leads: 请了两个服务员.
HIRED = re.compile(r"(?:请|雇|招|聘|找|带|管|手下|手底下|底下)[^,。?!]{0,6}(?:个|名|位|些|几)[^,。?!个名位]{0,4}$")
# 不干钳工了; 护士我可当不了.
DENIED_BEFORE = re.compile(
    r"(?:不|没|冇|莫|哪|唔)(?:再|想|得|会|能)?(?:是|干|做|当|搞|算|系|在做)(?:过|得|什么|啥|个|了)?$|不是什么$"
)
DENIED_BEHIND = re.compile(
    r"(?:我|俺|咱)?(?:可|也|都|早就?|就|真|哪|根本|从来|又)*"
    r"(?:[当做干算称谈]不(?:了|上|来|成|得)|不(?:当|做|干|是|算|搞)(?!完|过来)|没(?:当|做|干)|哪(?:是|能|会|敢)|轮不到)"
)
NO_TRADE = re.compile(r"(?:不|没|冇|莫|别|不再|没再|不会|不用|不能)$")
# 我师傅, 我们组长; 城管都换了几拨.
ANOTHERS_BEFORE = re.compile(r"(?:[我俺咱他她你您]们|人家|(?:^|[^是])[我俺他她](?=师傅|徒弟|领导))$")
ANOTHERS_BEHIND = re.compile(r"们|都(?:换|退|走|来|认|知|晓|说|喊|叫|跑|没|羡)|(?:来|老|天天)(?:查|赶|撵|追|收)")
# 进去的时候还是个学徒: what he was.
WAS = re.compile(
    r"(?:进去|进来|[刚才]来|刚去|刚进|开始|起初|当初|那会儿?|那时候?|以前|之前|原来|头[几两一]年|从前)[^,。?!]{0,6}$"
)
OWNER = re.compile(r"(?:我(?:自己)?(?:就|才)?是|[又自]?当|做|算|自己是)(?:个|小)?老板|老板(?:就|也|都)?是(?:我|俺|咱)")
OWNED = "老板"
AFTER = (
    frozenset(" 的嘞哩嘅了咧喽啦吧呢啊嘛么呀哦咯呗噻撒哈嗦哇唉诶哎我俺咱一二三四五六七八九十干跑教管在刚都还也就那这手")
    | STOPS
    | {""}
)
# No title holds one of these in front of its last word (了七年了从小工).
BREAKS = frozenset("了着的从是我俺咱你您他她们也都还年吗呢吧啊么到干过没冇喺嘅咗系把让被")
# 从小工干起: what he began as.
BEGAN = re.compile(r"(?:开始)?(?:干|做|当|学|熬|打|混|一步步)*(?:起|到|上来|出来|过来|开始)")


class PositionReader:
    """Finds positions by `configs/lexicon/occupations.yaml` and `configs/language/positions.yaml`."""

    def __init__(self, own: Path | None = None) -> None:
        content: Mapping[str, Any] = table("language/positions.yaml", own)
        occupations = load_occupations(own)
        names = [name for each in occupations for name in each.names]
        self._ends = PhraseBook((word, "") for word in dict.fromkeys((*names, *word_list(content["endings"]))))
        self._openers = PhraseBook((word, "") for word in word_list(content["openers"]))
        told = dict.fromkeys(form for each in occupations for words in each.does for form in _forms(words))
        self._trades = PhraseBook((words, "") for words in told)
        self._acts = load_acts(own)
        self._not_first = word_list(content["not_first"])
        self._not = PhraseBook((word, "") for word in word_list(content["not_positions"]))

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
                or self._not.find(name)
                or HIRED.search(text[:begin])
                or WAS.search(text[:begin])
                or ANOTHERS_BEFORE.search(text[:begin])
                or ANOTHERS_BEHIND.match(text, hit.end)
                or (text[begin - 1 : begin] in ("从", "由") and BEGAN.match(text, hit.end))
                or not _closes(text, hit.end)
            ):
                continue
            attributes = {"negated": "yes"} if is_denied(text, begin, hit.end) else {}
            mentions.append(Mention("position", begin, hit.end, name, None, name, attributes))
            floor = hit.end
        owner = OWNER.search(text)
        if owner is not None:
            place = text.index(OWNED, owner.start())
            mentions.append(Mention("position", place, place + len(OWNED), OWNED, None, OWNED))
        if all("negated" in mention.attributes for mention in mentions):
            mentions += self._trades_in(text)
        return sorted(mentions, key=lambda mention: mention.start)

    def _trades_in(self, text: str) -> list[Mention]:
        """What is told to be done: the longest where several overlap."""
        hits = [(hit.start, hit.end, _plain(hit.phrase)) for hit in self._trades.find(text)]
        floor, found = 0, []
        for start, end, plain in sorted((*hits, *self._acts.find(text)), key=lambda hit: (hit[0], -hit[1])):
            if start >= floor and not NO_TRADE.search(text[:start]):
                found.append(Mention("position", start, end, text[start:end], None, plain, {"trade": "yes"}))
                floor = end
        return found

    def _begin(self, text: str, floor: int, end: int) -> int:
        begin = end
        while begin > floor and is_han(text[begin - 1]):
            if text[begin - 1] in BREAKS or self._openers.match_before(text, begin, longest=5) is not None:
                break
            begin -= 1
        at_edge = begin == 0 or not is_han(text[begin - 1]) or begin > floor
        return begin if at_edge else end


def is_denied(text: str, start: int, end: int) -> bool:
    """Whether a folded text denies the title that stands at `start:end`: 护士我可当不了."""
    return bool(DENIED_BEFORE.search(text[:start]) or DENIED_BEHIND.match(text, end))


def is_trade(mention: Mention) -> bool:
    """Whether a position is told by what is done there (种地), not by its title."""
    return "trade" in mention.attributes


def _forms(words: str) -> tuple[str, ...]:
    """What is run (开面馆), as it is told: 开了个面馆, 开着面馆."""
    return (words, *(f"{RUNS}{between}{words[1:]}" for between in BETWEEN)) if words.startswith(RUNS) else (words,)


def _plain(heard: str) -> str:
    """开面馆 for 开了个面馆."""
    between = next((each for each in BETWEEN if heard.startswith(RUNS + each)), "")
    return heard[:1] + heard[1 + len(between) :] if between else heard


def _closes(text: str, end: int) -> bool:
    return text[end : end + 1] in AFTER
