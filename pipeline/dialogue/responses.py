"""What a customer's turn makes of what waits: agreement, denial, a bound, or a dodge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.dialogue.acts import Stance
from pipeline.dialogue.debts import HAS
from pipeline.dialogue.digits import WHOLE
from pipeline.dialogue.evidence import quote
from pipeline.dialogue.one_by_one import NAME, OneByOne
from pipeline.dialogue.record import Record
from pipeline.dialogue.reply import DRIVER, RESIDENCE, Reply
from pipeline.dialogue.settle import HALF, UNCLEAR, Statement
from pipeline.dialogue.tools import Tools
from pipeline.dialogue.values import MONEY_FIELDS
from pipeline.dialogue.verdicts import Verdicts
from pipeline.dialogue.waiting import CAR, OpenReadout, Waiting, count_of_values
from pipeline.language.script import fold
from pipeline.types import Evidence

OF_THE_DEAL = frozenset({*MONEY_FIELDS, "loan.term_months"}) - {"income.monthly", "debt.monthly_payment"}
HEDGE_WITHIN = 4
TAKES_BACK = ("不是", "不对", "错")
EMPLOYER, POSITION = "employment.employer", "employment.position"


class Responder:
    """Turns a reply's stance into statements."""

    def __init__(self, tools: Tools, waiting: Waiting, record: Record, verdicts: Verdicts) -> None:
        self._tools = tools
        self._waiting = waiting
        self._record = record
        self._verdicts = verdicts
        self._one_by_one = OneByOne(tools, waiting, record, verdicts)

    def respond(self, reply: Reply) -> None:
        """Agreement with, or denial of, what was read out and not answered by a value of the customer's own."""
        waiting = [item for item in self._waiting.readouts if item.readout.field not in reply.answers]
        if not waiting or (reply.stance.attitude == "none" and self._tools.relevance.asks_back(reply.text)):
            return
        if reply.stance.attitude == "acknowledge" and any(item.readout.field == NAME for item in waiting):
            reply = replace(reply, stance=self._tools.acts.says_himself(reply.text) or reply.stance)
        reply, waiting = self._still_lives_there(reply, waiting)
        waiting = self._one_by_one.take_up(reply, waiting)
        if reply.stance.attitude in ("none", "deny") and (said := self._same_verb(reply, waiting)) is not None:
            reply = replace(reply, stance=said)
        waiting = self._one_by_one.judge(reply, waiting)
        reply = self._with_rest(reply)
        if reply.stance.attitude == "deny" and HAS in reply.touched:  # 好,四千八。有没有贷款? - 没有
            waiting = [item for item in waiting if item.readout.field.startswith("debt.")]
        if self._note(reply, waiting):
            own_value = bool(reply.answers)
            self._waiting.readouts = [
                item for item in self._waiting.readouts if own_value or not any(item is each for each in waiting)
            ]

    def _still_lives_there(self, reply: Reply, waiting: list[OpenReadout]) -> tuple[Reply, list[OpenReadout]]:
        """没有啊,还住着, to 那边您已经不住了吧: who still lives in the home that was read out as left agrees to it."""
        left = [item for item in waiting if item.readout.field == RESIDENCE and item.readout.negated]
        place = self._tools.reply_words.still_lives(reply.text) if left else None
        if place is None:
            return reply, waiting
        plain = [
            replace(item, readout=replace(item.readout, negated=False)) if item in left else item for item in waiting
        ]
        return replace(reply, stance=Stance("agree", *place)), plain

    def _note(self, reply: Reply, waiting: Sequence[OpenReadout]) -> bool:
        """Notes what a reply's stance says of all that waits; False where it says nothing of it."""
        attitude, evidence = reply.stance.attitude, quote(reply.turn, reply.stance.start, reply.stance.end)
        if attitude in ("less", "more"):
            self._verdicts.bound(reply, waiting, evidence)
        elif attitude == "deny":
            if not reply.answers and self._goes_with_negated(reply, waiting):
                self._agree_but_negated(reply, waiting, evidence)
                return True
            for item in [] if reply.answers else waiting:
                self._verdicts.deny(item, evidence, several=count_of_values(waiting) > 1)
        elif attitude == "hedged" and self._waiting.asks_last and self._hedges_a_value(reply):
            return False
        elif attitude in ("agree", "hedged", "weak", "acknowledge"):
            for item in waiting:
                self._verdicts.confirm(reply, item, evidence)
        else:
            return False
        return True

    @staticmethod
    def _hedges_a_value(reply: Reply) -> bool:
        """Whether the hedge is that of a value of another field: 好像是两千四, to 您贷的这八万,每个月还多少?"""
        starts = [answer.mention.start for said in reply.answers.values() for answer in said]
        return any(-HEDGE_WITHIN <= start - reply.stance.end <= HEDGE_WITHIN for start in starts)

    @staticmethod
    def _goes_with_negated(reply: Reply, waiting: Sequence[OpenReadout]) -> bool:
        """Whether a no goes with what was read out as not so, beside other values: 自己开吧,不跑滴滴吧? - 不跑."""
        takes_back = reply.text[reply.stance.start : reply.stance.end].startswith(TAKES_BACK)
        negated = [item.readout.negated for item in waiting]
        return any(negated) and not all(negated) and not takes_back

    def _agree_but_negated(self, reply: Reply, waiting: Sequence[OpenReadout], evidence: Evidence) -> None:
        for item in waiting:
            if item.readout.negated:
                self._verdicts.deny(item, evidence, several=False)
            else:
                self._verdicts.confirm(replace(reply, stance=replace(reply.stance, attitude="weak")), item, evidence)

    def _with_rest(self, reply: Reply) -> Reply:
        """前头两样对,月供念反了: who gives a value of his own may agree to all that he does not name."""
        if not reply.answers or reply.stance.attitude not in ("none", "deny"):
            return reply
        rest = self._tools.reply_words.rest_is_right(reply.text)
        return reply if rest is None else replace(reply, stance=Stance("agree", *rest))

    def _same_verb(self, reply: Reply, waiting: Sequence[OpenReadout]) -> Stance | None:
        """出了, to 首付出了三万八?: who says the verb of the question again agrees; so does 没换过, to 没换过吧?"""
        denies = reply.stance.attitude == "deny"
        place = self._tools.reply_words.first_words(reply.text, denied=denies) if waiting else None
        if place is None:
            return None
        words = reply.text[slice(*place)].replace("我", "您")
        told = [item for item in waiting if item.readout.question or not denies]  # 每月1900还得起哈 - 还得起
        questions = [fold(item.turn.text).replace("你", "您") for item in told]
        asked = any(words in each and not (denies and _is_choice(each, words)) for each in questions)
        return Stance("agree", *place) if asked else None

    def leave_name_open(self, reply: Reply) -> None:
        """Who answers for the applicant (他不在,我是他弟弟; 我是马小军他爸) leaves his name open."""
        place = self._tools.reply_words.stands_in(reply.text) if self._waiting.touches_now(NAME) else None
        if place is None or self._record.has_value(NAME) or self._tools.acts.says_himself(reply.text) is not None:
            return
        reply.touched.add(NAME)
        reply.answers.pop(NAME, None)
        self._record.add(Statement(NAME, "vague", None, (quote(reply.turn, *place),), UNCLEAR))
        self._waiting.readouts = [item for item in self._waiting.readouts if item.readout.field != NAME]

    def dodge(self, reply: Reply) -> None:
        """Strong questions of the last agent's turn that got words but no value are unclear until a value comes."""
        stance = reply.stance
        if self._tools.relevance.asks_back(reply.text):
            return
        last = [item for item in self._waiting.asks if item.asked_at == self._waiting.asked and item.ask.strong]
        refused = {name for name, said in reply.answers.items() if said and all(each.negated for each in said)}
        answered = (set(reply.answers) - {each for each in refused if not self._record.has_value(each)}) | reply.touched
        evasive = stance.attitude in ("unsure", "refuse")
        begun = {name for name in WHOLE if evasive and self._record.is_only_begun(name)}
        answered -= begun  # 六五几来着,记不清了
        if any(name.startswith("vehicle.") for name in answered):
            answered |= set(CAR)
        turns = DRIVER not in answered and self._tools.drivers.is_open(reply.text, ())
        for item in last:
            name = item.ask.field
            in_progress = self._record.in_progress(name) and name not in begun
            if name in answered or self._record.has_value(name) or in_progress:
                continue
            if self._waiting.closed and name in OF_THE_DEAL and stance.attitude == "none":
                continue  # 月供压力大吗? - 还行
            if self._waiting.moved_on and not evasive:
                continue  # 紧急联系人是谁? - … 还要补一份在职证明。 - 好的呀,开得出来的
            nowhere = name == EMPLOYER and self._tools.reply_words.works_nowhere(reply.text)
            nowhere = nowhere and set(reply.answers) <= {POSITION}
            dodges = not reply.answers and (stance.attitude == "none" or not stance.alone) and len(reply.text) > 2
            if evasive or dodges or nowhere or (turns and name == DRIVER):
                proof = quote(reply.turn, stance.start, stance.end if evasive else len(reply.turn.text))
                self._record.add(Statement(name, "vague", None, (proof,), UNCLEAR if evasive else HALF))
        for waiting in self._waiting.readouts:
            asked_else = bool(last) and self._waiting.asks_last  # 贷款二十万五年,每个月还多少? - 不知道
            if waiting.readout.field not in answered and (
                (evasive and not asked_else) or (turns and waiting.readout.field == DRIVER)
            ):
                proof = quote(reply.turn, stance.start, stance.end if evasive else len(reply.turn.text))
                self._record.add(Statement(waiting.readout.field, "vague", None, (proof,), UNCLEAR))
        self._waiting.keep(
            [item for item in self._waiting.asks if item.ask.field not in answered or item.ask.field in WHOLE]
        )


def _is_choice(question: str, denial: str) -> bool:
    """Whether a question holds a denied verb only beside the plain one: 付没付, 有没有付."""
    before = question[: question.index(denial)]
    return before.endswith((denial[1:], denial.removeprefix("没有"), "有"))
