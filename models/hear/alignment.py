"""When each token was said: the best monotonic path through cross-attention.

The attention of chosen heads, normalised over tokens and smoothed over time as in openai-whisper's `timing.py`, is
read as an emission score; every frame belongs to one token, tokens keep their order and each has at least one frame
(Viterbi over a left-to-right chain). Unlike dynamic time warping this cannot give a token zero length.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

SMOOTHING_FRAMES = 7


def attention_scores(attention: Tensor, frames: int) -> NDArray[np.float32]:
    """Emission scores, shape (tokens, frames), from raw attention logits of shape (heads, tokens, all frames)."""
    weights = attention[:, :, :frames].float().softmax(dim=-1)
    deviation, mean = torch.std_mean(weights, dim=-2, keepdim=True, unbiased=False)
    weights = (weights - mean) / deviation.clamp_min(1e-6)
    half = SMOOTHING_FRAMES // 2
    if frames > half:
        padded = functional.pad(weights, (half, half), mode="reflect")
        weights = padded.unfold(-1, SMOOTHING_FRAMES, 1).median(dim=-1).values
    return weights.mean(dim=0).cpu().numpy()


def token_spans(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """First frame (inclusive) and last frame (exclusive) of each token, shape (tokens, 2).

    `scores` has shape (tokens, frames). Where there are fewer frames than tokens the frames are shared out evenly.
    """
    tokens, frames = scores.shape
    if frames < tokens:
        edges = np.linspace(0, frames, tokens + 1).round().astype(np.int64)
        return np.stack([edges[:-1], edges[1:]], axis=1)
    best = np.full(tokens, -np.inf)
    best[0] = scores[0, 0]
    came_from_previous = np.zeros((frames, tokens), dtype=bool)
    for frame in range(1, frames):
        moved = np.concatenate(([-np.inf], best[:-1]))
        came_from_previous[frame] = moved > best
        best = np.maximum(best, moved) + scores[:, frame]
    starts = np.zeros(tokens, dtype=np.int64)
    token = tokens - 1
    for frame in range(frames - 1, 0, -1):
        if came_from_previous[frame, token]:
            starts[token] = frame
            token -= 1
    return np.stack([starts, np.append(starts[1:], frames)], axis=1)
