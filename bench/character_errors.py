"""Character error rate: edits over characters said, punctuation and spaces left out, 幺 and 一 kept apart."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from rapidfuzz.distance import Levenshtein


def spoken(text: str) -> str:
    """The characters of `text` that are spoken, Latin letters in lower case."""
    kept = (character for character in text if unicodedata.category(character)[0] in "LN")
    return "".join(kept).lower()


def character_error_rate(pairs: Iterable[tuple[str, str]]) -> float:
    """CER over (said, heard) pairs."""
    edits = said = 0
    for reference, hypothesis in pairs:
        left, right = spoken(reference), spoken(hypothesis)
        edits += Levenshtein.distance(left, right)
        said += len(left)
    return edits / said if said else 0.0


def by_speaker(transcript: Mapping[str, Any]) -> dict[str, str]:
    """All that each speaker says, in order."""
    texts: dict[str, str] = {}
    for turn in sorted(transcript["turns"], key=lambda turn: turn["start"]):
        texts[turn["speaker"]] = texts.get(turn["speaker"], "") + turn["text"]
    return texts


def in_order(transcript: Mapping[str, Any]) -> str:
    """All that is said, in order of time."""
    return "".join(turn["text"] for turn in sorted(transcript["turns"], key=lambda turn: turn["start"]))
