"""Putting a trained checkpoint into the product: the file, and its entry in `configs/weights.yaml`."""

import json
import shutil
from pathlib import Path
from typing import Any

import torch

from models.training.listing import list_weights
from pipeline.errors import InputError

LARGEST_BYTES = 45_000_000


def read_figures(path: Path) -> dict[str, Any]:
    """What `callproof evaluate --audio --json` wrote. Raises `InputError` for anything else."""
    try:
        figures: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        figures["recognition"]["sets"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: expected the output of `callproof evaluate --audio --json`") from error
    return figures


def release(checkpoint: Path, target: Path, listing: Path, figures: dict[str, Any]) -> dict[str, Any]:
    """Copy an exported `checkpoint` to `target`, the measured `figures` beside it, and enter both in `listing`.

    Raises `ValueError` when the file is larger than may be shipped.
    """
    size = checkpoint.stat().st_size
    if size > LARGEST_BYTES:
        raise ValueError(f"{checkpoint} has {size} bytes, {LARGEST_BYTES} may be shipped: train a smaller network")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(checkpoint, target)
    stored: dict[str, Any] = torch.load(target, map_location="cpu", weights_only=True)
    begun = "from an earlier checkpoint" if stored["callproof"]["started_from_weights"] else "from nothing"
    entry = list_weights(
        listing,
        "recogniser",
        target,
        purpose="speech recognition for trying, testing and benchmarking; not for production speech",
        source=f"trained {begun} by models/training/recogniser with configs/training/recogniser.yaml",
        training_data="synthetic Mandarin telephone speech (espeak-ng), made by the same package; no recordings",
        training=stored["callproof"],
        figures=_write_figures(target.with_suffix(".figures.json"), figures),
    )
    return dict(entry)


def _write_figures(path: Path, figures: dict[str, Any]) -> str:
    path.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path.name
