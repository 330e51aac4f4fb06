"""What a turn talks about: topic words, and which field a value beside them belongs to."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.dialogue.sum_words import SumWords
from pipeline.errors import SettingsError
from pipeline.language.phrases import Hit, PhraseBook
from pipeline.language.resources import labelled, table, word_list
from pipeline.language.script import CLAUSE_END, SENTENCE_END
from pipeline.types import Mention, MentionKind

FILE = "dialogue/questions.yaml"
NONE = "none"
# A word that only holds a cue: the 住 of 住院.
WITHIN = "within"
BEFORE, AFTER, TRADE = 22, 4, 10
MEASURED: tuple[MentionKind, ...] = ("money", "ratio", "duration")
TERM_GAP = 3
BREAK = re.compile("[,、… ]")
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
        self._judged_after = CLAUSE_END | set(content["judged_after"])
        self._verdict, self._joined = re.compile(content["verdict"]), word_list(content["judged_together"])
        self._told_wrong = re.compile(content["told_wrong"])
        self._between, self._right_between = content["between"], content["right_between"]
        self._term_between = frozenset(content["term_between"])
        self.sums = SumWords(own)

    def judged(self, text: str) -> tuple[dict[str, tuple[int, int]], dict[str, tuple[int, int]]]:
        """The fields that a folded text calls right (首付和贷款对的) and those it calls wrong (期数不是)."""
        right: dict[str, tuple[int, int]] = {}
        wrong: dict[str, tuple[int, int]] = {}
        hits = self._named_in(text)
        called = [hit for hit in self._judged.find(text) if not hit.start or text[hit.start - 1] in self._judged_after]
        hits += [hit for hit in called if not any(hit.start < other.end and other.start < hit.end for other in hits)]
        for hit in hits:
            match = self._verdict.match(text, hit.end)
            if match is None:
                continue
            verdict = wrong if match["wrong"] else right
            verdict[hit.label] = (hit.start, match.end())
            joined = [h for h in hits if h.end < hit.start and text[h.end : hit.start] in self._joined]
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
            hit = hit or self._what_for(text, own, mention)
            if hit is not None and hit.label == "loan.term_months" and mention.attributes.get("unit") == "since":
                hit = None  # 一一年分来的 is no term
            if hit is not None:
                used.add((mention.kind, hit.start))
            item = Bound(mention, _by_unit(mention)) if hit is None else Bound(mention, hit.label, hit.phrase)
            if not item.field and previous is not None and self._is_its_term(text, previous, mention):
                item = Bound(mention, "loan.term_months")
            yield item
            previous, floor = item, mention.end

    def _is_of_a_trade(self, text: str, hit: Hit) -> bool:
        """Whether a word only tells what somebody does for a living: 开货车的,七千左右; 卖保险的."""
        if hit.label != NONE and hit.phrase not in self.weak:
            return False
        before = self._trade.search(text[max(0, hit.start - TRADE) : hit.start])
        return before is not None and self._is_trade.match(text, hit.end) is not None

    def _before(
        self, text: str, hits: Sequence[Hit], mention: Mention, floor: int, used: set[tuple[str, int]]
    ) -> Hit | None:
        place = bisect_left(hits, mention.start, key=lambda hit: hit.start)
        hit = hits[place - 1] if place else None
        floor = max(floor, mention.start - BEFORE)
        if hit is None or hit.start < floor or (mention.kind, hit.start) in used:
            return None
        if self._is_cut_off(text[hit.end : mention.start]):
            return None
        if hit.label != NONE and self.sums.is_subtracted(text, hit, mention):
            return None
        if hit.label == NONE and self.sums.leaves(text, hit, mention):
            return None
        earlier = hits[place - 2] if place > 1 else None
        if earlier is not None and earlier.label == NONE and self.sums.is_spent_on(text, hit, earlier):
            return earlier  # 沪牌花了九万三
        if hit.label == "loan.monthly_payment" and earlier is not None and earlier.label == "debt.monthly_payment":
            return earlier if earlier.start >= floor else hit
        return hit

    def _after(self, text: str, hits: Sequence[Hit], mention: Mention, following: Mention | None) -> Hit | None:
        """六万首付; but in 八千房租一千五 the word belongs to what follows it."""
        hit = self._right_after(text, hits, mention)
        if hit is not None and hit.label == NONE and self.sums.is_told_apart(text, hit.end):
            return None  # 六千八年终奖另算
        if hit is None or following is None:
            return hit
        if hit.end > following.start:
            return None
        near = following.kind == mention.kind and following.start - hit.end <= AFTER
        return None if near and self._right_after(text, hits, following) is None else hit

    def _what_for(self, text: str, hits: Sequence[Hit], mention: Mention) -> Hit | None:
        """What a clause of its own says that a sum before it was for, where that is none of the fields."""
        start = self.sums.what_for(text, mention.end)
        place = bisect_left(hits, start, key=lambda hit: hit.start) if start else len(hits)
        hit = hits[place] if place < len(hits) else None
        if hit is None or hit.start != start or hit.label != NONE:
            return None
        return hit if self.sums.ends(text, hit.end) else None

    def _is_cut_off(self, between: str) -> bool:
        """Whether a word and a value stand in different clauses: 首付,三万 do not, 利息太多,改成三年 do."""
        if self._told_wrong.fullmatch(between):
            return False
        if (SENTENCE_END - {"…"}).intersection(between):
            return True
        return bool(BREAK.search(between)) and bool(between.strip(self._between))

    def _right_after(self, text: str, hits: Sequence[Hit], mention: Mention) -> Hit | None:
        place = bisect_left(hits, mention.start, key=lambda hit: hit.start)
        hit = hits[place] if place < len(hits) else None
        if hit is None or hit.start > mention.end + AFTER:
            return None
        return None if text[mention.end : hit.start].strip(self._right_between) else hit

    def _is_its_term(self, text: str, previous: Bound, mention: Mention) -> bool:
        """Whether a length of time right after the amount of the loan is its term (贷七万八三年)."""
        gap = text[previous.mention.end : mention.start]
        return (
            previous.field == "loan.amount"
            and mention.kind == "duration"
            and mention.attributes.get("unit") in ("year", "month", "half")
            and len(gap) <= TERM_GAP
            and self._term_between.issuperset(gap)
        )


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
