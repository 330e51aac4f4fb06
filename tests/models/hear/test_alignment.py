"""Token times from attention."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from models.hear.alignment import attention_scores, token_spans


def test_a_clear_path_is_found_exactly() -> None:
    owners = [0] * 3 + [1] * 5 + [2] * 2
    scores = np.full((3, 10), -1.0, dtype=np.float32)
    scores[owners, range(10)] = 1.0
    assert token_spans(scores).tolist() == [[0, 3], [3, 8], [8, 10]]


def test_noise_in_one_frame_does_not_break_the_order() -> None:
    scores = np.full((3, 12), -1.0, dtype=np.float32)
    for token in range(3):
        scores[token, 4 * token : 4 * token + 4] = 1.0
    scores[2, 1] = 1.5
    assert token_spans(scores).tolist() == [[0, 4], [4, 8], [8, 12]]


@given(
    arrays.arrays(np.float32, st.tuples(st.integers(1, 12), st.integers(1, 40)), elements=st.floats(-3, 3, width=32))
)
def test_spans_are_in_order_and_cover_all_frames(scores: np.ndarray) -> None:
    spans = token_spans(scores)
    assert spans[0, 0] == 0
    assert spans[-1, 1] == scores.shape[1]
    assert (spans[1:, 0] == spans[:-1, 1]).all()
    if scores.shape[1] >= scores.shape[0]:
        assert (spans[:, 1] > spans[:, 0]).all()


@given(arrays.arrays(np.float32, st.tuples(st.integers(1, 4), st.integers(4, 8)), elements=st.floats(-3, 3, width=32)))
def test_no_other_monotonic_path_scores_higher(scores: np.ndarray) -> None:
    tokens, frames = scores.shape

    def best(token: int, frame: int) -> float:
        here = float(scores[token, frame])
        if frame == 0:
            return here if token == 0 else -np.inf
        return here + max(best(token, frame - 1), best(token - 1, frame - 1) if token else -np.inf)

    found = sum(float(scores[token, start:end].sum()) for token, (start, end) in enumerate(token_spans(scores)))
    assert found == pytest.approx(best(tokens - 1, frames - 1), abs=1e-4)


@pytest.mark.parametrize("frames", [1, 2, 3, 4, 50])
def test_scores_have_one_row_a_token_and_are_finite(frames: int) -> None:
    attention = torch.randn(2, 5, 1500, generator=torch.Generator().manual_seed(1))
    scores = attention_scores(attention, frames)
    assert scores.shape == (5, frames)
    assert np.isfinite(scores).all()
