"""What was said in a call is in no cache once the call is analysed."""

from __future__ import annotations

import functools
import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.analysis import Analyst
from pipeline.contract import Application, Report, Transcript

SAMPLES = Path(__file__).parents[2] / "samples"
_CONTAINERS = (dict, list, tuple, set, frozenset)
TELLING = 5
"""So many characters in a row are no word that every call has."""


def _texts(value: Any, depth: int = 4) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth and (isinstance(value, _CONTAINERS) or type(value).__name__ == "_lru_list_elem"):
        for one in gc.get_referents(value):
            yield from _texts(one, depth - 1)


def _cached() -> set[str]:
    """Every text that a cache of functions holds in a key or in a plain value."""
    caches = [one for one in gc.get_objects() if isinstance(one, functools._lru_cache_wrapper)]
    assert len(caches) > 20
    return {text for cache in caches for held in gc.get_referents(cache) for text in _texts(held)}


def _analysed(name: str) -> tuple[Transcript, Report]:
    transcript = Transcript.model_validate_json((SAMPLES / f"{name}.truth.json").read_text())
    application = Application.model_validate_json((SAMPLES / f"{name}.application.json").read_text())
    return transcript, Analyst().analyse(transcript, application)


def test_no_cache_holds_what_was_said() -> None:
    _analysed("clean")
    before = _cached()
    transcript, report = _analysed("mismatch")
    assert report.fields
    kept = "\n".join(_cached() - before)
    for turn in transcript.turns:
        for start in range(len(turn.text) - TELLING + 1):
            assert turn.text[start : start + TELLING] not in kept
