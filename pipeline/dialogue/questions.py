"""What an agent's turn asks: open questions, and values read out for the customer to agree to."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.dialogue.debts import HAS, PAYS
from pipeline.dialogue.topics import FILE, NONE, Bound, Topics
from pipeline.language.durations import RATES
from pipeline.language.phrases import Hit, PhraseBook
from pipeline.language.resources import table, word_list
from pipeline.types import Mention

AFTER, BEFORE = 16, 10
NEAR_BEFORE, NEAR_AFTER, NOT_AFTER = 14, 8, 8
FOLLOW_UP, TAG = 14, 8
TRAILING = 6
EITHER = "还是"
# 每月还多少 right after other debts is theirs, except with one of these.
THIS_LOAN = ("车", "我们", "月供款")
PERSONAL = frozenset({"income.monthly", "identity.name", "employment.years", "employment.employer"})
_MONTHLY = ("monthly", "monthly_payment")
_CHOSEN = frozenset({"money", "duration", "purpose", "relation", "marital_status", "residence_type", "condition"})
LENGTHS = (("四位", 4), ("4位", 4), ("六位", 6), ("6位", 6))
NEGATIVE = ("不是", "没有", "没", "不会", "不", "不跑", "不拿", "不用")


@dataclass(frozen=True, slots=True)
class Ask:
    """An open question. `strong`: it plainly waits for an answer; `settles`: it asks which of two values holds."""

    field: str
    strong: bool = True
    settles: bool = False
    period: str = ""
    length: int = 0


@dataclass(frozen=True, slots=True)
class Readout:
    """A value that the agent read out. `question`: with a yes-no question; `negated`: 没有别的贷款吧, 不跑滴滴吧."""

    field: str
    mention: Mention
    question: bool
    negated: bool = False
    settles: bool = False
    period: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """An agent's turn as a question; `asks_last`: after all that was read out comes an open question;
    `about_another`: the numbers asked for are another person's.
    """

    asks: tuple[Ask, ...] = ()
    readouts: tuple[Readout, ...] = ()
    asks_last: bool = False
    tag_only: bool = False
    about_another: bool = False


class Questions:
    """Reads agents' turns by `configs/dialogue/questions.yaml`."""

    def __init__(self, topics: Topics, own: Path | None = None) -> None:
        content: Mapping[str, Any] = table(FILE, own)
        self._topics = topics
        self._driving = frozenset(word_list(content["driving"]))
        self._near = {field: word_list(near) for field, near in content["read_out_near"].items()}
        self._not_after = {field: word_list(after) for field, after in content["not_read_out_after"].items()}
        self._contact = word_list(content["contact"])
        self._not_asked = {field: word_list(words) for field, words in content["not_asked_with"].items()}
        self._tails = frozenset(word_list(content["tails"]))
        self._loans_asked = word_list(content["loans_asked"])
        self._how_long = frozenset(word_list(content["how_long"]))
        self._books = {
            name: PhraseBook((word, name) for word in word_list(content[name]))
            for name in ("open", "yes_no", "follow_up", "settling", "telling", "not_applicant")
        }

    def read(self, text: str, mentions: Iterable[Mention], recent: Sequence[str]) -> Question:
        """The question in a folded text; `recent` are the fields last spoken of, newest first."""
        cues = {name: book.find(text) for name, book in self._books.items()}
        bound = self._topics.bind(text, mentions)
        settles, other = bool(cues["settling"]), bool(cues["not_applicant"])
        readouts = [] if cues["telling"] and not cues["yes_no"] else self._readouts(text, bound, cues, recent, settles)
        if other:
            readouts = [readout for readout in readouts if readout.field not in PERSONAL]
        asks = self._asks(text, cues, readouts, settles, other, recent)
        if EITHER in text and any(item.mention.kind == "purpose" for item in bound):
            asks = _with(asks, ["loan.purpose"], settles)
        doubled = _doubled(readouts)
        asks = _with(asks, sorted(doubled), settles)
        readouts = [readout for readout in readouts if readout.field not in doubled]
        readouts = list({readout.field: readout for readout in readouts}.values())
        idle = not (asks or readouts or cues["telling"] or other)
        if idle and cues["follow_up"] and recent and len(text) <= FOLLOW_UP:
            asks = [Ask(recent[0], strong=False, settles=settles)]
        last_value = max((readout.mention.end for readout in readouts), default=0)
        asks_last = bool(asks) and any(hit.start >= last_value for hit in cues["open"] if hit.phrase not in _CHECKS)
        tag = bool(cues["yes_no"]) and not asks and not readouts and len(text) <= TAG
        return Question(tuple(asks), tuple(readouts), asks_last, tag, other)

    def _readouts(
        self, text: str, bound: Sequence[Bound], cues: Mapping[str, Sequence[Hit]], recent: Sequence[str], settles: bool
    ) -> list[Readout]:
        question = bool(cues["yes_no"]) or text.rstrip(" 。").endswith("?")
        either = EITHER in text and not _is_still(text, bound)
        period = _period(text)
        readouts: list[Readout] = []
        for item in bound:
            mention = item.mention
            field = item.field or self._echoed(mention, recent)
            if mention.kind in ("relation", "name") and any(word in text for word in self._contact):
                field = f"contact.{mention.kind}"
            if not field or field == NONE or not self._is_read_out(text, mention, field, either):
                continue
            negated = mention.attributes.get("negated") == "yes" or _is_negative(text, mention)
            fields = ("vehicle.brand", "vehicle.model") if mention.kind == "vehicle" else (field,)
            readouts.extend(Readout(name, mention, question, negated, settles, period) for name in fields)
        return readouts

    def _echoed(self, mention: Mention, recent: Sequence[str]) -> str:
        """The field last spoken of that a value with no topic word belongs to (七二幺九是吧)."""
        if mention.kind == "name":
            recent = recent[:1]
        monthly = mention.kind == "money" and "period" in mention.attributes
        return next(
            (
                field
                for field in recent
                if mention.kind in self._topics.kinds.get(field, ()) and (not monthly or field.endswith(_MONTHLY))
            ),
            "",
        )

    def _is_read_out(self, text: str, mention: Mention, field: str, either: bool) -> bool:
        """Whether the agent reads this value out to be agreed to; a choice (自用还是营运) is a question."""
        if field == "loan.purpose" and mention.text in self._driving:
            return False
        before = text[max(0, mention.start - NEAR_BEFORE) : mention.start]
        near = self._near.get(field)
        if near is not None and not any(word in before + text[mention.end : mention.end + NEAR_AFTER] for word in near):
            return False
        if any(word in before[-NOT_AFTER:] for word in self._not_after.get(field, ())):
            return False
        if mention.kind == "duration" and mention.text in RATES and text[mention.end :].strip("?。了 吧"):
            return False
        if mention.attributes.get("general") == "yes" or "weak" in mention.attributes:
            return False
        return not (either and mention.kind in _CHOSEN)

    def _asks(
        self,
        text: str,
        cues: Mapping[str, Sequence[Hit]],
        readouts: Sequence[Readout],
        settles: bool,
        other: bool,
        recent: Sequence[str],
    ) -> list[Ask]:
        read_out = _fields(readouts)
        asks: dict[str, Ask] = {}
        named = self._topics.named(text)
        first_debt = next((hit.start for hit in named if hit.label in (HAS, PAYS)), len(text))
        after_debts = bool(recent) and recent[0] in (HAS, PAYS) and not any(word in text for word in THIS_LOAN)
        labels = {hit.label for hit in named}
        for hit in named:
            if not self._stands(text, hit, labels):
                continue
            for field in self._fields_of(text, hit, labels, recent):
                if field in read_out or (other and field in PERSONAL):
                    continue
                if field == "loan.monthly_payment" and (hit.start > first_debt or after_debts):
                    field = PAYS
                strong = self._topics.asks(hit) or _is_asked(text, hit, cues["open"])
                strong = strong or (field == HAS and (bool(cues["yes_no"]) or self._asks_loans(text)))
                strong = strong and not cues["telling"]
                known = asks.get(field)
                if known is None or (strong and not known.strong):
                    asks[field] = Ask(
                        field, strong, settles, _period(text), _length(text) if "id_number" in field else 0
                    )
        if any(ask.strong for ask in asks.values()):
            return list(asks.values())
        return [] if cues["telling"] else list(asks.values())

    def _stands(self, text: str, hit: Hit, labels: Set[str]) -> bool:
        """Whether a topic word means its own field: in 手机号后四位 the 后四位 is no identity number's."""
        if hit.label == "identity.id_number" and hit.phrase in self._tails:
            return "身份证" in text or "identity.mobile" not in labels
        if any(word in text for word in self._not_asked.get(hit.label, ())):
            return False
        return hit.label != "identity.name" or labels.isdisjoint(_NAMED_OTHERWISE)

    def _fields_of(self, text: str, hit: Hit, labels: Set[str], recent: Sequence[str]) -> tuple[str, ...]:
        """The fields that a topic word asks for."""
        if hit.label == "vehicle.model":
            return ("vehicle.brand", "vehicle.model")
        if hit.label == "contact.relation":
            return ("contact.relation", "contact.name")
        if hit.label == "employment.years" and hit.phrase in self._how_long:
            about = [label.split(".")[0] for label in (*labels, *recent) if label not in ("employment.years", "none")]
            of_loan = any(label.startswith("loan.") for label in labels) or about[:1] == ["loan"]
            return ("loan.term_months",) if of_loan else (hit.label,)
        return (hit.label,)

    def _asks_loans(self, text: str) -> bool:
        return text.rstrip("?。! ").endswith(self._loans_asked)


