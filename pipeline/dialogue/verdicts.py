"""What agreement with, or denial of, a value that was read out puts into the record of a call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.dialogue.clauses import clause_start
from pipeline.dialogue.digits import FIELD as ID
from pipeline.dialogue.evidence import quote, trust
from pipeline.dialogue.record import Record
from pipeline.dialogue.reply import Reply
from pipeline.dialogue.settle import CONFIRMED, DENIED, HALF, MURMURED, UNCLEAR, Statement, agree
from pipeline.dialogue.waiting import CAR, OpenReadout, Waiting
from pipeline.types import Evidence, Stated

AFTER_A = (",", "。", " ", "、", "!", "…", "")


class Verdicts:
    """Notes what a reply's stance makes of a value."""

    def __init__(self, waiting: Waiting, record: Record) -> None:
        self._waiting = waiting
        self._record = record

    def confirm(self, reply: Reply, item: OpenReadout, evidence: Evidence) -> None:
        """Notes that a reply agrees to a value read out, as firmly as its stance is."""
        readout, attitude = item.readout, reply.stance.attitude
        if attitude == "acknowledge" and not readout.question:
            return
        if attitude == "weak" and _is_surprised(reply):
            return
        if attitude in ("weak", "acknowledge") and (self._waiting.asks_last or item.turn.speaker == "third_party"):
            return
        stated = self._waiting.read_out(item)
        if stated is None or (readout.field == ID and self._has_said(ID, stated)):
            return
        proof = (quote(item.turn, readout.mention.start, readout.mention.end), evidence)
        base = {"agree": CONFIRMED, "hedged": HALF}.get(attitude, MURMURED if readout.question else HALF)
        confidence = base * trust(reply.turn, reply.stance.start, reply.stance.end)
        if readout.negated:
            self._record.add(Statement(readout.field, "deny", stated, proof, confidence))
            return
        stated = replace(stated, hedged=stated.hedged or attitude == "hedged")
        self._record.add(Statement(readout.field, "confirm", stated, proof, confidence, readout.settles))

    def deny(self, item: OpenReadout, evidence: Evidence, *, several: bool) -> None:
        """Notes that a value read out is denied; of `several`, nobody knows which."""
        stated = self._waiting.read_out(item)
        proof = (quote(item.turn, item.readout.mention.start, item.readout.mention.end), evidence)
        if several and item.readout.field not in CAR:
            self._record.add(Statement(item.readout.field, "vague", None, proof, UNCLEAR))
        elif stated is not None:
            self._record.add(Statement(item.readout.field, "deny", stated, proof, DENIED))

    def bound(self, reply: Reply, waiting: Sequence[OpenReadout], evidence: Evidence) -> None:
        """没付那么多: the value read out is too high (不止: too low); of several the one that is named."""
        measured = [item for item in waiting if item.readout.mention.quantity is not None]
        fields_in = self._waiting.tools.topics.fields_in
        here = fields_in(reply.text[clause_start(reply.text, reply.stance.start) : reply.stance.end])
        named = here or (fields_in(reply.text) if len(measured) > 1 else [])
        if named:  # 首付没错,贷款没那么多
            measured = [item for item in measured if item.readout.field in named]
        if len(measured) != 1:
            return
        item = measured[0]
        stated = self._waiting.read_out(item)
        if stated is not None:
            proof = (quote(item.turn, item.readout.mention.start, item.readout.mention.end), evidence)
            self.refuse(reply, item.readout.field, stated, proof, bound=True)

    def refuse(self, reply: Reply, name: str, stated: Stated, evidence: tuple[Evidence, ...], *, bound: bool) -> None:
        """Notes that a value does not hold; with `bound`, that the right one is below it, or above (不止)."""
        if bound and isinstance(stated.value, int | float):
            low = stated.value if reply.stance.attitude == "more" else None
            high = None if reply.stance.attitude == "more" else stated.value
            stated = replace(stated, low=low, high=high)
        self._record.add(Statement(name, "deny", stated, evidence, DENIED))
        self._waiting.remember(name)

    def _has_said(self, name: str, stated: Stated) -> bool:
        """Whether he has said that, or a part of it, himself."""
        before = self._record.latest(name)
        return before is not None and agree(before, stated)


def _is_surprised(reply: Reply) -> bool:
    """啊打店里: 啊 in one breath with what follows agrees to nothing."""
    return reply.text.startswith("啊") and not (reply.stance.alone or reply.text[1:2] in AFTER_A)
