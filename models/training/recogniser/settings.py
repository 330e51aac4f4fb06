"""The recipe of one training run, read from `configs/training/recogniser.yaml`."""

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from models.training.recogniser.lexicon import CONFIGS


@dataclass(frozen=True)
class Recipe:
    """Size, losses and schedule. `presentations` or `minutes` of training end the schedule, whichever is set.

    `sound_warm_up_steps`: when training starts from a checkpoint that holds no head for the sounds, the new head learns
    alone for so many steps, so that its first errors do not disturb the encoder.
    """

    width: int = 256
    heads: int = 4
    encoder_layers: int = 4
    decoder_layers: int = 4
    peak_rate: float = 1.2e-3
    warm_up_steps: int = 200
    flat_share: float = 0.25
    weight_decay: float = 0.01
    gradient_limit: float = 1.0
    sound_weight: float = 0.7
    sound_warm_up_steps: int = 150
    guide_weight: float = 0.7
    frames_per_step: int = 4800
    padding_samples: int = 24
    token_noise: float = 0.1
    augment: bool = True
    short_first_clips: int = 7000
    short_seconds: float = 2.7
    shards_per_round: int = 32
    average_decay: float = 0.998
    presentations: int = 0
    minutes: float = 0.0
    seed: int = 1
    threads: int = 2
    choose_threads: bool = False

    def __post_init__(self) -> None:
        if (self.presentations > 0) == (self.minutes > 0):
            raise ValueError("recipe: set either `presentations` or `minutes`, and one alone, above 0")
        if self.width % self.heads or self.width // self.heads < 8:
            raise ValueError(f"recipe: width {self.width} must be a multiple of heads {self.heads}, at least 8 a head")

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def read_recipe(path: Path = CONFIGS / "training" / "recogniser.yaml", **changes: Any) -> Recipe:
    """The recipe in `path` with `changes`. Raises `ValueError` for an unknown key."""
    values = {**(yaml.safe_load(path.read_text(encoding="utf-8")) or {}), **changes}
    known = {field.name for field in fields(Recipe)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise ValueError(f"{path}: unknown {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    return Recipe(**values)
