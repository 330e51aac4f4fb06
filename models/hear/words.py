"""Words with times and probabilities: one more pass of the decoder over a batch, with the text known.

Times come from cross-attention, probabilities from the decoder's own; both are set right by what a checkpoint has
learnt about itself on held-out speech (`WordCalibration`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from whisper.audio import HOP_LENGTH, N_FRAMES, SAMPLE_RATE
from whisper.decoding import DecodingResult
from whisper.model import Whisper, disable_sdpa
from whisper.tokenizer import Tokenizer

from models.hear.alignment import attention_scores, token_spans
from models.hear.fusion import HelpedResult
from pipeline.types import Window, Word

SECONDS_PER_TOKEN_FRAME = 2 * HOP_LENGTH / SAMPLE_RATE
_SMALLEST = 1e-6


@dataclass(frozen=True, slots=True)
class WordCalibration:
    """What held-out speech says about a checkpoint's own words; the defaults change nothing.

    A word's log odds of being right are `scale` times those of the decoder plus `shift` (Platt 1999); words begin and
    end `seconds` later than attention says. Where a language model helped to choose the text, the decoder thinks less
    of words that are right: `helped_scale` and `helped_shift` count there, where they are known.
    """

    scale: float = 1.0
    shift: float = 0.0
    seconds: float = 0.0
    helped_scale: float | None = None
    helped_shift: float | None = None

    @classmethod
    def of(cls, stored: Mapping[str, Any] | None) -> WordCalibration:
        """From a checkpoint's `callproof.words`."""
        return cls(**{key: float(value) for key, value in stored.items()}) if stored else cls()

    def probability(self, decoded: float, *, helped: bool = False) -> float:
        """The probability that a word is right whose decoder gave it `decoded`."""
        scale, shift = self.scale, self.shift
        if helped and self.helped_scale is not None and self.helped_shift is not None:
            scale, shift = self.helped_scale, self.helped_shift
        if scale == 1 and shift == 0:
            return decoded
        bounded = min(max(decoded, _SMALLEST), 1 - _SMALLEST)
        odds = scale * math.log(bounded / (1 - bounded)) + shift
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))


@dataclass(frozen=True)
class TokenPass:
    """What the second pass saw of one result: raw `attention` [heads, tokens, positions], `likely` [tokens] between 0
    and 1, how many positions the window's sound takes, and whether a language model helped to choose the text.
    """

    tokens: list[int]
    attention: Tensor
    likely: list[float]
    frames: int
    helped: bool = False

    def spans(self, heads: Sequence[int] | None = None) -> NDArray[np.float64]:
        """Start and end (s) of each token by the chosen rows of `attention`, or by all."""
        chosen = self.attention if heads is None else self.attention[list(heads)]
        spans: NDArray[np.float64] = token_spans(attention_scores(chosen, self.frames)) * SECONDS_PER_TOKEN_FRAME
        return spans


class TokenTimer:
    """Makes words of tokens whose times are known."""

    def __init__(self, tokenizer: Tokenizer, calibration: WordCalibration) -> None:
        self._tokenizer = tokenizer
        self._calibration = calibration

    def timed(
        self,
        tokens: list[int],
        spans: NDArray[np.float64],
        likely: Sequence[float],
        window: Window,
        *,
        helped: bool = False,
    ) -> tuple[Word, ...]:
        """Words of `tokens`, which lie at `spans` (s) in the window."""
        words, at = [], 0
        for text, count in self._characters(tokens):
            upto = at + count
            begin, end = (self._placed(float(seconds), window) for seconds in (spans[at, 0], spans[upto - 1, 1]))
            decoded = float(np.exp(np.mean(np.log(np.maximum(likely[at:upto], 1e-9)))))
            text = whole_characters(text)
            if text:
                probability = self._calibration.probability(decoded, helped=helped)
                words.append(Word(text, round(begin, 3), round(end, 3), round(probability, 4)))
            at = upto
        return tuple(words)

    def _characters(self, tokens: Sequence[int]) -> list[tuple[str, int]]:
        """The shortest runs of tokens that are whole characters, with how many tokens each takes.

        Whisper's own splitting fails on some sequences that break off within a character.
        """
        found: list[tuple[str, int]] = []
        pending, count = b"", 0
        for token in tokens:
            pending += self._tokenizer.encoding.decode_single_token_bytes(token)
            count += 1
            try:
                text = pending.decode()
            except UnicodeDecodeError as error:
                if error.end == len(pending) and error.reason == "unexpected end of data":
                    continue
                text = pending.decode(errors="replace")
            found.append((text, count))
            pending, count = b"", 0
        return [*found, (pending.decode(errors="replace"), count)] if count else found

    def _placed(self, seconds: float, window: Window) -> float:
        moved = window.region.start + max(0.0, seconds + self._calibration.seconds)
        return min(moved, window.region.end)


