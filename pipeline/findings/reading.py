"""What a trained model reads in a turn: duties and warning signs are said in more words than can be listed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

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
    """What a model finds in one turn: how likely each label is in the part where it is likeliest.

    `chances` float32 [parts, labels] are those of the parts `spans`; `tops` the greatest of each label.
    """

    def __init__(
        self,
        labels: Mapping[str, int],
        spans: Sequence[tuple[int, int]],
        chances: NDArray[np.float32],
        tops: Sequence[float],
    ) -> None:
        self._labels, self._spans, self._chances, self._tops = labels, spans, chances, tops
        self.top = max(tops)

    def chance(self, label: str) -> float:
        """The chance of `label` in the part where it is likeliest."""
        return self._tops[self._labels[label]] if label in self._labels else 0.0

    def best(self, label: str) -> tuple[float, int, int]:
        """The chance of `label`, and the offsets of the part that holds it."""
        if label not in self._labels:
            return 0.0, 0, 0
        chances = self._chances[:, self._labels[label]].tolist()
        return max(((chance, *span) for chance, span in zip(chances, self._spans, strict=True)), default=(0.0, 0, 0))


class Readings:
    """A call's turns read by one model, each once: as a whole, its sentences, and every two clauses side by side, so
    that a sign among much else is not drowned. What stands behind the first 400 characters is read by its parts only.
    """

    def __init__(self, model: LabelModel) -> None:
        self._scorer = TextScorer(model)
        self._labels = {label: place for place, label in enumerate(model.labels)}
        self._known: dict[str, Reading] = {}
        self._highest = [0.0] * len(self._labels)

    def highest(self, label: str) -> float:
        """The greatest chance of `label` in any text that was read."""
        return self._highest[self._labels[label]] if label in self._labels else 0.0

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
        spans = [list(dict.fromkeys(_parts(text))) or [(0, 0)] for text in new]
        words = [
            spoken(plain_words(text[start:end])) for text, each in zip(new, spans, strict=True) for start, end in each
        ]
        apart = {part: place for place, part in enumerate(dict.fromkeys(words))}
        chances = self._scorer.chances(list(apart))[[apart[part] for part in words]]
        ends = list(accumulate(map(len, spans)))
        starts = [0, *ends[:-1]]
        tops = np.maximum.reduceat(chances, starts, axis=0).tolist()
        for text, parts, start, end, top in zip(new, spans, starts, ends, tops, strict=True):
            self._known[text] = Reading(self._labels, parts, chances[start:end], top)
        self._highest = list(map(max, zip(self._highest, *tops, strict=True)))


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
