"""A second look at what seems to differ from the application, in the turns that prove it.

A wrong reading rarely agrees with the application, so most of what differs by mistake shows in one of three ways: the
same turn also says the value on paper, plainly and as the customer's own; the value is the one on paper of another
field, another person's, of another order of magnitude, or was said where nobody asked for it. Words and limits stand
under `second_look` in `fields.yaml`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from pipeline.dialogue.asking import DOWN, OF_THE_DEAL, PRICE, TERM
from pipeline.dialogue.evidence import probabilities
from pipeline.dialogue.tools import Tools
from pipeline.language import Reader
from pipeline.language.script import fold
from pipeline.language.sieve import compiled
from pipeline.reconcile.comparison import Comparison
from pipeline.reconcile.doubts import LOANS, Doubts
from pipeline.reconcile.ladder import decide
from pipeline.reconcile.organisations import are_of_two_makes
from pipeline.reconcile.plainly import CAR, DEALER, EMPLOYER, INCOME, RESIDENCE, YEARS, Plainly
from pipeline.reconcile.rules import FieldRule, FieldRules
from pipeline.reconcile.sayings import MEASURED, POSITION, PURPOSE, Sayings
from pipeline.types import Evidence, Scalar, Stated, Turn

_PARTS = re.compile(r"[,。!?;、…\s]")
_SENTENCE = re.compile(r"[。!?;]")
_NUMERALS = frozenset("一二三四五六七八九十百千万两零0123456789")
_SIGHT = 24
_QUESTIONS_BEFORE, _TURNS_BEFORE, _FOLLOW_UP, _BEFORE = 2, 8, 12, 4
_NAMED = ("name", "organisation", "text", "address", "brand", "model")
_SET_AGAINST = ("employment.employer", "employment.position")
_ADDED_UP = ("income.monthly", "debt.monthly_payment")
NAME = "identity.name"
SHORTEST_TITLE = 2


class SecondLook:
    """The customer's turns of one call, to be looked at again."""

    def __init__(self, turns: Sequence[Turn], reader: Reader, tools: Tools, rules: FieldRules) -> None:
        self._turns = {part: turn for turn in turns for part in turn.ids}
        self._places = {turn.id: place for place, turn in enumerate(turns)}
        self._in_order = tuple(turns)
        self._reader = reader
        self._tools = tools
        self._rules = rules.second_look
        self._doubts = Doubts(reader, tools, rules.second_look.doubts)
        self._asked: dict[int, frozenset[str]] = {}
        self.sayings = Sayings(turns, reader, tools, rules.second_look)
        self.plainly = Plainly(reader, tools, rules.second_look)

    def says_applied(self, comparison: Comparison, evidence: Sequence[Evidence]) -> Stated | None:
        """The applied value as the customer says it, plainly, in one of the turns of `evidence`; a name of any kind in
        any turn where he was asked for it."""
        proofs = list(self._turns_of(evidence))
        others: list[Turn] = []
        if comparison.rule.type in _NAMED or comparison.rule.field == PURPOSE:
            others = [turn for turn in self._in_order if turn.speaker == "customer" and turn not in proofs]
        if comparison.rule.field == EMPLOYER and self._has_left(comparison):
            return None
        if comparison.rule.field == DEALER and are_of_two_makes(comparison.said, str(comparison.applied), comparison):
            return None
        parts = comparison.stated.text.split() if comparison.rule.field in _ADDED_UP else []
        for place, turn in enumerate((*proofs, *others)):
            text = fold(turn.text)
            if comparison.rule.type in MEASURED and self._tools.acts.stance(text).attitude in ("less", "more"):
                continue  # 一万二?哪有那么高,九千
            own_words = self._tools.prompts.without(text)
            for start, end, stated in self.sayings.of(comparison, turn, text):
                if not own_words[start:end].strip():
                    continue  # 他们让我说两万
                own = len(parts) > 1 and not any(word in text for word in self._rules.others)
                if own and stated.text in parts:  # 房贷两千八,装修贷一千一: one of several is not the sum
                    continue
                if comparison.rule.field == DOWN and self._is_a_part(turn, text[start:end], comparison.stated):
                    continue
                if not self.plainly.is_said(text, start, end, comparison.rule):
                    continue
                if place < len(proofs) or self._is_asked(comparison.rule.field, turn):
                    return stated
        return None

    def _is_a_part(self, turn: Turn, heard: str, stated: Stated) -> bool:
        """Whether a sum is one of those that add up to what was stated: 头回一万五,二回两万五."""
        if len(heard) < len(stated.text) and heard in fold(stated.text):
            return True
        sums = (m for m in self._reader.read(turn) if m.kind == "money" and m.quantity is not None)
        parts = [m.quantity.value for m in sums if m.quantity is not None and m.quantity.value != stated.value]
        return len(parts) > 1 and all(parts) and sum(each or 0 for each in parts) == stated.value

    def denies_title(self, stated: Stated, applied: str, evidence: Sequence[Evidence]) -> bool:
        """Whether who tells his work says that the title on paper, or its last word, is not his: 我是出纳,不是会计."""
        names = {fold(applied), fold(applied)[-SHORTEST_TITLE:]}
        names = {name for name in names if name not in fold(stated.text)}
        return any(
            self.plainly.is_no_title_of_his(text, found.start(), found.end())
            for text in (fold(turn.text) for turn in self._turns_of(evidence))
            for name in names
            for found in re.finditer(re.escape(name), text)
        )

    def _has_left(self, comparison: Comparison) -> bool:
        """Whether the customer says somewhere that he has left the firm on paper: what he tells of it is past."""
        return any(
            self.plainly.is_left_for_good(text, end)
            for turn, text in ((turn, fold(turn.text)) for turn in self._in_order if turn.speaker == "customer")
            for _, end, _ in self.sayings.of(comparison, turn, text)
        )

    def is_doubtful(
        self, comparison: Comparison, evidence: Sequence[Evidence], applied: Mapping[str, Scalar], *, limit: float
    ) -> bool:
        """Whether the stated value is rather another field's, another person's, `limit` times too much or little, said
        where nobody asked for it, or only what the agent read out and the customer let pass."""
        stated, rule = comparison.stated, comparison.rule
        if self._is_of_another_field(comparison, evidence, applied):
            return True
        if rule.field == NAME and not self._calls_himself(stated, evidence):
            return True
        far = rule.type in MEASURED and _times_apart(stated.value, comparison.applied) >= limit
        alone = limit >= self._rules.beyond_belief
        if far and not (alone and self._is_credible(rule.field, stated, evidence)):
            return True
        by_agreement = stated.polarity == "confirmed" and not self._is_repeated(stated, evidence)
        if stated.polarity == "confirmed" and rule.type in _NAMED:
            return True
        if by_agreement and rule.field in self._rules.not_by_agreement:
            return True
        said = [(turn, place) for turn in self._turns_of(evidence) if (place := _place_of(stated, turn)) is not None]
        if rule.field == LOANS and any(self._says_that_he_has(turn) for turn, _ in said):
            return False
        if self._doubts.any(comparison, said, [turn for turn in self._in_order if turn.speaker == "customer"]):
            return True
        if not said:
            return False
        his_own = rule.type in (*_NAMED, *MEASURED) and not rule.field.startswith("contact.")
        if his_own and all(self._is_others(rule.field, turn, place, stated) for turn, place in said):
            return True
        if stated.polarity == "confirmed" and rule.field in _ADDED_UP:  # the agent's own sum of what he was told
            return False
        return rule.field not in self._rules.unasked and not any(
            self._is_asked(rule.field, turn) or self._is_named(rule.field, turn, place) for turn, place in said
        )

    def _is_credible(self, field: str, stated: Stated, evidence: Sequence[Evidence]) -> bool:
        """Whether a sum that was asked for is one that people have (五千), so that it is no misreading of another."""
        low, high = self._rules.credible.get(field, (math.inf, 0.0))
        value = stated.value if isinstance(stated.value, int | float) else None
        told = (turn for turn in self._turns_of(evidence) if _place_of(stated, turn) is not None)
        return value is not None and low <= value <= high and any(self._is_asked(field, turn) for turn in told)

    def _says_that_he_has(self, turn: Turn) -> bool:
        """Whether a turn is a plain yes to a question for loans: 您还有别的贷款吗? - 有的."""
        place = self._places[turn.id]
        before = self._in_order[place - 1] if place else None
        if before is None or before.speaker != "agent":
            return False
        debts = self._tools.debts
        question = debts.question(fold(before.text))
        asked = LOANS in self.asks(before) and not debts.is_of_cards(question)
        return asked and debts.owns_up(fold(turn.text), question)

    def _is_named_so(self, field: str, stated: Stated, evidence: Sequence[Evidence]) -> bool:
        """Whether a sum of the deal is said with the name of its field: 你说反了,首付八万,贷款四万."""
        said = ((turn, _place_of(stated, turn)) for turn in self._turns_of(evidence))
        return field in OF_THE_DEAL and any(p is not None and self._is_named(field, turn, p) for turn, p in said)

    def _is_repeated(self, stated: Stated, evidence: Sequence[Evidence]) -> bool:
        """Whether the customer says what was read out once more in his own words (现在这台是新的? - 新的)."""
        return any(_place_of(stated, turn) is not None for turn in self._turns_of(evidence))

    def _calls_himself(self, stated: Stated, evidence: Sequence[Evidence]) -> bool:
        """Whether the name is said as his own (我叫…), or is the whole of an answer or of a clause of it."""
        for turn in self._turns_of(evidence):
            text, name = fold(turn.text), fold(stated.text)
            framed = any(before + name in text for before in self._rules.calls_himself)
            if self._is_asked(NAME, turn) and name in text and fold(str(stated.value)) not in text:
                return True  # told by its characters
            if framed or text.strip(" ,。!?嗯啊是对我叫姓") == name:
                return True
            if self._is_asked(NAME, turn) and any(self._is_all_name(part, name) for part in _PARTS.split(text)):
                return True
        return False

    def _is_all_name(self, clause: str, name: str) -> bool:
        around = self._rules.around_name
        before, named, behind = clause.partition(name)
        return bool(named) and all(
            compiled(pattern).fullmatch(rest) is not None
            for pattern, rest in ((around.before, before), (around.behind, behind))
        )

    def _is_added_up(self, turn: Turn, stated: Stated) -> bool:
        """Whether a sum was added up from several of a turn: 我妈给了三万,我自己又出了两万."""
        said = fold(stated.text)
        return sum(m.kind == "money" and fold(m.text) in said for m in self._reader.read(turn)) > 1

    def _is_last_of_several(self, field: str, turn: Turn, place: int) -> bool:
        """Whether several values of a kind stand in a turn, and this is the last: that to which he comes."""
        kind = "duration" if field == TERM else "money"
        places = [m.start for m in self._reader.read(turn) if m.kind == kind]
        return len(places) > 1 and place >= max(places)

    def _is_others(self, field: str, turn: Turn, place: int, stated: Stated) -> bool:
        """Whether somebody else, or another time, stands before it in its sentence."""
        text, cars = fold(turn.text), self._tools.cars
        if field in CAR and cars.is_taken(text, place) and not cars.is_anothers(text, place, place + 1):
            return False  # 听我老公的买了轩逸
        sentence = _SENTENCE.split(text[max(0, place - _SIGHT) : place])[-1]
        sentence = self._rules.himself.split(sentence)[-1]  # 一把手是人家刘总,我就一资料员
        if field in OF_THE_DEAL:
            sentence = self._rules.paid_to.sub("", self._rules.turned.split(sentence)[-1])
        if field in OF_THE_DEAL and self._rules.told_him.search(sentence) is not None:
            return False
        if field == PRICE and self._is_brought_down(turn, place):
            sentence = self._rules.sellers.sub("", sentence)
        whole = not any(word in text[place:] for word in self._rules.paid_in_part) or self._is_added_up(turn, stated)
        last = field in OF_THE_DEAL and self._is_asked(field, turn) and self._is_last_of_several(field, turn, place)
        if last:
            sentence = _PARTS.split(sentence)[-1]  # 我以为要五万,人家搞活动,三万就够了
        if field == DOWN and whole and self._rules.paid_by.search(sentence) is not None:
            return False
        return any(word in sentence for word in self._rules.others)

    def _is_brought_down(self, turn: Turn, place: int) -> bool:
        """Whether a price is said to be what it came down to: 他们冲量,减下来二十一万."""
        prices = (m for m in self._reader.read(turn) if m.kind == "money" and m.start <= place < m.end)
        return any(m.attributes.get("basis") == "net_price" for m in prices)

    def _is_named(self, field: str, turn: Turn, place: int) -> bool:
        """Whether words beside the value name its field, or set it against another (不是医院发,是馨安家政)."""
        text = fold(turn.text)
        if field == POSITION and text[:place].endswith(self._rules.still):
            return True
        if field in CAR and self._tools.cars.is_taken(text, place):
            return True
        if field == RESIDENCE and any(
            m.kind == "address" and m.attributes.get("frame") == "lives" and m.start <= place < m.end
            for m in self._reader.read(turn)
        ):
            return True
        set_against = field in _SET_AGAINST and text[:place].endswith(self._rules.it_is)
        if set_against and any(word in text[:place] for word in self._rules.it_is_not):
            return True
        if field == DEALER and any(
            m.kind == "organisation" and m.start <= place < m.end and m.attributes.get("about") == "purchase"
            for m in self._reader.read(turn)
        ):
            return True
        if field == INCOME and any(
            m.kind == "money" and m.start <= place < m.end and self._tools.amounts.is_earned(m, text)
            for m in self._reader.read(turn)
        ):
            return True
        bound = self._tools.topics.bind(fold(turn.text), self._reader.read(turn))
        return any(
            item.field == field and item.cue and item.mention.start <= place < item.mention.end for item in bound
        )

    def _is_asked(self, field: str, turn: Turn) -> bool:
        """Whether the agent asks for the field, or one that it is told with, in his last questions before `turn`."""
        place, left = self._places[turn.id], _QUESTIONS_BEFORE
        floor = place - _TURNS_BEFORE
        sought = next((group for group in self._rules.told_together if field in group), (field,))
        while place > max(0, floor) and left:
            place -= 1
            before = self._in_order[place]
            if before.speaker == "agent":
                asks = self.asks(before)
                left -= bool(asks) or len(before.text) > _FOLLOW_UP
                if not asks.isdisjoint(sought):
                    return True
        return False

    def asks(self, turn: Turn) -> frozenset[str]:
        """What an agent's turn asks for or reads out, after what his turn before it was about (一个月几千?)."""
        known = self._asked.get(turn.id)
        if known is None:
            place = self._places[turn.id]
            before = (each for each in reversed(self._in_order[max(0, place - _BEFORE) : place]))
            last = next((each for each in before if each.speaker == "agent"), None)
            recent = self._fields(last, ()) if last is not None else ()
            known = self._asked[turn.id] = frozenset(self._fields(turn, recent))
        return known

    def _fields(self, turn: Turn, recent: Sequence[str]) -> tuple[str, ...]:
        question = self._tools.questions.read(fold(turn.text), self._reader.read(turn), recent)
        fields = (*(ask.field for ask in question.asks), *(readout.field for readout in question.readouts))
        return tuple(dict.fromkeys(fields))

    def is_no_denial(self, evidence: Sequence[Evidence]) -> bool:
        """Whether what was taken for a denial of a value read out rather answers something else."""
        turns = list(self._turns_of(evidence))
        return bool(turns) and all(self._doubts.is_no_denial(fold(turn.text)) for turn in turns)

    def _is_asked_of(self, field: str, evidence: Sequence[Evidence]) -> bool:
        return any(self._is_asked(field, turn) for turn in self._turns_of(evidence))

    def excepts_loans(self, evidence: Sequence[Evidence]) -> bool:
        """Whether 没有 answers a question for what there is beside a loan that the agent takes for granted."""
        for turn in self._turns_of(evidence):
            place = self._places[turn.id]
            asked = fold(self._in_order[place - 1].text) if place else ""
            if any(compiled(pattern).search(asked) for pattern in self._rules.loans_excepted):
                return True
        return False

    def limit(self, rule: FieldRule, *, against_another: bool) -> float:
        """How many times too much or too little a value is beyond belief, less beside one that agrees; years at work
        may be any number."""
        if against_another:
            return self._rules.beside_another
        return math.inf if rule.type == "years" else self._rules.beyond_belief

    def same_breath(self, one: Stated, other: Stated, evidence: Sequence[Evidence]) -> bool:
        """Whether both are said in one turn that does not waver between them."""
        for turn in self._turns_of(evidence):
            text = fold(turn.text)
            both = all(len(each.text) > 1 and fold(each.text) in text for each in (one, other))
            if both and not any(word in text for word in self._rules.wavering):
                return True
        return False

    def is_said_last(self, stated: Stated, evidence: Sequence[Evidence]) -> bool:
        """Whether a turn of the customer's ends with the value, in the words in which he has said it before."""
        ends = (fold(turn.text).rstrip(" ,。!?啊呀呢嘛的了") for turn in self._turns_of(evidence))
        return bool(stated.text) and any(end.endswith(fold(stated.text)) for end in ends)

    def sureness(self, stated: Stated, evidence: Sequence[Evidence]) -> Sequence[float]:
        """How sure the recogniser was of each character of a stated text; empty where that is not known."""
        for turn in (self._turns[item.turn] for item in reversed(evidence) if item.turn in self._turns):
            place = _place_of(stated, turn)
            if place is not None:
                return probabilities(turn, place, place + len(stated.text))
        return ()

    def _turns_of(self, evidence: Sequence[Evidence]) -> Iterator[Turn]:
        turns = {turn.id: turn for item in evidence if (turn := self._turns.get(item.turn)) is not None}
        return (turn for turn in turns.values() if turn.speaker == "customer")

    def _is_of_another_field(
        self, comparison: Comparison, evidence: Sequence[Evidence], applied: Mapping[str, Scalar]
    ) -> bool:
        rule, value = comparison.rule, comparison.stated.value
        if value is None or comparison.stated.hedged:
            return False
        years = applied.get(YEARS)
        if rule.type == "months" and isinstance(value, int | float) and isinstance(years, int | float):
            return (
                value == 12 * years
                and comparison.stated.polarity == "stated"
                and not self._is_asked_of(rule.field, evidence)
            )
        for other in comparison.rules.fields:
            paper = applied.get(other.field)
            if other.field == rule.field or other.type != rule.type or paper is None:
                continue
            if rule.type == "money" and value == paper and value:
                swapped = other.field in OF_THE_DEAL and self._is_named_so(rule.field, comparison.stated, evidence)
                return not swapped
            if rule.type == "name" and decide(replace(comparison, applied=paper)).level.name in ("exact", "name_sound"):
                texts = [turn.text for turn in self._turns_of(evidence)]
                return not any(word in text for text in texts for word in self._rules.calls_himself)
        return False


def _place_of(stated: Stated, turn: Turn) -> int | None:
    """Where a turn says it; the 五万 of 十五万 is none where another stands by itself."""
    text, said = fold(turn.text), fold(stated.text)
    place = first = text.find(said) if said else -1
    while place > 0 and said[0] in _NUMERALS and text[place - 1] in _NUMERALS:
        place = text.find(said, place + 1)
    place = place if place >= 0 else first
    return place if place >= 0 else None


def _times_apart(one: object, other: object) -> float:
    numbers = [abs(float(n)) for n in (one, other) if isinstance(n, int | float) and not isinstance(n, bool)]
    if len(numbers) < 2 or min(numbers) == 0:
        return 1.0
    return max(numbers) / min(numbers)
