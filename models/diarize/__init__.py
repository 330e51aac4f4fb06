"""Diarizers: engines that say who speaks when on one mixed channel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from models.diarize.options import DiarizerOptions
from pipeline.errors import ModelError
from pipeline.types import Diarizer, Separator


def _plain(_options: DiarizerOptions) -> Diarizer:
    from models.diarize.plain import PlainDiarizer

    return PlainDiarizer()


def _pyannote(options: DiarizerOptions) -> Diarizer:
    from models.diarize.pyannote_audio import PyannoteDiarizer

    return PyannoteDiarizer.open(options)


_FACTORIES: dict[str, Callable[[DiarizerOptions], Diarizer]] = {"plain": _plain, "pyannote": _pyannote}


def open_diarizer(name: str, options: DiarizerOptions | None = None) -> Diarizer:
    """The diarizer `name`, loaded. Raises `ModelError` for an unknown one, or where its weights cannot be used."""
    if name not in _FACTORIES:
        raise ModelError(
            f"diarizer {name!r} is not known; known: {', '.join(sorted(_FACTORIES))}", code="unknown_engine"
        )
    return _FACTORIES[name](options or DiarizerOptions())


def open_separator(path: Path) -> Separator:
    """What hears two voices apart, by the weights in `path`. Raises `ModelError` where they cannot be used."""
    from models.diarize.apart import VoicesApart

    return VoicesApart.open(path)


__all__ = ["DiarizerOptions", "open_diarizer", "open_separator"]
