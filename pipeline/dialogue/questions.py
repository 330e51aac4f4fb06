"""What an agent's turn asks: open questions, and values read out for the customer to agree to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pipeline.dialogue.agent_names import CONTACT, NAME, VALUE, WHOLE, AgentNames
from pipeline.dialogue.contacts import Contacts
from pipeline.dialogue.features import CONTEXT
from pipeline.dialogue.scoring import TextScorer
from pipeline.dialogue.spans import SpanAnswers
from pipeline.dialogue.topics import FILE, MEASURED, NONE, Bound, Topics
from pipeline.language.durations import RATES
from pipeline.language.masking import mask
from pipeline.language.phrases import Hit, PhraseBook
from pipeline.language.resources import table, word_list
from pipeline.language.script import CLAUSE_END
from pipeline.types import LabelModel, Mention

NEAR_BEFORE, NEAR_AFTER, NOT_AFTER = 14, 8, 8
FOLLOW_UP, TAG = 14, 8
# A field is asked for above these chances by one clause of several, and is sure by any.
CLAUSE, SURE = 0.6, 0.8
# Below this the words beside a value are taken to mean something else than their field.
DOUBTFUL = 0.1
# What other talk holds too is read out only where the turn is likely to be about its field.
LIKELY = 0.1
ASKED_FOR = frozenset(
    {"name", "digits", "purpose", "relation", "condition", "residence_type", "marital_status", "vehicle"}
)
ECHOED = 3
REACH = 40
BARE = " ,。?!、吧吗呢啊是那就"
BREAKS = CLAUSE_END | {" "}
EITHER = "还是"
YEARLY = (
    "年收入",
    "年薪",
    "一年收入",
    "一年能",
    "一年大概",
    "一年下来",
    "一年有",
    "一年到手",
    "一年挣",
    "一年赚",
    "一年落",
    "一年净",
    "一年进",
    "一年拿",
    "一年总",
    "全年",
    "整年",
    "一年到头",
    "一年可以",
    "一年得",
)
PERSONAL = frozenset({"income.monthly", "identity.name", "employment.years", "employment.employer"})
_MONTHLY = ("monthly", "monthly_payment")
_CHOSEN = frozenset({"money", "duration", "purpose", "relation", "marital_status", "residence_type", "condition"})
# What an agent adds up from what he was told, and for what such a sum may be mistaken.
ADDED_UP = frozenset({"income.monthly", "debt.monthly_payment"})
_ADDED_TO = ("income.monthly", "debt.monthly_payment", "loan.monthly_payment")
ID, MOBILE = "identity.id_number", "identity.mobile"
TERM, YEARS = "loan.term_months", "employment.years"
# The cue of what the agent has added up himself.
SUM = "+"
CAR = ("vehicle.brand", "vehicle.model")
# Read out wherever the turn is about them; in other turns only with a word of theirs beside.
PLAIN_IN_QUESTIONS = frozenset({"employment.position", "identity.residence_type"})
PRICE = "vehicle.price"
EMPLOYER, DEALER = "employment.employer", "vehicle.dealer"
WHAT_HE_DOES = ("做什么", "做啥", "干什么", "干啥", "是做什么", "具体做")
LENGTHS = (("四位", 4), ("4位", 4), ("六位", 6), ("6位", 6))
# What is named after one of these is a rule that the agent tells.
FORBIDDEN = ("不能", "不得", "不可", "不要", "不许", "不允许", "不准", "禁止", "严禁", "只能", "仅限")
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


class _Heard(NamedTuple):
    """A turn's mentions with who is called by his name; its clauses (where there are several) and itself, masked."""

    mentions: tuple[Mention, ...]
    parts: tuple[str, ...]


