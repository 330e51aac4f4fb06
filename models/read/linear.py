"""Linear models over named features, one logistic regression a label, trained by `models/training/language`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
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
        self.vocabulary = vocabulary
        self._weights = np.vstack((weights, np.zeros((1, len(labels)), np.float32)))
        self._bias = bias

    def score(self, features: Collection[str]) -> Mapping[str, float]:
        """The probability of every label, 0..1; features that training never saw count for nothing."""
        rows = np.array([row for name in features if (row := self.vocabulary.get(name)) is not None], np.intp)
        counts = np.array([len(rows)])
        (chances,) = self.chances(self.sums(rows, counts), counts).tolist()
        return dict(zip(self.labels, chances, strict=True))

    def sums(self, rows: NDArray[np.intp], counts: NDArray[np.intp]) -> NDArray[np.float32]:
        """Sums of weights, float32 [examples, labels]: `counts` of each example's `rows`, one example after another."""
        ends = np.cumsum(counts)
        if not counts.all():  # every example gets the last row too, which weighs nothing
            rows, counts = np.insert(rows, ends, len(self.vocabulary)), counts + 1
            ends = np.cumsum(counts)
        return np.add.reduceat(self._weights.take(rows, axis=0), ends - counts, axis=0)

    def chances(self, sums: NDArray[np.float32], counts: NDArray[np.intp]) -> NDArray[np.float32]:
        """The probability of every label, 0..1, float32 [examples, labels], given the sums of so many rows."""
        lengths = np.sqrt(np.maximum(counts, 1), dtype=np.float32)
        chances = 1 / (1 + np.exp(-(sums / lengths[:, np.newaxis] + self._bias)))
        return chances.astype(np.float32, copy=False)

    def save(self, path: Path) -> None:
        """Writes the model, weights as float16; `load` reads it."""
        weights = self._weights[:-1].astype(np.float16)
        save_model(path, self.labels, self.vocabulary, weights=weights, bias=self._bias)

    @classmethod
    def load(cls, path: Path) -> LinearModel:
        """Reads what `save` wrote. Raises `ModelError` where it is not that."""
        stored = load_model(path, "weights", "bias")
        return cls(stored.labels, stored.vocabulary, stored.arrays["weights"], stored.arrays["bias"])


@lru_cache(maxsize=4)
def open_linear_model(name: str) -> LinearModel:
    """The model `name` (questions, purposes) of the weights in the box, checked. Raises `ModelError`."""
    return LinearModel.load(verified(name))
