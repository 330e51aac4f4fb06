"""Identity and telephone numbers that the customer reads out in groups of digits."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.dialogue.answer import Answer
from pipeline.dialogue.digits import FIELD as ID
from pipeline.dialogue.digits import MOBILE, WHOLE
from pipeline.dialogue.evidence import quote, weight
from pipeline.dialogue.record import Record
from pipeline.dialogue.reply import Reply
from pipeline.dialogue.settle import ANSWERED
from pipeline.dialogue.waiting import Waiting

MOBILE_BEGINS = re.compile(r"1[3-9][0-9]")


class Dictation:
    """Notes dictated numbers in the record."""

    def __init__(self, waiting: Waiting, record: Record) -> None:
        self._waiting = waiting
        self._record = record

    def is_dictated(self, name: str, answers: Sequence[Answer]) -> bool:
        """Whether the answers to a field are digits that he reads out, to be put together."""
        return name == ID or (name == MOBILE and (self._is_awaited() or _is_begun(answers)))

    def take(self, reply: Reply, name: str, answers: Sequence[Answer]) -> None:
        """Puts the digits of a reply behind those that he has read out before."""
        number = self._record.digits[name]
        if name == MOBILE and _is_begun(answers):
            self._record.add(number.begin(0))
        for answer in answers:
            mention = answer.mention
            evidence = quote(reply.turn, mention.start, mention.end)
            confidence = ANSWERED * weight(reply.turn, mention.start, mention.end)
            settles = answer.corrects or self._waiting.settles(name)
            joined = mention.attributes.get("joined", "")
            digits = joined if joined and len(joined) == number.wanted else str(answer.stated.value)
            if number.wanted < len(digits) < WHOLE[name]:
                digits = _as_many(digits, mention.attributes.get("groups", "").split(), number.wanted)
            self._record.add(number.take(digits, mention.text, evidence, confidence, settles=settles))
        self._waiting.remember(name)

    def _is_awaited(self) -> bool:
        """Whether a telephone number is being told from its beginning, and nothing of it was read out."""
        if any(item.readout.field == MOBILE for item in self._waiting.readouts):
            return False
        return self._record.in_progress(MOBILE) or self._waiting.waits_for(MOBILE)


def _as_many(digits: str, groups: Sequence[str], wanted: int) -> str:
    """Of more digits than the `wanted` ones (0: any number) those that were said as one group; else the last ones,
    behind what he said to himself on the way there (九幺零八……).
    """
    whole = [group for group in groups if len(group) == wanted]
    return whole[-1] if whole else digits[-wanted:] if wanted else digits


def _is_begun(answers: Sequence[Answer]) -> bool:
    """Whether a telephone number is begun: its first digits, and not all of it."""
    said = str(answers[-1].stated.value)
    return MOBILE_BEGINS.match(said) is not None and len(said) < WHOLE[MOBILE]