class Questions:
    """Reads agents' turns by `configs/dialogue/questions.yaml`."""

    def __init__(self, topics: Topics, model: LabelModel, names: SpanAnswers, own: Path | None = None) -> None:
        content: Mapping[str, Any] = table(FILE, own)
        self._topics = topics
        self._scorer = TextScorer(model)
        self._contacts = Contacts(own)
        self._names = AgentNames(names, self._contacts, own)
        self._heard: dict[str, _Heard] = {}
        self._known: dict[tuple[str, tuple[str, ...]], Mapping[str, float]] = {}
        self._driving = frozenset(word_list(content["driving"]))
        self._near = {field: word_list(near) for field, near in content["read_out_near"].items()}
        self._not_after = {field: word_list(after) for field, after in content["not_read_out_after"].items()}
        self._price_alone = word_list(content["price_alone"])
        self._contact = word_list(content["contact"])
        self._instead = {
            field: (word_list(words["own"]), {name: word_list(words[name]) for name in words if name != "own"})
            for field, words in content["instead"].items()
        }
        self._plainly = PhraseBook(
            (word, field) for field, words in content["plainly"].items() for word in word_list(words)
        )
        self._books = {
            name: PhraseBook((word, name) for word in word_list(content[name]))
            for name in ("open", "yes_no", "follow_up", "same_again", "summing", "settling", "telling", "not_applicant")
        }

    def for_call(self) -> Questions:
        """The same, with nothing read yet: what is remembered of turns lives no longer than their call."""
        for_call = copy(self)
        for_call._scorer, for_call._heard, for_call._known = self._scorer.for_call(), {}, {}
        return for_call

    def prepare(self, turns: Iterable[tuple[str, Sequence[Mention]]]) -> None:
        """Reads agents' folded turns, with their mentions, in one go."""
        self._scorer.prepare(part for turn in turns for part in self._hear(*turn).parts)

    def _hear(self, text: str, mentions: Sequence[Mention]) -> _Heard:
        """A turn as it is scored; within a call the same words have the same mentions."""
        known = self._heard.get(text)
        if known is None:
            named = self._names.with_called(text, mentions)
            masked = mask(text, named)
            clauses = _CLAUSE.findall(masked)
            known = self._heard[text] = _Heard(named, (*(clauses if len(clauses) > 1 else ()), masked))
        return known

    def read(self, text: str, mentions: Iterable[Mention], recent: Sequence[str]) -> Question:
        """The question in a folded text; `recent` are the fields last spoken of, newest first."""
        mentions = tuple(mentions)
        cues = {name: book.find(text) for name, book in self._books.items()}
        chances = self._chances(text, mentions, recent)
        mentions = self._names.with_read_out(text, self._hear(text, mentions).mentions, chances)
        settles, other = bool(cues["settling"]), bool(cues["not_applicant"])
        bound = _summed_up(self._bind(text, mentions, chances, recent), cues["summing"], recent)
        bound = _of_the_work(text, bound, recent)
        readouts = (
            []
            if cues["telling"] and not cues["yes_no"]
            else self._readouts(text, bound, cues, chances, recent, settles)
        )
        if other:
            readouts = [readout for readout in readouts if readout.field not in PERSONAL]
        asks = [] if cues["telling"] and not cues["yes_no"] else self._asks(text, chances, readouts, settles, other)
        if EITHER in text and any(item.mention.kind == "purpose" for item in bound):
            asks = _with(asks, ["loan.purpose"], settles)
        doubled = _doubled(readouts)
        asks = _with(asks, sorted(doubled), settles)
        readouts = [readout for readout in readouts if readout.field not in doubled]
        readouts = list({readout.field: readout for readout in readouts}.values())
        if not asks and not readouts and self._contacts.asks(text):
            asks = [Ask(field) for field in CONTACT]
        if not readouts and any(name in CONTACT for name in recent[:ECHOED]) and self._contacts.asks_instead(text):
            asks = [Ask(field, settles=True) for field in CONTACT]
        if cues["same_again"] and recent and not readouts and len(text) <= FOLLOW_UP:
            return Question((Ask(recent[0], settles=True),), asks_last=True)
        idle = not (asks or readouts or cues["telling"] or other)
        if idle and cues["follow_up"] and recent and len(text) <= FOLLOW_UP:
            asks = [Ask(recent[0], strong=False, settles=settles)]
        last_value = max((readout.mention.end for readout in readouts), default=0)
        asks_last = bool(asks) and any(hit.start >= last_value for hit in cues["open"] if hit.phrase not in _CHECKS)
        tag = bool(cues["yes_no"]) and not asks and not readouts and len(text) <= TAG
        return Question(tuple(asks), tuple(readouts), asks_last, tag, other)

    def likely(self, text: str, mentions: Iterable[Mention]) -> Mapping[str, float]:
        """How likely an agent's folded text is about each field, by itself."""
        return self._chances(text, tuple(mentions), ())

    def _chances(self, text: str, mentions: Sequence[Mention], recent: Sequence[str]) -> Mapping[str, float]:
        """How likely the turn is about each field: as a whole, or in the clause that is most about it."""
        key = (text, tuple(recent[:CONTEXT]))
        if key not in self._known:
            parts = self._scorer.chances(self._hear(text, mentions).parts, recent).astype(np.float64)
            plain = parts >= CLAUSE
            plain[-1] = parts[-1] >= WHOLE
            chances: dict[str, float] = {}
            for part, label in zip(*plain.nonzero(), strict=True):
                field, chance = self._scorer.labels[label], float(parts[part, label])
                chances[field] = max(chances.get(field, 0.0), chance)
            whole = dict(zip(self._scorer.labels, parts[-1].tolist(), strict=True))
            self._known[key] = {**chances, **whole, **chances}
        return self._known[key]

    def _bind(
        self, text: str, mentions: Sequence[Mention], chances: Mapping[str, float], recent: Sequence[str]
    ) -> list[Bound]:
        """Every value with the field that it is read out for: by the words beside it, else by its clause."""
        bound: list[Bound] = []
        named = self._topics.bind(text, mentions)
        taken = {item.field for item in named}
        for item in named:
            mention = item.mention
            own_form = mention.attributes.get("form") == "id"
            if (
                mention.kind == "digits"
                and chances[MOBILE] > max(WHOLE, chances[ID])
                and item.field == ID
                and not own_form
            ):
                item = replace(item, field=MOBILE)
            doubtful = item.field not in ("", NONE) and chances.get(item.field, 1) < DOUBTFUL
            if mention.kind in MEASURED and (doubtful or not item.field):
                around = self._surroundings(text, mentions, mention)
                own = self._scorer.score([around], recent)[0] if len(around.strip(BARE)) > 1 else {}
                field = (
                    self._likeliest(mention, own, SURE, taken)
                    or self._echoed(mention, recent[:1])
                    or self._likeliest(mention, own, VALUE, taken)
                    or self._likeliest(mention, chances, WHOLE if own else VALUE, taken)
                )
                item = Bound(mention, field or _its_term(mention, taken) or item.field)
                taken.add(item.field)
            bound.append(item)
        return bound

    def _likeliest(self, mention: Mention, chances: Mapping[str, float], least: float, taken: Set[str]) -> str:
        fields = [
            field for field in chances if mention.kind in self._topics.kinds.get(field, ()) and field not in taken
        ]
        best = max(fields, key=chances.__getitem__, default="")
        return best if best and chances[best] >= least else ""

    @staticmethod
    def _surroundings(text: str, mentions: Sequence[Mention], mention: Mention) -> str:
        """The clause around a value, up to the values before and after it, masked."""
        others = [each for each in mentions if each.kind in MEASURED and each is not mention]
        floor = max((each.end for each in others if each.end <= mention.start), default=0)
        ceiling = min((each.start for each in others if each.start >= mention.end), default=len(text))
        start, end = mention.start, mention.end
        while start > max(floor, mention.start - REACH) and text[start - 1] not in BREAKS:
            start -= 1
        while end < min(ceiling, mention.end + REACH) and text[end] not in BREAKS:
            end += 1
        inside = [
            replace(each, start=each.start - start, end=each.end - start)
            for each in mentions
            if start <= each.start and each.end <= end
        ]
        return mask(text[start:end], inside)

    def _readouts(
        self,
        text: str,
        bound: Sequence[Bound],
        cues: Mapping[str, Sequence[Hit]],
        chances: Mapping[str, float],
        recent: Sequence[str],
        settles: bool,
    ) -> list[Readout]:
        question = bool(cues["yes_no"]) or text.rstrip(" 。").endswith("?")
        either = EITHER in text and not _is_still(text, bound)
        period = _period(text)
        readouts: list[Readout] = []
        for item in bound:
            mention = item.mention
            field = item.field or self._echoed(mention, recent[:ECHOED])
            if mention.kind in ("relation", "name") and self._is_of_contact(text, mention, chances, recent):
                field = f"contact.{mention.kind}"
            spoken_of = mention.attributes.get("field") == field or mention.attributes.get("form") == "id"
            if (
                not spoken_of
                and mention.kind in ASKED_FOR
                and max((chances.get(f, 0) for f in _fields_for(field)), default=1) < LIKELY
            ):
                continue
            sure = chances.get(field, 0.0) >= WHOLE
            if not field or field == NONE or not self._is_read_out(text, mention, field, either=either, sure=sure):
                continue
            negated = mention.attributes.get("negated") == "yes" or _is_negative(text, mention)
            fields = (field,) if mention.kind != "vehicle" else CAR if "model" in mention.attributes else CAR[:1]
            named = mention.kind == "position" and question and recent[:1] == [field]  # 开大吊的 - 塔吊司机,是吧?
            holds = settles or named or item.cue == SUM
            readouts.extend(Readout(name, mention, question, negated, holds, period) for name in fields)
        return readouts

    def _is_of_contact(self, text: str, mention: Mention, chances: Mapping[str, float], recent: Sequence[str]) -> bool:
        """Whether a person named in a turn is the emergency contact."""
        if any(word in text for word in self._contact):
            return True
        if mention.kind == "name" and recent[:1] and recent[0] in CONTACT and chances.get(NAME, 0.0) < WHOLE:
            return True
        return mention.kind == "name" and chances.get(CONTACT[0], 0.0) >= WHOLE > chances.get(NAME, 0.0)

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

    def _is_read_out(self, text: str, mention: Mention, field: str, *, either: bool, sure: bool) -> bool:
        """Whether the agent reads this value out to be agreed to; a choice (自用还是营运) is a question."""
        if mention.kind == "purpose" and any(word in _clause_before(text, mention.start) for word in FORBIDDEN):
            return False
        if "几" in mention.text or (field == "loan.purpose" and mention.text in self._driving):
            return False
        before = text[max(0, mention.start - NEAR_BEFORE) : mention.start]
        framed = "frame" in mention.attributes or (sure and field in PLAIN_IN_QUESTIONS and not _is_trade(mention))
        framed = framed or (mention.kind == "position" and _is_by_itself(text, mention))
        framed = framed or (field == EMPLOYER and _stands_by_a_job(text, mention))
        near = None if framed else self._near.get(field)
        if mention.kind == "address" and not {"past", "other"}.isdisjoint(mention.attributes):
            return False
        if near is not None and not any(word in before + text[mention.end : mention.end + NEAR_AFTER] for word in near):
            return False
        if any(word in before[-NOT_AFTER:] for word in self._not_after.get(field, ())):
            return False
        if mention.kind == "duration" and mention.text in RATES and text[mention.end :].strip("?。了 吧"):
            return False
        weak = "weak" in mention.attributes and mention.kind != "residence_type"
        weak = weak and not (sure and mention.kind == "vehicle")
        if mention.attributes.get("general") == "yes" or weak:
            return False
        return not (either and mention.kind in _CHOSEN)

    def _instead_of(self, text: str, asked: Set[str]) -> set[str]:
        """The fields asked for, where the words of the turn name another one (the instalment of a home loan)."""
        found = set(asked)
        for field, (own, others) in self._instead.items():
            if field in found and not any(word in text for word in own):
                named = {other for other, words in others.items() if any(word in text for word in words)}
                found = found - {field} | named if named else found
        return found

    def _asks(
        self, text: str, chances: Mapping[str, float], readouts: Sequence[Readout], settles: bool, other: bool
    ) -> list[Ask]:
        """The fields that the turn asks for, and reads no value out for."""
        read_out = {readout.field for readout in readouts}
        works_at = [readout.mention.end for readout in readouts if readout.field == EMPLOYER]
        asked = {field for field, chance in chances.items() if chance >= WHOLE}
        if asked & set(CONTACT):
            asked |= set(CONTACT)
        if CAR[1] in asked:
            asked |= set(CAR)
        if DEALER in asked:
            asked.discard(EMPLOYER)  # 在哪个店提的车
        if YEARS in read_out and not any(word in text for word in _OF_LOANS):
            asked.discard(TERM)  # X公司,修井工,十年
        asked = self._instead_of(text, asked)
        if any(text.startswith(WHAT_HE_DOES, place) for place in works_at):
            asked = asked - {"loan.purpose"} | {"employment.position"}
        asked |= {hit.label for hit in self._plainly.find(text)} - read_out
        if other:
            asked -= PERSONAL
        alone = any(word in text for word in self._price_alone)
        return [
            Ask(
                field,
                True,
                settles or (alone and field == PRICE),
                _period(text),
                _length(text) if field in (ID, MOBILE) else 0,
            )
            for field in (*(each for each in chances if each in asked), *sorted(asked - chances.keys()))
            if field not in read_out
        ]


