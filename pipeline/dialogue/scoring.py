"""Scores many texts at once with a trained model of their `features`: runs of characters and syllables as numbers.

A run of up to four characters is one 64-bit number, 16 bits a character; a run of syllables likewise, by their codes.
So every run of a call's texts is looked up in the model's vocabulary by one search, not one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.dialogue.features import (
    CONTEXT,
    END,
    LONGEST_RUN,
    START,
    SYLLABLE_RUNS,
    after,
    right_after,
    spoken,
    syllables_of,
)
from pipeline.language import sounds
from pipeline.types import LabelModel

_BITS = np.uint64(16)
_OUTSIDE = 0xFFFF  # for characters beyond the basic plane; no vocabulary has it
_NOTHING = "\0"
_SYLLABLES, _NO_MARK = np.uint64(0xFFFE << 48), np.uint64(0)


class Scored(NamedTuple):
    """A text as a model weighs it: sums of weights, float32 [labels], and how many features they are of."""

    sums: NDArray[np.float32]
    known: int


class TextScorer:
    """Scores texts with one model. Remembers every text: make one `for_call`, and drop it with the call."""

    def __init__(self, model: LabelModel) -> None:
        self._model = model
        self.labels = model.labels
        self._runs = _runs_of(model)
        self._remembered: dict[str, Scored] = {}

    def for_call(self) -> TextScorer:
        """A scorer with the same model that has read nothing yet."""
        return TextScorer(self._model)

    def prepare(self, texts: Iterable[str]) -> None:
        """Reads those of `texts` (folded, values masked) that are new, all in one go."""
        known = self._remembered
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            rows, counts = self._runs.rows(new)
            sums = self._model.sums(rows, counts)
            known.update(zip(new, map(Scored, sums, counts.tolist()), strict=True))

    def score(self, texts: Sequence[str], recent: Sequence[str] = ()) -> list[Mapping[str, float]]:
        """The chance of every label for each of `texts`, said after the fields `recent`, newest first."""
        labels = self._model.labels
        return [dict(zip(labels, row, strict=True)) for row in self.chances(texts, recent).tolist()]

    def chances(self, texts: Sequence[str], recent: Sequence[str] = ()) -> NDArray[np.float32]:
        """As `score`, float32 [texts, labels] in the order of the model's labels."""
        if not texts:
            return np.empty((0, len(self._model.labels)), np.float32)
        self.prepare(texts)
        read = [self._remembered[text] for text in texts]
        sums = np.array([one.sums for one in read])
        counts = np.array([one.known for one in read])
        before = self._runs.after(tuple(recent[:CONTEXT]))
        sums += before.sums
        counts += before.known
        return self._model.chances(sums, counts)


class _Runs:
    """The vocabulary of a model of `features`, searched by numbers."""

    def __init__(self, model: LabelModel) -> None:
        self._model = model
        self._vocabulary = vocabulary = model.vocabulary
        self.after = lru_cache(maxsize=1024)(self._after)
        keys, rows = _keys_of(vocabulary)
        order = np.argsort(keys)
        self._keys, self._rows = keys[order], rows[order]

    def _after(self, recent: tuple[str, ...]) -> Scored:
        """What the fields spoken of last weigh."""
        names = [*dict.fromkeys(map(after, recent)), *map(right_after, recent[:1])]
        rows = [row for name in names if (row := self._vocabulary.get(name)) is not None]
        (sums,) = self._model.sums(np.array(rows, np.intp), np.array([len(rows)]))
        return Scored(sums, len(rows))

    def rows(self, texts: Sequence[str]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The rows of every text's features, each once, and how many each has."""
        marked = [START + spoken(text) + END for text in texts]
        lengths = np.fromiter(map(len, marked), np.intp, len(marked))
        letters = "".join(marked)
        owner = np.repeat(np.arange(len(marked)), lengths)
        left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(letters))
        by_length = [
            *_runs(_codes(letters), range(1, LONGEST_RUN + 1)),
            *_runs(_codes(sounds.syllable_codes(letters)), SYLLABLE_RUNS, mark=_SYLLABLES),
        ]
        inside = [left[: len(keys)] >= length for length, keys in by_length]
        keys = np.concatenate([keys[fits] for (_, keys), fits in zip(by_length, inside, strict=True)])
        owners = np.concatenate([owner[: len(fits)][fits] for fits in inside])
        places = np.searchsorted(self._keys[:-1], keys)
        found = self._keys[places] == keys
        width = len(self._vocabulary)
        pairs = np.sort(owners[found] * width + self._rows[places[found]])
        first = np.ones(len(pairs), bool)
        first[1:] = pairs[1:] != pairs[:-1]
        owners, rows = np.divmod(pairs[first], width)
        return rows, np.bincount(owners, minlength=len(texts))


@lru_cache(maxsize=8)
def _runs_of(model: LabelModel) -> _Runs:
    return _Runs(model)


def _keys_of(vocabulary: Mapping[str, int]) -> tuple[NDArray[np.uint64], NDArray[np.intp]]:
    """The numbers of the features that are runs, and their rows; none for what is no run, or holds a character beyond
    the basic plane.
    """
    runs: list[str] = []
    marks: list[bool] = []
    rows: list[int] = []
    for name, row in vocabulary.items():
        syllables = syllables_of(name)
        run = "".join(map(sounds.code_of, syllables)) if syllables else name
        if len(run) <= LONGEST_RUN:
            runs.append(run.rjust(LONGEST_RUN, _NOTHING))
            marks.append(bool(syllables))
            rows.append(row)
    codes = _codes("".join(runs)).reshape(-1, LONGEST_RUN)
    keys = codes[:, 0]
    for place in range(1, LONGEST_RUN):
        keys = keys << _BITS | codes[:, place]
    keys = keys | np.where(marks, _SYLLABLES, _NO_MARK)
    known = (codes < _OUTSIDE).all(axis=1)
    return keys[known], np.array(rows, np.intp)[known]


def _codes(letters: str) -> NDArray[np.uint64]:
    codes = np.frombuffer(letters.encode("utf-32-le", "surrogatepass"), np.uint32)
    return np.minimum(codes, _OUTSIDE).astype(np.uint64)


def _runs(
    codes: NDArray[np.uint64], lengths: Iterable[int], *, mark: np.uint64 = _NO_MARK
) -> Iterable[tuple[int, NDArray[np.uint64]]]:
    """The runs of each of the `lengths` as numbers, by where they begin."""
    runs, reached = codes, 1
    for length in lengths:
        while reached < length:
            runs = runs[:-1] << _BITS | codes[reached:]
            reached += 1
        yield length, runs | mark
