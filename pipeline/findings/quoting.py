"""What was found, quoted: the letters of a turn with the times at which they are said."""

from __future__ import annotations

from pipeline.contract import EvidenceItem
from pipeline.reconcile.sounds import sounding_characters
from pipeline.types import Turn

_WIDEST_QUOTE = 60


def evidence_of(turn: Turn, start: int, end: int) -> EvidenceItem:
    """The letters `start`..`end` of a turn as evidence, timed by its words where they are known; of a joined turn, in
    the part that holds most of them.
    """
    turn, start, end = turn.part_of(start, end)
    quote = turn.part_heard(start, end)
    begins, ends = _times(turn, quote)
    return EvidenceItem(turn=turn.id, start=begins, end=ends, speaker=turn.speaker, quote=quote)


def clause_of(text: str, start: int, end: int) -> tuple[int, int]:
    """Offsets of the clause around a hit, cut to a readable width where nothing punctuates it."""
    first = max((text.rfind(mark, 0, start) for mark in "\uff0c,。?\uff1f!\uff01;\uff1b"), default=-1) + 1
    stops = [place for mark in "\uff0c,。?\uff1f!\uff01;\uff1b" if (place := text.find(mark, end)) >= 0]
    last = min(stops, default=len(text))
    room = max(0, _WIDEST_QUOTE - (end - start)) // 2
    first, last = max(first, start - room), min(last, end + room)
    while first < start and text[first].isspace():
        first += 1
    return first, last


def _times(turn: Turn, quote: str) -> tuple[float, float]:
    """Seconds of the words that carry `quote`; the whole turn's where words are missing or do not line up."""
    sought = sounding_characters(quote)
    spoken = [sounding_characters(word.text) for word in turn.words]
    at = "".join(spoken).find(sought) if sought else -1
    if at < 0:
        return turn.start, turn.end
    reached, begins, ends = 0, turn.start, turn.end
    for word, letters in zip(turn.words, spoken, strict=True):
        if reached <= at < reached + len(letters):
            begins = word.start
        if reached < at + len(sought) <= reached + len(letters):
            ends = word.end
        reached += len(letters)
    return begins, max(begins, ends)
