"""What holds by the end of the call: statements repeated, refined, corrected, denied, contradicted become a fact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pipeline.types import Evidence, Fact, Stated

Act = Literal["state", "confirm", "deny", "vague"]
UNPROMPTED, ANSWERED, CONFIRMED, MURMURED, HALF = 0.95, 0.92, 0.82, 0.6, 0.5
PROOFS_KEPT = 4
PURPOSE, PRIVATE = "loan.purpose", "personal_use"
IN_GENERAL, TRADES = "business_use", frozenset({"ride_hailing", "freight", "rental"})
# A short form of a name is no other name.
NAMED = frozenset(
    {"employment.employer", "employment.position", "identity.residence", "vehicle.dealer", "contact.name"}
)
SHORTEST_PART = 2
EMPLOYER = "employment.employer"
CONTRADICTED, DENIED, UNCLEAR = 0.8, 0.75, 0.7


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that the customer did about a field.

    `state` and `confirm` carry a value, `deny` the refused value, `vague` nothing usable (bounds at most). `settles`:
    it takes the place of what was said before (a correction, an answer to 到底), and a denial takes it back;
    `adds`: it sums that and more up; `loose`: a part of the value, or what it is at another time, which gives way to
    any value that is not; `parts`: the customer has told only what adds up to it; `wavers`: he was asked which of his
    values holds and cannot say, so that all stand again.
    """

    field: str
    act: Act
    stated: Stated | None
    evidence: tuple[Evidence, ...]
    confidence: float
    settles: bool = False
    adds: bool = False
    loose: bool = False
    parts: bool = False
    wavers: bool = False


def settle(field: str, statements: Sequence[Statement]) -> Fact | None:
    """The fact that a field's statements, in the order of the call, come to; None where there are none.

    Confidence is that of the statement that holds (0.95 unprompted, 0.92 answered, 0.82 agreed to, 0.6 only a 嗯),
    times the recogniser's trust in its words, lower for hedged and contradicted values.
    """
    if not statements:
        return None
    held: Statement | None = None
    rivals: list[Statement] = []
    history: list[Stated] = []
    replaced: list[Statement] = []
    denied: Statement | None = None
    vague: Statement | None = None
    for statement in statements:
        if statement.act == "vague":
            # 这个我不清楚 proves more than a goodbye that answers nothing.
            vague = statement if vague is None or statement.confidence > vague.confidence else vague
        elif statement.act == "deny":
            if statement.settles:
                so_far = [*rivals, *([held] if held else [])]
                taken_back = [each for each in so_far if agree(each.stated, statement.stated)]
                history.extend(_stated(taken_back))
                left = [each for each in so_far if each not in taken_back]
                rivals, held = left[:-1], left[-1] if left else None
            elif held is not None and held.act == "confirm" and agree(held.stated, statement.stated):
                history.extend(_stated([held]))
                held = None
            denied = statement
        elif statement.wavers:
            history = [each for each in history if not any(each is one.stated for one in replaced)]
            others = [*replaced, *rivals, *([held] if held else [])]
            if any(agree(each.stated, statement.stated) for each in others):
                if held is not None:
                    proof = tuple(dict.fromkeys((*held.evidence, *statement.evidence)))
                    held = others[-1] = replace(held, wavers=True, evidence=proof)
                else:
                    held = statement
            else:
                held, others = statement, [*others, statement]
            rivals = [each for each in others if not agree(each.stated, held.stated)]
            replaced = []
        elif held is not None and held.loose != statement.loose:
            held = held if statement.loose else statement
        elif held is None or statement.adds or ((held.adds or held.parts) and statement.act == "confirm"):
            held = statement  # what the agent sums up and the customer agrees to counts more than our own sum
        elif (
            agree(held.stated, statement.stated)
            or is_part(field, held.stated, statement.stated)
            or _is_called_so(field, held, statement)
        ):
            if rivals and (statement.settles or statement.act == "confirm"):
                history.extend(_stated(rivals))
                rivals = []
            held = _refined(held, statement)
        elif field == PURPOSE and (held_part := _commercial(held, statement)) is not None:
            history.extend(_stated([held]) if _owns_up(held, statement) else ())
            held = held_part
        elif statement.settles:
            history.extend(_stated([*rivals, held]))
            replaced.extend([*rivals, held])
            rivals, held = [], statement
        else:
            rivals.append(held)
            held = statement
    if held is not None:
        return _held(field, held, rivals, history)
    if denied is not None:
        return _denied(field, denied, history)
    if vague is None:
        return None
    return Fact(field, "unclear", vague.stated, tuple(history), vague.evidence, vague.confidence)


def _commercial(first: Statement, second: Statement) -> Statement | None:
    """Of a private and a commercial purpose the commercial one: 上下班用, later 晚上跑跑滴滴; of 营运 and the trade the
    trade.
    """
    values = [each.stated.value if each.stated else None for each in (first, second)]
    general = PRIVATE if PRIVATE in values else IN_GENERAL if set(values) & TRADES else None
    if general not in values or values[0] == values[1] or None in values:
        return None
    weightier, other = (second, first) if values[0] == general else (first, second)
    return replace(weightier, evidence=tuple(dict.fromkeys((*weightier.evidence, *other.evidence[:1]))))


