"""A transcript as the call page's scripts take it: small, for an hour of talk has tens of thousands of words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

SILENCE_SECONDS: Final = 3.0
DOUBTFUL: Final = 0.5
NOT_THERE: Final = -1
Span = tuple[float, float]


def turns_of(transcript: dict[str, Any] | None, report: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Turns with their speakers' roles, as far as they are known."""
    if transcript is None:
        return []
    roles = report["roles"] if report is not None else {}
    return [{**turn, "speaker": roles.get(turn["speaker"], turn["speaker"])} for turn in transcript["turns"]]


def packed(turn: dict[str, Any]) -> dict[str, Any]:
    """A turn without its text. `words` has four numbers a word: where it begins in the text and how long it is (in
    UTF-16 units, as scripts count; -1 where it is not there), and its start and end in hundredths of a second."""
    words = turn["words"] or ()
    return {
        "id": turn["id"],
        "speaker": turn["speaker"],
        "start": turn["start"],
        "end": turn["end"],
        "words": list(_numbers(turn["text"], words)),
        "doubtful": [at for at, word in enumerate(words) if _doubt(word)],
    }


def _doubt(word: dict[str, Any]) -> bool:
    return word["probability"] is not None and word["probability"] < DOUBTFUL


def _numbers(text: str, words: Iterable[dict[str, Any]]) -> Iterable[int]:
    position = 0
    for word in words:
        at = text.find(word["text"], position) if word["text"] else NOT_THERE
        if at != NOT_THERE:
            position = at + len(word["text"])
        yield from (_units(text[:at]) if at > 0 else at, _units(word["text"]))
        yield from (round(word["start"] * 100), round(word["end"] * 100))


def _units(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def silences(spans: list[Span], duration: float | None) -> list[Span]:
    """Where nobody speaks for `SILENCE_SECONDS` or longer."""
    found: list[Span] = []
    heard = 0.0
    for start, end in [*sorted(spans), *([(duration, duration)] if duration and spans else [])]:
        if start - heard >= SILENCE_SECONDS:
            found.append((heard, start))
        heard = max(heard, end)
    return found
