"""What a trained model reads in a turn: duties and warning signs are said in more words than can be listed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from pipeline.dialogue.features import features
from pipeline.language.script import fold
from pipeline.types import LabelModel

_NUMBER = re.compile(r"[0-9零〇一幺二两三四五六七拐八九十百千万]+")
_ANY_NUMBER = "\ue003"
_SENTENCE = re.compile(r"[^。?？!！;；\n]+")
_CLAUSE = re.compile(r"[^\s,，、]+")
_CLAUSES_TOGETHER = 2
_LONGEST = 400


class Read(NamedTuple):
    """A part of a turn's text, read alone, and how likely each label is there."""

    start: int
    end: int
    scores: Mapping[str, float]


@lru_cache(maxsize=4096)
def read_parts(text: str, model: LabelModel) -> tuple[Read, ...]:
    """The whole turn, its sentences, and every two clauses side by side, so that a sign among much else is not drowned.

    What stands behind the first 400 characters is read by its parts only.
    """
    return tuple(
        Read(start, end, model.score(features(plain_words(text[start:end]), ())))
        for start, end in dict.fromkeys(_parts(text))
    )


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
