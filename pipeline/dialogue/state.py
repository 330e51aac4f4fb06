"""Follows a call turn by turn: what is being asked, what has been read out, and what the customer makes of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pipeline.dialogue.acts import Acts, Stance
from pipeline.dialogue.answers import Answer, Chooser
from pipeline.dialogue.debts import HAS, PAYS, DebtQuestion, Debts
from pipeline.dialogue.digits import DigitsInProgress
from pipeline.dialogue.evidence import quote, trust
from pipeline.dialogue.instalments import Instalments
from pipeline.dialogue.questions import Ask, Question, Questions, Readout
from pipeline.dialogue.relevance import Relevance
from pipeline.dialogue.settle import ANSWERED, CONFIRMED, DENIED, HALF, MURMURED, UNCLEAR, UNPROMPTED, Statement, agree
from pipeline.dialogue.topics import NONE, Bound, Topics
from pipeline.dialogue.values import Values
from pipeline.language import Reader
from pipeline.language.script import fold
from pipeline.types import Evidence, Mention, Stated, Turn

FORGOTTEN_AFTER = 7
FOLLOW_UP = 12
OWN_LOAN = frozenset({"loan.amount", "loan.monthly_payment"})
PERSONAL = frozenset({"income.monthly", "identity.name", "employment.years"})
ID = "identity.id_number"


@dataclass(frozen=True, slots=True)
class OpenAsk:
    """A question that still waits, and the count of agent's questions when it was asked."""

    ask: Ask
    asked_at: int


@dataclass(frozen=True, slots=True)
class OpenReadout:
    """A value that waits for agreement, with the turn in which it was read out."""

    readout: Readout
    turn: Turn


@dataclass(slots=True)
class _Reply:
    """A customer's turn while it is read."""

    turn: Turn
    text: str
    stance: Stance
    answers: dict[str, list[Answer]] = field(default_factory=lambda: defaultdict(list))
    touched: set[str] = field(default_factory=set)


