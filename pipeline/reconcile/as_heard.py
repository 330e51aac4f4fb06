"""Outcomes in the words that were heard, where a turn was put right, or joined with others, to read it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.contract import FieldOutcome, StatedItem
from pipeline.dialogue.going_on import JOINT
from pipeline.types import Turn


def as_heard(outcomes: Sequence[FieldOutcome], turns: Iterable[Turn]) -> tuple[FieldOutcome, ...]:
    """The outcomes with what is said in them letter for letter as it was heard: 首付七完二, read as 七万二."""
    by_id = {turn.id: turn for turn in turns}
    return tuple(_outcome_as_heard(outcome, by_id) for outcome in outcomes)


def _outcome_as_heard(outcome: FieldOutcome, by_id: dict[int, Turn]) -> FieldOutcome:
    turns = [by_id[item.turn] for item in outcome.evidence]
    if outcome.stated is None or not turns:
        return outcome
    read, stated = outcome.stated.text, _item_as_heard(outcome.stated, turns)
    if all(turn.heard is None for turn in turns) and stated == outcome.stated:
        return outcome
    return outcome.model_copy(
        update={
            "stated": stated,
            "history": [_item_as_heard(item, turns) for item in outcome.history],
            "explanation": outcome.explanation.replace(f"“{read}”", f"“{stated.text}”"),
            "explanation_zh": outcome.explanation_zh.replace(f"「{read}」", f"「{stated.text}」"),
        }
    )


def _item_as_heard(item: StatedItem, turns: Sequence[Turn]) -> StatedItem:
    """An item whose text, which may be of several pieces with spaces between, is as it was heard."""
    return item.model_copy(update={"text": " ".join(_heard(piece, turns) for piece in item.text.split(" "))})


def _heard(piece: str, turns: Sequence[Turn]) -> str:
    for turn in turns:
        place = turn.text.find(piece)
        if place >= 0:
            return turn.part_heard(place, place + len(piece))
    return " ".join(_heard(each, turns) for each in piece.split(JOINT)) if JOINT in piece else piece
