"""What every diarizer is built from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DiarizerOptions:
    """What every diarizer is built from.

    `model` is a pipeline's folder or its name on the hub; `device` is `cpu`, `cuda` or `auto`; nothing is
    downloaded unless `fetch` is set.
    """

    model: str = ""
    device: str = "auto"
    fetch: bool = False
