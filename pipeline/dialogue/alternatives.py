"""Terms that were offered and not taken, and the instalments told of them: 三年那个得两千七百多,我寻思压力大."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.dialogue.amounts import Amounts
from pipeline.dialogue.clauses import sentence_end
from pipeline.dialogue.reply import Reply, ReplyReader
from pipeline.language.script import SENTENCE_END
from pipeline.types import Mention, Scalar

TERM = "loan.term_months"
# What is set beside each other stands in an answer; a longer turn is none.
READ = 1000
LENGTHS = frozenset({"year", "half", "month", "instalment"})


class Alternatives(ReplyReader):
    """Tells what is said of another term than the one that holds."""

    def is_set_aside(self, reply: Reply, mention: Mention) -> bool:
        """Whether a term, or a sum, is of a way to repay that the customer only sets beside the one he takes."""
        if (
            len(reply.text) > READ
            or mention.kind not in ("money", "duration")
            or not self._waiting.touches_now("loan.")
        ):
            return False
        said = [m for m in self._reader.read(reply.turn) if m.kind in ("money", "duration")]
        term = term_of(said, mention, reply.text)
        if term is None or not is_alternative(self._tools.amounts, reply.text, term, said):
            return False
        months, taken = self._months(term), self._taken(reply.text, term, said)
        return months is not None and taken is not None and months != taken

    def _taken(self, text: str, term: Mention, said: Sequence[Mention]) -> Scalar | None:
        """The term that holds: another one that the turn says plainly, else the one told before or read out."""
        others = [m for m in said if m.kind == "duration" and m.attributes.get("unit") in LENGTHS and m is not term]
        plain = [
            m for m in others if not is_alternative(self._tools.amounts, text, m, said) and self._months(m) is not None
        ]
        if plain:
            return self._months(plain[0])
        if (told := self._record.latest(TERM)) is not None:
            return told.value
        read_out = [self._waiting.read_out(item) for item in self._waiting.readouts if item.readout.field == TERM]
        return next((each.value for each in read_out if each is not None), None)

    def _months(self, term: Mention) -> Scalar | None:
        stated = self._tools.values.read(TERM, term)
        return stated.value if stated is not None else None


def is_alternative(amounts: Amounts, text: str, term: Mention, said: Sequence[Mention]) -> bool:
    """Whether the words around a term set it beside another one, or turn it down behind its instalment."""
    if amounts.is_option(text, term.end) or amounts.is_only_supposed(text, term.start):
        return True
    follows = [m.end for m in said if m.kind == "money" and term_of(said, m, text) is term]
    return bool(follows) and amounts.is_turned_down(text[follows[-1] : sentence_end(text, follows[-1])])


def term_of(said: Sequence[Mention], mention: Mention, text: str) -> Mention | None:
    """The length of time itself, or the one named last before a sum in its sentence, with no other sum between."""
    if mention.kind == "duration":
        return mention if mention.attributes.get("unit") in LENGTHS else None
    before = [m for m in said if m.end <= mention.start]
    last = before[-1] if before else None
    if last is None or last.kind != "duration" or last.attributes.get("unit") not in LENGTHS:
        return None
    return None if SENTENCE_END.intersection(text[last.end : mention.start]) else last
