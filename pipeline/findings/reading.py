"""What a trained model reads in a turn: duties and warning signs are said in more words than can be listed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pipeline.dialogue.features import spoken
from pipeline.dialogue.scoring import TextScorer
from pipeline.language.script import fold
from pipeline.types import LabelModel

_NUMBER = re.compile(r"[0-9零〇一幺二两三四五六七拐八九十百千万]+")
_ANY_NUMBER = "\ue003"
_SENTENCE = re.compile(r"[^。?？!！;；\n]+")
_CLAUSE = re.compile(r"[^\s,，、]+")
_CLAUSES_TOGETHER = 2
_LONGEST = 400


class Reading:
    """What a model finds in one turn: how likely each label is in the part where it is likeliest."""

    def __init__(self, spans: Sequence[tuple[int, int]], scores: Sequence[Mapping[str, float]]) -> None:
        self._parts = tuple(zip(spans, scores, strict=True))
        self._best: dict[str, tuple[float, int, int]] = {}
        self.top = max((max(likely.values(), default=0.0) for likely in scores), default=0.0)

    def best(self, label: str) -> tuple[float, int, int]:
        """The chance of `label`, and the offsets of the part that holds it."""
        known = self._best.get(label)
        if known is None:
            parts = ((likely.get(label, 0.0), start, end) for (start, end), likely in self._parts)
            known = self._best[label] = max(parts, default=(0.0, 0, 0))
        return known


class Readings:
    """A call's turns read by one model, each once: as a whole, its sentences, and every two clauses side by side, so
    that a sign among much else is not drowned. What stands behind the first 400 characters is read by its parts only.
    """

    def __init__(self, model: LabelModel) -> None:
        self._scorer = TextScorer(model)
        self._known: dict[str, Reading] = {}

    def of(self, text: str) -> Reading:
        """The reading of a plain text."""
        if text not in self._known:
            self.prepare((text,))
        return self._known[text]

    def prepare(self, texts: Iterable[str]) -> None:
        """Reads all of `texts` in one go; what was read before is remembered."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if not new:
            return
        spans = {text: list(dict.fromkeys(_parts(text))) for text in new}
        words = {text: [spoken(plain_words(text[start:end])) for start, end in spans[text]] for text in new}
        apart = list(dict.fromkeys(part for parts in words.values() for part in parts))
        scores = dict(zip(apart, self._scorer.score(apart), strict=True))
        for text in new:
            self._known[text] = Reading(spans[text], [scores[part] for part in words[text]])


def plain_words(text: str) -> str:
    """What is said in a turn or a part of it, folded, with one mark for every number."""
    return _NUMBER.sub(_ANY_NUMBER, fold(text))


def _parts(text: str) -> Iterator[tuple[int, int]]:
    if text.strip():
        yield 0, min(len(text), _LONGEST)
    for sentence in _SENTENCE.finditer(text):
        clauses = list(_CLAUSE.finditer(text, *sentence.span()))
        if clauses:
            yield clauses[0].start(), min(clauses[-1].end(), clauses[0].start() + _LONGEST)
        for first, last in zip(clauses, clauses[_CLAUSES_TOGETHER - 1 :], strict=False):
            yield first.start(), min(last.end(), first.start() + _LONGEST)
