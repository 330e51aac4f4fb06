"""What both trainings share: averages of weights, steps until the time is over, files written whole."""

from __future__ import annotations

import time
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import nn

from models.training.diarizer.recipe import Recipe


class Averaged:
    """A network and the exponential average of its weights, which is what is released."""

    def __init__(self, network: Any, decay: float) -> None:
        self.live = network
        self.kept: Any = deepcopy(network).eval()
        self._decay = decay
        self._steps = 0

    def follow(self) -> None:
        """Take one step of the live network into the average."""
        self._steps += 1
        decay = min(self._decay, self._steps / (self._steps + 20))
        kept = self.kept.state_dict()
        with torch.no_grad():
            for key, value in self.live.state_dict().items():
                if value.is_floating_point():
                    kept[key].lerp_(value, 1 - decay)
                else:
                    kept[key].copy_(value)


class Training(Protocol):
    """One network being trained."""

    name: str
    recipe: Recipe
    average: Averaged
    steps: int

    def step(self) -> float: ...

    def facts(self) -> dict[str, Any]:
        """What is known of the average on held-out voices, and what it has heard."""
        ...


def step(optimiser: torch.optim.Optimizer, loss: torch.Tensor, network: nn.Module, *, rate: float) -> None:
    """One step down `loss` at `rate`."""
    for group in optimiser.param_groups:
        group["lr"] = rate
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimiser.step()


def run(training: Training, output: Path, *, say: Callable[[str], None] = print) -> None:
    """Train for the recipe's minutes; the average is written to `output` every few minutes and at the end."""
    torch.set_num_threads(training.recipe.threads)
    started = reported = time.monotonic()
    losses: list[float] = []
    while time.monotonic() - started < 60 * training.recipe.minutes:
        losses.append(training.step())
        if time.monotonic() - reported > training.recipe.report_seconds:
            reported = time.monotonic()
            minutes = (reported - started) / 60
            facts = _save(training, output, minutes)
            say(f"{minutes:.1f} min, step {training.steps}: loss {np.mean(losses[-100:]):.3f}, {facts}")
    _save(training, output, (time.monotonic() - started) / 60)


def _save(training: Training, output: Path, minutes: float) -> dict[str, Any]:
    output.parent.mkdir(parents=True, exist_ok=True)
    partial = output.with_suffix(".partial")
    facts = {"steps": training.steps, "minutes": round(minutes, 1), **training.facts()}
    weights = training.average.kept.state_dict()
    torch.save({"recipe": training.recipe.model_dump(), "facts": facts, "weights": weights}, partial)
    partial.replace(output)
    return facts