def _owns_up(first: Statement, second: Statement) -> bool:
    """Whether who has said private use tells in a later turn what else it is for."""
    last = max(item.turn for item in first.evidence)
    private = first.stated is not None and first.stated.value == PRIVATE
    return private and min(item.turn for item in second.evidence) > last


def _is_called_so(field: str, held: Statement, statement: Statement) -> bool:
    """Whether the agent only tells the firm that the customer has named by another name: 三厂的 - 是大庆油田的吧?"""
    return field == EMPLOYER and held.act == "state" and statement.act == "confirm"


def agree(first: Stated | None, second: Stated | None) -> bool:
    """Whether both can be true: equal, overlapping bounds, or digits of which one is the end of the other."""
    if first is None or second is None:
        return first is second
    if first.ratio is not None or second.ratio is not None:
        return first.ratio == second.ratio or first.ratio is None or second.ratio is None
    if isinstance(first.value, str) and isinstance(second.value, str):
        if first.value[:-1].isdigit() and second.value[:-1].isdigit():
            return first.value.endswith(second.value) or second.value.endswith(first.value)
        return first.value == second.value
    if isinstance(first.value, bool) or isinstance(second.value, bool):
        return first.value is second.value
    low, high = _bounds(first)
    other_low, other_high = _bounds(second)
    return low <= other_high and other_low <= high


def is_part(field: str, first: Stated | None, second: Stated | None) -> bool:
    """Whether one of two names of a field is the other, cut short: 鑫源 and 鑫源供热, 桂荣 and 迟桂荣."""
    if field not in NAMED or first is None or second is None:
        return False
    shorter, longer = sorted((str(first.value or ""), str(second.value or "")), key=len)
    return len(shorter) >= SHORTEST_PART and shorter in longer


def is_finer(first: Stated, second: Stated) -> bool:
    """Whether the first of two values that agree says more: a narrower range, more digits, another share."""
    if first.ratio != second.ratio:
        return True
    return _length(first) > _length(second) or _width(first) < _width(second)


def _bounds(stated: Stated) -> tuple[float, float]:
    value = stated.value if isinstance(stated.value, int | float) else None
    low = stated.low if stated.low is not None else 0.0 if stated.high is not None else value
    high = stated.high if stated.high is not None else float("inf") if stated.low is not None else value
    return (low if low is not None else 0.0), (high if high is not None else float("inf"))


def _refined(held: Statement, statement: Statement) -> Statement:
    """Of two statements that agree: the narrower; of equals, and of sums told once more, the one in the customer's own
    words, which the agent's fuller name of it does not turn into his.
    """
    if held.stated is None or statement.stated is None:
        return statement
    said, stated = held.stated, statement.stated
    read_back = held.act == "state" and statement.act == "confirm"
    if read_back and isinstance(stated.value, str):
        statement = replace(statement, act="state", stated=replace(stated, polarity="stated"))
    if read_back and said.value == stated.value:
        better = held
    elif _length(stated) != _length(said):
        better = statement if _length(stated) > _length(said) else held
    elif _width(stated) != _width(said):
        better = statement if _width(stated) < _width(said) else held
    else:
        better = statement if held.confidence <= MURMURED and statement.act == "state" else held
    other = held if better is statement else statement
    evidence = tuple(dict.fromkeys((*held.evidence[:PROOFS_KEPT], *statement.evidence)))
    return replace(better, evidence=evidence, confidence=max(better.confidence, other.confidence))


def _width(stated: Stated) -> float:
    low, high = _bounds(stated)
    return 0.0 if stated.ratio is not None else high - low


def _length(stated: Stated) -> int:
    return len(stated.value) if isinstance(stated.value, str) else 0


def _held(field: str, held: Statement, rivals: Sequence[Statement], history: Sequence[Stated]) -> Fact:
    stated = held.stated
    confidence = held.confidence * (0.9 if stated is not None and stated.hedged else 1.0)
    if not rivals:
        return Fact(field, "settled", stated, tuple(history), held.evidence, round(confidence, 3))
    evidence = tuple(dict.fromkeys(item for rival in rivals for item in rival.evidence)) + held.evidence
    past = (*history, *_stated(rivals))
    wavers = any(each.wavers for each in (held, *rivals))
    return Fact(field, "contradicted", stated, past, evidence, round(confidence * CONTRADICTED, 3), wavers)


def _denied(field: str, denied: Statement, history: Sequence[Stated]) -> Fact:
    refused = denied.stated
    if refused is None:
        return Fact(field, "unclear", None, tuple(history), denied.evidence, denied.confidence)
    bound = Stated(None, refused.text, refused.low, refused.high)
    past = (*history, Stated(refused.value, refused.text, polarity="confirmed"))
    return Fact(field, "denied", bound, past, denied.evidence, denied.confidence)


def _stated(statements: Sequence[Statement]) -> list[Stated]:
    return [statement.stated for statement in statements if statement.stated is not None]
