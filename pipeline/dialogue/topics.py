"""What a turn talks about: topic words, and which field a value beside them belongs to."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import SettingsError
from pipeline.language.phrases import Hit, PhraseBook
from pipeline.language.resources import labelled, table, word_list
from pipeline.language.script import CLAUSE_END, SENTENCE_END
from pipeline.types import Mention, MentionKind

FILE = "dialogue/questions.yaml"
NONE = "none"
# A word that only holds a cue: the 住 of 住院.
WITHIN = "within"
BEFORE, AFTER = 22, 4
# 刨了房租,七千五: what is taken off says nothing of what is left.
TAKEN_OFF = 10
DEDUCTED = re.compile(r"(?:刨|除|扣|减|去|抛|交|付)[^,。?]{0,8}$")
# 车价减首付,九万: so is what another sum is told by.
SUBTRACTED_WITHIN = 8
SUBTRACTED = re.compile(r"(?:减|除|扣|刨|抛)(?:掉|去|了|开|除)?(?:那个?|我的?|这个?)?$")
# 算上奖金一万出头: what is counted in takes nothing away.
COUNTED_IN = re.compile(
    r"(?:算上|加上|连上|带上|包括|包含|算起|连着|含|(?:工资|薪水|收入|底薪|奖金|提成|绩效)(?:加|和|跟|带|连))$"
)
TAKEN_AWAY, LEAST_LEFT = re.compile(r"(?:刨|除|扣|减|抛|交)(?:完|去|掉|除|开|了)(?:了)?$"), 1500
# 房租人工水电一去到我手上一万五: so does what is said behind it.
GONE = re.compile(
    r"[^,。?!0-9]{0,6}(?:一|都|全|给|再)?(?:去|扣|除|刨|抛|交|减|付)(?:掉|去|了|完|开)?(?:,|以?后|下来|剩|落|净|纯|到我?手|我|能|拿|真)"
)
# 今年效益不好降了,七千五 is what it is now; 降了五百 is not.
CHANGES = ("降", "涨", "调", "减", "砍", "跌")
# Behind what is no field's: it is not the sum before it.
TOLD_APART = ("另算", "另说", "另外", "单算", "单说", "不算", "没算", "除外", "再说", "还没", "看")
# 全靠社保两千九: what somebody lives on.
LIVES_ON, LIVES_ON_WITHIN = re.compile(r"(?:靠|领|吃|指望|指着)(?:着|了|点|的|我|这|那)*$"), 4
# Between what was taken off and what is left: 除了油钱净落九千.
LEFT = re.compile(
    r"(?:[还能净纯也就]|一个?月|每个?月|大概|差不多|到手|落|剩|赚|挣|得|拿|有|个|下来|开销|之类的?|什么的|人工|水电|成本|本钱|货款|油钱|物业|开支|工资|等等|这些)*"
)
MEASURED: tuple[MentionKind, ...] = ("money", "ratio", "duration")


TERM_GAP = 3
JUDGED_AFTER = CLAUSE_END | set(" 那这嗯对")
BREAK = re.compile("[,、… ]")
# Behind a sum and a pause: what it was for (3000块,手续费嘛; 一千二,房租).
WHAT_FOR = re.compile(r"(?:块钱?|元)?[嘛呢吧呀啊哦]?,(?:就|就是|都是|是|算|算是|当|说是|叫|那是|给的|交的)*")
WHAT_FOR_ENDS = re.compile(r"(?:那种|之类|啥|什么|嘛|呢|吧|呀|啊|咯|噻|呗|哦|的|了|钱)*(?:$|[,。!?])")
SPENT = "花了"
# Right before the thing that a sum is for: it is not for that (不含保险花了八万九).
LEFT_OUT = ("不含", "不算", "不带", "没算", "没含", "没带", "不包", "除", "刨", "去掉", "抛", "除了", "除开")
# What may stand between a word and its value across a pause: 贷款的话呢,我大概也就三万.
BETWEEN = (
    ",、… 的话呢啊嘛那个这块是吧哦嗯也就大概差不多约左右应该有得我您月每要还给付了没动变不照旧样交贷到手一共总额款钱呃"
)
# Between a word and the value that takes the place of what he has told of it: 收入说错了,是一万.
TOLD_WRONG = re.compile(
    r"(?:那里|那块|那个|的?数字?|金额|刚才|刚刚|前面|我|是|给你?您?|都)*(?:说|讲|报|记|算|念|弄|搞|写|填)(?:错|岔|串|反|差|漏)(?:了|啦|咯)?"
    r"[,。!、 ]*(?:应该|其实|实际|是|我|就|该|有|准确)*"
)
VERDICT = re.compile(
    r"(?:款|数|金额)?(?:那个|这个|是|都|倒是|呢|我|确实)*(?:(?P<wrong>不是|不对|错了|有问题)|对的|对|没错|没问题|没变|一样|这个数|是这个数)"
)
TERM_FILLERS = frozenset(" ,、分做块钱元是")
_OWN_FIELD: Mapping[MentionKind, str] = {
    "position": "employment.position",
    "marital_status": "identity.marital_status",
    "residence_type": "identity.residence_type",
    "condition": "vehicle.condition",
}


@dataclass(frozen=True, slots=True)
class Bound:
    """A mention with the field that words beside it name: a path, `none` (not his), or "" (nothing named)."""

    mention: Mention
    field: str
    cue: str = ""


class Topics:
    """The topics of `configs/dialogue/questions.yaml`. Raises SettingsError where the file has another shape."""

    def __init__(self, own: Path | None = None) -> None:
        content: Mapping[str, Any] = table(FILE, own)
        try:
            topics: Sequence[Mapping[str, Any]] = content["topics"]
            kinds: dict[str, list[tuple[str, str]]] = {}
            naming: list[tuple[str, str]] = []
            for topic in topics:
                field = str(topic["field"])
                cues = word_list(topic["cues"])
                for kind in topic["kinds"]:
                    kinds.setdefault(kind, []).extend((cue, field) for cue in (*cues, *word_list(topic.get("binds"))))
                naming.extend((cue, field) for cue in cues)
            self.weak = frozenset(word for topic in topics for word in word_list(topic.get("binds")))
            self.kinds = {str(topic["field"]): frozenset(topic["kinds"]) for topic in topics}
        except (KeyError, TypeError) as error:
            raise SettingsError(f"config file {FILE}: a topic needs field, kinds and cues") from error
        within = [(word, WITHIN) for word in word_list(content["no_cues"])]
        self._by_kind = {kind: PhraseBook([*within, *entries], sound=True) for kind, entries in kinds.items()}
        self._naming = PhraseBook(naming)
        self._trade, self._is_trade = re.compile(content["trade"]["before"]), re.compile(content["trade"]["behind"])
        self._judged = PhraseBook(labelled(content["judged"]))

    def judged(self, text: str) -> tuple[dict[str, tuple[int, int]], dict[str, tuple[int, int]]]:
        """The fields that a folded text calls right (首付和贷款对的) and those it calls wrong (期数不是)."""
        right: dict[str, tuple[int, int]] = {}
        wrong: dict[str, tuple[int, int]] = {}
        hits = self._named_in(text)
        called = [hit for hit in self._judged.find(text) if not hit.start or text[hit.start - 1] in JUDGED_AFTER]
        hits += [hit for hit in called if not any(hit.start < other.end and other.start < hit.end for other in hits)]
        for hit in hits:
            match = VERDICT.match(text, hit.end)
            if match is None:
                continue
            verdict = wrong if match["wrong"] else right
            verdict[hit.label] = (hit.start, match.end())
            joined = [
                h for h in hits if h.end < hit.start and text[h.end : hit.start] in ("和", "跟", "、", "还有", "与")
            ]
            for other in joined:
                verdict[other.label] = (other.start, match.end())
        return right, wrong

    def fields_in(self, text: str) -> list[str]:
        """The fields that a few words name, in their order."""
        return [hit.label for hit in self._named_in(text)]

    def names_other_money(self, text: str) -> bool:
        """Whether a folded text names a sum that is no field's: 年底有奖金吧."""
        return any(hit.label == NONE for hit in self._cues("money", text) if not hit.by_sound)

    def _named_in(self, text: str) -> list[Hit]:
        found = {hit.start: hit for hit in self._cues("money", text) if not hit.by_sound}
        found.update({hit.start: hit for hit in self._naming.find(text)})
        return sorted((hit for hit in found.values() if hit.label != NONE), key=lambda hit: hit.start)

    def _cues(self, kind: str, text: str) -> list[Hit]:
        return [hit for hit in self._by_kind[kind].find(text) if hit.label != WITHIN]

    def bind(self, text: str, mentions: Iterable[Mention]) -> list[Bound]:
        """Every mention with the field named beside it in a folded text; see `Bound`."""
        measured = [mention for mention in mentions if mention.kind in MEASURED]
        bound = {id(item.mention): item for item in self._measured(text, measured)}
        return [bound.get(id(mention)) or Bound(mention, _by_nature(mention)) for mention in mentions]

    def _measured(self, text: str, mentions: Sequence[Mention]) -> Iterator[Bound]:
        if not mentions:
            return
        kinds = dict.fromkeys(mention.kind for mention in mentions)
        hits = {
            kind: [hit for hit in _outside(self._cues(kind, text), mentions) if not self._is_of_a_trade(text, hit)]
            for kind in kinds
            if kind in self._by_kind
        }
        used: set[tuple[str, int]] = set()
        floor = 0
        previous: Bound | None = None
        for index, mention in enumerate(mentions):
            following = mentions[index + 1] if index + 1 < len(mentions) else None
            own = hits.get(mention.kind, [])
            if mention.attributes.get("about") == "down":
                own = []  # 全贷,没首付
            hit = self._before(text, own, mention, floor, used) or self._after(text, own, mention, following)
            hit = hit or _what_for(text, own, mention)
            if hit is not None and hit.label == "loan.term_months" and mention.attributes.get("unit") == "since":
                hit = None  # 一一年分来的 is no term
            if hit is not None:
                used.add((mention.kind, hit.start))
            item = Bound(mention, _by_unit(mention)) if hit is None else Bound(mention, hit.label, hit.phrase)
            if not item.field and previous is not None and _is_its_term(text, previous, mention):
                item = Bound(mention, "loan.term_months")
            yield item
            previous, floor = item, mention.end

    def _is_of_a_trade(self, text: str, hit: Hit) -> bool:
        """Whether a word only tells what somebody does for a living: 开货车的,七千左右; 卖保险的."""
        if hit.label != NONE and hit.phrase not in self.weak:
            return False
        before = self._trade.search(text[max(0, hit.start - TAKEN_OFF) : hit.start])
        return before is not None and self._is_trade.match(text, hit.end) is not None

    @staticmethod
    def _before(text: str, hits: Sequence[Hit], mention: Mention, floor: int, used: set[tuple[str, int]]) -> Hit | None:
        place = bisect_left(hits, mention.start, key=lambda hit: hit.start)
        hit = hits[place - 1] if place else None
        if hit is None or hit.start < max(floor, mention.start - BEFORE) or (mention.kind, hit.start) in used:
            return None
        if _is_cut_off(text[hit.end : mention.start]):
            return None
        if (
            hit.label != NONE
            and "," in text[hit.end : mention.start]
            and SUBTRACTED.search(text, max(0, hit.start - SUBTRACTED_WITHIN), hit.start)
        ):
            return None
        if hit.label == NONE and (
            _is_deducted(text, hit, mention)
            or (hit.phrase.startswith(CHANGES) and "," in text[hit.end : mention.start])
            or LIVES_ON.search(text, max(0, hit.start - LIVES_ON_WITHIN), hit.start)
            or COUNTED_IN.search(text, max(0, hit.start - BEFORE), hit.start)
        ):
            return None
        earlier = hits[place - 2] if place > 1 else None
        if earlier is not None and earlier.label == NONE and hit.phrase == SPENT and _is_for(text, earlier, hit):
            return earlier  # 沪牌花了九万三
        if hit.label == "loan.monthly_payment" and earlier is not None and earlier.label == "debt.monthly_payment":
            return earlier if earlier.start >= max(floor, mention.start - BEFORE) else hit
        return hit

    @classmethod
    def _after(cls, text: str, hits: Sequence[Hit], mention: Mention, following: Mention | None) -> Hit | None:
        """六万首付; but in 八千房租一千五 the word belongs to what follows it."""
        hit = _right_after(text, hits, mention)
        if hit is not None and hit.label == NONE and text.startswith(TOLD_APART, hit.end):
            return None  # 六千八年终奖另算
        if hit is None or following is None:
            return hit
        if hit.end > following.start:
            return None
        near = following.kind == mention.kind and following.start - hit.end <= AFTER
        return None if near and _right_after(text, hits, following) is None else hit


