"""From shards to batches: rounds of clips in buckets of like length, with targets and guides."""

import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.training.recogniser.settings import Recipe
from models.training.recogniser.shards import CorruptShardError, ShardClip, read_shard
from models.training.recogniser.texts import HeldOut
from models.training.recogniser.vocabulary import Vocabulary
from pipeline.errors import InputError

IGNORED = -100
_FRAMES_PER_SECOND = 50
_NOISY_FROM = 4  # the start sequence is never replaced by noise


@dataclass(frozen=True)
class Example:
    """A clip ready for training: trained tokens, the unit that each belongs to, and each unit's sound."""

    clip: ShardClip
    tokens: tuple[int, ...]
    owners: tuple[int, ...]
    sounds: NDArray[np.int16]

    @property
    def encoder_frames(self) -> int:
        return self.clip.frames // 2


@dataclass(frozen=True)
class Batch:
    """Tensors of one step.

    `mel` float32 [batch, 80, 2 * (frames + 1)], `tokens` and `targets` int [batch, length] (targets -100 where
    nothing is asked), `labels` int [batch, frames, 4] (initial, final, tone, place), `guide` bool
    [batch, length, frames + padding samples], `draws` float32 [padding samples] in 0..1.
    """

    mel: Tensor
    tokens: Tensor
    targets: Tensor
    labels: Tensor
    guide: Tensor
    draws: Tensor

    @property
    def frames(self) -> int:
        return int(self.labels.shape[1])


def read_examples(paths: Iterable[Path], vocabulary: Vocabulary, held_out: HeldOut) -> list[Example]:
    """All clips of the shards that may be trained on and whose characters are in the vocabulary.

    A damaged shard is left out and named on standard error.
    """
    examples = []
    for path in paths:
        try:
            clips = read_shard(path)
        except CorruptShardError as error:
            print(f"left out: {error.message}", file=sys.stderr)
            continue
        for clip in clips:
            if vocabulary.covers(clip.units) and not held_out.occurs_in("".join(clip.units)):
                examples.append(_example(clip, vocabulary))
    return examples


def _example(clip: ShardClip, vocabulary: Vocabulary) -> Example:
    tokens: list[int] = []
    owners: list[int] = []
    for index, unit in enumerate(clip.units):
        for character in unit:
            encoded = vocabulary.encode(character)
            tokens += encoded
            owners += [index] * len(encoded)
    sounds = np.array(vocabulary.sounds(clip.units), np.int16).reshape(-1, 3)
    return Example(clip, tuple(tokens), tuple(owners), sounds)


class Rounds:
    """The order of training data, reproducible from the recipe's seed, the round's number and its shards.

    A round takes the shards that were used least, so that new ones come first.
    """

    def __init__(self, folder: Path, recipe: Recipe, vocabulary: Vocabulary, held_out: HeldOut) -> None:
        self._folder = folder
        self._recipe = recipe
        self._vocabulary = vocabulary
        self._held_out = held_out

    def choose_shards(self, used: Counter[str]) -> list[str]:
        """Names of the next round's shards. Raises `InputError` when the folder holds none."""
        names = sorted(path.stem for path in self._folder.glob("*.json"))
        if not names:
            raise InputError(f"no training clips in {self._folder}: make some with the `clips` command")
        return sorted(names, key=lambda name: (used[name], name))[: self._recipe.shards_per_round]

    def batches(self, number: int, names: list[str], *, short_first: bool = False) -> list[list[Example]]:
        """The round's batches in order."""
        rng = Random(self._recipe.seed * 1_000_003 + number)
        examples = read_examples((self._folder / f"{name}.json" for name in names), self._vocabulary, self._held_out)
        batches: list[list[Example]] = []
        if short_first:
            limit = self._recipe.short_seconds * _FRAMES_PER_SECOND
            short = [example for example in examples if example.encoder_frames < limit]
            batches += self._bucket(short[: self._recipe.short_first_clips], rng)
        return batches + self._bucket(examples, rng)

    def _bucket(self, examples: list[Example], rng: Random) -> list[list[Example]]:
        ordered = sorted(examples, key=lambda example: example.encoder_frames * rng.uniform(0.93, 1.07))
        batches: list[list[Example]] = []
        current: list[Example] = []
        longest = 0
        for example in ordered:
            length = max(longest, example.encoder_frames + 8 + self._recipe.padding_samples)
            if current and length * (len(current) + 1) > self._recipe.frames_per_step:
                batches.append(current)
                current, length = [], example.encoder_frames + 8 + self._recipe.padding_samples
            current.append(example)
            longest = length
        if current:
            batches.append(current)
        rng.shuffle(batches)
        return batches


