"""The training loop: resumable to the bit, on a processor or an accelerator."""

import csv
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from models.training.recogniser.batches import IGNORED, Batch, Example, Rounds, collate
from models.training.recogniser.export import export, facts_of, save_whole
from models.training.recogniser.files import load_checkpoint
from models.training.recogniser.held_out_curve import HeldOutCurve
from models.training.recogniser.network import TrainingNetwork, guide_loss, mixed_precision, sample_padding
from models.training.recogniser.settings import Recipe
from models.training.recogniser.start import start_from
from models.training.recogniser.texts import HeldOut
from models.training.recogniser.threads import ThreadChooser
from models.training.recogniser.vocabulary import Vocabulary
from pipeline.errors import InputError

CURVE_FIELDS = (
    "step",
    "presentations",
    "minutes",
    "rate",
    "text_loss",
    "sound_loss",
    "guide_loss",
    "accuracy",
    "gradient",
    "threads",
)
_CURVE_EVERY = 25
_ACCURACY_FROM = 3  # the tokens before are the fixed start sequence


@dataclass
class Progress:
    """Where training stands; part of every checkpoint."""

    step: int = 0
    presentations: int = 0
    audio_seconds: float = 0.0
    trained_seconds: float = 0.0
    round: int = 0
    batch: int = 0
    shards: list[str] = field(default_factory=list)
    used: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Losses:
    """Mean losses of one step (nats) and the share of tokens predicted rightly."""

    text: Tensor
    sounds: Tensor
    guide: Tensor
    accuracy: Tensor


@dataclass(frozen=True)
class Places:
    """Files of one training run: its clips, and the folder of everything that it writes."""

    clips: Path
    folder: Path

    @property
    def checkpoint(self) -> Path:
        return self.folder / "training.pt"

    @property
    def curve(self) -> Path:
        return self.folder / "curve.csv"

    @property
    def held_out_curve(self) -> Path:
        return self.folder / "held-out.csv"

    @property
    def latest(self) -> Path:
        return self.folder / "latest.pt"