def _is_for(text: str, thing: Hit, spent: Hit) -> bool:
    """Whether what was spent was spent on the thing named before it in its clause."""
    together = not CLAUSE_END.intersection(text[thing.end : spent.start])
    return together and not text.endswith(LEFT_OUT, 0, thing.start)


def _what_for(text: str, hits: Sequence[Hit], mention: Mention) -> Hit | None:
    """What a clause of its own says that a sum before it was for, where that is none of the fields: 3000块,手续费嘛."""
    pause = WHAT_FOR.match(text, mention.end)
    if pause is None:
        return None
    place = bisect_left(hits, pause.end(), key=lambda hit: hit.start)
    hit = hits[place] if place < len(hits) else None
    if hit is None or hit.start != pause.end() or hit.label != NONE:
        return None
    return hit if WHAT_FOR_ENDS.match(text, hit.end) else None


def _is_deducted(text: str, hit: Hit, mention: Mention) -> bool:
    """Whether the word names what was taken off before the value: 刨了工资房租,七千五."""
    before = text[max(0, hit.start - TAKEN_OFF) : hit.start]
    if TAKEN_AWAY.search(before) is not None and LEFT.fullmatch(text, hit.end, mention.start) is not None:
        return mention.quantity is not None and (mention.quantity.value or 0) >= LEAST_LEFT  # 扣完社保七千出头
    if GONE.match(text[: mention.start], hit.end) is not None:
        return mention.quantity is not None and (mention.quantity.value or 0) >= LEAST_LEFT
    return DEDUCTED.search(before) is not None and "," in text[hit.end : mention.start]


