"""Utterances of each speaker joined into turns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from pipeline.types import Turn, Utterance, Word

LONGEST_PAUSE = 2.0
SPOKEN_COMMA = 0.5
PAUSE_MARK = "\N{FULLWIDTH COMMA}"
_ENDS_ALREADY = frozenset(",.?!;:,。?!;:、")


def build_turns(utterances: Sequence[Utterance]) -> tuple[Turn, ...]:
    """Turns in order of their start; the label is the region's speaker, else `S` and the channel.

    Utterances of one speaker are one turn unless somebody else begins to speak between them or the pause is longer
    than 2 s. Where the speaker paused for half a second the words carry a comma.
    """
    turns: list[list[Utterance]] = []
    for utterance in sorted(utterances, key=lambda one: (one.region.start, one.region.channel)):
        if turns and _goes_on(turns[-1][-1], utterance):
            turns[-1].append(utterance)
        else:
            turns.append([utterance])
    return tuple(_turn(index, parts) for index, parts in enumerate(turns))


def speaker_label(utterance: Utterance) -> str:
    """The label of who spoke: from diarization where there is one, else from the channel."""
    return utterance.region.speaker or f"S{utterance.region.channel}"


def _goes_on(before: Utterance, after: Utterance) -> bool:
    return speaker_label(before) == speaker_label(after) and _start(after) - _end(before) <= LONGEST_PAUSE


def _start(utterance: Utterance) -> float:
    return utterance.words[0].start if utterance.words else utterance.region.start


def _end(utterance: Utterance) -> float:
    return utterance.words[-1].end if utterance.words else utterance.region.end


def _turn(index: int, parts: Sequence[Utterance]) -> Turn:
    words: list[Word] = []
    raw: list[str] = []
    for part in parts:
        if words and _start(part) - words[-1].end >= SPOKEN_COMMA and words[-1].text[-1:] not in _ENDS_ALREADY:
            words[-1] = replace(words[-1], text=words[-1].text + PAUSE_MARK)
        words.extend(part.words or (Word(part.text, part.region.start, part.region.end, 0.0),))
        raw.append(part.raw_text)
    flags = tuple(dict.fromkeys(flag for part in parts for flag in part.flags))
    return Turn(
        id=index,
        speaker=speaker_label(parts[0]),
        start=round(_start(parts[0]), 3),
        end=round(max(_end(part) for part in parts), 3),
        text="".join(word.text for word in words).strip(),
        words=tuple(words),
        confidence=_confidence(words),
        raw_text="".join(raw),
        flags=flags,
    )


def _confidence(words: Sequence[Word]) -> float:
    """Geometric mean of the words' probabilities."""
    logs = [math.log(max(word.probability, 1e-6)) for word in words]
    return round(math.exp(sum(logs) / len(logs)), 4) if logs else 0.0