_CLAUSE = re.compile(rf"[^\s{re.escape(''.join(BREAKS))}]{{2,}}")
# What may stand before and behind a title, or a firm, that makes up its clause.
_ALONE = re.compile(
    r"(?:那|就|也|您|你|这|现在|目前|应该|算|算是|是|叫|做|当|写|填|写的|填的|报的|登记|登记的|即|等于|相当于|好|嗯|哦|行|单位|公司|岗位|职务|职位|职业"
    r"|[A-Za-z]{2,4}|[㐀-鿿]{2,4}(?=就是|是|算))*(?:的|是|就是|也就是|为|:)?"
)
_CLOSED = re.compile(r"(?:[,。?! 、;]|对|是不是|是吧|吧|吗|呀|啊|咯|呗|哈|哦|的|$)")
_JOB_AFTER = re.compile(
    r"[,、 ](?:岗位|职务|职位|是|做)?(?:[㐀-鿿]{1,7}"
    r"(?:员|工|师|长|主管|经理|司机|主任|助理|总监|会计|老师|护士|医生|文员|专员|代表)|老板|法人)(?=[,。?! ]|对|是|$)"
)
_OF_WORK = frozenset({EMPLOYER, "employment.position", YEARS})
_OF_LOANS = ("贷", "期", "月供", "还", "分", "首付", "车")
_CHECKS = frozenset({"核对一下", "核实一下", "确认一下", "确认下", "核对下", "核实下", "还是", "了解一下"})