def _is_cut_off(between: str) -> bool:
    """Whether a word and a value stand in different clauses: 首付,三万 do not, 利息太多,改成三年 do."""
    if TOLD_WRONG.fullmatch(between):
        return False
    if (SENTENCE_END - {"…"}).intersection(between):
        return True
    return bool(BREAK.search(between)) and bool(between.strip(BETWEEN))


def _right_after(text: str, hits: Sequence[Hit], mention: Mention) -> Hit | None:
    place = bisect_left(hits, mention.start, key=lambda hit: hit.start)
    hit = hits[place] if place < len(hits) else None
    if hit is None or hit.start > mention.end + AFTER:
        return None
    return None if text[mention.end : hit.start].strip("的是块元钱左右多吧了") else hit


def _outside(hits: Sequence[Hit], mentions: Sequence[Mention]) -> list[Hit]:
    """Hits that do not lie inside a mention (the 分 of 百分之三十)."""
    inside = {index for mention in mentions for index in range(mention.start, mention.end)}
    return [hit for hit in hits if not inside.issuperset(range(hit.start, hit.end))]


def _by_unit(mention: Mention) -> str:
    """The field that the unit of a length of time tells, or that nothing was paid down."""
    if mention.attributes.get("about") == "down":
        return "loan.down_payment"
    if mention.attributes.get("unit") == "instalment":
        return "loan.term_months"
    return "employment.years" if mention.attributes.get("about") == "work" else ""


