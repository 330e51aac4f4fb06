"""A look at what stayed open, for the value on paper.

People answer in more words than any reader knows, but what was asked for and then said exactly as it stands on the
application is hardly ever said by chance. So where a field was left open, the turns that were asked for it are searched
for the value on paper: in the customer's own words, or read out by the agent and agreed to. What is found counts with a
part of the confidence; nothing else than the value on paper is ever found here. Limits and words stand under
`open_look` in `fields.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from pipeline.dialogue.acts import Stance
from pipeline.dialogue.clauses import clause_end
from pipeline.dialogue.evidence import quote, trust
from pipeline.dialogue.readouts import EITHER
from pipeline.dialogue.settle import ANSWERED, CONFIRMED, MURMURED
from pipeline.dialogue.tools import Tools
from pipeline.dialogue.topics import NONE
from pipeline.language import Reader
from pipeline.language.script import fold
from pipeline.language.sieve import compiled
from pipeline.reconcile.called import is_called_like
from pipeline.reconcile.comparison import Comparison
from pipeline.reconcile.ladder import decide
from pipeline.reconcile.organisations import core, is_generic
from pipeline.reconcile.rules import FieldRules
from pipeline.reconcile.second_look import SecondLook
from pipeline.reconcile.sounds import sounds_of
from pipeline.reconcile.texts import signs_of
from pipeline.types import Fact, MentionKind, Scalar, Stated, Turn

NAME, DRIVER, PURPOSE, PRIVATE = "identity.name", "vehicle.actual_user", "loan.purpose", "personal_use"
HOME = "identity.residence_type"
DEALER, POSITION = "vehicle.dealer", "employment.position"
CONDITION = "vehicle.condition"
PAYS = "debt.monthly_payment"
# 公积金扣完自己还要掏两千七
OUT_OF_HIS_POCKET = "还要"
ID, RELATION = "identity.id_number", "contact.relation"
# Their values on paper are no other field's where an agent reads them out.
TELLING = frozenset({"name", "organisation", "address", "model"})
MEASURED = frozenset({"money", "months", "years"})
_KINDS: Mapping[str, MentionKind] = {
    PURPOSE: "purpose",
    DRIVER: "relation",
    RELATION: "relation",
    "identity.marital_status": "marital_status",
    "identity.residence_type": "residence_type",
    CONDITION: "condition",
}
_SOUNDING = re.compile(r"[\u3400-\u9fffa-z0-9]")
_FILLERS = "嗯额呃啊哦对是的就都也"
_SHORTEST_HEARD = 2
_LONGEST_ANSWER = 200
_LONGEST_CALL = 30

Place = tuple[int, int, Stated]


class OpenLook:
    """The turns of one call, searched for values on paper that nobody has read in them yet."""

    def __init__(
        self, turns: Sequence[Turn], reader: Reader, tools: Tools, rules: FieldRules, look: SecondLook
    ) -> None:
        self._turns = [turn for turn in turns if turn.speaker in ("agent", "customer", "third_party")]
        self._texts = [
            tools.prompts.without(fold(turn.text)) if turn.speaker == "customer" else fold(turn.text)
            for turn in self._turns
        ]
        self._reader = reader
        self._tools = tools
        self._rules = rules.open_look
        self._look = look
        self._likely: dict[int, Mapping[str, float]] = {}
        self._before: dict[int, list[Mapping[str, float]]] = {}
        self._prompted = [place for place, turn in enumerate(self._turns) if self._texts[place] != fold(turn.text)]
        self._places_heard = [
            place
            for place, turn in enumerate(self._turns)
            if place and turn.speaker == "customer" and len(self._texts[place]) <= _LONGEST_ANSWER
        ]
        self._by_another = {
            place for place in self._places_heard if any(word in self._texts[place] for word in self._rules.stands_in)
        }
        self._sought: dict[str, set[str]] = {}
        for group in (*rules.second_look.told_together, *rules.open_look.told_together):
            for name in group:
                self._sought.setdefault(name, {name}).update(group)

    def fact(
        self, comparison: Comparison, applied: Mapping[str, Scalar], facts: Mapping[str, Fact] = MappingProxyType({})
    ) -> Fact | None:
        """The value on paper as a fact, where it was said and none of the other `facts` is what was said there."""
        field = comparison.rule.field
        if field not in self._rules.fields or self._is_prompted(comparison):
            return None
        for place in self._places_heard:
            if place in self._by_another:
                if field == NAME:
                    return None
                continue
            found = self._said(comparison, place, applied) or self._agreed(comparison, place, applied)
            if found is not None and not _is_anothers(found, facts):
                return found
        return None

    def _is_prompted(self, comparison: Comparison) -> bool:
        """Whether the value on paper is said somewhere to be what he was told to say (让我说两万)."""
        for place in self._prompted:
            turn, text = self._turns[place], self._texts[place]
            places = self._places(comparison, turn, fold(turn.text), asked=True)
            if any(not text[start:end].strip() for start, end, _ in places):
                return True
        return False

    def _said(self, comparison: Comparison, place: int, applied: Mapping[str, Scalar]) -> Fact | None:
        """In the customer's own words."""
        turn, text, rule = self._turns[place], self._texts[place], comparison.rule
        asked = self._asked(rule.field, place, applied)
        if asked < self._rules.asked and not self._is_telling(comparison, applied):
            return None
        if self._tools.acts.stance(self._texts[place]).attitude in ("unsure", "refuse"):
            return None
        alone = self._asked(rule.field, place, applied, alone=True)
        own = alone >= self._rules.asked
        places = list(self._places(comparison, turn, text, asked=asked >= self._rules.asked))
        if rule.field == POSITION and alone >= self._rules.plainly:
            places += _signs(comparison, turn, text)
        for start, end, stated in places:
            if rule.field == PURPOSE and not own and self._is_only_implied(turn, text, start, end):
                continue
            if rule.field == HOME and not own and self._is_aside(turn, start):
                continue
            if rule.field == PAYS and not own and not self._is_of_a_loan(turn, text, start):
                continue
            if rule.field == CONDITION and not own and self._tools.cars.tells_the_series(text[start:end]):
                continue
            if self._look.plainly.is_said(text, start, end, rule) and self._is_enough(comparison, stated, place, asked):
                confidence = ANSWERED * self._rules.confidence * trust(turn, start, end)
                stated = replace(stated, polarity="confirmed" if self._is_read_out(comparison, place) else "stated")
                return Fact(rule.field, "settled", stated, (), (quote(turn, start, end),), round(confidence, 3))
        return None

    def _is_read_out(self, comparison: Comparison, place: int) -> bool:
        """Whether the agent has just called the customer by the name that he says (请问是普兴国吗 - 我是普兴国)."""
        before = self._turns[place - 1]
        if comparison.rule.field != NAME or before.speaker != "agent":
            return False
        return any(True for _ in self._places(comparison, before, self._texts[place - 1], asked=True))

    def _is_only_implied(self, turn: Turn, text: str, start: int, end: int) -> bool:
        """Whether a purpose that nobody asked for is only implied by who drives, by another car, or by having none
        (我自己开; 原来那台捷达让小舅子开走了; 现在出门都没车使).
        """
        if text[start:end].lstrip(_FILLERS) in self._rules.not_purposes:
            return True
        if self._rules.implies_only.search(text, start, clause_end(text, end)):
            return True
        weak = [m for m in self._reader.read(turn) if m.kind == "purpose" and m.start == start and m.end == end]
        return any("weak" in m.attributes for m in weak)

    def _is_of_a_loan(self, turn: Turn, text: str, start: int) -> bool:
        """Whether a sum that nobody asked for is told behind a loan: 还着房贷,一个月两千三, and not 租的,一千二."""
        bound = self._tools.topics.bind(text, self._reader.read(turn))
        own = next((item for item in bound if item.mention.start <= start < item.mention.end), None)
        if own is None:
            return False
        if own.field == NONE and OUT_OF_HIS_POCKET not in text[text.rfind(own.cue, 0, start) : start]:
            return False
        return self._tools.debts.names_one(text[:start]) or self._tools.debt_sums.is_beside(text, own.mention, "")

    def _is_aside(self, turn: Turn, start: int) -> bool:
        """Whether what tells of a home only tells of its loan, or of something else, where that was asked for
        (房子的前年就还清了, 店面是自己的).
        """
        return any(
            not {"aside", "weak"}.isdisjoint(m.attributes) and m.start == start and m.kind == _KINDS[HOME]
            for m in self._reader.read(turn)
        )

    def _agreed(self, comparison: Comparison, place: int, applied: Mapping[str, Scalar]) -> Fact | None:
        """Read out by the agent right before, and agreed to."""
        asking, turn, rule = self._turns[place - 1], self._turns[place], comparison.rule
        if asking.speaker != "agent":
            return None
        stance = self._stance(comparison, place)
        if stance is None:
            return None
        about = self._about(place - 1, applied).get(rule.field, 0.0)
        if rule.field == DEALER and DEALER in self._look.asks(asking):
            about = 1.0
        telling = rule.type in TELLING or rule.field == ID or self._is_telling(comparison, applied)
        if about < (self._rules.read_out if telling else self._rules.asked):
            return None
        text = self._texts[place - 1]
        if stance.attitude == "weak" and EITHER in text:  # 分两年还是分三年? - 嗯
            return None
        places = list(self._places(comparison, asking, text, asked=True))
        if not places and rule.field == NAME and about >= self._rules.himself and self._is_called(comparison, place):
            places = [(0, len(text), Stated(comparison.applied, asking.text))]
        for start, end, stated in places:
            if self._look.plainly.is_said(text, start, end, rule):
                base = CONFIRMED if stance.attitude == "agree" else MURMURED
                confidence = base * self._rules.confidence * trust(turn, stance.start, stance.end)
                proof = (quote(asking, start, end), quote(turn, stance.start, stance.end))
                stated = replace(stated, polarity="confirmed")
                return Fact(rule.field, "settled", stated, (), proof, round(confidence, 3))
        return None

    def _is_enough(self, comparison: Comparison, stated: Stated, place: int, asked: float) -> bool:
        """Whether what was said is enough by itself: a sum that is hedged only where it was plainly asked for, one that
        nobody asked for only to the very figure, a length of time only whole, a dealer by more than the make that he
        sells, and where nobody asked not by the beginning of another word (草原上 for 草原坦克).
        """
        rule, text = comparison.rule, self._texts[place]
        behind = text[(text.find(fold(stated.text)) + len(stated.text)) :]
        if rule.type in MEASURED:
            if asked < self._rules.asked and stated.value != comparison.applied:
                return False
            return (not stated.hedged or asked >= self._rules.plainly) and not behind.startswith(self._rules.goes_on)
        if rule.type == "organisation":
            unasked = rule.field == DEALER and asked < self._rules.asked and len(stated.text) <= _SHORTEST_HEARD
            if unasked and behind and not behind.startswith(self._rules.behind_firms):
                return False
            if unasked and not fold(core(str(comparison.applied), comparison)).startswith(fold(stated.text)):
                return False  # 北辰 of 天津零跑北辰中心
            return not is_generic(self._without_makes(fold(stated.text), comparison), comparison)
        return True

    @staticmethod
    def _without_makes(name: str, comparison: Comparison) -> str:
        for make in comparison.lexicon.brands:
            name = name.replace(fold(make), "")
        return name

    def _stance(self, comparison: Comparison, place: int) -> Stance | None:
        """How the customer agrees; None where he does not."""
        stance = self._tools.acts.stance(self._texts[place])
        if stance.attitude == "agree" or (stance.attitude == "weak" and stance.alone):
            return stance
        if comparison.rule.field == NAME and stance.attitude in ("none", "acknowledge"):
            return self._tools.acts.says_himself(self._texts[place])
        if comparison.rule.field == "contact.name":
            # Who says what somebody is to him agrees to the name: 紧急联系人马玉芳? - 我姐姐。
            who = next((m for m in self._reader.read(self._turns[place]) if m.kind == "relation"), None)
            if who is not None and who.value != "self" and stance.attitude == "none":
                return Stance("agree", who.start, who.end)
        return None

    def _is_called(self, comparison: Comparison, place: int) -> bool:
        """Whether the agent has called for the applicant by his name, or surname, up to here: 是您本人吗? - 是本人。"""
        name = str(comparison.applied)
        called = (name, *(f"{name[0]}{title}" for title in self._rules.titles))
        before = [self._texts[each] for each in range(place) if self._turns[each].speaker == "agent"]
        return any(word in text for text in before for word in called) or any(
            is_called_like(name, text) for text in before
        )

    def _is_telling(self, comparison: Comparison, applied: Mapping[str, Scalar]) -> bool:
        """Whether the value alone tells its field: figures enough, and no other sum on paper like it; a full name."""
        rule, value = comparison.rule, comparison.applied
        if rule.field in self._rules.unnamed or (rule.field == PURPOSE and value != PRIVATE):
            return True
        if rule.type != "money" or not isinstance(value, int | float):
            return False
        same = [name for name, paper in applied.items() if paper == value and name != rule.field]
        return not same and len(str(int(value)).rstrip("0")) >= self._rules.digits

    def _asked(self, field: str, place: int, applied: Mapping[str, Scalar], *, alone: bool = False) -> float:
        """How likely one of the agent's last two turns before asks for it, or for what is told with it."""
        known = self._before.get(place)
        if known is None:
            agents = [each for each in range(place - 1, -1, -1) if self._turns[each].speaker == "agent"][:2]
            known = self._before[place] = [self._about(each, applied) for each in agents]
        sought = (field,) if alone else self._sought.get(field, (field,))
        return max([about.get(each, 0.0) for about in known for each in sought], default=0.0)

    def _about(self, place: int, applied: Mapping[str, Scalar]) -> Mapping[str, float]:
        """How likely an agent's turn is about each field; who names the contact is about the contact, who calls for the
        applicant by his name asks whether it is he (包永胜在不在).
        """
        contact, name = applied.get("contact.name"), applied.get(NAME)
        known = self._chances(place)
        if name is not None and str(name) in self._turns[place].text and len(self._texts[place]) <= _LONGEST_CALL:
            return {**known, NAME: 1.0}
        if contact is not None and str(contact) in self._turns[place].text:
            return {**known, "contact.name": 1.0, RELATION: 1.0}
        return known

    def _chances(self, place: int) -> Mapping[str, float]:
        known = self._likely.get(place)
        if known is None:
            turn, text = self._turns[place], self._texts[place]
            known = self._likely[place] = self._tools.questions.likely(text, self._reader.read(turn))
        return known

    def _places(self, comparison: Comparison, turn: Turn, text: str, *, asked: bool) -> Iterator[Place]:
        rule = comparison.rule
        if rule.type == "choice":
            yield from self._choices(comparison, turn, text) if asked else ()
        else:
            yield from self._look.sayings.of(comparison, turn, text)
            if rule.type not in MEASURED and asked:
                yield from _by_sound(comparison, turn, text)

    def _choices(self, comparison: Comparison, turn: Turn, text: str) -> Iterator[Place]:
        field, value = comparison.rule.field, comparison.applied
        mentions = self._reader.read(turn)
        said = [m for m in mentions if m.kind == _KINDS[field]]
        rivals = [m for m in said if m.value != value and "negated" not in m.attributes]
        if field == PURPOSE and rivals:
            return
        for mention in said:
            himself = field == DRIVER and value == "self" and "drives" not in mention.attributes
            if not himself and "negated" not in mention.attributes and self._is_paper(comparison, mention.value):
                yield mention.start, mention.end, Stated(value, mention.text)
        for pattern in self._rules.says.get(field, {}).get(str(value), ()):
            if not rivals and (match := compiled(pattern).search(text)) is not None:
                yield *match.span(), Stated(value, turn.text[match.start() : match.end()])
        if field == PURPOSE and value == PRIVATE and turn.speaker == "customer":
            yield from self._private(turn, text)

    def _private(self, turn: Turn, text: str) -> Iterator[Place]:
        """A private purpose that the reader of purposes holds for likely, and no commercial one beside it."""
        mentions = self._reader.read(turn)
        denied = [m for m in mentions if m.kind == "purpose" and "negated" in m.attributes]
        clauses = [
            each
            for each in self._tools.purposes.likely(text, mentions)
            if not any(m.start < each[1] and each[0] < m.end for m in denied)
        ]
        if any(
            chance > self._rules.commercial for *_, chances in clauses for v, chance in chances.items() if v != PRIVATE
        ):
            return
        for start, end, chances in clauses:
            if chances.get(PRIVATE, 0.0) >= self._rules.private:
                yield start, end, Stated(PRIVATE, turn.text[start:end])

    @staticmethod
    def _is_paper(comparison: Comparison, value: str | None) -> bool:
        return value is not None and decide(replace(comparison, stated=Stated(value, value))).level.name == "exact"


