"""A call's turns as the index keeps them: masked, in chunks, with an id that sorts the newest call first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, NamedTuple

from pipeline.contract import ROLES, Report, Transcript
from pipeline.store.search.masking import Said, mask_turns
from pipeline.store.search.units import normalise

CHUNK_CHARACTERS: Final = 12_000
OVERLAP: Final = 400
MOST_LINES: Final = 256
MOST_CHUNKS: Final = 128
SPEAKERS: Final = (*ROLES, "other")
_FIRST_MINUTE: Final = 946_684_800 // 60  # of the year 2000: ids are positive, and last until 2127
_SEQ_BITS: Final = 22
_CHUNK_BITS: Final = 7
ROW_BITS: Final = 8


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
    """The lines in chunks of up to 12,000 characters and 256 lines; of more where there would be over 128 chunks."""
    size = max(CHUNK_CHARACTERS, sum(len(line.text) for line in lines) // (MOST_CHUNKS // 4))
    most = max(MOST_LINES, len(lines) // (MOST_CHUNKS // 4))
    chunks: list[list[Line]] = []
    length = size
    for line in lines:
        if length + len(line.text) > size or len(chunks[-1]) == most:
            chunks.append([])
            length = 0
        chunks[-1].append(line)
        length += len(line.text)
    return chunks


def speaker_class(speaker: str) -> str:
    """A role, or `other` for a speaker whose role is not known: what index terms name."""
    return speaker if speaker in ROLES else "other"


def chunk_id(at: datetime, seq: int, number: int) -> int:
    """Id of a call's chunk: higher for a call of a later minute; within a call the first chunk has the highest."""
    low = (seq % (1 << _SEQ_BITS)) << _CHUNK_BITS | ((1 << _CHUNK_BITS) - 1 - number)
    return first_id(at) | low


def row_ids(chunk: int, lines: int) -> Iterator[int]:
    """Ids of the rows of a chunk's lines: the first has the highest. Where there are many, some share one."""
    last = (1 << ROW_BITS) - 1
    for place in range(lines):
        yield chunk << ROW_BITS | (last - place * (last + 1) // max(last + 1, lines))


def rows_of(chunk: int) -> tuple[int, int]:
    """The ids of a chunk's rows: from the first, below the last."""
    return chunk << ROW_BITS, (chunk + 1) << ROW_BITS


def chunks_of_call(at: datetime, seq: int) -> tuple[int, int]:
    """The ids of a call's chunks: from the first, below the last."""
    last = chunk_id(at, seq, 0)
    return call_of(last) << _CHUNK_BITS, last + 1


def call_of(chunk: int) -> int:
    """What the ids of one call's chunks share."""
    return chunk >> _CHUNK_BITS


def first_id(at: datetime) -> int:
    """The lowest id of a call made in the minute of `at` or later."""
    return first_of_minute(max(0, int(at.timestamp()) // 60 - _FIRST_MINUTE))


def minute_of(chunk: int) -> int:
    """The minute of a chunk's call, counted from the year 2000."""
    return chunk >> (_SEQ_BITS + _CHUNK_BITS)


def first_of_minute(minute: int) -> int:
    """The lowest id of a minute so counted."""
    return minute << (_SEQ_BITS + _CHUNK_BITS)


def searched(line: Line) -> str:
    """The form of a line's text that patterns are held against."""
    return normalise(line.text)


def _parts(text: str) -> Iterator[str]:
    if len(text) <= CHUNK_CHARACTERS:
        yield text
        return
    for start in range(0, len(text) - OVERLAP, CHUNK_CHARACTERS - OVERLAP):
        yield text[start : start + CHUNK_CHARACTERS]
