"""A call's turns as the index keeps them: masked, in chunks, with an id that sorts the newest call first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, NamedTuple

from pipeline.contract import ROLES, Report, Transcript
from pipeline.store.search.analyser import normalise
from pipeline.store.search.masking import Said, mask_turns

CHUNK_CHARACTERS: Final = 12_000
OVERLAP: Final = 400
MOST_CHUNKS: Final = 256
SPEAKERS: Final = (*ROLES, "other")
_SEQ_BITS: Final = 22
_CHUNK_BITS: Final = 8


class Line(NamedTuple):
    """A turn, or a part of a very long one, as the index keeps it: `text` is masked, normalised when searched."""

    turn: int
    start: float
    end: float
    speaker: str
    text: str


def lines_of(transcript: Transcript, report: Report | None) -> list[Line]:
    """The call's turns in order, speakers by the report's roles, long numbers masked, very long turns in parts."""
    turns = sorted(transcript.turns, key=lambda turn: turn.start)
    roles: dict[str, Any] = dict(report.roles) if report is not None else {}
    texts = mask_turns([Said(turn.speaker, turn.text) for turn in turns])
    return [
        Line(turn.id, turn.start, turn.end, str(roles.get(turn.speaker, turn.speaker)), part)
        for turn, text in zip(turns, texts, strict=True)
        for part in _parts(text)
    ]


def chunks_of(lines: list[Line]) -> list[list[Line]]:
    """The lines in chunks of about 12,000 characters; longer ones where a call would have more than 256."""
    size = max(CHUNK_CHARACTERS, sum(len(line.text) for line in lines) // (MOST_CHUNKS // 2))
    chunks: list[list[Line]] = []
    length = size
    for line in lines:
        if length + len(line.text) > size:
            chunks.append([])
            length = 0
        chunks[-1].append(line)
        length += len(line.text)
    return chunks


def speaker_class(speaker: str) -> str:
    """A role, or `other` for a speaker whose role is not known: what index terms name."""
    return speaker if speaker in ROLES else "other"


def chunk_id(at: datetime, seq: int, number: int) -> int:
    """Id of a call's chunk: a later call has a higher one; within a call the first chunk has the highest."""
    seconds = max(0, int(at.timestamp()))
    low = (seq % (1 << _SEQ_BITS)) << _CHUNK_BITS | ((1 << _CHUNK_BITS) - 1 - number)
    return seconds << (_SEQ_BITS + _CHUNK_BITS) | low


def call_of(chunk: int) -> int:
    """What the ids of one call's chunks share."""
    return chunk >> _CHUNK_BITS


def first_id(at: datetime) -> int:
    """The lowest id of a call made at `at` or later."""
    return -(-int(at.timestamp() * 1000) // 1000) << (_SEQ_BITS + _CHUNK_BITS)


def searched(line: Line) -> str:
    """The form of a line's text that patterns are held against."""
    return normalise(line.text)


def _parts(text: str) -> Iterator[str]:
    if len(text) <= CHUNK_CHARACTERS:
        yield text
        return
    for start in range(0, len(text) - OVERLAP, CHUNK_CHARACTERS - OVERLAP):
        yield text[start : start + CHUNK_CHARACTERS]
