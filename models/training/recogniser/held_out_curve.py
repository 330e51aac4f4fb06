"""The held-out curve: how well the averaged weights predict sentences that are never trained on."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from models.training.recogniser.batches import IGNORED, Example, collate, read_examples
from models.training.recogniser.network import TrainingNetwork, mixed_precision, sample_padding
from models.training.recogniser.settings import Recipe
from models.training.recogniser.shards import HELD_OUT_FOLDER
from models.training.recogniser.texts import HeldOut
from models.training.recogniser.vocabulary import Vocabulary

FIELDS = ("step", "minutes", "loss", "token_errors", "character_errors")
_CLIPS = 160
_BATCH = 16
_WRITTEN_FROM = 3  # the tokens before are the fixed start sequence


class HeldOutCurve:
    """Measures a network on the clips beside the training shards and appends a row to a CSV file.

    Every character is predicted from the right ones before it, which is cheap and falls with the error rate of free
    decoding; `character_errors` counts a character as wrong when one of its tokens is. Without such clips nothing is
    measured.
    """

    def __init__(self, clips: Path, curve: Path, recipe: Recipe, vocabulary: Vocabulary) -> None:
        self._curve = curve
        self._plain = replace(recipe, augment=False, token_noise=0.0)
        self._vocabulary = vocabulary
        paths = sorted((clips / HELD_OUT_FOLDER).glob("*.json"))
        found = read_examples(paths, vocabulary, HeldOut())[:_CLIPS]
        self._examples = sorted(found, key=lambda example: example.clip.frames)

    def measure(self, network: TrainingNetwork, step: int, minutes: float) -> dict[str, float] | None:
        """Figures of `network`, also appended to the curve; None where there are no held-out clips."""
        if not self._examples:
            return None
        figures = self._figures(network)
        fresh = not self._curve.exists()
        self._curve.parent.mkdir(parents=True, exist_ok=True)
        with self._curve.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            if fresh:
                writer.writerow(FIELDS)
            writer.writerow([step, f"{minutes:.2f}", *(f"{figures[name]:.4f}" for name in FIELDS[2:])])
        return figures

    @torch.inference_mode()
    def _figures(self, network: TrainingNetwork) -> dict[str, float]:
        rng = np.random.default_rng(0)
        loss = tokens = wrong_tokens = characters = wrong_characters = 0.0
        device = next(network.parameters()).device.type
        for first in range(0, len(self._examples), _BATCH):
            group = self._examples[first : first + _BATCH]
            batch = collate(group, self._plain, self._vocabulary, rng)
            padding = sample_padding(batch.frames, len(batch.draws), batch.draws).to(device)
            with mixed_precision(device):
                heard = network(batch.mel.to(device), batch.tokens.to(device), padding)
            logits = heard.logits.float().cpu()[:, _WRITTEN_FROM:]
            targets = batch.targets[:, _WRITTEN_FROM:]
            asked = targets != IGNORED
            wrong = (logits.argmax(-1) != targets) & asked
            loss += float(
                functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORED)
            ) * int(asked.sum())
            tokens += int(asked.sum())
            wrong_tokens += int(wrong.sum())
            for example, row in zip(group, wrong, strict=True):
                characters += len(set(example.owners))
                wrong_characters += len(_wrong_units(example, row))
        return {
            "loss": loss / max(1, tokens),
            "token_errors": wrong_tokens / max(1, tokens),
            "character_errors": wrong_characters / max(1, characters),
        }


def _wrong_units(example: Example, wrong: torch.Tensor) -> set[int]:
    return {owner for owner, miss in zip(example.owners, wrong.tolist(), strict=False) if miss}
