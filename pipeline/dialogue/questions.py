"""What an agent's turn asks: open questions, and values read out for the customer to agree to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.dialogue.agent_names import CONTACT, AgentNames
from pipeline.dialogue.asking import AT_WORK, DEBTS, PERSONAL, TERM, AskedFields
from pipeline.dialogue.binding import BARE, Binder
from pipeline.dialogue.contacts import Contacts
from pipeline.dialogue.debts import PAYS
from pipeline.dialogue.likelihood import Likelihood
from pipeline.dialogue.question import AgentTurn, Ask, Question
from pipeline.dialogue.readout_words import ReadoutWords
from pipeline.dialogue.readouts import ECHOED, EITHER, PRIVATE, PURPOSE, Readout, ReadoutReader
from pipeline.dialogue.spans import SpanAnswers
from pipeline.dialogue.topics import FILE, MEASURED, Topics
from pipeline.dialogue.values import MONEY_FIELDS
from pipeline.language.phrases import Hit, PhraseBook, Words
from pipeline.language.resources import table, word_list
from pipeline.types import LabelModel, Mention

A_WORD_OR_TWO = 4
# Who asks so asks, whatever he tells beside (后续每个月的还款是多少?).
FOLLOW_UP, SAME_AGAIN, TAG, ASKED_ON, ONE_NUMBER = 14, 18, 8, 16, 24
TAG_FILLERS = "这都也个您你说的了嗯哦好对没错一样呀嘛哈"
SENTENCE = re.compile(r"[^。?!;]+[。?!;]?")
CONDITION, LOAN = "vehicle.condition", "loan."
HOME = "identity.residence_type"
DRIVER, WHO_ELSE = "vehicle.actual_user", 20
NAMES_SOMEBODY = frozenset({"identity.name", "contact.relation", "identity.marital_status"})


class Questions:
    """Reads agents' turns by `configs/dialogue/questions.yaml`."""

    def __init__(self, topics: Topics, model: LabelModel, names: SpanAnswers, own: Path | None = None) -> None:
        content: Mapping[str, Any] = table(FILE, own)
        self._topics = topics
        self._read_out_words = ReadoutWords(own)
        self._readouts = ReadoutReader(topics, self._read_out_words, content)
        self._contacts = Contacts(own)
        self._names = AgentNames(names, self._contacts, own)
        self._likelihood = Likelihood(model, self._names)
        self._binder = Binder(topics, self._readouts, content)
        self._asked = AskedFields(content, own)
        self._earning = Words(word_list(content["earning"]))
        self._loan_words = Words(word_list(content["loan_words"]))
        self._of_loans = Words(word_list(content["of_loans"]))
        self._other_sums = Words(word_list(content["other_sums"]))
        self._usual_words: Mapping[str, str] = content["usual"]
        self._regional = re.compile("|".join(map(re.escape, self._usual_words)))
        self._asks_on_with = re.compile(content["patterns"]["asks_on_with"])
        self._asks_on = Words(word_list(content["asks_on"]))
        self._checks = frozenset(word_list(content["checks"]))
        patterns: Mapping[str, str] = content["patterns"]
        self._postponed = re.compile(patterns["postponed"])
        self._counts_only = re.compile(patterns["counts_only"])
        self._only_who = re.compile(patterns["only_who"])
        self._runs = re.compile(patterns["runs"])
        self._he_drives, self._who_else = re.compile(patterns["he_drives"]), re.compile(patterns["who_else"])
        self._how_much_a_month = re.compile(patterns["how_much_a_month"])
        self._what_trade = re.compile(patterns["what_trade"])
        self._how_much_more = re.compile(patterns["how_much_more"])
        self._knows = re.compile(patterns["knows"])
        self._what_for = re.compile(patterns["what_for"])
        self._one_number = re.compile(patterns["one_number"])
        self._the_rest = re.compile(patterns["the_rest"])
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
        for_call._likelihood = self._likelihood.for_call()
        return for_call

    def prepare(self, turns: Iterable[tuple[str, Sequence[Mention]]]) -> None:
        """Reads agents' folded turns, with their mentions, in one go."""
        self._likelihood.prepare((self._usual(text), mentions) for text, mentions in turns)

    def asks_on(self, text: str) -> bool:
        """Whether a short folded text of an agent asks on, though it may name nothing: 您的呢."""
        return len(text) <= ASKED_ON and self._asks_on.stand_in(text)

    def asks_for_the_rest(self, text: str) -> bool:
        """Whether a folded text of an agent only asks for the rest of what is being read out: 还有呢?"""
        return self._the_rest.fullmatch(text) is not None

    def likely(self, text: str, mentions: Iterable[Mention]) -> Mapping[str, float]:
        """How likely an agent's folded text is about each field, by itself."""
        text, mentions = self._usual(text), tuple(mentions)
        chances = self._likelihood.of_turn(text, mentions, ())
        reads_out = any(mention.kind in MEASURED for mention in mentions)
        near = set() if reads_out else self._asked.of_something_near(text)
        return {field: 0.0 if field in near else chance for field, chance in chances.items()} if near else chances

    def read(self, text: str, mentions: Iterable[Mention], recent: Sequence[str]) -> Question:
        """The question in a folded text; `recent` are the fields last spoken of, newest first."""
        text = self._usual(text)
        if recent and recent[0] in MONEY_FIELDS and self._how_much_more.fullmatch(text):
            return Question((Ask(recent[0], settles=True),), asks_last=True)
        turn = self._heard(*self._without_rules(text, tuple(mentions)), recent)
        readouts = self._read_out(turn)
        asks = self._asked_at_last(turn, self._asked_for(turn, readouts), readouts)
        asked = bool(asks)
        asks = self._with_choice(turn, self._without_others(turn, asks, readouts), readouts)
        asks, readouts = self._chosen_between(turn, asks, readouts)
        asks = self._with_contact(turn, self._with_one_of_two(turn, asks, readouts), readouts)
        asks, readouts = self._with_who_drives(turn, asks, readouts)
        longest = FOLLOW_UP if asks else SAME_AGAIN
        if turn.cues["same_again"] and recent and not readouts and len(text) <= longest:
            return Question((Ask(recent[0], settles=True),), asks_last=True)
        if recent[:1] == [PURPOSE] and not readouts and self._what_trade.fullmatch(text):
            return Question((Ask(PURPOSE),), asks_last=True)  # 跑活 - 跑什么活?
        if not (asks or readouts or turn.cues["telling"] or turn.other):
            asks = self._asked_again(turn)
        return self._question(turn, asks, readouts, may_be_tag=not asked)

    def _usual(self, text: str) -> str:
        """The text with the usual words for those of a region, of the same length: 一个月好多钱."""
        text = self._asks_on_with.sub("呢", text)  # 那平均咧?
        return self._regional.sub(lambda found: self._usual_words[found[0]], text) if self._usual_words else text

    def _heard(self, text: str, mentions: tuple[Mention, ...], recent: Sequence[str]) -> AgentTurn:
        """The turn with the cues in it, what it is likely to be about, and its values by their fields."""
        cues = {name: book.find(text) for name, book in self._books.items()}
        chances = self._likelihood.of_turn(text, mentions, recent)
        mentions = self._names.with_read_out(text, self._likelihood.heard(text, mentions).mentions, chances, recent)
        settles = bool(cues["settling"] or cues["again"])
        other = bool(cues["not_applicant"]) or self._asked.is_about_another(text, mentions)
        other = other and not self._asks_himself_at_last(text, mentions, cues["not_applicant"])
        bound = self._binder.bind(text, mentions, self._likelihood, chances, recent, cues["summing"])
        return AgentTurn(text, mentions, recent, cues, chances, bound, settles, other)

    def _asks_himself_at_last(self, text: str, mentions: Sequence[Mention], others: Sequence[Hit]) -> bool:
        """Whether the agent, asks the customer of himself at last: 您爱人上班吗?您挣多少?"""
        last = [sentence.start() for sentence in SENTENCE.finditer(text)][-1:]
        if not last or not last[0] or any(hit.start >= last[0] for hit in others):
            return False
        of_it = [m for m in mentions if m.start >= last[0]]
        return self._asked.names_him(text[last[0] :]) and not any(m.kind == "relation" for m in of_it)

    def _read_out(self, turn: AgentTurn) -> list[Readout]:
        """What is read out to be agreed to; what stands before a 先放一放 waits for another time."""
        if turn.only_tells:
            return []
        text, period = turn.text, self._asked.period(turn.text)
        readouts = self._readouts.read(text, turn.bound, turn.cues, turn.chances, turn.recent, turn.settles, period)
        if (later := self._postponed.search(text)) is not None:
            readouts = [readout for readout in readouts if readout.mention.start > later.start()]
        if turn.other:
            readouts = [readout for readout in readouts if readout.field not in PERSONAL]
        return readouts

    def _asked_for(self, turn: AgentTurn, readouts: Sequence[Readout]) -> list[Ask]:
        """What the turn asks for, as far as its words and the reader of questions say."""
        if turn.only_tells:
            return []
        return self._asked.read(turn.text, turn.chances, readouts, turn.recent, turn.settles, turn.other)

    def _asked_at_last(self, turn: AgentTurn, asks: list[Ask], readouts: Sequence[Readout]) -> list[Ask]:
        """What a last sentence of a word or two asks for, where nothing before it asks: 车子本身的价才算,我改。首付?"""
        before, _, last = turn.text.rstrip("? ").rpartition("。")
        if not before or not turn.text.endswith("?") or len(last) > A_WORD_OR_TWO or readouts:
            return asks
        named = self._topics.fields_in(last)
        if not named or "?" in before or any(hit.end <= len(before) for hit in turn.cues["open"]):
            return asks
        return [Ask(field) for field in named]

    def _without_others(self, turn: AgentTurn, asks: list[Ask], readouts: Sequence[Readout]) -> list[Ask]:
        """What is asked for without what the turn only seems to ask for: 他收您的费用没有; 租车一个月多少租金."""
        text, recent = turn.text, turn.recent
        asks = self._asked.of_contact(text, asks, readouts, recent)
        if not self._asked.may_be_of_contact(text, turn.mentions, recent):
            asks = [ask for ask in asks if ask.field not in CONTACT]
        if not set(recent[:1]) & DEBTS and not self._of_loans.stand_in(text):
            asks = [ask for ask in asks if ask.field not in DEBTS]
        conditions = [mention for mention in turn.mentions if mention.kind == "condition"]
        if (
            conditions
            and EITHER not in text
            and all(self._read_out_words.names_the_car(text, mention) for mention in conditions)
        ):
            asks = [ask for ask in asks if ask.field != CONDITION]
        if self._other_sums.stand_in(self._asked.without_beside(text)):
            named = self._topics.fields_in(text)
            asks = [ask for ask in asks if ask.field not in MONEY_FIELDS or ask.field in named]
        return asks

    def _with_choice(self, turn: AgentTurn, asks: list[Ask], readouts: Sequence[Readout]) -> list[Ask]:
        """自用还是营运 asks what the car is for; who only asks again may be told of another contact."""
        uses = [item.mention for item in turn.bound if item.mention.kind == "purpose"]
        of_home = any(ask.field == HOME for ask in asks)  # 自购还是租赁
        if EITHER in turn.text and not of_home and any("weak" not in mention.attributes for mention in uses):
            asks = _with(asks, [PURPOSE], turn.settles)
        if any(item.field == PURPOSE for item in readouts) and self._what_for.search(turn.text) is not None:
            asks = _with(asks, [PURPOSE], turn.settles)  # 什么用途呢,上下班?
        if turn.cues["again"] and not turn.cues["settling"]:
            asks = [replace(ask, settles=False) if ask.field in CONTACT else ask for ask in asks]
        return asks

    def _chosen_between(
        self, turn: AgentTurn, asks: list[Ask], readouts: list[Readout]
    ) -> tuple[list[Ask], list[Readout]]:
        """Fields of which two values are named (到底是八千还是九千) are asked for; so is the income of a year that
        looks like a term (净落呢一年).
        """
        doubled = _doubled(readouts)
        asks = _with(asks, sorted(doubled), True)
        readouts = [readout for readout in readouts if readout.field not in doubled]
        readouts = sorted(readouts, key=lambda readout: not readout.negated)  # of 家用,不跑营运吧 the 家用
        readouts = list({readout.field: readout for readout in readouts}.values())
        if any(readout.field == TERM for readout in readouts) and self._is_of_a_year(turn.text):
            readouts = [readout for readout in readouts if readout.field != TERM]
            asks = _with(asks, ["income.monthly"], turn.settles)
        return asks, readouts

    def _with_one_of_two(self, turn: AgentTurn, asks: list[Ask], readouts: Sequence[Readout]) -> list[Ask]:
        """按哪个记,八千还是五千五 asks for the field spoken of before that takes such values."""
        if asks or readouts or EITHER not in turn.text:
            return asks
        return [Ask(field, settles=True) for field in self._one_of_two(turn.mentions, turn.recent)]

    def _with_contact(self, turn: AgentTurn, asks: list[Ask], readouts: Sequence[Readout]) -> list[Ask]:
        """家人电话写谁 asks for the contact; 那您要换成谁, for another one."""
        if not asks and not readouts and self._contacts.asks(turn.text):
            asks = [Ask(field) for field in CONTACT]
        of_contact = any(name in CONTACT for name in turn.recent[:ECHOED])
        if not readouts and of_contact and self._contacts.asks_instead(turn.text):
            asks = [Ask(field, settles=True) for field in CONTACT]
        return asks

    def _with_who_drives(
        self, turn: AgentTurn, asks: list[Ask], readouts: list[Readout]
    ) -> tuple[list[Ask], list[Readout]]:
        """是您本人吗, right after 谁开, reads out who drives and asks nothing of him; so does 平时就您开?, but not
        您自己开店?
        """
        if self._runs.search(turn.text) is not None:
            asks = [ask for ask in asks if ask.field != DRIVER]
            return asks, [readout for readout in readouts if readout.field != DRIVER]
        asked = any(ask.field == DRIVER for ask in asks)
        own_use = all((item.field, item.mention.value) == (PURPOSE, PRIVATE) for item in readouts)
        short = not asks and own_use and len(turn.text) <= WHO_ELSE
        himself = self._is_he_himself(turn.text) if asked or short else None
        if himself is not None:
            asks = [ask for ask in asks if ask.field != DRIVER]
            return asks, [*readouts, Readout(DRIVER, himself, True, settles=turn.settles)]
        if turn.recent[:1] != [DRIVER] or len(turn.text) > WHO_ELSE:
            return asks, readouts
        who = self._who_is_named(turn.text, turn.mentions)
        if who is None:
            return asks, readouts
        asks = [ask for ask in asks if ask.field not in NAMES_SOMEBODY]
        return asks, [Readout(DRIVER, who, True, settles=turn.settles)]

    def _asked_again(self, turn: AgentTurn) -> list[Ask]:
        """What a turn that names nothing goes on about: 一个月扣多少 the instalment of other loans; 跑什么? the
        purpose, where work was not spoken of; 具体呢 the last.
        """
        recent = turn.recent
        if recent[:1] and recent[0] in DEBTS and self._how_much_a_month.match(turn.text):
            return [Ask(PAYS, settles=turn.settles)]
        if recent and not recent[0].startswith(AT_WORK) and self._what_trade.fullmatch(turn.text):
            return [Ask(PURPOSE)]
        one = len(turn.text) <= ONE_NUMBER and self._one_number.search(turn.text) is not None
        if one and set(recent[:1]) & MONEY_FIELDS:
            return [Ask(recent[0], settles=True)]
        if turn.cues["follow_up"] and recent and len(turn.text) <= FOLLOW_UP and self._may_go_on(turn.text, recent[0]):
            return [Ask(recent[0], strong=False, settles=turn.settles)]
        return []

    def _may_go_on(self, text: str, field: str) -> bool:
        """Whether a follow-up goes on about `field` by what it names: 车停哪儿 of who drives, 首付款是哪个出的 not."""
        named = self._topics.fields_in(text)
        if field.startswith(LOAN) and named:
            return field in named
        sections = {name.partition(".")[0] for name in named}
        return not sections or field.partition(".")[0] in sections

    def _question(
        self, turn: AgentTurn, asks: Sequence[Ask], readouts: Sequence[Readout], *, may_be_tag: bool
    ) -> Question:
        """The question, with whether it ends open, is a bare 对吧, or wants a yes or a no."""
        yes_no = bool(turn.cues["yes_no"])
        last_value = max((readout.mention.end for readout in readouts), default=0)
        opens = [hit for hit in turn.cues["open"] if hit.phrase not in self._checks]
        asks_last = bool(asks) and any(hit.start >= last_value for hit in opens)
        tag = yes_no and may_be_tag and not asks and not readouts and self._is_tag(turn)
        return Question(
            tuple(asks),
            tuple(readouts),
            asks_last,
            tag,
            turn.other,
            closed=yes_no and not opens and not self._knows.search(turn.text),
        )

    def _is_tag(self, turn: AgentTurn) -> bool:
        """Whether a turn is nothing but a 对吧; 没加价吧 asks something itself."""
        if len(turn.text) > TAG:
            return False
        rest = turn.text
        for hit in reversed(turn.cues["yes_no"]):
            rest = rest[: hit.start] + rest[hit.end :]
        return len(rest.strip(BARE + TAG_FILLERS)) <= 1

    def _without_rules(self, text: str, mentions: tuple[Mention, ...]) -> tuple[str, tuple[Mention, ...]]:
        """A turn without its sentences that only tell something, where another one asks: 注意安全。您在哪儿上班?"""
        told: list[tuple[int, int]] = []
        asks = False
        for sentence in SENTENCE.finditer(text):
            words = sentence[0]
            closed = bool(self._books["yes_no"].find(words))
            tells = bool(self._books["telling"].find(words)) or self._tells_what_counts(words)
            if tells and not closed:
                told.append(sentence.span())
            else:
                asks = asks or closed or words.endswith("?") or bool(self._books["open"].find(words))
        if not told or not asks:
            return text, mentions
        for start, end in told:
            text = text[:start] + " " * (end - start) + text[end:]
        return text, tuple(m for m in mentions if not any(start <= m.start < end for start, end in told))

    def _tells_what_counts(self, sentence: str) -> bool:
        """Whether a sentence only tells whose sums are written down: 我这边只登记你个人的。"""
        return self._counts_only.search(sentence) is not None and not sentence.endswith("?")

    def _one_of_two(self, mentions: Sequence[Mention], recent: Sequence[str]) -> list[str]:
        """The field spoken of before of which two values are named: 按哪个记,八千还是五千五."""
        for kind in ("money", "duration"):
            if len({_key(mention) for mention in mentions if mention.kind == kind}) == 2:
                return [field for field in recent if kind in self._topics.kinds.get(field, ())][:1]
        return []

    def _is_of_a_year(self, text: str) -> bool:
        """Whether a year that is named is the one whose income is asked for."""
        return self._earning.stand_in(text) and not self._loan_words.stand_in(text)

    def _is_he_himself(self, text: str) -> Mention | None:
        """The customer as the one who is asked to agree that he drives: 平时就您开? 那驾驶人是您?"""
        found = self._he_drives.search(text)
        if found is None or self._who_else.search(text) is not None:
            return None
        start, end = found.span(next(name for name in ("he", "himself", "user", "uses") if found[name]))
        return Mention("relation", start, end, text[start:end], None, "self", {"drives": "yes"})

    def _who_is_named(self, text: str, mentions: Sequence[Mention]) -> Mention | None:
        """Who is named in a short question that goes on with 谁开: 是您本人吗; 您爱人?"""
        people = [mention for mention in mentions if mention.kind == "relation"]
        if len(people) != 1 or any(mention.kind == "name" for mention in mentions):
            return None
        rest = text[: people[0].start] + text[people[0].end :]
        return people[0] if self._only_who.fullmatch(rest.strip(BARE)) is not None else None


def _with(asks: list[Ask], fields: Iterable[str], settles: bool) -> list[Ask]:
    known = {ask.field for ask in asks}
    return [*asks, *(Ask(field, settles=settles) for field in fields if field not in known)]


def _doubled(readouts: Sequence[Readout]) -> set[str]:
    """Fields of which two different values stand in one turn (到底是八千还是九千): they are asked, not read out; what
    is denied beside one (家用,不跑营运吧) is none.
    """
    values: dict[str, set[object]] = {}
    for readout in readouts:
        if readout.negated:
            continue
        values.setdefault(readout.field, set()).add(_key(readout.mention))
    return {field for field, said in values.items() if len(said) > 1}


def _key(mention: Mention) -> object:
    return mention.quantity or mention.value
