"""Which field each value in an agent's turn is read out for."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from typing import Any

from pipeline.dialogue.agent_names import VALUE, WHOLE
from pipeline.dialogue.debts import HAS, PAYS
from pipeline.dialogue.likelihood import BREAKS, Likelihood
from pipeline.dialogue.readout_words import REACH
from pipeline.dialogue.readouts import EITHER, EMPLOYER, SUM, ReadoutReader
from pipeline.dialogue.topics import MEASURED, NONE, Bound, Topics
from pipeline.language.masking import mask
from pipeline.language.phrases import Hit, Words
from pipeline.language.resources import word_list
from pipeline.types import Mention

# A value's own clause is surely about a field above this chance.
SURE = 0.8
# Below this the words beside a value are taken to mean something else than their field.
DOUBTFUL = 0.1
BARE = " ,。?!、吧吗呢啊是那就"
ID, MOBILE = "identity.id_number", "identity.mobile"
TERM, YEARS = "loan.term_months", "employment.years"
PAYMENT = "loan.monthly_payment"
PRICE, CHEAPEST = "vehicle.price", 15_000
OF_CAR = frozenset({"vehicle.model", "vehicle.brand", "vehicle.condition"})
OF_LOAN = frozenset({"loan.amount", "loan.down_payment"})
# What an agent adds up from what he was told, and for what such a sum may be mistaken.
ADDED_UP = frozenset({"income.monthly", PAYS})
_ADDED_TO = ("income.monthly", PAYS, PAYMENT)
_OF_WORK = frozenset({EMPLOYER, "employment.position", YEARS})


class Binder:
    """Puts the values of agents' turns to fields, by the `content` of `configs/dialogue/questions.yaml`."""

    def __init__(self, topics: Topics, readouts: ReadoutReader, content: Mapping[str, Any]) -> None:
        self._topics = topics
        self._readouts = readouts
        self._loan_words = Words(word_list(content["loan_words"]))
        self._telephones, self._documents = (
            Words(word_list(content["telephones"])),
            Words(word_list(content["documents"])),
        )

    def bind(
        self,
        text: str,
        mentions: Sequence[Mention],
        likelihood: Likelihood,
        chances: Mapping[str, float],
        recent: Sequence[str],
        summing: Sequence[Hit],
    ) -> list[Bound]:
        """Every value of a folded text with its field; `chances` of the turn by field, `recent` fields newest first,
        `summing` the words with which the agent adds up what he was told.
        """
        bound = self._by_clause(text, mentions, likelihood, chances, recent)
        bound = bound if EITHER in text else _summed_up(bound, summing, recent)
        return self._of_the_work(text, _with_price(_with_instalment(bound), recent), recent)

    def _by_clause(
        self,
        text: str,
        mentions: Sequence[Mention],
        likelihood: Likelihood,
        chances: Mapping[str, float],
        recent: Sequence[str],
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
                and item.field == ID
                and not own_form
                and (chances[MOBILE] > max(WHOLE, chances[ID]) or self._is_of_telephone(text))
            ):
                item = replace(item, field=MOBILE)
            likely = max(
                chances.get(field, 1) for field in ((item.field, HAS) if item.field == PAYS else (item.field,))
            )
            doubtful = item.field not in ("", NONE) and likely < DOUBTFUL
            if mention.kind in MEASURED and (doubtful or not item.field):
                around = self._surroundings(text, mentions, mention)
                own = likelihood.of_words(around, recent) if len(around.strip(BARE)) > 1 else {}
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

    def _is_of_telephone(self, text: str) -> bool:
        """Whether a turn names a telephone and no document: 尾号五六七八这个号还用着吗."""
        documents = self._documents.stand_in(text)
        return not documents and self._telephones.stand_in(text)

    def _likeliest(self, mention: Mention, chances: Mapping[str, float], least: float, taken: Set[str]) -> str:
        fields = [
            field for field in chances if mention.kind in self._topics.kinds.get(field, ()) and field not in taken
        ]
        best = max(fields, key=chances.__getitem__, default="")
        return best if best and chances[best] >= least else ""

    @staticmethod
    def _surroundings(text: str, mentions: Sequence[Mention], mention: Mention) -> str:
        """The clause around a value, up to the values before and after it, masked."""
        first = bisect_left(mentions, mention.start - 2 * REACH, key=lambda each: each.start)
        last = bisect_left(mentions, mention.end + REACH, key=lambda each: each.start)
        mentions = mentions[first:last]
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

    def _of_the_work(self, text: str, bound: list[Bound], recent: Sequence[str]) -> list[Bound]:
        """Where a firm or a title is read out and nothing of a loan, years are those of the work: X公司,修井工,五年."""
        kinds = {item.mention.kind for item in bound}
        jobs = [item.mention for item in bound if item.mention.kind in ("organisation", "position")]
        inside = {index for job in jobs for index in range(job.start, job.end)}
        rest = "".join(each for index, each in enumerate(text) if index not in inside)  # 开货车的 tells of no loan
        loan = any(item.mention.kind == "money" for item in bound) or self._loan_words.stand_in(rest)
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
    if any(item.cue and item.field not in ("", NONE, *_ADDED_TO) for item in sums):
        return bound
    return [
        replace(item, field=field if item is sums[-1] else NONE, cue=SUM) if item in sums else item for item in bound
    ]


def _with_instalment(bound: list[Bound]) -> list[Bound]:
    """贷九万,三年,一个月两千七百九: a sum of the month that no word claims, beside a loan, is its instalment."""
    fields = {item.field for item in bound}
    if "loan.amount" not in fields or PAYMENT in fields:
        return bound
    return [
        replace(item, field=PAYMENT)
        if item.mention.kind == "money"
        and not item.cue
        and item.field in ("", "income.monthly")
        and item.mention.attributes.get("period") == "month"
        else item
        for item in bound
    ]


def _with_price(bound: list[Bound], recent: Sequence[str]) -> list[Bound]:
    """买的轩逸,九万八,首付三万: beside the loan a sum right behind the car that no word claims is its price."""
    fields = {item.field for item in bound}
    of_car = bool(recent) and recent[0] in OF_CAR
    if PRICE in fields or not (fields & OF_LOAN or of_car):
        return bound
    done, after_car = list[Bound](), of_car and not any(item.field for item in bound if item.mention.kind == "money")
    for item in bound:
        mention = item.mention
        if after_car and mention.kind == "money" and not item.field and "period" not in mention.attributes:
            worth = mention.quantity.value or 0 if mention.quantity is not None else 0
            item = replace(item, field=PRICE) if worth >= CHEAPEST else item
        after_car = mention.kind == "vehicle" or (after_car and mention.kind == "condition")
        done.append(item)
    return done


def _its_term(mention: Mention, taken: Set[str]) -> str:
    """A length of time in a turn that reads out the loan is its term."""
    of_loan = mention.kind == "duration" and "loan.amount" in taken and "loan.term_months" not in taken
    return "loan.term_months" if of_loan and mention.attributes.get("unit") in ("year", "half", "month") else ""
