"""Recognisers by name: the one place where an engine is registered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ModelError
from pipeline.types import Recogniser


@dataclass(frozen=True, slots=True)
class RecogniserOptions:
    """What every engine is built from.

    `model` is `embedded`, a name that the engine knows, or the path of a checkpoint; `device` is `cpu`, `cuda` or
    `auto`; `threads` 0 leaves the library's own choice; `batch` is how many windows are decoded together; `folder` is
    where downloaded weights lie (nothing is downloaded unless `fetch` is set); `prompt` names vocabulary, never a
    value under verification.
    """

    model: str = "embedded"
    device: str = "auto"
    threads: int = 0
    batch: int = 8
    folder: Path | None = None
    fetch: bool = False
    prompt: str | None = None


Factory = Callable[[RecogniserOptions], Recogniser]


def _openai_whisper(options: RecogniserOptions) -> Recogniser:
    from models.hear.openai_whisper import WhisperRecogniser

    return WhisperRecogniser.open(options)


_FACTORIES: dict[str, Factory] = {"openai-whisper": _openai_whisper}


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
