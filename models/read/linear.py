"""Linear models over named features, one logistic regression a label, trained by `models/training/language`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.read.stored import load_model, save_model
from models.weights import verified


class LinearModel:
    """Logistic regressions that share one vocabulary: `weights` float32 [features, labels], `bias` [labels].

    Feature vectors have length one, as in training.
    """

    def __init__(
        self,
        labels: Sequence[str],
        vocabulary: Mapping[str, int],
        weights: NDArray[np.float32],
        bias: NDArray[np.float32],
    ) -> None:
        self.labels = tuple(labels)
        self._vocabulary = vocabulary
        self._nothing = len(vocabulary)
        self._weights = np.vstack((weights, np.zeros((1, len(labels)), np.float32)))
        self._bias = bias

    def score(self, features: Collection[str]) -> Mapping[str, float]:
        """The probability of every label, 0..1; features that training never saw count for nothing."""
        return self.score_all((features,))[0]

    def score_all(self, examples: Sequence[Collection[str]]) -> list[Mapping[str, float]]:
        """As `score`, for many examples at once: one gathering of weights instead of one for each."""
        row_of = self._vocabulary.get
        rows = [[row for row in map(row_of, features) if row is not None] or [self._nothing] for features in examples]
        if not rows:
            return []
        lengths = np.fromiter(map(len, rows), np.intp, len(rows))
        weights = self._weights.take(list(chain.from_iterable(rows)), axis=0)
        sums = np.add.reduceat(weights, np.cumsum(lengths) - lengths, axis=0)
        totals = sums / np.sqrt(lengths)[:, np.newaxis] + self._bias
        chances = 1 / (1 + np.exp(-totals))
        return [dict(zip(self.labels, one, strict=True)) for one in chances.tolist()]

    def save(self, path: Path) -> None:
        """Writes the model, weights as float16; `load` reads it."""
        weights = self._weights[: self._nothing].astype(np.float16)
        save_model(path, self.labels, self._vocabulary, weights=weights, bias=self._bias)

    @classmethod
    def load(cls, path: Path) -> LinearModel:
        """Reads what `save` wrote. Raises `ModelError` where it is not that."""
        stored = load_model(path, "weights", "bias")
        return cls(stored.labels, stored.vocabulary, stored.arrays["weights"], stored.arrays["bias"])


@lru_cache(maxsize=4)
def open_linear_model(name: str) -> LinearModel:
    """The model `name` (questions, purposes) of the weights in the box, checked. Raises `ModelError`."""
    return LinearModel.load(verified(name))
