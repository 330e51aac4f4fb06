"""What is said in a transcript, by speaker and in order of time, for character error rates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.evaluate import recognition


def character_error_rate(pairs: Iterable[tuple[str, str]]) -> float:
    """CER over (said, heard) pairs; 0 where nothing is said."""
    return recognition.character_error_rate(pairs).value or 0.0


def by_speaker(transcript: Mapping[str, Any]) -> dict[str, str]:
    """All that each speaker says, in order."""
    texts: dict[str, str] = {}
    for turn in sorted(transcript["turns"], key=lambda turn: turn["start"]):
        texts[turn["speaker"]] = texts.get(turn["speaker"], "") + turn["text"]
    return texts


def in_order(transcript: Mapping[str, Any]) -> str:
    """All that is said, in order of time."""
    return "".join(turn["text"] for turn in sorted(transcript["turns"], key=lambda turn: turn["start"]))
