"""Trains the segmentation network: who of up to three voices speaks in each frame of a few seconds.

The powerset loss of pyannote.audio under the best permutation of the speakers (Plaquet and Bredin 2023). Frames are
also drawn to their own speaker's and away from the other's (deep clustering, Hershey et al. 2016), which tells the
voices apart long before the permutation loss alone does.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from models.diarize.environment import prepare
from models.training.diarizer.bank import Bank
from models.training.diarizer.mixtures import LABEL_SECONDS, MODEL_RATE, MOST_SPEAKERS, Mixer, Mixture
from models.training.diarizer.recipe import Recipe
from models.training.diarizer.running import Averaged, step

LARGEST_SET = 2
AFFINITY_WIDTH = 24
AFFINITY_STRIDE = 5


class SegmentationTraining:
    """The network, its average and what moves it."""

    name = "segmentation"

    def __init__(self, recipe: Recipe, bank: Bank, held_out: Bank) -> None:
        from models.diarize.networks import SegmentationNet

        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.steps = 0
        self._mixer = Mixer(bank, seed=recipe.seed)
        network: Any = SegmentationNet(width=recipe.segmentation_width)
        network.specifications = segmentation_specifications(recipe.seconds)
        network.build()
        self.average = Averaged(network, recipe.average_decay)
        self._network = network
        self._affinity = nn.Linear(2 * recipe.segmentation_width, AFFINITY_WIDTH)
        parameters = [*network.parameters(), *self._affinity.parameters()]
        self._optimiser = torch.optim.AdamW(parameters, lr=recipe.rate, weight_decay=0.01)
        self._pool: list[Mixture] = []
        checking = Mixer(held_out, seed=recipe.seed + 1)
        self._checks = [checking.mixture(recipe.seconds) for _ in range(recipe.checks)]

    def step(self) -> float:
        """One step; gives the powerset loss."""
        mixtures = self._mixtures()
        hidden = self._network.hidden(_sounds(mixtures))
        active = labels_of(self._network, mixtures)
        loss = powerset_loss(self._network.scores(hidden), active)
        apart = self.recipe.affinity_weight * affinity_loss(self._affinity(hidden), active)
        step(self._optimiser, loss + apart, self._network, rate=self.recipe.rate * min(1.0, (self.steps + 1) / 100))
        self.steps += 1
        self.average.follow()
        return float(loss.detach())

    def facts(self) -> dict[str, Any]:
        """Frame-wise diarization error on held-out voices, each mixture under its best permutation."""
        errors = spoken = 0.0
        with torch.inference_mode():
            for mixture in self._checks:
                scores = self.average.kept(_sounds([mixture]))
                found = _powerset().to_multilabel(scores)[0].numpy() > 0.5
                said = labels_of(self._network, [mixture])[0].numpy() > 0.5
                errors += min(_errors(said, found[:, list(order)]) for order in _orders())
                spoken += said.sum()
        return {
            "mixtures": self.steps * self.recipe.batch,
            "held_out_error": round(float(errors / max(spoken, 1.0)), 4),
        }

    def _mixtures(self) -> list[Mixture]:
        """A batch, a share of it new; making a mixture takes longer than learning from it."""
        recipe = self.recipe
        for _ in range(recipe.fresh if self._pool else 4 * recipe.batch):
            self._pool.append(self._mixer.mixture(recipe.seconds))
        del self._pool[: max(0, len(self._pool) - recipe.pool)]
        return [self._pool[int(one)] for one in self._mixer.draw(len(self._pool), recipe.batch)]


def powerset_loss(scores: Tensor, active: Tensor) -> Tensor:
    """Mean negative log likelihood under each mixture's best permutation of the speakers.

    `scores` are log probabilities (batch, frames, classes), `active` 0 or 1 (batch, frames, speakers).
    """
    losses = torch.stack(
        [
            functional.nll_loss(scores.transpose(1, 2), _classes(active[..., list(order)]), reduction="none").mean(1)
            for order in _orders()
        ]
    )
    return losses.min(dim=0).values.mean()


def affinity_loss(hidden: Tensor, active: Tensor) -> Tensor:
    """How far frames (batch, frames, width) are from: alike for one speaker, unlike for two. Overlap is left out."""
    points = functional.normalize(hidden[:, ::AFFINITY_STRIDE], dim=-1)
    owners = active[:, ::AFFINITY_STRIDE]
    alone = (owners.sum(-1) == 1).float()
    same = owners @ owners.transpose(1, 2)
    counted = alone.unsqueeze(1) * alone.unsqueeze(2)
    likeness = points @ points.transpose(1, 2)
    # pairs of different speakers are rarer and tell more
    weights = counted * (same + 2 * (1 - same))
    wanted = 2 * same - 1
    loss: Tensor = (weights * (likeness - wanted).square()).sum() / weights.sum().clamp_min(1.0)
    return loss


def labels_of(model: Any, mixtures: list[Mixture]) -> Tensor:
    """Who speaks in each frame of the model, (batch, frames, speakers) of 0 and 1."""
    frames = model.num_frames(len(mixtures[0].samples))
    centres = [model.receptive_field_center(frame) / MODEL_RATE for frame in range(frames)]
    places = np.minimum((np.asarray(centres) / LABEL_SECONDS).astype(int), len(mixtures[0].active) - 1)
    return torch.from_numpy(np.stack([one.active[places] for one in mixtures]).astype(np.float32))


def segmentation_specifications(seconds: float) -> Any:
    """What pyannote.audio must know of the segmentation network."""
    from pyannote.audio.core.task import Problem, Resolution, Specifications

    return Specifications(
        problem=Problem.MONO_LABEL_CLASSIFICATION,
        resolution=Resolution.FRAME,
        duration=seconds,
        classes=[f"speaker#{number + 1}" for number in range(MOST_SPEAKERS)],
        powerset_max_classes=LARGEST_SET,
        permutation_invariant=True,
    )


def _sounds(mixtures: list[Mixture]) -> Tensor:
    return torch.from_numpy(np.stack([one.samples for one in mixtures])).unsqueeze(1)


def _orders() -> list[tuple[int, ...]]:
    return list(itertools.permutations(range(MOST_SPEAKERS)))


def _powerset() -> Any:
    prepare()
    from pyannote.audio.utils.powerset import Powerset

    return Powerset(MOST_SPEAKERS, LARGEST_SET)


def _classes(active: Tensor) -> Tensor:
    """Powerset class of each frame: the set that agrees best, so three at once count as two of them."""
    mapping = _powerset().mapping
    agreement = active @ mapping.T - 0.6 * mapping.sum(dim=1)
    classes: Tensor = agreement.argmax(dim=-1)
    return classes


def _errors(said: Any, found: Any) -> float:
    """Missed, invented and mistaken speakers, summed over frames."""
    both = np.minimum(said.sum(1), found.sum(1)) - (said & found).sum(1)
    return float((np.abs(said.sum(1) - found.sum(1)) + both).sum())
