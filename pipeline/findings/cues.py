"""Phrases and patterns found in turns, with speaker, negation and the question they answer.

Recognised text may lack punctuation and hold sound-alikes: phrases of four characters or more are also found by
their toneless sounds. Every hit points back to the letters of its turn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.contract import EvidenceItem
from pipeline.findings.lines import Line
from pipeline.findings.plain import holds_any
from pipeline.findings.quoting import clause_of, evidence_of
from pipeline.findings.reading import Readings
from pipeline.findings.settings import Cue
from pipeline.findings.sounded import LONG_PHRASE, heard_at
from pipeline.language.sections import read_section
from pipeline.language.sieve import Sought, compiled
from pipeline.types import Turn

_SIGHT = 30
_TURNS_AHEAD = 3
_SOUND_TRUST = 0.85
_SHORTEST_READ = 2
_CLEARLY = 0.15


@dataclass(frozen=True, slots=True)
class Hit:
    """A cue found in a turn. `start` and `end` are offsets in the turn's text."""

    turn: Turn
    start: int
    end: int
    confidence: float

    def evidence(self) -> EvidenceItem:
        """The clause around the hit, with its times."""
        return evidence_of(self.turn, *clause_of(self.turn.text, self.start, self.end))


def find_cues(
    cues: Sequence[Cue],
    lines: Sequence[Line],
    readings: Readings | None,
    unless_anywhere: Sequence[str] = (),
    *,
    label: str = "",
    plausible: float = 0.0,
) -> list[Hit]:
    """Every hit of `cues`, those that must be read only where the others find nothing and there are `readings`.

    What a cue with patterns finds in a customer's turn counts only where the reader gives `label` a chance of
    `plausible` or more there.
    """
    hits = [
        hit
        for cue in cues
        if not cue.read
        for hit in find_cue(cue, lines, unless_anywhere)
        if not cue.patterns or _is_plausible(hit, lines, readings, label, plausible)
    ]
    if hits or readings is None:
        return hits
    return [hit for cue in cues if cue.read for hit in find_cue(cue, lines, unless_anywhere, readings)]


def _is_plausible(hit: Hit, lines: Sequence[Line], readings: Readings | None, label: str, plausible: float) -> bool:
    if readings is None or hit.turn.speaker != "customer" or not plausible:
        return True
    texts = [line.plain.text for line in lines if line.turn is hit.turn]
    return any(readings.of(text).chance(label) >= plausible for text in texts)


def find_cue(
    cue: Cue, lines: Sequence[Line], unless_anywhere: Sequence[str] = (), readings: Readings | None = None
) -> Iterator[Hit]:
    """Every turn where `cue` is said, at most one hit a turn."""
    phrases = lines[0].talk.holding(cue.phrases) if lines and cue.phrases else ()
    candidates = _candidates(cue, phrases, lines, readings)
    if not candidates:
        return
    taken_back = _last_by_customer(cue.unless_later, lines)
    unless = (*cue.unless, *unless_anywhere)
    for index in candidates:
        line = lines[index]
        if index < taken_back:
            continue
        if not _in_context(cue, line):
            continue
        span = _read_span(cue, line, unless, readings) if cue.read else _first_span(cue, phrases, line, unless)
        if span is not None and not _made_good(cue, lines[index + 1 : index + 1 + _TURNS_AHEAD]):
            start, end, confidence = span
            yield Hit(line.turn, line.plain.places[start], line.plain.places[end - 1] + 1, confidence)


def _candidates(cue: Cue, phrases: Sequence[str], lines: Sequence[Line], readings: Readings | None) -> Sequence[int]:
    """The turns that are worth a closer look: most are not, and this is quickly told."""
    if not (phrases or cue.patterns or cue.read):
        return ()
    if not phrases and not (
        _is_read_anywhere(cue, readings) if cue.read else lines and cue.said.among(lines[0].talk.out)
    ):
        return ()
    said = [index for index, line in enumerate(lines) if line.turn.speaker in cue.by]
    if cue.read:
        return [index for index in said if _is_read(cue, lines[index].plain.text, readings)]
    return said if phrases else [index for index in said if cue.said.among(lines[index].out)]


def _is_read_anywhere(cue: Cue, readings: Readings | None) -> bool:
    return readings is not None and readings.highest(cue.read) >= cue.chance


