"""Signals that the agent put into words and the customer answered: 有没有中介收费? — 收了。"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.contract import EvidenceItem
from pipeline.findings.cues import compiled, evidence_of, holds_any, is_negated, plain_of
from pipeline.findings.settings import Agreed, Answers
from pipeline.types import Turn

_A_NOT_A = re.compile(r"是不是|有没有|会不会|能不能|要不要")
_CHOICE = "还是"
_WHEN_SHORT = 24
_TURNS_TO_ANSWER = 3
_LOOK_BACK = 24


def find_agreed(agreed: Agreed, turns: Sequence[Turn], answers: Answers) -> Iterator[tuple[float, list[EvidenceItem]]]:
    """Confidence and evidence (question, answer) of every such question that was answered so."""
    for index, turn in enumerate(turns):
        if turn.speaker == "agent" and _asks(agreed, turn):
            reply = _reply(turns[index + 1 : index + 1 + _TURNS_TO_ANSWER])
            if reply is not None and _means(agreed.answer, reply, answers):
                yield agreed.confidence, [_whole(turn), _whole(reply)]


def _asks(agreed: Agreed, turn: Turn) -> bool:
    """Whether the turn's question is one of those sought, put positively, and not as a choice."""
    text = plain_of(turn.text).text
    if _CHOICE in text or holds_any(agreed.unless, text) or not holds_any(agreed.question, text):
        return False
    for pattern in agreed.question:
        for found in compiled(pattern).finditer(text):
            before = _A_NOT_A.sub("有", text[max(0, found.start() - _LOOK_BACK) : found.start()])
            if not is_negated(before, len(before)):
                return True
    return False


def _reply(following: Sequence[Turn]) -> Turn | None:
    """The customer's next turn, unless the agent speaks on first."""
    for turn in following:
        if turn.speaker == "customer":
            return turn
        if turn.speaker == "agent":
            return None
    return None


def _means(answer: str, reply: Turn, answers: Answers) -> bool:
    text = plain_of(reply.text).text
    if answer == "no":
        return re.search(answers.no, text) is not None
    opening = re.split(r"[。?]", text)[0][:_WHEN_SHORT]
    return re.search(answers.yes, text) is not None and re.search(answers.not_yes, opening) is None


def _whole(turn: Turn) -> EvidenceItem:
    return evidence_of(turn, 0, len(turn.text))
