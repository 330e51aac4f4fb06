"""The weights that come with the program, and the list that vouches for them (`configs/weights.yaml`)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import configs
from pipeline.errors import ModelError, SettingsError

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """One file of weights: where it lies, its size in bytes and the SHA-256 it must have."""

    name: str
    path: Path
    size: int
    sha256: str


def listed_weights() -> dict[str, Any]:
    """Every entry of the list by its name."""
    return dict(configs.read_yaml("weights.yaml")["weights"])


def condition(name: str) -> str:
    """Whether the listed file `name` is `ok`, `missing` or `damaged`."""
    entry = weights_file(name)
    if not entry.path.is_file():
        return "missing"
    try:
        verified(name)
    except ModelError:
        return "damaged"
    return "ok"


def weights_file(name: str) -> WeightsFile:
    """The listed weights file `name` (`recogniser`). Raises `SettingsError` where it is not listed."""
    listed = configs.read_yaml("weights.yaml")
    try:
        entry = listed["weights"][name]
        return WeightsFile(name, FOLDER / entry["file"], int(entry["bytes"]), str(entry["sha256"]))
    except (KeyError, TypeError, ValueError) as error:
        raise SettingsError(f"configs/weights.yaml: no complete entry weights.{name} (file, bytes, sha256)") from error


def verified(name: str) -> Path:
    """Path of the listed weights file `name`, after its size and SHA-256 have been checked.

    Raises `ModelError` where the file is missing or is not the listed one.
    """
    entry = weights_file(name)
    if not entry.path.is_file():
        raise ModelError(
            f"weights {name}: {entry.path} is missing; reinstall callproof or run `make train-recogniser`",
            code="weights_missing",
        )
    with entry.path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != entry.sha256:
        raise ModelError(
            f"weights {name}: {entry.path} is not the file listed in configs/weights.yaml (SHA-256 differs); "
            "restore it from the release",
            code="weights_damaged",
        )
    return entry.path