_NAMED_OTHERWISE = frozenset({"employment.employer", "vehicle.dealer", "contact.name", "contact.relation"})
_CHECKS = frozenset({"核对一下", "核实一下", "确认一下", "确认下", "核对下", "核实下", "还是", "了解一下"})


def _is_still(text: str, bound: Sequence[Bound]) -> bool:
    """Whether 还是 stands before the only amount (贷款还是八万): it is still so, no choice is asked."""
    place = text.find(EITHER)
    measured = [item.mention for item in bound if item.mention.kind in ("money", "duration")]
    return len(measured) == 1 and len(measured) == len(bound) and place < measured[0].start


def _with(asks: list[Ask], fields: Iterable[str], settles: bool) -> list[Ask]:
    known = {ask.field for ask in asks}
    return [*asks, *(Ask(field, settles=settles) for field in fields if field not in known)]


def _doubled(readouts: Sequence[Readout]) -> set[str]:
    """Fields of which two different values stand in one turn (到底是八千还是九千): they are asked, not read out."""
    values: dict[str, set[object]] = {}
    for readout in readouts:
        values.setdefault(readout.field, set()).add(_key(readout.mention))
    return {field for field, said in values.items() if len(said) > 1}


def _fields(readouts: Iterable[Readout]) -> set[str]:
    return {readout.field for readout in readouts}


def _key(mention: Mention) -> object:
    return mention.quantity or mention.value


def _is_asked(text: str, hit: Hit, words: Sequence[Hit]) -> bool:
    if len(text) - hit.end <= TRAILING and not text[hit.end :].strip("是呢呀啊的您你,。?!一"):
        return True
    place = bisect_left(words, hit.start - BEFORE, key=lambda word: word.start)
    return place < len(words) and words[place].start - hit.end <= AFTER


def _is_negative(text: str, mention: Mention) -> bool:
    before = text[max(0, mention.start - 4) : mention.start]
    return mention.kind in ("purpose", "relation") and before.endswith(NEGATIVE) and not before.endswith("是不是")


def _period(text: str) -> str:
    if any(word in text for word in ("年收入", "年薪", "一年收入", "一年能", "一年大概", "一年下来", "一年有")):
        return "" if "月" in text else "year"
    return ""


def _length(text: str) -> int:
    return next((length for word, length in LENGTHS if word in text), 0)