def _is_its_term(text: str, previous: Bound, mention: Mention) -> bool:
    """Whether a length of time right after the amount of the loan is its term (贷七万八三年)."""
    gap = text[previous.mention.end : mention.start]
    return (
        previous.field == "loan.amount"
        and mention.kind == "duration"
        and mention.attributes.get("unit") in ("year", "month", "half")
        and len(gap) <= TERM_GAP
        and not set(gap) - TERM_FILLERS
    )


def _by_nature(mention: Mention) -> str:
    """The field of a mention that needs no topic word; "" where it may be something else."""
    if mention.kind in _OWN_FIELD:
        return _OWN_FIELD[mention.kind]
    if "field" in mention.attributes:
        return mention.attributes["field"]
    if mention.kind == "purpose":
        return "loan.purpose"
    if mention.kind == "relation":
        return "vehicle.actual_user"
    if mention.kind == "organisation":
        return "vehicle.dealer" if mention.attributes.get("about") == "purchase" else "employment.employer"
    if mention.kind == "address":
        return "identity.residence"
    if mention.kind == "vehicle":
        return "vehicle.model"
    if mention.kind == "name":
        return "identity.name" if mention.attributes.get("frame") in ("strong", "asking", "called") else ""
    if mention.kind == "digits":
        about, form = mention.attributes.get("about"), mention.attributes.get("form")
        if about == "mobile" or (form == "mobile" and about is None):
            return "identity.mobile"
        if about in ("card", "staff", "date", "landline", "plate") or form == "mobile":
            return NONE
        return "identity.id_number" if about == "id" or form in ("id", "check") else ""
    return ""