def _is_read(cue: Cue, text: str, readings: Readings | None) -> bool:
    if readings is None or len(text) < _SHORTEST_READ or readings.of(text).chance(cue.read) < cue.chance:
        return False
    return not cue.needs or holds_any(cue.needs, text)


def _in_context(cue: Cue, line: Line) -> bool:
    if cue.after and not _is_asked(cue.asked, line):
        return False
    return not _is_asked(cue.not_asked, line)


def _is_asked(sought: Sought, line: Line) -> bool:
    """Whether the question before the turn holds one of the patterns."""
    return any(compiled(sought.patterns[place]).search(line.asked) for place in sought.among(line.asked_out))


def _last_by_customer(patterns: Sequence[str], lines: Sequence[Line]) -> int:
    """The index of the customer's last turn that holds one of `patterns`, -1 without."""
    if not patterns:
        return -1
    for index in range(len(lines) - 1, -1, -1):
        if lines[index].turn.speaker == "customer" and holds_any(patterns, lines[index].plain.text):
            return index
    return -1


def _made_good(cue: Cue, following: Sequence[Line]) -> bool:
    """Whether the customer's next turn gives what this one did not."""
    for line in following:
        if line.turn.speaker == "customer":
            return holds_any(cue.unless_next, line.plain.text)
    return False


def _first_span(cue: Cue, phrases: Sequence[str], line: Line, unless: Sequence[str]) -> tuple[int, int, float] | None:
    text = line.plain.text
    for start, end, confidence in _spans(cue, phrases, line):
        if cue.negated == "skip" and line.grammar.is_denied(text, start, end):
            continue
        if cue.questions == "skip" and line.grammar.is_asked(text, end):
            continue
        if cue.this_car and line.is_of_another_car(start, end):
            continue
        if cue.own_change and line.is_anothers_change(start, end):
            continue
        if holds_any(cue.unless_before, text[max(0, start - _SIGHT) : start]):
            continue
        if not holds_any(unless, text[max(0, start - _SIGHT) : end + _SIGHT]):
            return start, end, confidence
    return None


def _read_span(cue: Cue, line: Line, unless: Sequence[str], readings: Readings | None) -> tuple[int, int, float] | None:
    """The part of a turn where the reader finds the cue likeliest; it has read what is denied or asked back itself."""
    if readings is None:
        return None
    text = line.plain.text
    reading = readings.of(text)
    chance, start, end = reading.best(cue.read)
    # A turn with a sign of one kind looks a little like every other kind.
    if chance < reading.top - _CLEARLY:
        return None
    if holds_any(cue.unless_before, text[max(0, start - _SIGHT) : start]):
        return None
    if cue.this_car and line.tells_of_others(start, end):
        return None
    if cue.own_change and line.tells_of_no_own_change(start, end):
        return None
    if holds_any(unless, text[max(0, start - _SIGHT) : end + _SIGHT]):
        return None
    return start, end, cue.confidence * chance


def _spans(cue: Cue, phrases: Sequence[str], line: Line) -> Iterator[tuple[int, int, float]]:
    """Offsets in the plain text where the cue is said, letters before sounds."""
    text = line.plain.text
    for phrase in phrases:
        start = text.find(phrase)
        while start >= 0:
            yield start, start + len(phrase), cue.confidence
            start = text.find(phrase, start + len(phrase))
    for place in cue.said.among(line.out):
        for found in compiled(cue.patterns[place]).finditer(text):
            if found.end() > found.start() and not _repeats(found, line.told) and _is_lately(found, line):
                yield found.start(), found.end(), cue.confidence
    for phrase in phrases:
        if len(phrase) >= LONG_PHRASE and phrase not in text:
            for start in heard_at(phrase, line.sounds):
                yield start, start + len(phrase), cue.confidence * _SOUND_TRUST


def _is_lately(found: re.Match[str], line: Line) -> bool:
    """Whether what the pattern calls `month` is one of the last ones: 10月份搬的家, in November."""
    month = read_section(said, 0) if (said := found.groupdict().get("month")) else None
    return said is None or (month is not None and line.talk.is_lately(int(month.low)))


def _repeats(found: re.Match[str], told: str) -> bool:
    """Whether what the pattern calls `said` is only what the customer has just told."""
    said: str = found.groupdict().get("said") or ""
    return said != "" and said in told