class Trainer:
    """Trains one network by one recipe; continues from `places.checkpoint` when it exists.

    With a recipe of `presentations` a resumed run gives the same weights as an uninterrupted one on the same machine
    and clips; with `minutes` the schedule follows the clock (time between runs is not counted).
    """

    def __init__(
        self,
        recipe: Recipe,
        vocabulary: Vocabulary,
        places: Places,
        *,
        held_out: HeldOut | None = None,
        first_weights: Path | None = None,
        device: str | None = None,
    ) -> None:
        torch.set_num_threads(recipe.threads)
        self._threads = ThreadChooser(recipe.threads)
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.vocabulary = vocabulary
        self.places = places
        self.device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self.progress = Progress()
        self._stopping = False
        self.started_from_weights = first_weights is not None
        self._rounds = Rounds(places.clips, recipe, vocabulary, held_out or HeldOut())
        self.network = TrainingNetwork(recipe, len(vocabulary), vocabulary.sound_classes)
        self._sounds_alone_until = 0
        stored = self._read_checkpoint()
        if stored is None:
            self.network.whiten(self._sample_frames())
            if first_weights is not None and not start_from(self.network, vocabulary, first_weights):
                self._sounds_alone_until = recipe.sound_warm_up_steps
        else:
            self.network.load_state_dict(stored["network"])
            self.progress = Progress(**stored["progress"])
            self.started_from_weights = stored["started_from_weights"]
            self._sounds_alone_until = stored["sounds_alone_until"]
        self.network.to(self.device)
        self.average = {name: value.detach().clone() for name, value in self.network.named_parameters()}
        self._optimiser = self._build_optimiser()
        if stored is not None:
            self._optimiser.load_state_dict(stored["optimiser"])
            self.average = {name: value.to(self.device) for name, value in stored["average"].items()}
        self._held_out_curve = HeldOutCurve(places.clips, places.held_out_curve, recipe, vocabulary)
        self._stored_seconds = self.progress.trained_seconds
        self._started = time.monotonic()

    def run(
        self,
        *,
        stop_after: int | None = None,
        checkpoint_seconds: float = 120,
        measure_seconds: float = 240,
        export_seconds: float = 600,
    ) -> None:
        """Train to the end of the schedule, or for `stop_after` more steps; write curve, checkpoints and exports."""
        last_step = None if stop_after is None else self.progress.step + stop_after
        saved = measured = exported = time.monotonic()
        window: list[tuple[float, ...]] = []
        batches = self._open_round()
        if not batches:
            raise InputError(f"{self.places.clips}: no clip that can be trained on; make some with the `clips` command")
        while self.done_share() < 1 and self.progress.step != last_step and not self._stopping:
            while self.progress.batch >= len(batches):
                self._close_round()
                batches = self._open_round()
            examples = batches[self.progress.batch]
            window.append(self._timed_step(examples))
            self._count(examples)
            if self.progress.step % _CURVE_EVERY == 0:
                self._write_curve(window)
                window = []
            now = time.monotonic()
            if now - saved > checkpoint_seconds:
                self.save()
                saved = now
            if now - measured > measure_seconds:
                self.measure()
                measured = now
            if now - exported > export_seconds:
                self.export(self.places.latest)
                exported = now
        if window:
            self._write_curve(window)
        self.save()
        self.measure()

    def stop(self) -> None:
        """End `run` after the present step, with everything written."""
        self._stopping = True

    def done_share(self) -> float:
        """How much of the schedule is done, 0..1."""
        self.progress.trained_seconds = self._stored_seconds + time.monotonic() - self._started
        if self.recipe.minutes > 0:
            return min(1.0, self.progress.trained_seconds / 60 / self.recipe.minutes)
        return min(1.0, self.progress.presentations / self.recipe.presentations)

    def rate(self) -> float:
        """The learning rate of the coming step."""
        warm_up = min(1.0, (self.progress.step + 1) / max(1, self.recipe.warm_up_steps))
        decline = min(1.0, (1 - self.done_share()) / (1 - self.recipe.flat_share))
        return self.recipe.peak_rate * warm_up * decline

    def losses(self, batch: Batch) -> Losses:
        """The three losses of a batch under the present weights."""
        frames = batch.frames
        padding = sample_padding(frames, len(batch.draws), batch.draws).to(self.device)
        targets = batch.targets.to(self.device)
        labels = batch.labels.to(self.device).flatten(0, 1)
        alone = self.progress.step < self._sounds_alone_until
        with mixed_precision(self.device):
            heard = self.network(batch.mel.to(self.device), batch.tokens.to(self.device), padding, sounds_alone=alone)
        text = functional.cross_entropy(heard.logits.float().flatten(0, 1), targets.flatten(), ignore_index=IGNORED)
        classes = heard.sounds.float().flatten(0, 1).split(self.network.sound_classes, dim=1)
        sounds = torch.stack(
            [functional.cross_entropy(part, labels[:, index]) for index, part in enumerate(classes)]
        ).sum()
        guide = guide_loss(heard.attention, batch.guide.to(self.device))
        asked = targets[:, _ACCURACY_FROM:]
        right = (heard.logits[:, _ACCURACY_FROM:].argmax(-1) == asked).sum() / (asked != IGNORED).sum()
        return Losses(text, sounds, guide, right)

    def save(self) -> None:
        """Write the checkpoint."""
        self.done_share()
        save_whole(
            {
                "network": self.network.state_dict(),
                "optimiser": self._optimiser.state_dict(),
                "average": self.average,
                "progress": dict(self.progress.__dict__),
                "recipe": self.recipe.as_dict(),
                "characters": self.vocabulary.characters,
                "started_from_weights": self.started_from_weights,
                "sounds_alone_until": self._sounds_alone_until,
            },
            self.places.checkpoint,
        )

    def export(self, path: Path) -> None:
        """Write the averaged weights as a stock whisper checkpoint."""
        facts = facts_of(self.progress.__dict__, self.started_from_weights, self.recipe.padding_samples)
        export(self.averaged().cpu(), self.vocabulary, path, facts)

    def averaged(self) -> TrainingNetwork:
        """The network with the averaged weights."""
        averaged = TrainingNetwork(self.recipe, len(self.vocabulary), self.vocabulary.sound_classes)
        averaged.load_state_dict({**self.network.state_dict(), **self.average})
        return averaged.to(self.device)

    def measure(self) -> dict[str, float] | None:
        """Held-out figures of the averaged weights, also a row of the held-out curve."""
        return self._held_out_curve.measure(self.averaged(), self.progress.step, self.progress.trained_seconds / 60)

    def _timed_step(self, examples: list[Example]) -> tuple[float, ...]:
        if not self.recipe.choose_threads:
            return self._step(examples)
        self._threads.before_step()
        started = time.monotonic()
        values = self._step(examples)
        frames = max(example.encoder_frames for example in examples) * len(examples)
        self._threads.after_step(time.monotonic() - started, frames)
        return values

    def _step(self, examples: list[Example]) -> tuple[float, ...]:
        rng = np.random.default_rng((self.recipe.seed, self.progress.step))
        losses = self.losses(collate(examples, self.recipe, self.vocabulary, rng))
        guide_weight = self.recipe.guide_weight * max(0.2, 1 - 1.2 * self.done_share())
        loss = losses.text + self.recipe.sound_weight * losses.sounds + guide_weight * losses.guide
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.network.release_reserved_gradient()
        gradient = float(nn.utils.clip_grad_norm_(self.network.parameters(), self.recipe.gradient_limit))
        rate = self.rate()
        if np.isfinite(gradient):
            for group in self._optimiser.param_groups:
                group["lr"] = rate
            self._optimiser.step()
            self._update_average()
        values = (losses.text, losses.sounds, losses.guide, losses.accuracy)
        return (*(float(value.detach()) for value in values), gradient)

    @torch.no_grad()
    def _update_average(self) -> None:
        # The average follows faster at first, so that early exports are not the random start.
        decay = min(self.recipe.average_decay, (1 + self.progress.step) / (10 + self.progress.step))
        current = dict(self.network.named_parameters())
        kept = list(self.average.values())
        torch._foreach_lerp_(kept, [current[name] for name in self.average], 1 - decay)

    def _count(self, examples: list[Example]) -> None:
        self.progress.step += 1
        self.progress.batch += 1
        self.progress.presentations += len(examples)
        self.progress.audio_seconds += sum(example.clip.frames for example in examples) / 100

    def _open_round(self) -> list[list[Example]]:
        if not self.progress.shards:
            self.progress.shards = self._rounds.choose_shards(Counter(self.progress.used))
        short_first = self.progress.round == 0 and not self.started_from_weights
        return self._rounds.batches(self.progress.round, self.progress.shards, short_first=short_first)

    def _close_round(self) -> None:
        for name in self.progress.shards:
            self.progress.used[name] = self.progress.used.get(name, 0) + 1
        self.progress.shards = []
        self.progress.round += 1
        self.progress.batch = 0

    def _sample_frames(self, clips: int = 1500) -> Tensor:
        names = self._rounds.choose_shards(Counter())
        examples = [example for batch in self._rounds.batches(0, names) for example in batch][:clips]
        rows = [
            example.clip.levels[::7].astype(np.float32) * np.float32(2 / 255) + np.float32(example.clip.floor)
            for example in examples
        ]
        return torch.from_numpy(np.concatenate(rows))

    def _build_optimiser(self) -> torch.optim.Optimizer:
        parameters = list(self.network.parameters())
        groups = [
            {"params": [value for value in parameters if value.ndim > 1], "weight_decay": self.recipe.weight_decay},
            {"params": [value for value in parameters if value.ndim == 1], "weight_decay": 0.0},
        ]
        return torch.optim.AdamW(groups, lr=self.recipe.peak_rate, betas=(0.9, 0.98), fused=True)

    def _read_checkpoint(self) -> dict[str, Any] | None:
        if not self.places.checkpoint.exists():
            return None
        stored = load_checkpoint(self.places.checkpoint, "characters")
        if stored["characters"] != self.vocabulary.characters:
            raise InputError(f"{self.places.checkpoint} was trained on another vocabulary: resume with its characters")
        return stored

    def _write_curve(self, window: list[tuple[float, ...]]) -> None:
        means = np.mean(window, 0)
        self.places.curve.parent.mkdir(parents=True, exist_ok=True)
        fresh = not self.places.curve.exists()
        with self.places.curve.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            if fresh:
                writer.writerow(CURVE_FIELDS)
            minutes = self.progress.trained_seconds / 60
            row = [self.progress.step, self.progress.presentations, f"{minutes:.2f}", f"{self.rate():.2e}"]
            writer.writerow([*row, *(f"{value:.4f}" for value in means), torch.get_num_threads()])


def stored_characters(checkpoint: Path) -> str | None:
    """The characters of the vocabulary that `checkpoint` was trained on; None when there is no checkpoint."""
    if not checkpoint.exists():
        return None
    return str(load_checkpoint(checkpoint, "characters")["characters"])
