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
from pipeline.dialogue.readouts import CAR, ECHOED, EITHER, EMPLOYER, REACH, SUM, Readout, ReadoutReader, names_the_car
from pipeline.dialogue.scoring import TextScorer
from pipeline.dialogue.spans import SpanAnswers
from pipeline.dialogue.topics import FILE, MEASURED, NONE, Bound, Topics
from pipeline.dialogue.values import MONEY_FIELDS
from pipeline.language.masking import mask
from pipeline.language.phrases import Hit, PhraseBook
from pipeline.language.resources import table, word_list
from pipeline.language.script import CLAUSE_END
from pipeline.types import LabelModel, Mention

FOLLOW_UP, TAG = 14, 8
# A field is asked for above these chances by one clause of several, and is sure by any.
CLAUSE, SURE = 0.6, 0.8
# Below this the words beside a value are taken to mean something else than their field.
DOUBTFUL = 0.1
BARE = " ,。?!、吧吗呢啊是那就"
BREAKS = CLAUSE_END | {" "}
PERSONAL = frozenset(
    {"income.monthly", "identity.name", "employment.years", "employment.employer", "employment.position"}
)
# What an agent adds up from what he was told, and for what such a sum may be mistaken.
DEBTS = frozenset({"debt.has_other_loans", "debt.monthly_payment"})
_OF_THE_CAR = ("月供", "这次", "车贷", "这台", "新车")
PAYS, PAYMENT = "debt.monthly_payment", "loan.monthly_payment"
ADDED_UP = frozenset({"income.monthly", PAYS})
_ADDED_TO = ("income.monthly", PAYS, PAYMENT)
ID, MOBILE = "identity.id_number", "identity.mobile"
TERM, YEARS = "loan.term_months", "employment.years"
HE = ("他", "她")
PRICE, CONDITION = "vehicle.price", "vehicle.condition"
DEALER = "vehicle.dealer"
DRIVER, WHO_ELSE = "vehicle.actual_user", 20
NAMES_SOMEBODY = frozenset({"identity.name", "contact.relation", "identity.marital_status"})
RESIDENCE = "identity.residence"
WHAT_HE_DOES = ("做什么", "做啥", "干什么", "干啥", "是做什么", "具体做")
LENGTHS = (("四位", 4), ("4位", 4), ("六位", 6), ("6位", 6))


@dataclass(frozen=True, slots=True)
class Ask:
    """An open question. `strong`: it plainly waits for an answer; `settles`: it asks which of two values holds."""

    field: str
    strong: bool = True
    settles: bool = False
    period: str = ""
    length: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """An agent's turn as a question; `asks_last`: after all that was read out comes an open question;
    `about_another`: the numbers asked for are another person's; `closed`: it is to be answered with yes or no.
    """

    asks: tuple[Ask, ...] = ()
    readouts: tuple[Readout, ...] = ()
    asks_last: bool = False
    tag_only: bool = False
    about_another: bool = False
    closed: bool = False


class _Heard(NamedTuple):
    """A turn's mentions with who is called by his name; its clauses (where there are several) and itself, masked."""

    mentions: tuple[Mention, ...]
    parts: tuple[str, ...]