class Conversation:
    """The state of one call. Feed it turns in order, then take `statements`. Not for use by several calls at once."""

    def __init__(self, reader: Reader, tools: Tools) -> None:
        self._reader = reader
        self._tools = tools
        self._asks: list[OpenAsk] = []
        self._readouts: list[OpenReadout] = []
        self._recent: list[str] = []
        self._asked = 0
        self._answered_since_question = False
        self._asks_last = False
        self._follow_up = False
        self._about_another = False
        self._digits = DigitsInProgress()
        self._debts: DebtQuestion | None = None
        self._denied_all = False
        self._instalments = Instalments()
        self.statements: dict[str, list[Statement]] = defaultdict(list)

    def hear(self, turn: Turn) -> None:
        """Takes the next turn; turns of unresolved speakers (S0) count for nothing."""
        if turn.speaker == "agent":
            self._hear_agent(turn)
        elif turn.speaker == "customer":
            self._hear_customer(turn)
        elif turn.speaker == "third_party":
            self._hear_third_party(turn)

    def finish(self) -> None:
        """Ends the call: digits still being read out are taken as they are."""
        self._add(self._digits.finish())

    # --- the agent ---------------------------------------------------------------------------------------------------

    def _hear_agent(self, turn: Turn) -> None:
        text = fold(turn.text)
        question = self._tools.questions.read(text, self._reader.read(turn), self._recent)
        if question.tag_only and self._readouts:
            self._readouts = [replace(item, readout=replace(item.readout, question=True)) for item in self._readouts]
            return
        self._about_another = question.about_another
        if any(ask.field == HAS and ask.strong for ask in question.asks):
            self._debts = self._tools.debts.question(text)
        elif question.asks or question.readouts:
            self._debts = None
        if not question.asks and not question.readouts:
            if len(text) > 12 or self._tools.acts.stance(text).attitude == "none":
                self._forget_readouts()
                self._follow_up = len(text) <= FOLLOW_UP and not question.about_another
            return
        self._follow_up = False
        self._forget_readouts()
        self._asked += 1
        self._asks_last = question.asks_last
        self._open(turn, question)

    def _forget_readouts(self) -> None:
        if self._answered_since_question:
            self._readouts = []
        self._answered_since_question = False

    def _open(self, turn: Turn, question: Question) -> None:
        fields = [ask.field for ask in question.asks if ask.strong] + [readout.field for readout in question.readouts]
        if ID not in fields and fields:
            self._add(self._digits.finish())
        self._asks = [item for item in self._asks if item.asked_at > self._asked - FORGOTTEN_AFTER]
        self._asks = [item for item in self._asks if item.ask.field not in {ask.field for ask in question.asks}]
        self._asks.extend(OpenAsk(ask, self._asked) for ask in question.asks)
        self._readouts.extend(OpenReadout(readout, turn) for readout in question.readouts)
        for ask in question.asks:
            if ask.field == ID and ask.strong:
                self._add(self._digits.begin(ask.length))
        self._remember(*reversed([ask.field for ask in question.asks]), *(r.field for r in question.readouts))

    def _remember(self, *fields: str) -> None:
        self._recent = list(dict.fromkeys([*fields, *self._recent]))[:6]

    # --- a third party -----------------------------------------------------------------------------------------------

    def _hear_third_party(self, turn: Turn) -> None:
        """What somebody else says waits for the customer to adopt it."""
        text = fold(turn.text)
        for item in self._tools.topics.bind(text, self._reader.read(turn)):
            field_name = item.field or self._asked_for(item.mention)
            if field_name and field_name != NONE and self._is_active(field_name):
                fields = ("vehicle.brand", "vehicle.model") if item.mention.kind == "vehicle" else (field_name,)
                self._readouts.extend(OpenReadout(Readout(name, item.mention, True), turn) for name in fields)

    # --- the customer ------------------------------------------------------------------------------------------------

    def _hear_customer(self, turn: Turn) -> None:
        reply = _Reply(turn, fold(turn.text), self._tools.acts.stance(fold(turn.text)))
        self._collect(reply)
        for name, answers in reply.answers.items():
            self._state(reply, name, answers)
        self._owe(reply)
        self._respond(reply)
        self._dodge(reply)
        if reply.answers or reply.stance.attitude != "none" or len(reply.text) > 6:
            self._answered_since_question = True

    def _collect(self, reply: _Reply) -> None:
        """Puts every mention of the turn to the field that its words, or the questions that wait, give it."""
        corrections = self._tools.acts.find("correct", reply.text)
        taken: set[str] = set()
        previous: tuple[str, Mention] | None = None
        for item in self._tools.topics.bind(reply.text, self._reader.read(reply.turn)):
            mention = item.mention
            corrected = [hit for hit in corrections if hit.end <= mention.start and hit.end >= mention.start - 24]
            name = item.field
            if not name and previous is not None and previous[1].kind == mention.kind:
                between = [hit for hit in corrected if hit.start >= previous[1].end - 1]
                name = previous[0] if between else ""
            name = name or self._asked_for(mention, taken)
            if name in OWN_LOAN and self._debts is not None and not self._is_active(name):
                name = PAYS
            if self._about_another and name in PERSONAL and "我" not in reply.text:
                continue
            certain = bool(name)
            name = name or self._left_over(mention, corrected=bool(corrected))
            if (
                not name
                or name == NONE
                or not self._tools.relevance.counts(
                    name, mention, reply.text, active=self._is_active(name), asked=self._is_active
                )
            ):
                if name == NONE:
                    previous = (NONE, mention)
                continue
            self._note(reply, name, item, corrects=bool(corrected), certain=certain)
            taken.add(name)
            previous = (name, mention)

    def _note(self, reply: _Reply, name: str, item: Bound, *, corrects: bool, certain: bool) -> None:
        mention = item.mention
        negated = mention.attributes.get("negated") == "yes" or self._tools.relevance.is_refused(reply.text, mention)
        negated = negated and not self._replaces(reply, name, mention)
        names = ("vehicle.brand", "vehicle.model") if mention.kind == "vehicle" else (name,)
        for each in names:
            stated = self._tools.values.read(each, mention, period=self._period(each))
            if stated is not None:
                reply.answers[each].append(Answer(mention, stated, corrects, negated, certain, item.cue))

    def _replaces(self, reply: _Reply, name: str, mention: Mention) -> bool:
        """不是帮朋友贷的, where 自己用吗 was asked: the 不是 answers the question, the rest takes its place."""
        if reply.stance.attitude != "deny" or reply.stance.end < mention.start - 1:
            return False
        names = ("vehicle.brand", "vehicle.model") if mention.kind == "vehicle" else (name,)
        said = [self._tools.values.read(each, mention) for each in names]
        read_out = [self._read_out(item) for item in self._readouts if item.readout.field in names]
        return bool(read_out) and not any(agree(own, other) for own in said for other in read_out)

    def _state(self, reply: _Reply, name: str, answers: Sequence[Answer]) -> None:
        if name == ID:
            self._spell(reply, answers)
            return
        if name == PAYS:
            self._add_up(reply, answers)
            return
        for index, answer in enumerate(self._tools.chooser.choose(name, answers, reply.text)):
            mention = answer.mention
            evidence = quote(reply.turn, mention.start, mention.end)
            if answer.negated:
                self._refuse(reply, name, answer.stated, (evidence,), bound=mention.kind == "money")
                continue
            base = ANSWERED if self._is_active(name) else UNPROMPTED
            base *= 0.85 if mention.attributes.get("match") == "sound" else 1.0
            settles = answer.corrects or self._settles(name) or index > 0
            confidence = base * _weight(reply.turn, mention)
            self._add(Statement(name, "state", answer.stated, (evidence,), confidence, settles))
        self._remember(name)

    def _add_up(self, reply: _Reply, answers: Sequence[Answer]) -> None:
        for answer in answers:
            if answer.negated or not isinstance(answer.stated.value, int | float):
                continue
            mention = answer.mention
            evidence = quote(reply.turn, mention.start, mention.end)
            confidence = ANSWERED * _weight(reply.turn, mention)
            self._add(self._instalments.take(answer.cue, answer.stated, evidence, confidence))
        self._remember(PAYS)

    def _owe(self, reply: _Reply) -> None:
        """Whether there are other loans. A no to one kind (有房贷吗) does not contradict a yes to another."""
        question = self._debts
        has = self._tools.debts.answer(reply.text, reply.stance, question, amounts=PAYS in reply.answers)
        said = [statement.stated.value for statement in self.statements[HAS] if statement.stated is not None]
        if has is None or (has is False and True in said):
            return
        proof = quote(reply.turn, 0, min(len(reply.text), 12))
        corrected = bool(self._tools.acts.find("correct", reply.text))
        base = ANSWERED if question is not None else UNPROMPTED
        text = reply.turn.text[:20]
        if has and not self._denied_all:
            self.statements[HAS] = []
        self._denied_all = self._denied_all or (has is False and question is not None and question.general)
        self._add(Statement(HAS, "state", Stated(has, text), (proof,), base, corrected))
        reply.touched.add(HAS)

    def _spell(self, reply: _Reply, answers: Sequence[Answer]) -> None:
        for answer in answers:
            mention = answer.mention
            evidence = quote(reply.turn, mention.start, mention.end)
            confidence = ANSWERED * _weight(reply.turn, mention)
            settles = answer.corrects or self._settles(ID)
            self._add(self._digits.take(str(answer.stated.value), mention.text, evidence, confidence, settles=settles))
        self._remember(ID)

    def _respond(self, reply: _Reply) -> None:
        """Agreement with, or denial of, what was read out and not answered by a value of the customer's own."""
        waiting = [item for item in self._readouts if item.readout.field not in reply.answers]
        if not waiting or self._tools.relevance.asks_back(reply.text):
            return
        stance = reply.stance
        evidence = quote(reply.turn, stance.start, stance.end)
        own_value = bool(reply.answers)
        if stance.attitude in ("less", "more"):
            self._bounded(reply, waiting, evidence)
        elif stance.attitude == "deny":
            for item in [] if own_value else waiting:
                self._deny(item, evidence, several=_count_of_values(waiting) > 1)
        elif stance.attitude in ("agree", "hedged", "weak", "acknowledge"):
            for item in waiting:
                self._confirm(reply, item, evidence)
        else:
            return
        self._readouts = [item for item in self._readouts if own_value or not any(item is each for each in waiting)]

    def _confirm(self, reply: _Reply, item: OpenReadout, evidence: Evidence) -> None:
        readout, attitude = item.readout, reply.stance.attitude
        if attitude == "acknowledge" and not readout.question:
            return
        if attitude in ("weak", "acknowledge") and (self._asks_last or item.turn.speaker == "third_party"):
            return
        stated = self._read_out(item)
        if stated is None:
            return
        proof = (quote(item.turn, readout.mention.start, readout.mention.end), evidence)
        base = {"agree": CONFIRMED, "hedged": HALF}.get(attitude, MURMURED if readout.question else HALF)
        confidence = base * trust(reply.turn, reply.stance.start, reply.stance.end)
        if readout.negated:
            self._add(Statement(readout.field, "deny", stated, proof, confidence))
            return
        stated = replace(stated, hedged=stated.hedged or attitude == "hedged")
        self._add(Statement(readout.field, "confirm", stated, proof, confidence, readout.settles))

    def _deny(self, item: OpenReadout, evidence: Evidence, *, several: bool) -> None:
        stated = self._read_out(item)
        proof = (quote(item.turn, item.readout.mention.start, item.readout.mention.end), evidence)
        if several and item.readout.field not in ("vehicle.brand", "vehicle.model"):
            self._add(Statement(item.readout.field, "vague", None, proof, UNCLEAR))
        elif stated is not None:
            self._add(Statement(item.readout.field, "deny", stated, proof, DENIED))

    def _bounded(self, reply: _Reply, waiting: Sequence[OpenReadout], evidence: Evidence) -> None:
        """没付那么多: the value read out is too high (不止: too low)."""
        measured = [item for item in waiting if item.readout.mention.quantity is not None]
        if len(measured) != 1:
            return
        item = measured[0]
        stated = self._read_out(item)
        if stated is not None:
            proof = (quote(item.turn, item.readout.mention.start, item.readout.mention.end), evidence)
            self._refuse(reply, item.readout.field, stated, proof, bound=True)

    def _refuse(self, reply: _Reply, name: str, stated: Stated, evidence: tuple[Evidence, ...], *, bound: bool) -> None:
        if bound and isinstance(stated.value, int | float):
            low = stated.value if reply.stance.attitude == "more" else None
            high = None if reply.stance.attitude == "more" else stated.value
            stated = replace(stated, low=low, high=high)
        self._add(Statement(name, "deny", stated, evidence, DENIED))

    def _dodge(self, reply: _Reply) -> None:
        """Strong questions of the last agent's turn that got words but no value are unclear until a value comes."""
        stance = reply.stance
        if self._tools.relevance.asks_back(reply.text):
            return
        last = [item for item in self._asks if item.asked_at == self._asked and item.ask.strong]
        answered = set(reply.answers) | reply.touched
        evasive = stance.attitude in ("unsure", "refuse")
        if any(name.startswith("vehicle.") for name in answered):
            answered |= {"vehicle.brand", "vehicle.model"}
        for item in last:
            name = item.ask.field
            if name in answered or self._has_value(name) or (name == ID and self._digits.any):
                continue
            if evasive or (
                not reply.answers and (stance.attitude == "none" or not stance.alone) and len(reply.text) > 2
            ):
                proof = quote(reply.turn, stance.start, stance.end if evasive else len(reply.turn.text))
                self._add(Statement(name, "vague", None, (proof,), UNCLEAR if evasive else HALF))
        if evasive:
            for waiting in self._readouts:
                if waiting.readout.field not in answered:
                    proof = quote(reply.turn, stance.start, stance.end)
                    self._add(Statement(waiting.readout.field, "vague", None, (proof,), UNCLEAR))
        self._asks = [item for item in self._asks if item.ask.field not in answered or item.ask.field == ID]

    # --- what waits --------------------------------------------------------------------------------------------------

    def _read_out(self, item: OpenReadout) -> Stated | None:
        readout = item.readout
        return self._tools.values.read(readout.field, readout.mention, period=readout.period, polarity="confirmed")

    def _asked_for(self, mention: Mention, taken: set[str] = frozenset()) -> str:  # type: ignore[assignment]
        """The waiting field that takes a mention of this kind: a value read out first, then the latest question."""
        kinds = self._tools.topics.kinds
        read_out = next(
            (
                waiting.readout.field
                for waiting in self._readouts
                if waiting.readout.mention.kind == mention.kind and waiting.readout.field not in taken
            ),
            "",
        )
        if read_out and not self._asks_last:
            return "vehicle.model" if mention.kind == "vehicle" else read_out
        for item in sorted(self._asks, key=lambda each: -each.asked_at):
            name = "vehicle.model" if item.ask.field == "vehicle.brand" else item.ask.field
            if name in taken or mention.kind not in kinds.get(name, ()):
                continue
            if self._tools.values.read(name, mention, period=item.ask.period) is not None:
                return name
        return read_out

    def _left_over(self, mention: Mention, *, corrected: bool) -> str:
        """For a value that nothing claims: the field that was just answered, or the one that it corrects."""
        waiting = self._asked_for(mention)
        if waiting or not (corrected or self._follow_up):
            return waiting
        kinds = self._tools.topics.kinds
        return next(
            (name for name in self._recent if mention.kind in kinds.get(name, ()) and self._has_value(name)), ""
        )

    def _is_active(self, name: str) -> bool:
        waiting = {item.ask.field for item in self._asks} | {item.readout.field for item in self._readouts}
        return name in waiting or (name == ID and self._digits.any)

    def _settles(self, name: str) -> bool:
        return any(item.ask.settles for item in self._asks if item.ask.field == name) or any(
            item.readout.settles for item in self._readouts if item.readout.field == name
        )

    def _period(self, name: str) -> str:
        asked = [item.ask.period for item in self._asks if item.ask.field == name and item.ask.period]
        read = [item.readout.period for item in self._readouts if item.readout.field == name and item.readout.period]
        return (asked or read or [""])[-1]

    def _has_value(self, name: str) -> bool:
        return any(statement.act in ("state", "confirm") for statement in self.statements.get(name, ()))

    def _add(self, statement: Statement | None) -> None:
        if statement is not None:
            self.statements[statement.field].append(statement)


@dataclass(frozen=True, slots=True)
class Tools:
    """What a conversation is read with; shared by all calls."""

    acts: Acts
    topics: Topics
    questions: Questions
    values: Values
    chooser: Chooser
    relevance: Relevance
    debts: Debts


def _count_of_values(waiting: Sequence[OpenReadout]) -> int:
    return len({(item.turn.id, item.readout.mention.start) for item in waiting})


def _weight(turn: Turn, mention: Mention) -> float:
    """How far the recogniser's own probability lowers the confidence: half of what it doubts."""
    return 0.5 + 0.5 * trust(turn, mention.start, mention.end)