def _is_anothers(found: Fact, facts: Mapping[str, Fact]) -> bool:
    """Whether the same words of the same turn already are the value of another field of that kind."""
    if found.stated is None or not isinstance(found.stated.value, int | float):
        return False
    said = (found.evidence[-1].turn, found.stated.text)
    return any(
        fact.status == "settled" and fact.stated is not None and (item.turn, fact.stated.text) == said
        for fact in facts.values()
        for item in fact.evidence
    )


def _signs(comparison: Comparison, turn: Turn, text: str) -> Iterator[Place]:
    """The first word of the daily work of the job on paper: 有坏点的我挑出来, of a 质检员."""
    sign = next((sign for sign in signs_of(comparison) if sign in text), None)
    if sign is not None:
        start = text.index(sign)
        end = start + len(sign)
        yield start, end, Stated(comparison.applied, turn.text[start:end])


def _by_sound(comparison: Comparison, turn: Turn, text: str) -> Iterator[Place]:
    """A name on paper as a recogniser may have written it."""
    rule, applied = comparison.rule, str(comparison.applied)
    name = core(applied, comparison) if rule.type == "organisation" else applied
    if rule.type == "address" or (rule.type == "organisation" and is_generic(applied, comparison)):
        return
    sounds = sounds_of(comparison.rules.sounds)
    sounding = [place for place, each in enumerate(text) if _SOUNDING.match(each)]
    if len(sounds.syllables(name)) < _SHORTEST_HEARD:
        return
    found = sounds.find(text, name)
    if found is not None and found + len(sounds.syllables(name)) <= len(sounding):
        start, end = sounding[found], sounding[found + len(sounds.syllables(name)) - 1] + 1
        yield start, end, Stated(comparison.applied, turn.text[start:end])
