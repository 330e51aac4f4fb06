"""Values that an agent reads out for the customer to agree to: which of a turn's values are read out, and for what."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.dialogue.agent_names import CONTACT, NAME, WHOLE
from pipeline.dialogue.readout_words import ReadoutWords
from pipeline.dialogue.topics import NONE, Bound, Topics
from pipeline.language.durations import RATES
from pipeline.language.phrases import Hit
from pipeline.language.positions import is_trade
from pipeline.language.resources import word_list
from pipeline.types import Mention

EITHER, PURPOSE, PRICE, PRIVATE = "还是", "loan.purpose", "vehicle.price", "personal_use"
# 买三十多万的车压力挺大吧
OF_A_CAR = ("的车", "块的车", "的新车", "左右的车")
# The cue of what the agent has added up himself.
SUM = "+"
CAR = ("vehicle.brand", "vehicle.model")
EMPLOYER, DEALER = "employment.employer", "vehicle.dealer"
# What other talk holds too is read out only where the turn is likely to be about its field.
LIKELY = 0.1
# What begins so is asked for: 哪所学校.
ASKED_WHICH = ("哪", "什么", "啥", "何")
# Right behind a name: it is asked to be the customer's (马建军是您吧).
IS_HE = ("是您吧", "是您吗", "是你吧", "是你吗", "是您本人", "是你本人", "就是您", "就是你")
ASKED_FOR = frozenset(
    {"name", "digits", "purpose", "relation", "condition", "residence_type", "marital_status", "vehicle"}
)
# Read out wherever the turn is about them; in other turns only with a word of theirs beside.
PLAIN_IN_QUESTIONS = frozenset({"employment.position", "identity.residence_type"})
_MONTHLY = ("monthly", "monthly_payment")
_CHOSEN = frozenset(
    {"money", "ratio", "duration", "purpose", "relation", "marital_status", "residence_type", "condition"}
)
NEAR_BEFORE, NEAR_AFTER, NOT_AFTER = 14, 8, 8
ECHOED = 3
TO_THE_CAR = 4
TAKEN_UP = 12
WHOLE_ADDRESS = 3
WORK = "employment."


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

    def __init__(self, topics: Topics, words: ReadoutWords, content: Mapping[str, Any]) -> None:
        self._topics = topics
        self._words = words
        self._driving = frozenset(word_list(content["driving"]))
        self._near = {field: word_list(near) for field, near in content["read_out_near"].items()}
        self._not_after = {field: word_list(after) for field, after in content["not_read_out_after"].items()}
        self._contact = word_list(content["contact"])
        self._trade_shop = re.compile(content["patterns"]["trade_shop"])
        self._buying = word_list(content["buying"])

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
        of_use = either and chances.get(PURPOSE, 0.0) >= WHOLE
        readouts: list[Readout] = []
        pairs = self._words.firms_with_titles(text, [item.mention for item in bound])
        for item in bound:
            mention = item.mention
            if of_use and mention.kind == "position":
                continue  # 用途是自用还是运营?
            field = item.field or self.echoed(mention, recent[:ECHOED])
            if mention.kind == "name" and text.startswith(IS_HE, mention.end):
                field = NAME
            elif mention.kind in ("relation", "name") and self._is_of_contact(text, mention, chances, recent):
                field = f"contact.{mention.kind}"
            if field == DEALER and self._trade_shop.search(mention.text) and not any(w in text for w in self._buying):
                field = EMPLOYER  # 店名是足佳鞋店,对吧?
            if mention.kind == "residence_type" and _is_of_a_car(text, mention, bound):
                continue  # 贷款买的轩逸
            if field == DEALER and (self._words.is_asked_which(text, mention) or EITHER in mention.text):
                continue  # 在哪家汽贸买的
            if field == DEALER and any(_is_all_of(item.mention, mention) for item in bound):
                continue  # 琼达比亚迪提车: of the shop only the make is read
            spoken_of = mention.attributes.get("field") == field or mention.attributes.get("form") == "id"
            names_it = mention.kind == "vehicle" and self._words.tells_the_make(text, mention)
            spoken_of = (
                spoken_of or names_it or (field == PURPOSE and question and self._is_taken_up(text, mention, recent))
            )
            if (
                not spoken_of
                and mention.kind in ASKED_FOR
                and max((chances.get(f, 0) for f in _fields_for(field)), default=1) < LIKELY
            ):
                continue
            sure = chances.get(field, 0.0) >= WHOLE or names_it
            sure = sure or (mention.kind == "vehicle" and question and "车" in text)  # 车子呢,是飞度?
            if (
                not field
                or field == NONE
                or not self._is_read_out(
                    text,
                    mention,
                    field,
                    either=either,
                    sure=sure or id(mention) in pairs,
                    paired=id(mention) in pairs,
                    at_work=question and bool(recent[:1]) and recent[0].startswith(WORK),
                )
            ):
                continue
            negated = mention.attributes.get("negated") == "yes" and not self._words.is_asked_whether(text, mention)
            negated = negated or self._words.is_negative(text, mention)
            negated = negated or (mention.kind == "address" and self._words.is_left(text, mention))
            fields = (field,) if mention.kind != "vehicle" else CAR if "model" in mention.attributes else CAR[:1]
            asked = question or (mention.kind == "position" and self._words.says_you_are(text, mention))
            named = mention.kind == "position" and asked and recent[:1] == [field]  # 开大吊的 - 塔吊司机,是吧?
            holds = settles or named or item.cue == SUM
            readouts.extend(Readout(name, mention, asked, negated, holds, period) for name in fields)
        return readouts

    def _is_taken_up(self, text: str, mention: Mention, recent: Sequence[str]) -> bool:
        """Whether a purpose takes up what has been told: 那主要就是日常代步对吗; 就上下班?, right after it.

        A trade that is named again (货拉拉注册了?) is rather asked on about.
        """
        again = recent[:1] == [PURPOSE] and len(text) <= TAKEN_UP and mention.value == PRIVATE
        return self._words.sums_up(text, mention) or (again and "weak" not in mention.attributes)

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
        self, text: str, mention: Mention, field: str, *, either: bool, sure: bool, paired: bool, at_work: bool
    ) -> bool:
        """Whether the agent reads this value out to be agreed to; a choice (自用还是营运) is a question."""
        if mention.kind == "purpose" and self._words.is_forbidden(text, mention):
            return False
        if self._words.is_asked_what_for(text, mention) or (
            mention.kind == "organisation" and mention.text.startswith(ASKED_WHICH)
        ):
            return False
        if mention.kind in ("purpose", "position") and self._words.is_of_long_ago(text, mention):
            return False
        if mention.kind == "duration" and self._words.is_asked_when(text, mention):
            return False
        if mention.kind == "money" and field != PRICE and text.startswith(OF_A_CAR, mention.end):
            return False
        if "几" in mention.text or (field == "loan.purpose" and mention.text in self._driving):
            return False
        if mention.kind == "condition" and self._words.names_the_car(text, mention):
            return False
        if mention.kind == "relation" and self._words.is_asked_which(text, mention):
            return False
        before = text[max(0, mention.start - NEAR_BEFORE) : mention.start]
        framed = "frame" in mention.attributes or (sure and field in PLAIN_IN_QUESTIONS and not is_trade(mention))
        framed = framed or (mention.kind == "position" and self._words.is_by_itself(text, mention))
        framed = framed or (field == EMPLOYER and self._words.stands_by_a_job(text, mention))
        framed = framed or (field == EMPLOYER and self._words.is_where_you_are(text, mention))
        framed = framed or (field == EMPLOYER and at_work and self._words.is_by_itself(text, mention))
        framed = framed or (mention.kind == "address" and _is_whole(mention))
        near = None if framed or paired else self._near.get(field)
        if mention.kind == "address" and not {"past", "other"}.isdisjoint(mention.attributes):
            return False
        beside = before + text[mention.end : mention.end + NEAR_AFTER]
        beside = self._words.without_other_doings(beside) if mention.kind == "relation" else beside
        if near is not None and not any(word in beside for word in near):
            return False
        if any(word in _of_agent(before[-NOT_AFTER:]) for word in self._not_after.get(field, ())):
            return False
        if mention.kind == "duration" and mention.text in RATES and text[mention.end :].strip("?。了 吧"):
            return False
        weak = "weak" in mention.attributes and mention.kind != "residence_type"
        weak = weak and not (sure and mention.kind == "vehicle")
        if mention.attributes.get("general") == "yes" or weak:
            return False
        return not (either and (mention.kind in _CHOSEN or is_trade(mention)))


def _is_of_a_car(text: str, home: Mention, bound: Sequence[Bound]) -> bool:
    """Whether how something was bought is told of a car that follows: 贷款买的轩逸; 按揭买的这台车."""
    close = text[home.end : home.end + TO_THE_CAR]
    cars = (item.mention for item in bound if item.mention.kind == "vehicle")
    return "车" in close.partition("房")[0] or any(0 <= car.start - home.end <= TO_THE_CAR for car in cars)


def _is_all_of(car: Mention, firm: Mention) -> bool:
    return car.kind == "vehicle" and (car.start, car.end) == (firm.start, firm.end)


def _of_agent(before: str) -> str:
    """What stands before a value behind the last 您: 我看资料上写您在 says nothing of the agent's own."""
    return before[max(before.rfind("您"), before.rfind("你")) + 1 :]


def _is_whole(address: Mention) -> bool:
    """Whether an address is told from its city or district down: nothing but a home is read out so."""
    parts = set(address.attributes.get("parts", "").split())
    return len(parts) >= WHOLE_ADDRESS and not parts.isdisjoint(("city", "district"))


def _is_still(text: str, bound: Sequence[Bound]) -> bool:
    """Whether 还是 stands before the only amount (贷款还是八万): it is still so, no choice is asked."""
    place = text.find(EITHER)
    measured = [item.mention for item in bound if item.mention.kind in ("money", "duration")]
    return len(measured) == 1 and len(measured) == len(bound) and place < measured[0].start


def _fields_for(field: str) -> tuple[str, ...]:
    return CONTACT if field in CONTACT else (CAR[1], "vehicle.condition") if field in CAR else (field,)
