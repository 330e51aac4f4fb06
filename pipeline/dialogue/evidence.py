"""The words that prove a value, their times, and how far the recogniser trusts them."""

from __future__ import annotations

from bisect import bisect_right

from pipeline.language.script import CLAUSE_END, fold
from pipeline.types import Evidence, Turn, Word

QUOTE_AT_MOST = 40
MARGIN = 15


def quote(turn: Turn, start: int, end: int) -> Evidence:
    """The clause around `start:end` of the turn's text, cut to `QUOTE_AT_MOST` characters, with times in seconds."""
    turn, start, end = turn.part_of(start, end)
    floor = max(0, start - QUOTE_AT_MOST - 1)
    window = fold(turn.text[floor : end + QUOTE_AT_MOST + 1])
    first, last = start - floor, end - floor
    while first and window[first - 1] not in CLAUSE_END:
        first -= 1
    while last < len(window) and window[last] not in CLAUSE_END:
        last += 1
    first, last = first + floor, last + floor
    if last - first > QUOTE_AT_MOST + end - start:
        first, last = max(first, start - MARGIN), min(last, end + MARGIN)
    began, ended = seconds(turn, first, last)
    return Evidence(turn.id, began, ended, turn.speaker, turn.part_heard(first, last))


def seconds(turn: Turn, start: int, end: int) -> tuple[float, float]:
    """When the characters `start:end` were said: by the words' times, else spread evenly over the turn."""
    turn, start, end = turn.part_of(start, end)
    placed = _placed_words(turn)
    start, end = turn.span_heard(start, end)
    if placed:
        offsets = [offset for offset, _ in placed]
        first = placed[max(0, bisect_right(offsets, start) - 1)][1]
        last = placed[max(0, bisect_right(offsets, max(start, end - 1)) - 1)][1]
        return round(first.start, 3), round(max(first.end, last.end), 3)
    length = max(1, len(turn.as_heard))
    span = turn.end - turn.start
    return round(turn.start + span * start / length, 3), round(turn.start + span * end / length, 3)


def trust(turn: Turn, start: int, end: int) -> float:
    """Mean probability of the words at `start:end`; without words the turn's confidence, without both 1."""
    turn, start, end = turn.part_of(start, end)
    start, end = turn.span_heard(start, end)
    words = [word for offset, word in _placed_words(turn) if offset < end and offset + len(word.text) > start]
    if words:
        return sum(word.probability for word in words) / len(words)
    return 1.0 if turn.confidence is None else turn.confidence


def probabilities(turn: Turn, start: int, end: int) -> tuple[float, ...]:
    """How sure the recogniser was of each character at `start:end`, 1 of what it did not say; empty without words."""
    turn, start, end = turn.part_of(start, end)
    placed = _placed_words(turn)
    if not placed:
        return ()
    sure = [1.0] * len(turn.as_heard)
    for offset, word in placed:
        for place in range(offset, min(len(sure), offset + len(word.text.strip()))):
            sure[place] = word.probability
    spans = (turn.span_heard(place, place + 1) for place in range(start, end))
    return tuple(min(sure[first:last], default=1.0) for first, last in spans)


def weight(turn: Turn, start: int, end: int) -> float:
    """How far `trust` lowers the confidence in what is said at `start:end`: by half of what is doubted."""
    return 0.5 + 0.5 * trust(turn, start, end)


def _placed_words(turn: Turn) -> list[tuple[int, Word]]:
    """The turn's words with their offsets in its text as it was heard; words that are not in it are left out."""
    placed: list[tuple[int, Word]] = []
    position = 0
    for word in turn.words:
        text = word.text.strip()
        found = turn.as_heard.find(text, position) if text else -1
        if found >= 0:
            placed.append((found, word))
            position = found + len(text)
    return placed