class WordReader(TokenTimer):
    """Reads the words of decoded windows off a model."""

    def __init__(self, model: Whisper, tokenizer: Tokenizer, calibration: WordCalibration) -> None:
        super().__init__(tokenizer, calibration)
        self._model = model

    def words(self, windows: Sequence[Window], results: Sequence[DecodingResult]) -> list[tuple[Word, ...]]:
        """The words of each result."""
        heads = self._model.alignment_heads.indices().T.tolist()
        return [
            () if one is None else self.timed(one.tokens, one.spans(), one.likely, window, helped=one.helped)
            for window, one in zip(windows, self.passes(windows, results, heads), strict=True)
        ]

    def passes(
        self, windows: Sequence[Window], results: Sequence[DecodingResult], heads: Sequence[Sequence[int]]
    ) -> list[TokenPass | None]:
        """What `heads` ([layer, head]) attend to in each result; None for one without text."""
        spoken = [index for index, result in enumerate(results) if result.tokens]
        found: list[TokenPass | None] = [None] * len(results)
        if not spoken:
            return found
        start = [*self._tokenizer.sot_sequence, self._tokenizer.no_timestamps]
        length = max(len(results[index].tokens) for index in spoken)
        rows = [
            start + results[index].tokens + [self._tokenizer.eot] * (length - len(results[index].tokens) + 1)
            for index in spoken
        ]
        tokens = torch.tensor(rows, device=self._model.device)
        features = torch.stack([results[index].audio_features for index in spoken])
        logits, attention = self._attend(tokens, features, heads)
        probabilities = logits[:, len(start) - 1 : -1, : self._tokenizer.eot].softmax(dim=-1)
        for row, index in enumerate(spoken):
            ids = results[index].tokens
            frames = max(1, min(N_FRAMES // 2, round(len(windows[index].samples) / (2 * HOP_LENGTH))))
            own = attention[row, :, len(start) - 1 : len(start) - 1 + len(ids)]
            likely = probabilities[row, torch.arange(len(ids)), torch.tensor(ids)].tolist()
            found[index] = TokenPass(ids, own, likely, frames, isinstance(results[index], HelpedResult))
        return found

    def _attend(self, tokens: Tensor, features: Tensor, heads: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """Logits (batch, tokens, vocabulary) and attention logits (batch, heads, tokens, frames)."""
        seen: list[Tensor] = [torch.empty(0)] * self._model.dims.n_text_layer

        def keep(layer: int) -> Any:
            def hook(_module: object, _inputs: object, outputs: tuple[Tensor, Tensor]) -> None:
                seen[layer] = outputs[-1]

            return hook

        hooks = [
            block.cross_attn.register_forward_hook(keep(layer))
            for layer, block in enumerate(self._model.decoder.blocks)
        ]
        try:
            with disable_sdpa():
                logits = self._model.decoder(tokens, features)
        finally:
            for handle in hooks:
                handle.remove()
        return logits, torch.stack([seen[layer][:, head] for layer, head in heads], dim=1)


def whole_characters(text: str) -> str:
    """Without what a decoder writes for an incomplete UTF-8 sequence: tokens are bytes, and some break off."""
    return text.replace("\ufffd", "").strip()
