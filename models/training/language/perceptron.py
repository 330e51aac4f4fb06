"""The averaged structured perceptron (Collins 2002): trains `models.read.spans` on labelled texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from random import Random

import numpy as np
from numpy.typing import NDArray

from models.read.spans import OUTSIDE, LinearSpanModel, forbidden, viterbi
from models.training.language.answers import Answer

RARE = 3


def train_spans(data: Sequence[Answer], *, rounds: int, seed: int) -> LinearSpanModel:
    """A model whose weights are the mean over all updates of `rounds` passes."""
    counts = Counter(name for answer in data for each in answer.features for name in each)
    vocabulary = {name: row for row, name in enumerate(sorted(n for n, count in counts.items() if count >= RARE))}
    labels = [OUTSIDE, *sorted({label for answer in data for label in answer.labels} - {OUTSIDE})]
    column = {label: index for index, label in enumerate(labels)}
    texts = [
        (
            [np.array([vocabulary[n] for n in each if n in vocabulary], np.int32) for each in answer.features],
            [column[label] for label in answer.labels],
        )
        for answer in data
        if answer.labels
    ]
    weights, summed = (np.zeros((len(vocabulary), len(labels)), np.float32) for _ in range(2))
    follows, follows_summed = (np.zeros((len(labels) + 1, len(labels)), np.float32) for _ in range(2))
    never = forbidden(labels)
    order, step = Random(seed), 1
    for _ in range(rounds):
        order.shuffle(texts)
        for rows, wanted in texts:
            emissions = np.array([weights[each].sum(axis=0) for each in rows], np.float32)
            found = viterbi(emissions, follows + never)
            if found != wanted:
                _update(weights, summed, rows, wanted, found, step)
                _update_follows(follows, follows_summed, wanted, found, step)
            step += 1
    mean = (weights - summed / step).astype(np.float32)
    return LinearSpanModel(labels, vocabulary, mean, (follows - follows_summed / step).astype(np.float32))


def _update(
    weights: NDArray[np.float32],
    summed: NDArray[np.float32],
    rows: Sequence[NDArray[np.int32]],
    wanted: Sequence[int],
    found: Sequence[int],
    step: int,
) -> None:
    for each, right, wrong in zip(rows, wanted, found, strict=True):
        if right != wrong:
            weights[each, right] += 1
            weights[each, wrong] -= 1
            summed[each, right] += step
            summed[each, wrong] -= step


def _update_follows(
    follows: NDArray[np.float32], summed: NDArray[np.float32], wanted: Sequence[int], found: Sequence[int], step: int
) -> None:
    for path, sign in ((wanted, 1), (found, -1)):
        for before, after in pairwise([-1, *path]):
            follows[before, after] += sign
            summed[before, after] += sign * step
