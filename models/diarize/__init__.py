"""Diarizers: engines that say who speaks when on one mixed channel."""

from __future__ import annotations

from models.diarize.plain import PlainDiarizer
from pipeline.errors import ModelError
from pipeline.types import Diarizer

_ENGINES: dict[str, type[PlainDiarizer]] = {"plain": PlainDiarizer}


def open_diarizer(name: str) -> Diarizer:
    """The diarizer `name`. Raises `ModelError` for one that is not known."""
    if name not in _ENGINES:
        raise ModelError(f"diarizer {name!r} is not known; known: {', '.join(sorted(_ENGINES))}", code="unknown_engine")
    return _ENGINES[name]()


__all__ = ["open_diarizer"]
