"""Whether the customer still repays other loans: 没有, 有房贷, 车贷早还清了, 就一个借呗."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.dialogue.acts import Stance
from pipeline.language.phrases import Hit, PhraseBook
from pipeline.language.resources import table, word_list
from pipeline.language.script import CLAUSE_END

FILE = "dialogue/debts.yaml"
ASKS_BACK = ("吗", "么", "算不算")
HAS, PAYS = "debt.has_other_loans", "debt.monthly_payment"


@dataclass(frozen=True, slots=True)
class DebtQuestion:
    """What kind of debts an agent asks about: all of them (`general`), and whether 没有 is expected."""

    general: bool
    expects_no: bool


class Debts:
    """Reads debts by `configs/dialogue/debts.yaml`."""

    def __init__(self, own: Path | None = None) -> None:
        words = table(FILE, own)
        self._general = word_list(words["general"])
        self._kinds = PhraseBook((word, "") for word in word_list(words["kinds"]))
        self._settled = word_list(words["settled"])
        self._negations = word_list(words["negations"])
        self._owing = word_list(words["owing"])
        self._expects_no = word_list(words["expects_no"])
        self._brought_up = PhraseBook((word, "") for word in word_list(words["brought_up"]))
        self._revolving = frozenset(word_list(words["revolving"]))
        self._reach = int(words["reach"])

    def question(self, text: str) -> DebtQuestion:
        """How an agent's folded text asks about debts."""
        general = any(word in text for word in self._general)
        expects_no = any(word in text.replace("有没有", "") for word in self._expects_no)
        return DebtQuestion(general, expects_no)

    def answer(self, text: str, stance: Stance, question: DebtQuestion | None, amounts: bool) -> bool | None:
        """Whether a customer's folded text says that there are debts; None where it says neither.

        `question` is the one that waits, None where debts were not asked about; `amounts`: instalments are named.
        """
        owed, cleared = self._named(text)
        if question is None:
            brought = any(self._kinds.match(text, hit.end) is not None for hit in self._brought_up.find(text))
            return True if brought and owed else None
        if text.rstrip("?。! ").endswith(ASKS_BACK) or stance.attitude in ("unsure", "refuse"):
            return None
        if amounts or owed:
            return True
        if stance.attitude == "deny":
            return False
        if cleared or any(word in text for word in self._settled):
            return False
        if stance.attitude in ("agree", "hedged", "weak"):
            return not question.expects_no or text.startswith("有")
        return None

    def _named(self, text: str) -> tuple[list[Hit], list[Hit]]:
        """The debts that a text names as owed, and those that it names as cleared or absent."""
        owed: list[Hit] = []
        cleared: list[Hit] = []
        hits = self._kinds.find(text)
        for index, hit in enumerate(hits):
            floor = hits[index - 1].end if index else 0
            ceiling = hits[index + 1].start if index + 1 < len(hits) else len(text)
            before = _clause_before(text, max(floor, hit.start - self._reach), hit.start)
            after = _clause_after(text, hit.end, min(ceiling, hit.end + self._reach))
            if hit.phrase in self._revolving:
                after_all = text[hit.end : min(ceiling, hit.end + 2 * self._reach)]
                if any(word in after_all for word in self._settled):
                    cleared.append(hit)
                    continue
            plain = after
            for word in ("都没有", "没有", "没得", "都没"):
                plain = plain.replace(word, "")
            if any(word in after for word in self._settled):
                cleared.append(hit)
            elif any(word in plain for word in self._owing) and not after.startswith(self._negations):
                owed.append(hit)
            elif plain != after or after.startswith(self._negations) or any(word in before for word in self._negations):
                cleared.append(hit)
            else:
                owed.append(hit)
        return owed, cleared


def _clause_before(text: str, start: int, end: int) -> str:
    piece = text[start:end]
    return piece[max((piece.rfind(stop) for stop in CLAUSE_END), default=-1) + 1 :]


def _clause_after(text: str, start: int, end: int) -> str:
    piece = text[start:end]
    return piece[: min((place for stop in CLAUSE_END if (place := piece.find(stop)) >= 0), default=len(piece))]