def _is_trade(mention: Mention) -> bool:
    """Whether it is a job told by what is done there (种地), which is read out for one only where that is named."""
    return "trade" in mention.attributes


def _is_by_itself(text: str, mention: Mention) -> bool:
    """Whether a title is all that its clause says: 前厅主管,对吗; 那算厨师,是吧; X公司,质检员,六年."""
    if _is_trade(mention):
        return False
    return bool(_ALONE.fullmatch(_clause_before(text, mention.start))) and bool(_CLOSED.match(text, mention.end))


def _stands_by_a_job(text: str, mention: Mention) -> bool:
    """Whether a firm by itself is followed by a title or a length of work: 众联建筑劳务有限公司,班组长,十年."""
    before, after = _clause_before(text, mention.start), text[mention.end :]
    return bool(_ALONE.fullmatch(before)) and bool(_JOB_AFTER.match(after))


def _of_the_work(text: str, bound: list[Bound], recent: Sequence[str]) -> list[Bound]:
    """Where a firm or a title is read out and nothing of a loan, years are those of the work: X公司,修井工,五年."""
    kinds = {item.mention.kind for item in bound}
    loan = any(item.mention.kind == "money" for item in bound) or any(word in text for word in _OF_LOANS)
    at_work = not kinds.isdisjoint({"organisation", "position"}) or bool(set(recent[:1]) & _OF_WORK)
    done: list[Bound] = []
    for item in bound:
        in_years = item.mention.kind == "duration" and item.mention.attributes.get("unit") in ("year", "half")
        if in_years and not item.cue and item.field == TERM and at_work and not loan:
            item = replace(item, field=YEARS)
        done.append(item)
    return done


