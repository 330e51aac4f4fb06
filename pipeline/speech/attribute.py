"""Which words of one mixed channel are whose: character by character where the speaker changes.

A diarizer's moment of change is a few tenths of a second wrong, a recogniser's pauses and punctuation are not: a change
goes to the best place between two characters nearby. So windows are not cut at every change either, which would cut
through syllables, but at pauses alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.speech.turn_marks import TurnMarks
from pipeline.types import Diarization, SpeechRegion, Utterance, Word

NEAREST_PAUSE = 0.3
"""What is left of a speaker beside a pause, shorter than this and going on with the other one, is the other's (s)."""
REACH = 0.5
"""A change moves by at most this (s)."""
ASKED_REACH, ASKED_PAUSE, NO_PAUSE = 2.0, 0.25, 0.1
"""A change in the middle of what is said without a pause goes back as far as this to the pause where a turn plainly
begins, after a question or with 嗯 or 啊: these first sounds are like anybody's (s).
"""
LARGEST_PAUSE = 0.4
PAUSE_WEIGHT = 0.8
SENTENCE_END, CLAUSE_END = 0.3, 0.12
"""How many seconds nearer a change seems after a mark of punctuation."""
_SENTENCE_MARKS = frozenset("。?!.\N{FULLWIDTH QUESTION MARK}\N{FULLWIDTH EXCLAMATION MARK}")
_CLAUSE_MARKS = frozenset(",、;:\N{FULLWIDTH COMMA}\N{FULLWIDTH SEMICOLON}\N{FULLWIDTH COLON}")
OVERLAP = "overlap"
OVERLAPPED_SHARE = 0.5
"""A word that lies under two voices is one's or the other's: its probability counts so much."""


def snapped(diarization: Diarization) -> Diarization:
    """`diarization` with its changes moved to the pause beside them where only a splinter lies between."""
    regions = list(diarization.regions)
    for at in range(1, len(regions) - 1):
        before, splinter, after = regions[at - 1 : at + 2]
        if splinter.end - splinter.start > NEAREST_PAUSE:
            continue
        touches_before, touches_after = before.end >= splinter.start, splinter.end >= after.start
        if touches_before and not touches_after and after.speaker == splinter.speaker != before.speaker:
            regions[at] = replace(splinter, speaker=before.speaker)
        elif touches_after and not touches_before and before.speaker == splinter.speaker != after.speaker:
            regions[at] = replace(splinter, speaker=after.speaker)
    return replace(diarization, regions=tuple(_joined(regions)))


def unbroken(regions: Sequence[SpeechRegion]) -> tuple[SpeechRegion, ...]:
    """Regions for the recogniser: those that touch are one, without a speaker where it holds several."""
    whole: list[SpeechRegion] = []
    for region in regions:
        if whole and region.start <= whole[-1].end and region.channel == whole[-1].channel:
            speaker = whole[-1].speaker if whole[-1].speaker == region.speaker else None
            whole[-1] = replace(whole[-1], end=max(whole[-1].end, region.end), speaker=speaker)
        else:
            whole.append(region)
    return tuple(whole)


def attribute(utterances: Sequence[Utterance], diarization: Diarization, marks: TurnMarks) -> tuple[Utterance, ...]:
    """`utterances` with one speaker each, in order of time; where several speak in one it is cut between characters.

    A change goes to the boundary of two characters within 0.5 s that lies nearest, pauses and punctuation bringing it
    nearer; one within what is said without a pause may go back to the pause where by its `marks` the turn plainly
    began. Words under two voices at once have half their probability, and their utterance the flag `overlap`.
    """
    found: list[Utterance] = []
    for utterance in utterances:
        asked = bool(found) and marks.ends_question(found[-1].text)
        found += _parts(utterance, diarization.regions, asked, marks)
    marked = (_with_overlaps(part, diarization.overlaps) for part in found)
    return tuple(sorted(marked, key=_start))


def _parts(utterance: Utterance, regions: Sequence[SpeechRegion], asked: bool, marks: TurnMarks) -> Iterator[Utterance]:
    region = utterance.region
    if region.speaker is not None:
        yield utterance
        return
    inside = [one for one in regions if one.end > region.start and one.start < region.end]
    if not utterance.words or len({one.speaker for one in inside}) < 2:
        yield replace(utterance, region=replace(region, speaker=_longest(inside, region)))
        return
    raw = _raw_characters(utterance)
    at = 0
    for speaker, count in _runs(utterance.words, inside, asked, marks):
        words = utterance.words[at : at + count]
        first = sum(len(word.text) for word in utterance.words[:at])
        text = "".join(word.text for word in words)
        own = raw[first : first + len(text)] if raw else text
        place = replace(region, start=words[0].start, end=words[-1].end, speaker=speaker)
        yield replace(utterance, region=place, text=text, raw_text=own, words=words)
        at += count


