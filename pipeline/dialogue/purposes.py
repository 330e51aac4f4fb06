"""What a car is for, said in any words: 单位远坐公交不方便, 他征信花了挂我的名, 厂里货款压着."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from itertools import islice
from pathlib import Path

from pipeline.dialogue.scoring import TextScorer
from pipeline.language.masking import mask
from pipeline.language.resources import table
from pipeline.language.script import CLAUSE_END
from pipeline.types import LabelModel, Mention

# A private purpose accuses nobody; a commercial one must be plain, beside a purpose that words name plainer still.
SURE, PLAIN, BESIDE = 0.6, 0.9, 0.97
# Said to be paid for, a trade needs to be no plainer than this: 旺季有人包车,一天收个五六百.
PAID_PLAIN = 0.85
PAID = re.compile(
    r"收(?:个|点|他们?|人家|别个)*[一二三四五六七八九十两几百千0-9]|收(?:点|些)?(?:钱|费|运费|油费|车费|路费)(?!吗|么|不)"
    r"|(?:一趟|一转|一单|一次|一车)[^,。!?]{0,4}(?:[一二三四五六七八九十两几]百|[0-9]{2,})|运费|(?:挣|赚)(?:点|个|些|几)"
)
# Bought for somebody else: what is told of a deal names it, or what somebody does with the car (他没细问我 does not).
FOR_OTHER, OF_THE_DEAL = "for_other", re.compile("[买贷开用名还车办签给帮替送借拿提付]")
SHORTEST, LONGEST, CLAUSES_READ = 2, 40, 12
BREAKS = CLAUSE_END | {" "}
COMMERCIAL = frozenset({"ride_hailing", "freight", "rental", "business_use", "for_other", "resale", "cash_out"})


class PurposeAnswers:
    """Reads answers to a question for the purpose, clause by clause, with a trained model."""

    def __init__(self, model: LabelModel, own: Path | None = None) -> None:
        self._scorer = TextScorer(model)
        self._refuses = re.compile(table("language/purposes.yaml", own)["refuses"])

    def for_call(self) -> PurposeAnswers:
        """The same, with nothing read yet: what is remembered of answers lives no longer than their call."""
        for_call = copy(self)
        for_call._scorer = self._scorer.for_call()
        return for_call

    def read(self, text: str, mentions: Sequence[Mention], *, asked: bool = True) -> list[Mention]:
        """Purpose mentions of a folded answer: whole clauses in which no phrase is known; `asked`: the question was for
        the purpose, and not for who drives.
        """
        known = [m for m in mentions if m.kind == "purpose"]
        found: list[Mention] = []
        for start, end, chances in self.likely(text, mentions):
            if any(m.start < end and start < m.end for m in known):
                continue
            value = max(chances, key=chances.__getitem__)
            if known and value not in COMMERCIAL:
                continue
            plain = BESIDE if known or not asked else PLAIN
            if PAID.search(text):
                plain = PAID_PLAIN
            private = SURE if asked else PLAIN
            if value == FOR_OTHER and not OF_THE_DEAL.search(text, start, end):
                continue
            if chances[value] >= (plain if value in COMMERCIAL else private):
                found.append(Mention("purpose", start, end, text[start:end], None, value, {"read": "model"}))
        return found

    def likely(self, text: str, mentions: Sequence[Mention]) -> list[tuple[int, int, Mapping[str, float]]]:
        """The clauses of a folded answer, and how likely each tells of every purpose."""
        clauses = (span for span in _clauses(text) if self._refuses.search(text, *span) is None)
        spans = list(islice(clauses, CLAUSES_READ))
        masked = [mask(text[start:end], _inside(mentions, start, end)) for start, end in spans]
        chances = self._scorer.score(masked)
        return [(start, end, each) for (start, end), each in zip(spans, chances, strict=True)]


def _inside(mentions: Sequence[Mention], start: int, end: int) -> list[Mention]:
    return [replace(m, start=m.start - start, end=m.end - start) for m in mentions if start <= m.start < m.end <= end]


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for place in range(len(text) + 1):
        if place == len(text) or text[place] in BREAKS:
            if SHORTEST <= place - start <= LONGEST:
                yield start, place
            start = place + 1
