"""Stock whisper's decoding loop on a faster decoder.

The same numbers for less work: sound is attended to once a window however many texts are followed, silent positions
that repeat are attended to once and counted as often as they stand, and tokens that were never trained, which all have
the same score, are scored once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from whisper.decoding import DecodingOptions, DecodingResult, DecodingTask, Inference, TokenDecoder
from whisper.model import MultiHeadAttention, Whisper

from models.hear.padding import Folding

ChooseDecoder = Callable[[Inference], TokenDecoder]


@dataclass(frozen=True)
class TrainedTokens:
    """The tokens that a checkpoint was trained on, int64 [trained]; all others share a score.

    `weights` [1 + trained, width] are the output's, those of the others first.
    """

    tokens: Tensor
    weights: Tensor

    @classmethod
    def of(cls, model: Whisper) -> TrainedTokens | None:
        """None where every token has a score of its own."""
        weights = model.decoder.token_embedding.weight
        other = len(weights) - 1
        trained = (weights != weights[other]).any(dim=1).nonzero().flatten()
        if len(trained) == other:
            return None
        return cls(trained, torch.cat([weights[other:], weights[trained]]).detach())


@dataclass(frozen=True)
class EncodedBatch:
    """One batch to decode: `features` (windows, positions, width), the most tokens of a text, how silence folds."""

    features: Tensor
    limit: int
    folding: Folding | None


def decode(
    model: Whisper,
    features: Tensor,
    options: DecodingOptions,
    *,
    folding: Folding | None = None,
    trained: TrainedTokens | None = None,
    choose_decoder: ChooseDecoder | None = None,
) -> list[DecodingResult]:
    """What `whisper.decode` gives for encoded windows, shape (windows, positions, width).

    `choose_decoder` makes what picks tokens, in place of stock greedy or beam search.
    """
    task = _Task(model, options)
    task.inference = IncrementalDecoder(model, task.n_group, folding, trained)
    if choose_decoder:
        task.decoder = choose_decoder(task.inference)
    elif options.beam_size is not None:
        task.decoder.inference = task.inference
    found: list[DecodingResult] = task.run(features)
    return found


class _Task(DecodingTask):  # type: ignore[misc] # whisper has no types
    """Stock decoding follows several texts for one window alone: it repeats the tokens, not the features."""

    def _get_audio_features(self, mel: Tensor) -> Tensor:
        features: Tensor = super()._get_audio_features(mel)
        return features.repeat_interleave(self.n_group, dim=0)

    def _detect_language(self, audio_features: Tensor, tokens: Tensor) -> tuple[list[str], Any]:
        found: tuple[list[str], Any] = super()._detect_language(audio_features[:: self.n_group], tokens)
        return found


class IncrementalDecoder(Inference):  # type: ignore[misc] # whisper has no types
    """The decoder of a model, token after token: `group` rows in a row are texts of the same window."""

    def __init__(
        self, model: Whisper, group: int, folding: Folding | None = None, trained: TrainedTokens | None = None
    ) -> None:
        self._model = model
        self._group = group
        self._folding = folding
        self._trained = trained
        self.cleanup_caching()

    def cleanup_caching(self) -> None:
        self._past = 0
        self._sound: list[tuple[Tensor, Tensor]] = []
        self._said: list[tuple[Tensor, Tensor]] = []
        self._bias: Tensor | None = None

    def logits(self, tokens: Tensor, audio_features: Tensor) -> Tensor:
        """Scores (rows, new tokens, vocabulary) of what follows each token not given before."""
        decoder = self._model.decoder
        if not self._past:
            self._listen(audio_features[:: self._group])
        new = tokens[:, self._past :]
        places = decoder.positional_embedding[self._past : tokens.shape[1]]
        hidden = (decoder.token_embedding(new) + places).to(audio_features.dtype)
        for layer, block in enumerate(decoder.blocks):
            hidden = hidden + self._look_back(layer, block.attn, block.attn_ln(hidden))
            hidden = hidden + self._look_at_sound(layer, block.cross_attn, block.cross_attn_ln(hidden))
            hidden = hidden + block.mlp(block.mlp_ln(hidden))
        self._past = tokens.shape[1]
        return self._scores(decoder.ln(hidden))

    def rearrange_kv_cache(self, source_indices: Sequence[int]) -> None:
        """Row i goes on from what row `source_indices[i]` has said."""
        if list(source_indices) != list(range(len(source_indices))):
            rows = torch.tensor(source_indices, device=self._model.device)
            self._said = [(key[rows], value[rows]) for key, value in self._said]

    def _listen(self, features: Tensor) -> None:
        if self._folding:
            features = features[:, self._folding.positions.to(features.device)]
            self._bias = self._folding.bias.to(features)[None]
        for block in self._model.decoder.blocks:
            attention = block.cross_attn
            self._sound.append(
                (_split(attention.key(features), attention), _split(attention.value(features), attention))
            )

    def _look_back(self, layer: int, attention: MultiHeadAttention, hidden: Tensor) -> Tensor:
        query, key, value = (
            _split(part(hidden), attention) for part in (attention.query, attention.key, attention.value)
        )
        if self._past:
            before = self._said[layer]
            key, value = torch.cat([before[0], key], dim=2), torch.cat([before[1], value], dim=2)
            self._said[layer] = (key, value)
        else:
            self._said.append((key, value))
        found = functional.scaled_dot_product_attention(query, key, value, is_causal=query.shape[2] > 1)
        output: Tensor = attention.out(found.transpose(1, 2).flatten(2))
        return output

    def _look_at_sound(self, layer: int, attention: MultiHeadAttention, hidden: Tensor) -> Tensor:
        rows, count, width = hidden.shape
        key, value = self._sound[layer]
        # The texts of a window ask together.
        query = _split(attention.query(hidden).reshape(rows // self._group, self._group * count, width), attention)
        found = functional.scaled_dot_product_attention(query, key, value, attn_mask=self._bias)
        output: Tensor = attention.out(found.transpose(1, 2).reshape(rows, count, width))
        return output

    def _scores(self, hidden: Tensor) -> Tensor:
        weights = self._model.decoder.token_embedding.weight
        if self._trained is None:
            whole: Tensor = (hidden @ weights.to(hidden.dtype).T).float()
            return whole
        found = (hidden @ self._trained.weights.to(hidden.dtype).T).float()
        scores = found[..., :1].repeat(1, 1, len(weights))
        scores[..., self._trained.tokens] = found[..., 1:]
        return scores


def _split(hidden: Tensor, attention: MultiHeadAttention) -> Tensor:
    heads = hidden.reshape(*hidden.shape[:2], attention.n_head, -1)
    return heads.transpose(1, 2)