class Questions:
    """Reads agents' turns by `configs/dialogue/questions.yaml`."""

    def __init__(self, topics: Topics, model: LabelModel, names: SpanAnswers, own: Path | None = None) -> None:
        content: Mapping[str, Any] = table(FILE, own)
        self._topics = topics
        self._readouts = ReadoutReader(topics, content)
        self._scorer = TextScorer(model)
        self._contacts = Contacts(own)
        self._names = AgentNames(names, self._contacts, own)
        self._heard: dict[str, _Heard] = {}
        self._known: dict[tuple[str, tuple[str, ...]], Mapping[str, float]] = {}
        places = table("lexicon/places.yaml", own)
        self._places = frozenset(place for name in places for place in word_list(places[name]))
        self._price_alone = word_list(content["price_alone"])
        self._workplaces, self._homes = word_list(content["workplaces"]), word_list(content["homes"])
        self._contact_words = word_list(content["contact_words"])
        self._own_name = word_list(content["own_name"])
        self._yearly = word_list(content["yearly"])
        self._earning = word_list(content["earning"])
        self._of_loans = word_list(content["of_loans"])
        self._other_sums = word_list(content["other_sums"])
        self._instead = {
            field: (word_list(words["own"]), {name: word_list(words[name]) for name in words if name != "own"})
            for field, words in content["instead"].items()
        }
        self._plainly = PhraseBook(
            (word, field) for field, words in content["plainly"].items() for word in word_list(words)
        )
        self._asked_so = {
            field: (word_list(entry["but"]), [re.compile(pattern) for pattern in entry["so"]])
            for field, entry in content["asked_so"].items()
        }
        self._books = {
            name: PhraseBook((word, name) for word in word_list(content[name]))
            for name in (
                "open",
                "yes_no",
                "follow_up",
                "same_again",
                "summing",
                "settling",
                "again",
                "telling",
                "not_applicant",
            )
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
        settles = bool(cues["settling"] or cues["again"])
        other = bool(cues["not_applicant"]) or _is_about_another(text, mentions)
        bound = self._bind(text, mentions, chances, recent)
        bound = bound if EITHER in text else _summed_up(bound, cues["summing"], recent)
        bound = _of_the_work(text, bound, recent)
        readouts = (
            []
            if cues["telling"] and not cues["yes_no"]
            else self._readouts.read(text, bound, cues, chances, recent, settles, self._period(text))
        )
        if (later := _POSTPONED.search(text)) is not None:
            readouts = [readout for readout in readouts if readout.mention.start > later.start()]
        if other:
            readouts = [readout for readout in readouts if readout.field not in PERSONAL]
        asks = (
            []
            if cues["telling"] and not cues["yes_no"]
            else self._asks(text, chances, readouts, recent, settles, other)
        )
        heard = bool(asks)
        asks = self._of_contact(text, asks, readouts, recent)
        if not self._may_be_of_contact(text, mentions, recent):
            asks = [ask for ask in asks if ask.field not in CONTACT]
        if not set(recent[:1]) & DEBTS and not any(word in text for word in self._of_loans):
            asks = [ask for ask in asks if ask.field not in DEBTS]  # 他收您的费用没有
        conditions = [mention for mention in mentions if mention.kind == "condition"]
        if conditions and all(names_the_car(text, mention) for mention in conditions):
            asks = [ask for ask in asks if ask.field != CONDITION]
        if any(word in text for word in self._other_sums):  # 租车一个月多少租金
            named = self._topics.fields_in(text)
            asks = [ask for ask in asks if ask.field not in MONEY_FIELDS or ask.field in named]
        if EITHER in text and any(item.mention.kind == "purpose" for item in bound):
            asks = _with(asks, ["loan.purpose"], settles)
        if cues["again"] and not cues["settling"]:
            asks = [replace(ask, settles=False) if ask.field in CONTACT else ask for ask in asks]
        doubled = _doubled(readouts)
        asks = _with(asks, sorted(doubled), True)
        readouts = [readout for readout in readouts if readout.field not in doubled]
        readouts = list({readout.field: readout for readout in readouts}.values())
        if any(readout.field == TERM for readout in readouts) and self._is_of_a_year(text):  # 净落呢一年
            readouts = [readout for readout in readouts if readout.field != TERM]
            asks = _with(asks, ["income.monthly"], settles)
        if not asks and not readouts and EITHER in text:
            asks = [Ask(field, settles=True) for field in self._one_of_two(mentions, recent)]
        if not asks and not readouts and self._contacts.asks(text):
            asks = [Ask(field) for field in CONTACT]
        if not readouts and any(name in CONTACT for name in recent[:ECHOED]) and self._contacts.asks_instead(text):
            asks = [Ask(field, settles=True) for field in CONTACT]
        if recent[:1] == [DRIVER] and len(text) <= WHO_ELSE and (who := _who_is_named(text, mentions)) is not None:
            readouts = [Readout(DRIVER, who, True, settles=settles)]
            asks = [ask for ask in asks if ask.field not in NAMES_SOMEBODY]
        if cues["same_again"] and recent and not readouts and len(text) <= FOLLOW_UP:
            return Question((Ask(recent[0], settles=True),), asks_last=True)
        idle = not (asks or readouts or cues["telling"] or other)
        if idle and recent[:1] and recent[0] in DEBTS and _HOW_MUCH_A_MONTH.match(text):
            asks = [Ask(PAYS, settles=settles)]
        elif idle and cues["follow_up"] and recent and len(text) <= FOLLOW_UP:
            asks = [Ask(recent[0], strong=False, settles=settles)]
        last_value = max((readout.mention.end for readout in readouts), default=0)
        asks_last = bool(asks) and any(hit.start >= last_value for hit in cues["open"] if hit.phrase not in _CHECKS)
        tag = bool(cues["yes_no"]) and not heard and not asks and not readouts and len(text) <= TAG
        closed = bool(cues["yes_no"]) and not any(hit.phrase not in _CHECKS for hit in cues["open"])
        return Question(tuple(asks), tuple(readouts), asks_last, tag, other, closed)

    def _of_contact(self, text: str, asks: list[Ask], readouts: Sequence[Readout], recent: Sequence[str]) -> list[Ask]:
        """那她怎么称呼, 全名呢 ask for the contact's name where he is spoken of, and not for the applicant's."""
        if not any(ask.field == NAME for ask in asks):
            return asks
        named = {*(ask.field for ask in asks), *(readout.field for readout in readouts)}
        another = bool(set(recent[:1]) & set(CONTACT)) or any(word in text for word in HE)
        if (not named & set(CONTACT) and not another) or any(word in text for word in self._own_name):
            return asks
        left = [ask for ask in asks if ask.field != NAME]
        return left if CONTACT[0] in named else [*left, Ask(CONTACT[0])]

    def _may_be_of_contact(self, text: str, mentions: Sequence[Mention], recent: Sequence[str]) -> bool:
        """Whether a turn may ask for the contact: who is called by his name, with a word of contacts, or spoken of."""
        named = any(mention.kind == "name" for mention in mentions)
        return named or bool(set(recent[:ECHOED]) & set(CONTACT)) or any(word in text for word in self._contact_words)

    def _one_of_two(self, mentions: Sequence[Mention], recent: Sequence[str]) -> list[str]:
        """The field spoken of before of which two values are named: 按哪个记,八千还是五千五."""
        for kind in ("money", "duration"):
            if len({_key(mention) for mention in mentions if mention.kind == kind}) == 2:
                return [field for field in recent if kind in self._topics.kinds.get(field, ())][:1]
        return []

    def _is_of_a_year(self, text: str) -> bool:
        """Whether a year that is named is the one whose income is asked for."""
        return any(word in text for word in self._earning) and not any(word in text for word in _OF_LOANS)

    def _period(self, text: str) -> str:
        """`year` where a sum of the year is asked for; "" for the usual one."""
        yearly = "年" in text and any(word in text for word in self._yearly)
        return "year" if yearly and "月" not in text else ""

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
                    or self._readouts.echoed(mention, recent[:1])
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

    def _is_of_other_years(self, text: str) -> bool:
        """Whether a length of time is asked for that is none of work: 来昆山多久了, 住多长时间了, 驾照拿几年了."""
        if any(found["place"] in self._places for found in _LIVED.finditer(text)):
            return True
        return _OTHER_YEARS.search(text) is not None and _AT_WORK.search(text) is None

    def _asked_in_so_many_words(self, text: str) -> set[str]:
        """The fields that a common way to ask for them stands for."""
        return {
            field
            for field, (but, patterns) in self._asked_so.items()
            if any(pattern.search(text) for pattern in patterns) and not any(word in text for word in but)
        }

    def _instead_of(self, text: str, asked: Set[str]) -> set[str]:
        """The fields asked for, where the words of the turn name another one (the instalment of a home loan)."""
        found = set(asked)
        for field, (own, others) in self._instead.items():
            if field in found and not any(word in text for word in own):
                named = {other for other, words in others.items() if any(word in text for word in words)}
                found = found - {field} | named if named else found
        return found

    def _asks(
        self,
        text: str,
        chances: Mapping[str, float],
        readouts: Sequence[Readout],
        recent: Sequence[str],
        settles: bool,
        other: bool,
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
        if YEARS in read_out and not any(word in text for word in _FIRMS):
            asked.discard(EMPLOYER)  # 表上写的工作五年
        if YEARS in read_out and not any(word in text for word in _OF_LOANS):
            asked.discard(TERM)  # X公司,修井工,十年
        if YEARS in asked and self._is_of_other_years(text):
            asked.discard(YEARS)
        asked = self._instead_of(text, asked)
        if any(text.startswith(WHAT_HE_DOES, place) for place in works_at):
            asked = asked - {"loan.purpose"} | {"employment.position"}
        if any(word in text for word in self._workplaces) and not any(word in text for word in self._homes):
            asked.discard(RESIDENCE)
        plainly = {hit.label for hit in self._plainly.find(text)} | self._asked_in_so_many_words(text)
        of_car = any(word in text for word in _OF_THE_CAR)
        if PAYMENT in plainly and not of_car and set(recent[:1]) & DEBTS:
            plainly = plainly - {PAYMENT} | {PAYS}
        if PAYS in plainly and not of_car:
            asked.discard(PAYMENT)
        if PAYMENT in asked and {"loan.amount", TERM} & read_out:
            asked -= DEBTS
        asked |= plainly - read_out
        if _ANOTHERS_DEBTS.search(text) and not any(word in text for word in _HIMSELF):
            asked -= DEBTS
        if other:
            asked -= PERSONAL
        alone = any(word in text for word in self._price_alone)
        return [
            Ask(
                field,
                True,
                settles or (alone and field == PRICE),
                self._period(text),
                _length(text) if field in (ID, MOBILE) else 0,
            )
            for field in (*(each for each in chances if each in asked), *sorted(asked - chances.keys()))
            if field not in read_out
        ]


_LIVED = re.compile(
    "(?:来|到|在|来到)(?P<place>[㐀-鿿]{2,4}?)(?:这边|市|这儿|这里)?(?:有|都|住|待|呆|已经)*(?:了)?"
    "(?:多久|几年|多长时间|多少年|好久|几多年|好多年|多少个?年头)"
)
# 这个我先放一放,等会儿再核: what stands before waits for another time.
_POSTPONED = re.compile(
    "(?:先|暂时|暂且)(?:放|不|搁|跳过|略过)"
    "|(?:等会儿?|待会儿?|等下|一会儿?|回头|稍后|后面|过后)(?:我)?(?:再|会)(?:跟|给|和|来)?(?:您|你)?(?:一起)?(?:核|问|说|对|讲|确认)"
)
_OTHER_YEARS = re.compile(
    "(?:住|搬|驾照|驾龄|拿证|认识|结婚|号码?|手机|房子|旧车)[^,。?! ]{0,8}?"
    "(?:多久|几年|多长时间|多少年|好久|几多年|好多年|几个月)"
)
_AT_WORK = re.compile("上班|工作|单位|公司|厂|入职|干|做|店|工龄|这行")


def _who_is_named(text: str, mentions: Sequence[Mention]) -> Mention | None:
    """Who is named in a short question that goes on with 谁开: 是您本人吗; 您爱人?"""
    people = [mention for mention in mentions if mention.kind == "relation"]
    if len(people) != 1 or any(mention.kind == "name" for mention in mentions):
        return None
    rest = text[: people[0].start] + text[people[0].end :]
    return people[0] if _ONLY_WHO.fullmatch(rest.strip(BARE)) is not None else None


_ONLY_WHO = re.compile(r"(?:还|就|也|那|是|不|主要|平时|请|配合一下|先生|女士|您|你|自己|来|在|开|用|的|对|吧|吗|,)*")
_CLAUSE = re.compile(rf"[^\s{re.escape(''.join(BREAKS))}]{{2,}}")
_HOW_MUCH_A_MONTH = re.compile(
    r"[那这嗯好哦呃行,。 ]*(?:它|个|这个|这笔|这些|那个|那笔|那些|一共|总共|大概|合起来|加起来)?"
    r"(?:(?:一个?|每个?|月)月|每期|一期|一回|一次)?[^,。?]{0,2}(?:扣|还|划|供|交|付|出)(?:您|你|出去|掉|的|是|得|要|款)*"
    r"(?:多少|好多|几多|几个?钱|啥数|什么数)"
)
# 您父亲还上班吗, 男朋友有收入吗: of whom his own numbers are not.
_PEOPLE = frozenset({"spouse", "parent", "child", "sibling", "relative", "friend"})
_HIMSELF = ("您自己", "你自己", "您本人", "你本人", "您一个人", "你一个人", "您个人", "你个人", "本人")
_OF_WORK = frozenset({EMPLOYER, "employment.position", YEARS})
_FIRMS = ("单位", "公司", "厂", "店", "哪", "什么", "啥")
_OF_LOANS = ("贷", "期", "月供", "还", "分", "首付", "车")
_CHECKS = frozenset({"核对一下", "核实一下", "确认一下", "确认下", "核对下", "核实下", "还是", "了解一下"})


# 她名下有没有贷款
_ANOTHERS_DEBTS = re.compile(
    r"(?:他|她|他们|爱人|老公|老婆|太太|先生|父母|爸妈?|妈|孩子|媳妇)(?:的)?(?:名下|那边|那头|自己)"
)


def _is_about_another(text: str, mentions: Sequence[Mention]) -> bool:
    """Whether somebody of the customer's is asked about, and he himself is not named beside."""
    if any(word in text for word in _HIMSELF):
        return False
    who = [m for m in mentions if m.kind == "relation" and m.value in _PEOPLE and "negated" not in m.attributes]
    return any(
        m.text[:1] in "您你" or text[m.start - 1 : m.start] in ("", "您", "你", ",", "。", "的", "家", "那")
        for m in who
    )


def _of_the_work(text: str, bound: list[Bound], recent: Sequence[str]) -> list[Bound]:
    """Where a firm or a title is read out and nothing of a loan, years are those of the work: X公司,修井工,五年."""
    kinds = {item.mention.kind for item in bound}
    loan = any(item.mention.kind == "money" for item in bound) or any(word in text for word in _OF_LOANS)
    named = not kinds.isdisjoint({"organisation", "position"})
    at_work = named or bool(set(recent[:1]) & _OF_WORK)
    done: list[Bound] = []
    for item in bound:
        in_years = item.mention.kind == "duration" and item.mention.attributes.get("unit") in ("year", "half")
        beside = item.field == TERM or (not item.field and named)
        if in_years and not item.cue and beside and at_work and not loan:
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


def _its_term(mention: Mention, taken: Set[str]) -> str:
    """A length of time in a turn that reads out the loan is its term."""
    of_loan = mention.kind == "duration" and "loan.amount" in taken and "loan.term_months" not in taken
    return "loan.term_months" if of_loan and mention.attributes.get("unit") in ("year", "half", "month") else ""


def _length(text: str) -> int:
    return next((length for word, length in LENGTHS if word in text), 0)
