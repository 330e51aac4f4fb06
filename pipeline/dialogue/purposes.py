"""What a car is for, said in any words: 单位远坐公交不方便, 他征信花了挂我的名, 厂里货款压着."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from pipeline.dialogue.features import features
from pipeline.language.masking import mask
from pipeline.language.script import CLAUSE_END
from pipeline.types import LabelModel, Mention

# A private purpose accuses nobody; a commercial one must be plain.
SURE, PLAIN = 0.6, 0.9
SHORTEST, LONGEST, CLAUSES_READ = 2, 40, 12
BREAKS = CLAUSE_END | {" "}
COMMERCIAL = frozenset({"ride_hailing", "freight", "rental", "business_use", "for_other", "resale", "cash_out"})


class PurposeAnswers:
    """Reads answers to a question for the purpose, clause by clause, with a trained model."""

    def __init__(self, model: LabelModel) -> None:
        self._model = model

    def read(self, text: str, mentions: Sequence[Mention]) -> list[Mention]:
        """Purpose mentions of a folded answer: whole clauses where no phrase was known."""
        if any(m.kind == "purpose" for m in mentions):
            return []
        found: list[Mention] = []
        for start, end in islice(_clauses(text), CLAUSES_READ):
            inside = [
                replace(m, start=m.start - start, end=m.end - start)
                for m in mentions
                if start <= m.start < m.end <= end
            ]
            chances = self._model.score(features(mask(text[start:end], inside), ()))
            value = max(chances, key=chances.__getitem__)
            if chances[value] >= (PLAIN if value in COMMERCIAL else SURE):
                found.append(Mention("purpose", start, end, text[start:end], None, value, {"read": "model"}))
        return found


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for place in range(len(text) + 1):
        if place == len(text) or text[place] in BREAKS:
            if SHORTEST <= place - start <= LONGEST:
                yield start, place
            start = place + 1
