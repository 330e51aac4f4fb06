"""How reading models lie on disk: labels, features by their row, and arrays of numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ModelError


@dataclass(frozen=True, slots=True)
class Stored:
    """`vocabulary` gives each feature its row in the weights; `arrays` are the rest, in single precision."""

    labels: list[str]
    vocabulary: dict[str, int]
    arrays: dict[str, NDArray[np.float32]]


def save_model(path: Path, labels: Sequence[str], vocabulary: Mapping[str, int], **arrays: Any) -> None:
    """Writes a model; `load_model` reads it."""
    names = "\n".join(sorted(vocabulary, key=vocabulary.__getitem__))
    contents: dict[str, Any] = {"labels": np.array(labels), "vocabulary": np.frombuffer(names.encode(), np.uint8)}
    np.savez_compressed(path, **contents, **arrays)


def load_model(path: Path, *arrays: str) -> Stored:
    """Reads what `save_model` wrote, with `arrays` by their names. Raises `ModelError` where it is not that."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            names = stored["vocabulary"].tobytes().decode().split("\n")
            return Stored(
                [str(label) for label in stored["labels"]],
                {name: row for row, name in enumerate(names)},
                {name: stored[name].astype(np.float32) for name in arrays},
            )
    except (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise ModelError(
            f"{path}: not a reading model; restore it from the release or run `make train-language`",
            code="weights_damaged",
        ) from error
