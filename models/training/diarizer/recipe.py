"""The recipe of one training run, read from `configs/training/diarizer.yaml`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

import configs
from pipeline.errors import SettingsError

RECIPE_FILE = configs.DEFAULTS / "training" / "diarizer.yaml"


class Recipe(BaseModel):
    """How many voices, how large the networks, how long; seconds, minutes of wall-clock time."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    speakers: int = Field(420, ge=3)
    stretches: int = Field(24, ge=4)
    held_out_speakers: int = Field(24, ge=3)
    seconds: float = Field(6.0, ge=2)
    segmentation_width: int = Field(96, ge=4)
    voice_width: int = Field(128, ge=4)
    voice_dimension: int = Field(64, ge=4)
    voice_seconds: float = Field(4.0, ge=1)
    apart_width: int = Field(192, ge=4)
    alone_seconds: float = Field(2.0, ge=0.5)
    apart_seconds: float = Field(4.0, ge=1)
    apart_batch: int = Field(16, ge=1)
    apart_fresh: int = Field(4, ge=1)
    apart_pool: int = Field(800, ge=1)
    apart_steps: int = Field(10_000, ge=1)
    apart_rate: float = Field(2e-3, gt=0)
    batch: int = Field(16, ge=1)
    fresh: int = Field(7, ge=1)
    pool: int = Field(1500, ge=1)
    affinity_weight: float = Field(0.5, ge=0)
    voice_batch: int = Field(24, ge=2)
    rate: float = Field(2e-3, gt=0)
    average_decay: float = Field(0.995, ge=0, lt=1)
    checks: int = Field(40, ge=1)
    report_seconds: float = Field(180, gt=0)
    minutes: float = Field(60, gt=0)
    threads: int = Field(1, ge=1)
    seed: int = 1


def read_recipe(path: Path = RECIPE_FILE, **changes: Any) -> Recipe:
    """The recipe in `path` with `changes`. Raises `SettingsError`."""
    try:
        return Recipe(**{**(yaml.safe_load(path.read_text(encoding="utf-8")) or {}), **changes})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise SettingsError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg'].lower()}") from error