def collate(examples: list[Example], recipe: Recipe, vocabulary: Vocabulary, rng: np.random.Generator) -> Batch:
    """One step's tensors; all chance comes from `rng`."""
    mel_frames = -(-(max(example.clip.frames for example in examples) + 8) // 16) * 16
    frames = mel_frames // 2 - 1
    length = max(len(example.tokens) for example in examples) + len(vocabulary.start) + 1
    count = len(examples)
    mel = np.empty((count, 80, mel_frames), np.float32)
    tokens = np.full((count, length), vocabulary.end)
    targets = np.full((count, length), IGNORED)
    labels = np.zeros((count, frames, 4), np.int64)
    guide = np.zeros((count, length, frames + recipe.padding_samples), np.bool_)
    for row, example in enumerate(examples):
        mel[row] = example.clip.floor
        mel[row, :, : example.clip.frames] = _heard(example.clip, recipe, rng)
        _fill_text(example, vocabulary, tokens[row], targets[row], recipe.token_noise, rng)
        _fill_times(example, len(vocabulary.start), frames, labels[row], guide[row])
    draws = rng.random(recipe.padding_samples, np.float32)
    arrays = (mel, tokens, targets, labels, guide, draws)
    return Batch(*(torch.from_numpy(array) for array in arrays))


def _heard(clip: ShardClip, recipe: Recipe, rng: np.random.Generator) -> NDArray[np.float32]:
    mel: NDArray[np.float32] = clip.levels.T.astype(np.float32) * np.float32(2 / 255) + np.float32(clip.floor)
    if not recipe.augment:
        return mel
    # Light SpecAugment (Park et al. 2019): one band, up to two moments, and a slope over frequency.
    mean = mel.mean()
    if rng.random() < 0.4:
        lowest = int(rng.integers(0, 71))
        mel[lowest : lowest + int(rng.integers(1, 10))] = clip.floor if rng.random() < 0.5 else mean
    for _ in range(int(rng.integers(0, 3))):
        start = int(rng.integers(0, mel.shape[1]))
        mel[:, start : start + int(rng.integers(1, 9))] = mean
    if rng.random() < 0.5:
        slope = np.linspace(-1, 1, 80, dtype=np.float32)[:, None] * np.float32(rng.uniform(-0.08, 0.08))
        mel = np.maximum(mel + slope, np.float32(clip.floor))
    return mel


def _fill_text(
    example: Example,
    vocabulary: Vocabulary,
    tokens: NDArray[np.int64],
    targets: NDArray[np.int64],
    noise: float,
    rng: np.random.Generator,
) -> None:
    written = np.array([*vocabulary.start, *example.tokens])
    targets[: len(written)] = [*written[1:], vocabulary.end]
    if not example.tokens:
        # Whisper reads the probability that nobody speaks where the language would follow.
        targets[0] = vocabulary.no_speech
    targets[1 : len(vocabulary.start) - 1] = IGNORED
    replaced = rng.random(len(written)) < noise
    replaced[:_NOISY_FROM] = False
    written[replaced] = rng.integers(0, len(vocabulary), int(replaced.sum()))
    tokens[: len(written)] = written


def _fill_times(
    example: Example, start_length: int, frames: int, labels: NDArray[np.int64], guide: NDArray[np.bool_]
) -> None:
    spans = []
    for sound, start, end in zip(example.sounds, example.clip.starts, example.clip.ends, strict=True):
        begin = min(start, frames - 1)
        stop = min(max(end, begin + 1), frames)
        spans.append((begin, stop))
        labels[begin:stop, :3] = sound
        third = (stop - begin + 2) // 3
        labels[begin:stop, 3] = 3
        labels[begin : begin + 2 * third, 3] = 2
        labels[begin : begin + third, 3] = 1
        labels[stop:, 3] = 0
    for place, owner in enumerate(example.owners):
        begin, stop = spans[owner]
        guide[start_length - 1 + place, max(0, begin - 1) : min(frames, stop + 2)] = True
