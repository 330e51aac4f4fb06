"""Values that the customer explains away, once they were read out or told: 九千五? 那是夏天那阵; 一万是他喊我说的."""

from __future__ import annotations

from pipeline.dialogue.answer import Answer
from pipeline.dialogue.evidence import quote
from pipeline.dialogue.record import Record
from pipeline.dialogue.reply import Reply
from pipeline.dialogue.settle import DENIED, UNCLEAR, Statement, agree
from pipeline.dialogue.tools import Tools
from pipeline.dialogue.topics import MEASURED
from pipeline.dialogue.waiting import OpenReadout, Waiting, count_of_values
from pipeline.language.script import fold
from pipeline.types import Stated

# Who somebody is to him is never explained away: 那是我以前的同事.
OF_PEOPLE = ("contact.", "identity.name", "identity.id_number", "identity.mobile", "vehicle.actual_user")
INCOME, WORK = "income.monthly", frozenset({"employment.employer", "employment.position"})
EXPLAINED_WITHIN = 1000


class Explainer:
    """Takes back what a reply explains away, and denies it in the record."""

    def __init__(self, tools: Tools, waiting: Waiting, record: Record) -> None:
        self._tools = tools
        self._waiting = waiting
        self._record = record

    def explain(self, reply: Reply) -> None:
        """Sets aside what was read out and the customer explains away: 九千五? 那是夏天那阵。"""
        if len(reply.text) > EXPLAINED_WITHIN:
            return
        text = fold(reply.turn.text)
        self._take_back_told(reply, text)
        if reply.stance.attitude == "agree":
            return
        several = count_of_values(self._waiting.readouts) > 1
        for item in list(self._waiting.readouts):
            known = self._waiting.read_out(item)
            if known is not None and _may_be_explained(item):
                self._set_aside(reply, text, item, known, several=several)

    def _set_aside(self, reply: Reply, text: str, item: OpenReadout, known: Stated, *, several: bool) -> None:
        """Denies a value read out that the folded `text` explains away; of `several`, only one that it repeats."""
        name = item.readout.field
        said = reply.answers.get(name, [])
        echoes = [answer for answer in said if agree(known, answer.stated) and not answer.negated]
        if several and not echoes and not self._is_of_work():
            return
        why, end = self._tools.explained.find(text, [answer.mention.end for answer in echoes])
        if not why:
            return
        left = [a for a in said if a not in echoes and (why != "aside" or a.mention.start >= end)]
        reply.answers.pop(name, None)
        if left:
            reply.answers[name] = left
        reply.touched.add(name)
        proof = (quote(item.turn, item.readout.mention.start, item.readout.mention.end), quote(reply.turn, 0, end))
        if why in ("aside", "mistaken"):
            self._record.add(Statement(name, "deny", known, proof, DENIED, settles=True))
        elif not left and not self._record.has_value(name):
            self._record.add(Statement(name, "vague", None, proof, UNCLEAR))
        self._waiting.readouts = [each for each in self._waiting.readouts if each is not item]

    def _is_of_work(self) -> bool:
        """Whether all that was read out is where he works and as what: 那是以前 explains all of it."""
        return all(item.readout.field in WORK for item in self._waiting.readouts)

    def _take_back_told(self, reply: Reply, text: str) -> None:
        """一万是他喊我这么说的, 六千五那是我们班长: what is another's word or wage is taken back, whoever asked."""
        for name, said in list(reply.answers.items()):
            if name.startswith(OF_PEOPLE):
                continue
            left = []
            for answer in said:
                end = self._end_of_anothers(name, answer, text)
                if not end:
                    left.append(answer)
                    continue
                proof = (quote(reply.turn, answer.mention.start, end),)
                self._record.add(Statement(name, "deny", answer.stated, proof, DENIED, settles=True))
                reply.touched.add(name)
            if len(left) < len(said):
                reply.answers[name] = left
                if not left:
                    del reply.answers[name]

    def _end_of_anothers(self, name: str, answer: Answer, text: str) -> int:
        """Where it ends that an answer is another's word or wage; 0 where it is his own."""
        if answer.mention.kind not in MEASURED:
            return 0
        explained, mention = self._tools.explained, answer.mention
        end = explained.told(text, mention.end)
        return mention.end if name == INCOME and not end and explained.put_down(text, mention.start) else end


def _may_be_explained(item: OpenReadout) -> bool:
    """Whether a value was read out by the agent, as it stands, and is none of who somebody is."""
    plain = item.turn.speaker == "agent" and not item.readout.negated
    return plain and not item.readout.field.startswith(OF_PEOPLE)