def _runs(
    words: Sequence[Word], regions: Sequence[SpeechRegion], asked: bool, marks: TurnMarks
) -> list[tuple[str | None, int]]:
    """Each speaker in turn and how many of `words` are his; `asked` says that a question was heard before them."""
    edges = [0]
    speakers = [regions[0].speaker]
    for before, after in itertools.pairwise(regions):
        if before.speaker == after.speaker:
            continue
        edges.append(max(edges[-1], _edge(words, (before.end + after.start) / 2, asked, marks)))
        speakers.append(after.speaker)
    edges.append(len(words))
    runs: list[tuple[str | None, int]] = []
    for speaker, (first, last) in zip(speakers, itertools.pairwise(edges), strict=True):
        if last > first and runs and runs[-1][0] == speaker:
            runs[-1] = (speaker, runs[-1][1] + last - first)
        elif last > first:
            runs.append((speaker, last - first))
    return runs


def _edge(words: Sequence[Word], second: float, asked: bool, marks: TurnMarks) -> int:
    """How many of `words` come before a change at `second`."""
    began = _where_turn_began(words, second, asked, marks)
    if began is not None:
        return began
    places = [
        (_distance(second, before.end, after.start) - _parting(before, after), at)
        for at, (before, after) in enumerate(itertools.pairwise(words), start=1)
        if _distance(second, before.end, after.start) <= REACH
    ]
    if places:
        places += [
            (abs(moment - second), at)
            for moment, at in ((words[0].start, 0), (words[-1].end, len(words)))
            if abs(moment - second) <= REACH
        ]
        return min(places)[1]
    return sum((word.start + word.end) / 2 < second for word in words)


def _where_turn_began(words: Sequence[Word], second: float, asked: bool, marks: TurnMarks) -> int | None:
    """How many of `words` come before the pause at which the turn plainly began that a change at `second` is of."""
    for at in range(sum((word.start + word.end) / 2 < second for word in words), -1, -1):
        if at == len(words):
            continue
        if second - words[at].start > ASKED_REACH:
            return None
        pause = words[at].start - words[at - 1].end if at else ASKED_PAUSE
        if pause > NO_PAUSE:
            asks = marks.ends_question(words[at - 1].text) if at else asked
            return at if pause >= ASKED_PAUSE and (asks or marks.opens_turn(words[at].text)) else None
    return None


def _distance(second: float, start: float, end: float) -> float:
    return max(min(start, end) - second, second - max(start, end), 0.0)


def _parting(before: Word, after: Word) -> float:
    """How much two neighbouring characters look like two people's (s)."""
    pause = PAUSE_WEIGHT * min(LARGEST_PAUSE, max(0.0, after.start - before.end))
    mark = before.text[-1:]
    return pause + (SENTENCE_END if mark in _SENTENCE_MARKS else CLAUSE_END if mark in _CLAUSE_MARKS else 0.0)


def _with_overlaps(utterance: Utterance, overlaps: Sequence[SpeechRegion]) -> Utterance:
    under = [
        any(one.start < (word.start + word.end) / 2 < one.end for one in overlaps if one.channel == _channel(utterance))
        for word in utterance.words
    ]
    if not any(under):
        return utterance
    words = tuple(
        replace(word, probability=round(word.probability * OVERLAPPED_SHARE, 4)) if doubtful else word
        for word, doubtful in zip(utterance.words, under, strict=True)
    )
    return replace(utterance, words=words, flags=tuple(dict.fromkeys((*utterance.flags, OVERLAP))))


def _longest(regions: Sequence[SpeechRegion], within: SpeechRegion) -> str | None:
    seconds: dict[str | None, float] = {}
    for one in regions:
        shared = min(one.end, within.end) - max(one.start, within.start)
        seconds[one.speaker] = seconds.get(one.speaker, 0.0) + shared
    return max(seconds, key=lambda speaker: seconds[speaker]) if seconds else None


def _raw_characters(utterance: Utterance) -> str:
    """The raw text, where it is as long as the words are; else nothing."""
    raw = "".join(utterance.raw_text.split())
    return raw if len(raw) == sum(len(word.text) for word in utterance.words) else ""


def _joined(regions: Sequence[SpeechRegion]) -> Iterator[SpeechRegion]:
    held: SpeechRegion | None = None
    for region in regions:
        if held is not None and held.speaker == region.speaker and region.start <= held.end:
            held = replace(held, end=max(held.end, region.end))
            continue
        if held is not None:
            yield held
        held = region
    if held is not None:
        yield held


def _start(utterance: Utterance) -> float:
    return utterance.words[0].start if utterance.words else utterance.region.start


def _channel(utterance: Utterance) -> int:
    return utterance.region.channel
