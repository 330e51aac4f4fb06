"""Values that an agent reads out for the customer to agree to: which of a turn's values are read out, and for what."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.dialogue.agent_names import CONTACT, NAME, WHOLE
from pipeline.dialogue.topics import NONE, Bound, Topics
from pipeline.language.durations import RATES
from pipeline.language.phrases import Hit
from pipeline.language.positions import is_trade
from pipeline.language.resources import word_list
from pipeline.language.script import CLAUSE_END
from pipeline.types import Mention

REACH = 40
EITHER = "还是"
# The cue of what the agent has added up himself.
SUM = "+"
CAR = ("vehicle.brand", "vehicle.model")
EMPLOYER = "employment.employer"
# What other talk holds too is read out only where the turn is likely to be about its field.
LIKELY = 0.1
ASKED_FOR = frozenset(
    {"name", "digits", "purpose", "relation", "condition", "residence_type", "marital_status", "vehicle"}
)
# What is named after one of these is a rule that the agent tells.
FORBIDDEN = ("不能", "不得", "不可", "不要", "不许", "不允许", "不准", "禁止", "严禁", "只能", "仅限")
NEGATIVE = ("不是", "没有", "没", "不会", "不", "不跑", "不拿", "不用")


# Read out wherever the turn is about them; in other turns only with a word of theirs beside.
PLAIN_IN_QUESTIONS = frozenset({"employment.position", "identity.residence_type"})
_MONTHLY = ("monthly", "monthly_payment")
_CHOSEN = frozenset({"money", "duration", "purpose", "relation", "marital_status", "residence_type", "condition"})
# 听到了听到了那您是采棉机驾驶员
YOU_ARE = ("您是", "你是", "您就是", "你就是", "您是个", "你是个", "您是做", "你是做", "您做的是", "你做的是")
NEAR_BEFORE, NEAR_AFTER, NOT_AFTER = 14, 8, 8
ECHOED = 3


@dataclass(frozen=True, slots=True)
class Readout:
    """A value that the agent read out. `question`: with a yes-no question; `negated`: 没有别的贷款吧, 不跑滴滴吧."""

    field: str
    mention: Mention
    question: bool
    negated: bool = False
    settles: bool = False
    period: str = ""


class ReadoutReader:
    """Tells what is read out from what is merely named, by `configs/dialogue/questions.yaml`."""

    def __init__(self, topics: Topics, content: Mapping[str, Any]) -> None:
        self._topics = topics
        self._driving = frozenset(word_list(content["driving"]))
        self._near = {field: word_list(near) for field, near in content["read_out_near"].items()}
        self._not_after = {field: word_list(after) for field, after in content["not_read_out_after"].items()}
        self._contact = word_list(content["contact"])

    def read(
        self,
        text: str,
        bound: Sequence[Bound],
        cues: Mapping[str, Sequence[Hit]],
        chances: Mapping[str, float],
        recent: Sequence[str],
        settles: bool,
        period: str,
    ) -> list[Readout]:
        """The values bound to fields that the turn reads out; `cues`, `chances` and `recent` as in `Questions.read`."""
        question = bool(cues["yes_no"]) or text.rstrip(" 。").endswith("?")
        either = EITHER in text and not _is_still(text, bound)
        readouts: list[Readout] = []
        pairs = _firms_with_titles(text, bound)
        for item in bound:
            mention = item.mention
            field = item.field or self.echoed(mention, recent[:ECHOED])
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
            if (
                not field
                or field == NONE
                or not self._is_read_out(
                    text, mention, field, either=either, sure=sure or id(mention) in pairs, paired=id(mention) in pairs
                )
            ):
                continue
            negated = mention.attributes.get("negated") == "yes" or _is_negative(text, mention)
            fields = (field,) if mention.kind != "vehicle" else CAR if "model" in mention.attributes else CAR[:1]
            asked = question or (mention.kind == "position" and _clause_before(text, mention.start).endswith(YOU_ARE))
            named = mention.kind == "position" and asked and recent[:1] == [field]  # 开大吊的 - 塔吊司机,是吧?
            holds = settles or named or item.cue == SUM
            readouts.extend(Readout(name, mention, asked, negated, holds, period) for name in fields)
        return readouts

    def _is_of_contact(self, text: str, mention: Mention, chances: Mapping[str, float], recent: Sequence[str]) -> bool:
        """Whether a person named in a turn is the emergency contact."""
        if any(word in text for word in self._contact):
            return True
        if mention.kind == "name" and recent[:1] and recent[0] in CONTACT and chances.get(NAME, 0.0) < WHOLE:
            return True
        return mention.kind == "name" and chances.get(CONTACT[0], 0.0) >= WHOLE > chances.get(NAME, 0.0)

    def echoed(self, mention: Mention, recent: Sequence[str]) -> str:
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

    def _is_read_out(
        self, text: str, mention: Mention, field: str, *, either: bool, sure: bool, paired: bool = False
    ) -> bool:
        """Whether the agent reads this value out to be agreed to; a choice (自用还是营运) is a question."""
        if mention.kind == "purpose" and any(word in _clause_before(text, mention.start) for word in FORBIDDEN):
            return False
        if "几" in mention.text or (field == "loan.purpose" and mention.text in self._driving):
            return False
        if mention.kind == "condition" and names_the_car(text, mention):
            return False
        before = text[max(0, mention.start - NEAR_BEFORE) : mention.start]
        framed = "frame" in mention.attributes or (sure and field in PLAIN_IN_QUESTIONS and not is_trade(mention))
        framed = framed or (mention.kind == "position" and _is_by_itself(text, mention))
        framed = framed or (field == EMPLOYER and _stands_by_a_job(text, mention))
        near = None if framed or paired else self._near.get(field)
        if mention.kind == "address" and not {"past", "other"}.isdisjoint(mention.attributes):
            return False
        if near is not None and not any(word in before + text[mention.end : mention.end + NEAR_AFTER] for word in near):
            return False
        if any(word in _of_agent(before[-NOT_AFTER:]) for word in self._not_after.get(field, ())):
            return False
        if mention.kind == "duration" and mention.text in RATES and text[mention.end :].strip("?。了 吧"):
            return False
        weak = "weak" in mention.attributes and mention.kind != "residence_type"
        weak = weak and not (sure and mention.kind == "vehicle")
        if mention.attributes.get("general") == "yes" or weak:
            return False
        return not (either and mention.kind in _CHOSEN)


# What may stand before and behind a title, or a firm, that makes up its clause.
_ALONE = re.compile(
    r"(?:那|就|也|您|你|这|现在|目前|应该|算|算是|是|叫|做|当|写|填|写的|填的|报的|登记|登记的|即|等于|相当于|好|嗯|哦|行|单位|公司|岗位|职务|职位|职业"
    r"|[A-Za-z]{2,4}|[㐀-鿿]{2,4}(?=就是|是|算))*(?:的|是|就是|也就是|为|:)?"
)
_OTHERS_THAN = re.compile(r"(?:除了?|除开|除去)[^,。?]{0,4}$")
_OF_IT = re.compile(
    r"的?(?:每个?月|一个月|月供|每期|贷款|首付|保险|上牌|这[台辆个部]|那[台辆个部]|价|多少|要|还|提|到|什么时候|几时|的钱|的贷)"
)
_CLOSED = re.compile(r"(?:[,。?! 、;]|对|是不是|是吧|吧|吗|呀|啊|咯|呗|哈|哦|的|$)")
_JOB_AFTER = re.compile(
    r"[,、 ](?:岗位|职务|职位|是|做)?(?:[㐀-鿿]{1,7}"
    r"(?:员|工|师|长|主管|经理|司机|主任|助理|总监|会计|老师|护士|医生|文员|专员|代表)|老板|法人)(?=[,。?! ]|对|是|$)"
)


def _is_by_itself(text: str, mention: Mention) -> bool:
    """Whether a title is all that its clause says: 前厅主管,对吗; 那算厨师,是吧; X公司,质检员,六年."""
    if is_trade(mention):
        return False
    before = _clause_before(text, mention.start)
    return bool(_ALONE.fullmatch(before) or before.endswith(YOU_ARE)) and bool(_CLOSED.match(text, mention.end))


def _stands_by_a_job(text: str, mention: Mention) -> bool:
    """Whether a firm by itself is followed by a title or a length of work: 众联建筑劳务有限公司,班组长,十年."""
    before, after = _clause_before(text, mention.start), text[mention.end :]
    return bool(_ALONE.fullmatch(before)) and bool(_JOB_AFTER.match(after))


def _firms_with_titles(text: str, bound: Sequence[Bound]) -> set[int]:
    """The ids of firms and titles that are read out as one: 水产局的技术员,对不对; 远大机械的会计."""
    jobs = {m.start: m for m in (item.mention for item in bound) if m.kind == "position" and not is_trade(m)}
    pairs: set[int] = set()
    for firm in (item.mention for item in bound if item.mention.kind == "organisation"):
        job = jobs.get(firm.end + text.startswith("的", firm.end))
        if job is not None and _CLOSED.match(text, job.end):
            pairs |= {id(firm), id(job)}
    return pairs


def names_the_car(text: str, mention: Mention) -> bool:
    """Whether 新车 only tells which car is spoken of: 除了这台新车,还有别的吗; 新车每月还多少."""
    return bool(_OTHERS_THAN.search(text[: mention.start]) or _OF_IT.match(text, mention.end))


def _of_agent(before: str) -> str:
    """What stands before a value behind the last 您: 我看资料上写您在 says nothing of the agent's own."""
    return before[max(before.rfind("您"), before.rfind("你")) + 1 :]


def _is_still(text: str, bound: Sequence[Bound]) -> bool:
    """Whether 还是 stands before the only amount (贷款还是八万): it is still so, no choice is asked."""
    place = text.find(EITHER)
    measured = [item.mention for item in bound if item.mention.kind in ("money", "duration")]
    return len(measured) == 1 and len(measured) == len(bound) and place < measured[0].start


def _fields_for(field: str) -> tuple[str, ...]:
    return CONTACT if field in CONTACT else (CAR[1], "vehicle.condition") if field in CAR else (field,)


def _clause_before(text: str, place: int) -> str:
    before = text[max(0, place - REACH) : place]
    return before[max((before.rfind(stop) for stop in CLAUSE_END), default=-1) + 1 :]


def _is_negative(text: str, mention: Mention) -> bool:
    before = text[max(0, mention.start - 4) : mention.start]
    if mention.kind == "relation" and text.startswith(("不开", "不用", "没开"), mention.end):
        return True
    return mention.kind in ("purpose", "relation") and before.endswith(NEGATIVE) and not before.endswith("是不是")