def _summed_up(bound: list[Bound], summing: Sequence[Hit], recent: Sequence[str]) -> list[Bound]:
    """三千二加九百,那一个月四千一: where sums of the month were spoken of last, the last of several is their sum."""
    field = recent[0] if recent else ""
    sums = [item for item in bound if item.mention.kind == "money"]
    if field not in ADDED_UP or not sums or not any(hit.end <= sums[-1].mention.start for hit in summing):
        return bound
    if any(item.field not in ("", NONE, *_ADDED_TO) for item in sums):
        return bound
    return [
        replace(item, field=field if item is sums[-1] else NONE, cue=SUM) if item in sums else item for item in bound
    ]


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


def _key(mention: Mention) -> object:
    return mention.quantity or mention.value


def _fields_for(field: str) -> tuple[str, ...]:
    return CONTACT if field in CONTACT else (CAR[1], "vehicle.condition") if field in CAR else (field,)


def _its_term(mention: Mention, taken: Set[str]) -> str:
    """A length of time in a turn that reads out the loan is its term."""
    of_loan = mention.kind == "duration" and "loan.amount" in taken and "loan.term_months" not in taken
    return "loan.term_months" if of_loan and mention.attributes.get("unit") in ("year", "half", "month") else ""


def _clause_before(text: str, place: int) -> str:
    before = text[max(0, place - REACH) : place]
    return before[max((before.rfind(stop) for stop in CLAUSE_END), default=-1) + 1 :]


def _is_negative(text: str, mention: Mention) -> bool:
    before = text[max(0, mention.start - 4) : mention.start]
    if mention.kind == "relation" and text.startswith(("不开", "不用", "没开"), mention.end):
        return True
    return mention.kind in ("purpose", "relation") and before.endswith(NEGATIVE) and not before.endswith("是不是")


def _period(text: str) -> str:
    yearly = "年" in text and any(word in text for word in YEARLY)
    return "year" if yearly and "月" not in text else ""


def _length(text: str) -> int:
    return next((length for word, length in LENGTHS if word in text), 0)
