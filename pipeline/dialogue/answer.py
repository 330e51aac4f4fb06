"""A value that one turn says for a field; sums of a year, parts of a sum, and ranges among several of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.dialogue.settle import agree
from pipeline.dialogue.values import tidy
from pipeline.types import Mention, Stated

# 有时候加班多个三百二百 is no other wage.
EXTRA = 0.25
# A value that is begun anew follows at once.
ANEW_WITHIN = 6
# How far what several lengths of time come to may be from their sum.
SUM_WITHIN = 0.15
NO_MONTH, MONTHS = 60_000, 12


@dataclass(frozen=True, slots=True)
class Answer:
    """A value said for a field at `mention`; `corrects`: it takes the place of one before it; `negated`: it is refused;
    `certain`: the turn or a question gave it to this field, it is not left over; `cue` is the word that names it;
    `parts`: it adds up what he told in parts.
    """

    mention: Mention
    stated: Stated
    corrects: bool = False
    negated: bool = False
    certain: bool = True
    cue: str = ""
    parts: bool = False


def of_a_month(said: list[Answer]) -> list[Answer]:
    """九千 of 一趟多的八百,少的五百,一个月正好九千: what is so far below a month's sum is what it is counted by."""
    months = [bound(a.stated, "low") for a in said if a.mention.attributes.get("period") in ("month", "year")]
    if not months or any(answer.corrects for answer in said):
        return said
    least = EXTRA * min(months)
    return [a for a in said if "period" in a.mention.attributes or bound(a.stated, "high") >= least]


def without_yearly_sum(said: list[Answer]) -> list[Answer]:
    """一万 of 去年报税报了十二万,那就是一个月一万: a sum that is twelve times one of a month is that of a year."""
    months = [a.stated.value for a in said if a.mention.attributes.get("period") == "month"]
    yearly = {MONTHS * value for value in months if isinstance(value, int | float)}
    return [a for a in said if a.stated.value not in yearly or "period" in a.mention.attributes]


def yearly(said: Sequence[Answer]) -> list[Answer]:
    """税前年包二十八万,到手二十一万六: a sum after a yearly one that is no month's wage is a year's too."""
    kept: list[Answer] = []
    for answer in said:
        value = answer.stated.value
        before = kept[-1] if kept else None
        if (
            before is not None
            and before.mention.attributes.get("period") == "year"
            and "period" not in answer.mention.attributes
            and isinstance(value, int | float)
            and value > NO_MONTH
        ):
            share = 1 / MONTHS
            low, high = (None if bound is None else bound * share for bound in (answer.stated.low, answer.stated.high))
            answer = replace(answer, stated=replace(answer.stated, value=tidy(value * share), low=low, high=high))
        kept.append(answer)
    return kept


def is_sum(last: Answer, parts: Sequence[Answer]) -> bool:
    """Whether a value is what those before it come to: 试用三个月,转正两年,加起来两年零三个月."""
    total, added = bound(last.stated, "high"), sum(bound(part.stated, "high") for part in parts)
    return abs(total - added) <= SUM_WITHIN * total


def sum_of(parts: Sequence[Answer], text: str) -> Answer:
    first, last = parts[0], parts[-1]

    def total(name: str) -> float:
        return sum(bound(part.stated, name) for part in parts)

    value = sum(float(part.stated.value) for part in parts if isinstance(part.stated.value, int | float))
    hedged = any(part.stated.hedged for part in parts)
    stated = Stated(
        tidy(value),
        text[first.mention.start : last.mention.end],
        total("low") if hedged else None,
        total("high") if hedged else None,
        hedged=hedged,
    )
    mention = replace(
        last.mention, start=first.mention.start, text=text[first.mention.start : last.mention.end], quantity=None
    )
    return Answer(mention, stated, parts=True)


def ranged(first: Answer, second: Answer) -> Answer:
    low = min(bound(first.stated, "low"), bound(second.stated, "low"))
    high = max(bound(first.stated, "high"), bound(second.stated, "high"))
    text = f"{first.stated.text}…{second.stated.text}"
    return Answer(second.mention, Stated(tidy((low + high) / 2), text, low, high, hedged=True), second.corrects)


def goes_on(first: Answer, second: Answer) -> bool:
    """Whether the second value is the first one begun anew and said to its end: 六千……六千八."""
    apart = second.mention.start - first.mention.end
    if apart > ANEW_WITHIN or agree(first.stated, second.stated):
        return False  # 三万,保险五千,一共三万五; 两年,两年之内还完
    return second.mention.text != first.mention.text and second.mention.text.startswith(first.mention.text)


def closes(first: Stated, second: Stated) -> bool:
    """Whether two bounds make a range: 最少五千最多六千."""
    least, most = first.low is not None and first.high is None, second.high is not None and second.low is None
    return least and most and is_number(first) and is_number(second) and (first.low or 0) < (second.high or 0)


def is_number(stated: Stated) -> bool:
    return isinstance(stated.value, int | float) and not isinstance(stated.value, bool)


def bound(stated: Stated, name: str) -> float:
    bound = stated.low if name == "low" else stated.high
    if bound is not None:
        return bound
    return float(stated.value) if isinstance(stated.value, int | float) else 0.0


def width(stated: Stated) -> float:
    return bound(stated, "high") - bound(stated, "low") if is_number(stated) else 0.0
