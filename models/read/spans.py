"""Linear sequence models: the best way to label every character of a text, found by Viterbi's algorithm."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate, chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.read.stored import load_model, save_model
from models.weights import verified

OUTSIDE = "O"


class LinearSpanModel:
    """Scores of labels for named features, and of labels that follow each other.

    `labels` are O, and B-name and I-name for every kind of span; `weights` float32 [features, labels]; `follows`
    float32 [labels + 1, labels], its last row for the first character.
    """

    def __init__(
        self,
        labels: Sequence[str],
        vocabulary: Mapping[str, int],
        weights: NDArray[np.float32],
        follows: NDArray[np.float32],
    ) -> None:
        self.labels = tuple(labels)
        self.vocabulary = vocabulary
        self._weights = np.vstack((weights, np.zeros((1, len(labels)), np.float32)))
        self._follows = follows + forbidden(self.labels)

    def find(self, features: Sequence[Collection[str]]) -> list[tuple[int, int, str]]:
        """The spans (start, end, name) of a text, given the features of each of its characters."""
        row_of = self.vocabulary.get
        return self.find_rows([[row for row in map(row_of, each) if row is not None] for each in features])

    def find_rows(self, rows: Sequence[Sequence[int]]) -> list[tuple[int, int, str]]:
        """As `find`, given the rows of the features in the vocabulary."""
        if not rows:
            return []
        known = [(len(self.vocabulary), *each) for each in rows]
        starts = list(accumulate(map(len, known[:-1]), initial=0))
        emissions = np.add.reduceat(self._weights.take(list(chain.from_iterable(known)), axis=0), starts, axis=0)
        return spans([self.labels[index] for index in viterbi(emissions, self._follows)])

    def save(self, path: Path) -> None:
        """Writes the model, weights as float16; `load` reads it."""
        follows = np.where(np.isfinite(self._follows), self._follows, 0)
        save_model(path, self.labels, self.vocabulary, weights=self._weights[:-1].astype(np.float16), follows=follows)

    @classmethod
    def load(cls, path: Path) -> LinearSpanModel:
        """Reads what `save` wrote. Raises `ModelError` where it is not that."""
        stored = load_model(path, "weights", "follows")
        return cls(stored.labels, stored.vocabulary, stored.arrays["weights"], stored.arrays["follows"])


def forbidden(labels: Sequence[str]) -> NDArray[np.float32]:
    """Minus infinity where a label may not follow another (I-x only after B-x or I-x), else 0: [labels + 1, labels]."""
    table = np.zeros((len(labels) + 1, len(labels)), np.float32)
    for column, label in enumerate(labels):
        if label.startswith("I-"):
            allowed = {row for row, before in enumerate(labels) if before[2:] == label[2:]}
            table[[row for row in range(len(labels) + 1) if row not in allowed], column] = -np.inf
    return table


def viterbi(emissions: NDArray[np.float32], follows: NDArray[np.float32]) -> list[int]:
    """The best labels for `emissions` [characters, labels]; `follows` as of `LinearSpanModel`."""
    best = follows[-1] + emissions[0]
    came: list[NDArray[np.intp]] = []
    between = follows[:-1]
    for row in emissions[1:]:
        scores = best[:, None] + between
        came.append(scores.argmax(axis=0))
        best = scores.max(axis=0) + row
    path = [int(best.argmax())]
    for backward in reversed(came):
        path.append(int(backward[path[-1]]))
    return path[::-1]


def spans(labels: Sequence[str]) -> list[tuple[int, int, str]]:
    """Start, end and name of what B-name, I-name, … mark."""
    found: list[tuple[int, int, str]] = []
    for place, label in enumerate(labels):
        if label.startswith("B-"):
            found.append((place, place + 1, label[2:]))
        elif label.startswith("I-") and found:
            start, _, name = found[-1]
            found[-1] = (start, place + 1, name)
    return found


@lru_cache(maxsize=4)
def open_span_model(name: str) -> LinearSpanModel:
    """The model `name` (answers) of the weights in the box, checked. Raises `ModelError`."""
    return LinearSpanModel.load(verified(name))
