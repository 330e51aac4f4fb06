"""Trains the network that hears two voices apart where both speak at once.

Each example is one stretch of either speaker alone and a few seconds of conversation rich in interruptions, all over
one line. The masks are to leave each speaker's part that is in phase with the mixture (phase-sensitive approximation,
Erdogan et al. 2015), in compressed magnitudes so that soft sounds count.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.diarize.apart import HOP, RATE, ApartNet, levels, sounds, spectra
from models.training.diarizer.bank import Bank
from models.training.diarizer.mixtures import LABEL_SECONDS, Mixer, activity
from models.training.diarizer.recipe import Recipe
from models.training.diarizer.running import Averaged, step
from models.training.recogniser.channel import compand
from models.training.recogniser.sounds import Samples, coloured_noise, fast_length

COMPRESSED = 0.5
WARM_STEPS = 200
UNNOTICED_SHARE, UNNOTICED_SECONDS = 0.3, 0.8
UNSURE_SECONDS = (0.2, 0.6)
BOTH_WEIGHT, ACTIVE = 5.0, 0.01
"""Weight of a frame in which both speak; power beside the loudest frame from which one speaks."""


@dataclass(frozen=True)
class Example:
    """`alone` [2, n] one speaker each; `mixed` [m]; `parts` [2, m] what each says of it, 8 kHz; `guide` [2, frames]
    where each is known to speak alone."""

    alone: Samples
    mixed: Samples
    parts: Samples
    guide: Samples


class ApartTraining:
    """The network, its average and what moves it."""

    name = "apart"

    def __init__(self, recipe: Recipe, bank: Bank, held_out: Bank, start: Path | None = None) -> None:
        """From nothing, or from the averaged weights of the checkpoint `start`, its steps counted."""
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.steps = 0
        self._rng = np.random.default_rng(recipe.seed)
        self._mixer = Mixer(bank, seed=recipe.seed)
        self._network = ApartNet(recipe.apart_width)
        if start is not None:
            stored = torch.load(start, map_location="cpu", weights_only=True)
            self._network.load_state_dict(stored["weights"])
            self.steps = int(stored["facts"]["steps"])
        self.average = Averaged(self._network, recipe.average_decay)
        self._optimiser = torch.optim.AdamW(self._network.parameters(), lr=recipe.apart_rate, weight_decay=0.01)
        self._pool: list[Example] = []
        checking, rng = Mixer(held_out, seed=recipe.seed + 1), np.random.default_rng(recipe.seed + 1)
        self._checks = [draw(checking, recipe, rng) for _ in range(recipe.checks)]

    def step(self) -> float:
        """One step; gives the loss."""
        loss = self._loss(self._network, *_stacked(self._batch()))
        step(self._optimiser, loss, self._network, rate=self.recipe.apart_rate * self._share())
        self.steps += 1
        self.average.follow()
        return float(loss.detach())

    def facts(self) -> dict[str, Any]:
        """Signal to distortion (dB, scale-invariant) of held-out voices where both speak, before and after."""
        before: list[float] = []
        after: list[float] = []
        with torch.inference_mode():
            for example in self._checks:
                alone, mixed, parts, guide = _stacked([example])
                found = heard_apart(self.average.kept, alone, mixed, guide)
                both = _both(example.parts)
                if both.sum() < RATE // 4:
                    continue
                for at in range(2):
                    truth = parts[0, at].numpy()[both]
                    before.append(distortion(mixed[0].numpy()[both], truth))
                    after.append(distortion(found[0, at].numpy()[both], truth))
        return {"before_db": round(float(np.mean(before)), 2), "after_db": round(float(np.mean(after)), 2)}

    def _share(self) -> float:
        warm = min(1.0, (self.steps + 1) / WARM_STEPS)
        late = self.steps - self.recipe.apart_steps * 0.5
        return warm * (1.0 if late <= 0 else max(0.03, 1 - late / (self.recipe.apart_steps * 0.5)))

    def _loss(self, network: ApartNet, alone: Tensor, mixed: Tensor, parts: Tensor, guide: Tensor) -> Tensor:
        heard = spectra(mixed)
        masks = network(levels(heard), guide, *_prints(network, alone))
        loudness = heard.abs()
        target = torch.stack([spectra(parts[:, at]) for at in range(2)], dim=1)
        in_phase = (target * heard[:, None].conj()).real / loudness.clamp_min(1e-6)[:, None]
        wanted = torch.minimum(in_phase.clamp_min(0), loudness[:, None])
        scale = loudness.square().mean((1, 2), keepdim=True).sqrt()[:, None].clamp_min(1e-5)
        found = (masks * loudness[:, None] / scale + 1e-4) ** COMPRESSED
        off = found - (wanted / scale + 1e-4) ** COMPRESSED
        weights = _weights(target)
        loss: Tensor = (off.square().mean((1, 3)) * weights).sum() / weights.sum()
        return loss * 10

    def _batch(self) -> list[Example]:
        recipe, rng = self.recipe, self._rng
        new = [draw(self._mixer, recipe, rng) for _ in range(recipe.apart_fresh)]
        self._pool = (self._pool + new)[-recipe.apart_pool :]
        old = [self._pool[int(at)] for at in rng.integers(0, len(self._pool), recipe.apart_batch - len(new))]
        return new + old


def release_apart(checkpoint: Path, target: Path) -> None:
    """Write the averaged weights of `checkpoint` to `target` in half precision, for the setting `voices_apart`."""
    stored = torch.load(checkpoint, map_location="cpu", weights_only=True)
    weights = {key: value.half() for key, value in stored["weights"].items()}
    torch.save({"width": stored["recipe"]["apart_width"], "weights": weights}, target)


def draw(mixer: Mixer, recipe: Recipe, rng: np.random.Generator) -> Example:
    """One example over one line."""
    alone_length, length = int(recipe.alone_seconds * RATE), int(recipe.apart_seconds * RATE)
    tracks = mixer.interrupted(recipe.alone_seconds, recipe.apart_seconds)
    spectrum = np.fft.rfft(tracks, fast_length(tracks.shape[1]), axis=1)
    hertz = np.linspace(0, RATE / 2, spectrum.shape[1])
    low, high = rng.uniform(80, 340), rng.uniform(3200, 3950)
    passed = 1 / (1 + (low / np.maximum(hertz, 1)) ** 8) / (1 + (hertz / high) ** 24)
    parts = np.fft.irfft(spectrum * passed, axis=1)[:, : tracks.shape[1]].astype(np.float32)
    noise = coloured_noise(parts.shape[1], float(rng.choice([0.0, 0.5, 1.0])), rng)
    heard = parts.sum(axis=0)
    noise = noise * np.float32(
        np.sqrt(np.mean(heard**2) + 1e-10) / np.sqrt(np.mean(noise**2) + 1e-10) * 10 ** (-rng.uniform(12, 45) / 20)
    )
    level = np.float32(10 ** (-rng.uniform(1, 20) / 20) / max(np.abs(heard).max(), 1e-4))
    line = compand((heard + noise) * level, ("a-law", "mu-law", "none")[int(rng.choice(3, p=[0.5, 0.3, 0.2]))])
    alone = np.stack([line[:alone_length], line[alone_length : 2 * alone_length]])
    return Example(alone, line[-length:], parts[:, -length:] * level, _guide(tracks[:, -length:], rng))


def _guide(tracks: Samples, rng: np.random.Generator) -> Samples:
    """What a diarizer would know: who speaks where, not near the other's words; a short word within the other's it may
    not have noticed at all."""
    own = np.stack([activity(track) for track in tracks])
    known = own if rng.random() > UNNOTICED_SHARE else np.stack([_long_runs(one) for one in own])
    reach = int(rng.uniform(*UNSURE_SECONDS) / LABEL_SECONDS)
    near = [np.convolve(one, np.ones(2 * reach + 1), "same") > 0.5 for one in known]
    alone = np.stack([known[0] & ~near[1], known[1] & ~near[0]])
    frames = np.arange(1 + tracks.shape[1] // HOP) * HOP / RATE / LABEL_SECONDS
    return alone[:, np.minimum(frames.astype(int), alone.shape[1] - 1)].astype(np.float32)


def _long_runs(active: NDArray[np.bool_]) -> NDArray[np.bool_]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], active.astype(np.int8), [0]])))
    kept = np.zeros_like(active)
    for start, end in edges.reshape(-1, 2):
        kept[start:end] = end - start >= UNNOTICED_SECONDS / LABEL_SECONDS
    return kept


def _weights(spectra_alone: Tensor) -> Tensor:
    """How much each frame counts, [n, frames], by the spectra [n, 2, frames, bins] of what each says: most where both
    speak, for elsewhere the sound is left as it is."""
    power = spectra_alone.abs().square().mean(3)
    active = power > ACTIVE * power.amax(2, keepdim=True)
    return 1 + (BOTH_WEIGHT - 1) * active.all(1).float()


def heard_apart(network: Any, alone: Tensor, mixed: Tensor, guide: Tensor) -> Tensor:
    """Samples [n, 2, m] of each speaker of mixtures [n, m], who sound as in `alone` [n, 2, k]."""
    heard = spectra(mixed)
    masks = network(levels(heard), guide, *_prints(network, alone))
    return torch.stack([sounds(masks[:, at] * heard, mixed.shape[1]) for at in range(2)], dim=1)


def distortion(found: Samples, truth: Samples) -> float:
    """Scale-invariant signal-to-distortion ratio in dB (Le Roux et al. 2019)."""
    wanted = truth * np.float32(found @ truth / max(float(truth @ truth), 1e-9))
    rest = found - wanted
    return float(10 * np.log10((wanted @ wanted + 1e-9) / (rest @ rest + 1e-9)))


def _prints(network: Any, alone: Tensor) -> tuple[Tensor, Tensor]:
    return network.prints(levels(spectra(alone[:, 0]))), network.prints(levels(spectra(alone[:, 1])))


def _both(parts: Samples) -> Any:
    size = RATE // 50
    power = np.sqrt((parts[:, : parts.shape[1] // size * size].reshape(2, -1, size) ** 2).mean(axis=2))
    active = power > 0.1 * power.max(axis=1, keepdims=True)
    return np.pad(np.repeat(active.all(axis=0), size), (0, parts.shape[1] % size))


def _stacked(examples: list[Example]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    return (
        torch.from_numpy(np.stack([one.alone for one in examples])),
        torch.from_numpy(np.stack([one.mixed for one in examples])),
        torch.from_numpy(np.stack([one.parts for one in examples])),
        torch.from_numpy(np.stack([one.guide for one in examples])),
    )
