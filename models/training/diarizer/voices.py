"""Trains the voice network: prints of one speaker alike, of two unlike.

Additive margin softmax over the invented speakers (Wang et al. 2018); the margin grows once the speakers are known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from models.training.diarizer.bank import Bank
from models.training.diarizer.mixtures import Mixer
from models.training.diarizer.recipe import Recipe
from models.training.diarizer.running import Averaged, step
from models.training.recogniser.sounds import Samples

MARGIN, MARGIN_STEPS = 0.15, 600
SCALE = 16.0
LABEL_FRAMES = 100
CHECKS_A_SPEAKER = 6


@dataclass(frozen=True)
class Pair:
    """Two speakers one after the other: `samples` [n] at 16 kHz, of which the first `share` is `first`'s."""

    first: int
    second: int
    samples: Samples
    share: float


class VoiceTraining:
    """The network, its average and what moves it."""

    name = "voice"

    def __init__(self, recipe: Recipe, bank: Bank, held_out: Bank) -> None:
        from models.diarize.networks import VoiceNet

        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.steps = 0
        self._bank = bank
        self._mixer = Mixer(bank, seed=recipe.seed)
        network: Any = VoiceNet(width=recipe.voice_width, dimension=recipe.voice_dimension)
        network.specifications = voice_specifications(recipe.voice_seconds)
        network.build()
        self.average = Averaged(network, recipe.average_decay)
        self._network = network
        self._speakers = nn.Parameter(torch.randn(bank.count, recipe.voice_dimension) * 0.1)
        self._optimiser = torch.optim.AdamW([*network.parameters(), self._speakers], lr=recipe.rate, weight_decay=0.01)
        self._pool: list[Pair] = []
        checking = Mixer(held_out, seed=recipe.seed + 1)
        self._checks = [
            _pair(checking, speaker, (speaker + number) % held_out.count, recipe.voice_seconds)
            for speaker in range(held_out.count)
            for number in range(1, CHECKS_A_SPEAKER + 1)
        ]

    def step(self) -> float:
        """One step; gives the loss."""
        recipe = self.recipe
        pairs = self._batch()
        frames = self._network.frames(_sounds(pairs))
        prints = torch.cat([self._network.prints(frames, weights) for weights in _weights(pairs)])
        target = torch.tensor([one.first for one in pairs] + [one.second for one in pairs])
        likeness = functional.normalize(prints) @ functional.normalize(self._speakers).T
        margin = functional.one_hot(target, self._bank.count) * (MARGIN * min(1.0, self.steps / MARGIN_STEPS))
        loss = functional.cross_entropy(SCALE * (likeness - margin), target)
        step(self._optimiser, loss, self._network, rate=recipe.rate * min(1.0, (self.steps + 1) / 50))
        self.steps += 1
        self.average.follow()
        return float(loss.detach())

    def facts(self) -> dict[str, Any]:
        """The equal error rate of telling held-out speakers apart by the likeness of two prints."""
        with torch.inference_mode():
            frames = self.average.kept.frames(_sounds(self._checks))
            both = [self.average.kept.prints(frames, weights) for weights in _weights(self._checks)]
        prints = functional.normalize(torch.cat(both)).numpy()
        owners = np.array([one.first for one in self._checks] + [one.second for one in self._checks])
        upper = np.triu_indices(len(owners), 1)
        likeness, same = (prints @ prints.T)[upper], (owners[:, None] == owners)[upper]
        return {"held_out_equal_error": round(equal_error(likeness[same], likeness[~same]), 4)}

    def _batch(self) -> list[Pair]:
        recipe = self.recipe
        for _ in range(recipe.voice_batch // 2 if self._pool else 2 * recipe.voice_batch):
            first, second = (int(one) for one in self._mixer.draw(self._bank.count, 2))
            self._pool.append(_pair(self._mixer, first, second, recipe.voice_seconds))
        del self._pool[: max(0, len(self._pool) - recipe.pool)]
        return [self._pool[int(one)] for one in self._mixer.draw(len(self._pool), recipe.voice_batch)]


def _pair(mixer: Mixer, first: int, second: int, seconds: float) -> Pair:
    return Pair(first, second, *mixer.pair(first, second, seconds))


def _sounds(pairs: list[Pair]) -> Tensor:
    return torch.from_numpy(np.stack([one.samples for one in pairs])).unsqueeze(1)


def _weights(pairs: list[Pair]) -> tuple[Tensor, Tensor]:
    """Which frames are the first speaker's, and which the second's, (pairs, frames) each."""
    places = torch.arange(LABEL_FRAMES) / LABEL_FRAMES
    first = (places < torch.tensor([[one.share] for one in pairs])).float()
    return first, 1 - first


def equal_error(same: Any, different: Any) -> float:
    """The error rate at the threshold where as many pairs of one speaker are refused as pairs of two are taken."""
    thresholds = np.sort(np.concatenate([same, different]))
    refused = np.searchsorted(np.sort(same), thresholds) / len(same)
    taken = 1 - np.searchsorted(np.sort(different), thresholds) / len(different)
    at = int(np.abs(refused - taken).argmin())
    return float((refused[at] + taken[at]) / 2)


def voice_specifications(seconds: float) -> Any:
    """What pyannote.audio must know of the voice network."""
    from pyannote.audio.core.task import Problem, Resolution, Specifications

    return Specifications(
        problem=Problem.REPRESENTATION, resolution=Resolution.CHUNK, duration=seconds, classes=["voice"]
    )
