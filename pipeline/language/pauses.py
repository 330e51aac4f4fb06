"""What is heard of a stop: a pause behind a word, or its last character drawn out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.types import Turn

SCALE, BIAS = 1.6, 0.65
"""How the chances of a model that was trained on what is written hold in what was heard (log odds)."""
PAUSE, LONGEST_PAUSE = 30.0, 0.15
"""How much likelier each second of a pause makes a stop (log odds), and the pause beyond which no more is told (s)."""
DRAWN, USUAL, LONGEST = 5.0, 0.3, 0.8
"""The same of a character that is drawn out: its usual length and the longest (s)."""


def pauses_of(turn: Turn) -> dict[int, float]:
    """How much what is heard behind each character that ends a word speaks for a stop there (log odds), by their
    places in the text as it was heard; empty where the turn has no words."""
    found: dict[int, float] = {}
    text, position = turn.as_heard, 0
    for word, following in pairwise(turn.words):
        said = word.text.strip()
        place = text.find(said, position) if said else -1
        if place < 0:
            continue
        position = place + len(said)
        pause = min(LONGEST_PAUSE, max(0.0, following.start - word.end))
        length = min(LONGEST, max(USUAL, (word.end - word.start) / len(said)))
        found[position - 1] = PAUSE * pause + DRAWN * (length - USUAL)
    return found


def with_pauses(chances: NDArray[np.float32], heard: Sequence[float]) -> NDArray[np.float32]:
    """The chances of stops by what is written, with what is `heard` at each; NaN where nothing is known."""
    certain = np.clip(chances.astype(np.float64), 1e-6, 1 - 1e-6)
    speaks = np.array(heard)
    odds = SCALE * np.log(certain / (1 - certain)) + BIAS + speaks
    both = np.where(np.isnan(speaks), chances, 1 / (1 + np.exp(-odds)))
    return both.astype(np.float32)
