"""Signals that the agent put into words and the customer answered: 有没有中介收费? — 收了。"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.contract import EvidenceItem
from pipeline.findings.lines import Line
from pipeline.findings.plain import holds_any
from pipeline.findings.quoting import evidence_of
from pipeline.findings.settings import Agreed, Answers
from pipeline.language.sieve import compiled
from pipeline.types import Turn

_A_NOT_A = re.compile(r"是不是|有没有|会不会|能不能|要不要")
_SENTENCE = re.compile(r"[。?]")
_CHOICE = "还是"
_WHEN_SHORT = 24
_TURNS_TO_ANSWER = 3
_LOOK_BACK = 24


def find_agreed(agreed: Agreed, lines: Sequence[Line], answers: Answers) -> Iterator[tuple[float, list[EvidenceItem]]]:
    """Confidence and evidence (question, answer) of every such question that was answered so."""
    for index, line in enumerate(lines):
        if line.turn.speaker == "agent" and _asks(agreed, line):
            reply = _reply(lines[index + 1 : index + 1 + _TURNS_TO_ANSWER])
            if reply is not None and _means(agreed.answer, reply.plain.text, answers):
                yield agreed.confidence, [_whole(line.turn), _whole(reply.turn)]


def _asks(agreed: Agreed, line: Line) -> bool:
    """Whether the turn's question is one of those sought, put positively, and not as a choice."""
    text = line.plain.text
    questions = agreed.asked.among(line.out)
    if not questions or _CHOICE in text or holds_any(agreed.unless, text):
        return False
    for place in questions:
        for found in compiled(agreed.question[place]).finditer(text):
            before = _A_NOT_A.sub("有", text[max(0, found.start() - _LOOK_BACK) : found.start()])
            if not line.grammar.is_negated(before, len(before)):
                return True
    return False


def _reply(following: Sequence[Line]) -> Line | None:
    """The customer's next turn, unless the agent speaks on first."""
    for line in following:
        if line.turn.speaker == "customer":
            return line
        if line.turn.speaker == "agent":
            return None
    return None


def _means(answer: str, text: str, answers: Answers) -> bool:
    if answer == "no":
        return compiled(answers.no).search(text) is not None
    opening = _SENTENCE.split(text)[0][:_WHEN_SHORT]
    return compiled(answers.yes).search(text) is not None and compiled(answers.not_yes).search(opening) is None


def _whole(turn: Turn) -> EvidenceItem:
    return evidence_of(turn, 0, len(turn.text))
