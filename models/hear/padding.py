"""Encoding a short window without encoding its thirty seconds of padding.

Whisper pads every window to 30 s, so a four-second answer costs as much as a full window. A checkpoint that was
trained with sampled padding (it says so: `padding_samples`) needs only some of the silent positions: each stands for an
equal share of the padding, and attention counts it with the logarithm of that share. The features of the samples are
then repeated to the full length, so that the stock decoder sees what it expects.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional
from whisper.model import AudioEncoder, MultiHeadAttention


@dataclass(frozen=True)
class Folding:
    """Which `positions` (int64) of features to attend to in place of all, and the `bias` that makes up for the rest."""

    positions: Tensor
    bias: Tensor


def folding(whole: int, frames: int, samples: int) -> Folding | None:
    """How features of `encode_short` fold: each silent sample once, counted as often as it was repeated."""
    if frames + samples >= whole:
        return None
    edges = _edges(whole, frames, samples)
    bias = torch.zeros(frames + samples)
    bias[frames:] = (edges[1:] - edges[:-1]).log()
    return Folding(torch.cat([torch.arange(frames), edges[:-1]]), bias)


def _edges(whole: int, frames: int, samples: int) -> Tensor:
    return torch.linspace(frames, whole, samples + 1).round().long()


def encode_short(encoder: AudioEncoder, mel: Tensor, frames: int, samples: int) -> Tensor:
    """Audio features, shape (batch, all positions, width), of windows whose sound ends within `frames` positions.

    `mel` has shape (batch, mels, 2 * all positions), padded with silence; a position is 0.02 s; `samples` positions
    stand for the padding.
    """
    whole = encoder.positional_embedding.shape[0]
    if frames + samples >= whole:
        stock: Tensor = encoder(mel)
        return stock
    hidden = functional.gelu(encoder.conv1(mel[..., : 2 * (frames + 1)]))
    hidden = functional.gelu(encoder.conv2(hidden)).transpose(1, 2)
    edges = _edges(whole, frames, samples)
    middles = (edges[:-1] + edges[1:]) // 2
    places = encoder.positional_embedding
    spoken = hidden[:, :frames] + places[:frames]
    silent = hidden[:, frames : frames + 1] + places[middles]
    hidden = torch.cat([spoken, silent], dim=1).to(hidden.dtype)
    bias = torch.zeros(frames + samples, dtype=hidden.dtype, device=hidden.device)
    bias[frames:] = math.log((whole - frames) / samples)
    for block in encoder.blocks:
        hidden = hidden + _attend(block.attn, block.attn_ln(hidden), bias)
        hidden = hidden + block.mlp(block.mlp_ln(hidden))
    hidden = encoder.ln_post(hidden)
    repeats = (edges[1:] - edges[:-1]).to(hidden.device)
    return torch.cat([hidden[:, :frames], hidden[:, frames:].repeat_interleave(repeats, dim=1)], dim=1)


def _attend(attention: MultiHeadAttention, hidden: Tensor, bias: Tensor) -> Tensor:
    batch, length, width = hidden.shape
    query, key, value = (
        part(hidden).view(batch, length, attention.n_head, -1).transpose(1, 2)
        for part in (attention.query, attention.key, attention.value)
    )
    mask = bias.expand(1, 1, length, length)
    found = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    output: Tensor = attention.out(found.transpose(1, 2).reshape(batch, length, width))
    return output
