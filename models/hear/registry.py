"""Recognisers by name: the one place where an engine is registered."""

from __future__ import annotations

from collections.abc import Callable

from models.hear.options import RecogniserOptions
from pipeline.errors import ModelError
from pipeline.types import Recogniser

Factory = Callable[[RecogniserOptions], Recogniser]


def _openai_whisper(options: RecogniserOptions) -> Recogniser:
    from models.hear.openai_whisper import WhisperRecogniser

    return WhisperRecogniser.open(options)


def _faster_whisper(options: RecogniserOptions) -> Recogniser:
    from models.hear.faster_whisper import FasterWhisperRecogniser

    return FasterWhisperRecogniser.open(options)


_FACTORIES: dict[str, Factory] = {"openai-whisper": _openai_whisper, "faster-whisper": _faster_whisper}


def register_recogniser(name: str, factory: Factory) -> None:
    """Make `factory` available as engine `name`; a later registration of the same name replaces the earlier one."""
    _FACTORIES[name] = factory


def recogniser_names() -> tuple[str, ...]:
    """The registered engines, sorted."""
    return tuple(sorted(_FACTORIES))


def open_recogniser(engine: str, options: RecogniserOptions) -> Recogniser:
    """The engine `engine`, loaded. Raises `ModelError` for an unknown engine, unknown model or missing weights."""
    if engine not in _FACTORIES:
        raise ModelError(
            f"recogniser engine {engine!r} is not known; known: {', '.join(recogniser_names())}", code="unknown_engine"
        )
    return _FACTORIES[engine](options)
