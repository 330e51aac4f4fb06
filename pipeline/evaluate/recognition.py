"""How well a recogniser hears: error rates by what is said and how the line sounds, values right, times, calibration.

Pure figures over (said, heard) pairs; who made the sound and who recognised it is the caller's business.
Character error rate: edits over characters said; punctuation and spaces left out, Latin letters in lower case.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from rapidfuzz.distance import Levenshtein

from models.hear.matching import matches, spoken
from pipeline.evaluate.figures import Share
from pipeline.types import Word

RELIABILITY_BINS = 10
_NEAR_SECONDS = 0.1
_UNITS = "百千万亿"
_AMOUNT = re.compile(
    rf"[零一二两三四五六七八九十点]*[{_UNITS}十][零一二两三四五六七八九十点{_UNITS}]*(?:块[一二三四五六七八九]?毛?)?"
)
_DIGITS = re.compile(r"[零一二三四五六七八九幺]{3,}[xX叉]?")
_DIGITS_ALONE = re.compile(r"[零一二三四五六七八九幺xX叉]+")


@dataclass(frozen=True, slots=True)
class SaidUnit:
    """One character or run of Latin letters that was said, and when (s)."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class HeardClip:
    """One recording, what is said in it and what was heard; times in seconds from its start.

    `category`, `voice` and `codec` group the figures; `snr_db` None is unknown. `units` is empty where nobody knows the
    times; `words` are the recogniser's.
    """

    said: str
    heard: str
    category: str
    seconds: float
    voice: str = ""
    codec: str = ""
    snr_db: float | None = None
    units: tuple[SaidUnit, ...] = ()
    words: tuple[Word, ...] = ()

    @cached_property
    def reference(self) -> str:
        return spoken(self.said)

    @cached_property
    def hypothesis(self) -> str:
        return spoken(self.heard)

    @cached_property
    def matches(self) -> tuple[int, ...]:
        """For each character heard the place of the said character that it stands for rightly, or -1."""
        return matches(self.reference, self.hypothesis)

    def is_right(self, start: int, end: int) -> bool:
        """Whether the characters `start:end` of `reference` were heard without an edit before, in or between them."""
        found = [place for place, said in enumerate(self.matches) if start <= said < end]
        return len(found) == end - start and found[-1] - found[0] == end - start - 1


@dataclass(frozen=True, slots=True)
class ErrorRate:
    """Errors over `clips` recordings: `characters` edits over characters said; `exact` recordings without any."""

    clips: int
    characters: Share
    exact: Share


@dataclass(frozen=True, slots=True)
class Reliability:
    """Words whose probability lies in `low`..`high`: their mean probability and the share that is right."""

    low: float
    high: float
    mean: float | None
    right: Share


@dataclass(frozen=True, slots=True)
class WordTimes:
    """Errors of word starts and ends (s) over words that were heard rightly."""

    words: int
    median: float
    mean: float
    near: Share


@dataclass(frozen=True)
class RecognitionFigures:
    """All figures of one set of recordings. `values` has amounts, digits and vehicles heard entirely right."""

    overall: ErrorRate
    by_category: dict[str, ErrorRate]
    by_voice: dict[str, ErrorRate]
    by_codec: dict[str, ErrorRate]
    by_snr: dict[str, ErrorRate]
    values: dict[str, Share]
    times: WordTimes | None
    reliability: tuple[Reliability, ...]
    calibration_error: float | None


def character_error_rate(pairs: Iterable[tuple[str, str]]) -> Share:
    """Edits over characters said, over (said, heard) pairs; above 1 where more is invented than said."""
    edits = said = 0
    for reference, hypothesis in pairs:
        left, right = spoken(reference), spoken(hypothesis)
        edits += Levenshtein.distance(left, right)
        said += len(left)
    return Share(edits, said)


def measure(clips: Sequence[HeardClip], *, vehicles: Iterable[str] = ()) -> RecognitionFigures:
    """Every figure of `clips`; `vehicles` are the spoken names whose recognition is counted."""
    names = sorted({spoken(name) for name in vehicles}, key=len, reverse=True)
    pairs = [pair for clip in clips for pair in word_outcomes(clip)]
    reliability = reliability_of(pairs)
    return RecognitionFigures(
        overall=error_rate(clips),
        by_category=_grouped(clips, lambda clip: clip.category),
        by_voice=_grouped(clips, lambda clip: clip.voice),
        by_codec=_grouped(clips, lambda clip: clip.codec),
        by_snr=_grouped(clips, _snr_range),
        values={
            "amounts": _values_right(clips, _amounts),
            "digits": _values_right(clips, _digit_strings),
            "vehicles": _values_right(clips, lambda text: _named(text, names)),
        },
        times=_word_times(clips),
        reliability=reliability,
        calibration_error=_calibration_error(reliability),
    )


def error_rate(clips: Sequence[HeardClip]) -> ErrorRate:
    """Errors over all of `clips`."""
    edits = sum(Levenshtein.distance(clip.reference, clip.hypothesis) for clip in clips)
    exact = sum(clip.reference == clip.hypothesis for clip in clips)
    return ErrorRate(len(clips), Share(edits, sum(len(clip.reference) for clip in clips)), Share(exact, len(clips)))


def characters_per_minute(clips: Sequence[HeardClip]) -> float | None:
    """Characters heard in a minute of recordings in which nobody speaks; None without any."""
    seconds = sum(clip.seconds for clip in clips)
    return 60 * sum(len(clip.hypothesis) for clip in clips) / seconds if seconds else None


def word_outcomes(clip: HeardClip) -> list[tuple[float, bool]]:
    """(probability, whether every character of it is right) of each word heard."""
    outcomes, at = [], 0
    for word in clip.words:
        length = len(spoken(word.text))
        if length:
            outcomes.append((word.probability, -1 not in clip.matches[at : at + length]))
        at += length
    return outcomes


def reliability_of(outcomes: Iterable[tuple[float, bool]], bins: int = RELIABILITY_BINS) -> tuple[Reliability, ...]:
    """How often words of a probability are right, in `bins` equal steps of probability."""
    groups: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for probability, right in outcomes:
        groups[min(bins - 1, int(probability * bins))].append((probability, right))
    return tuple(
        Reliability(
            index / bins,
            (index + 1) / bins,
            sum(probability for probability, _ in group) / len(group) if group else None,
            Share(sum(right for _, right in group), len(group)),
        )
        for index, group in enumerate(groups)
    )


def _calibration_error(bins: Sequence[Reliability]) -> float | None:
    """Expected calibration error (Naeini et al. 2015): mean gap of probability and share right, weighted by words."""
    words = sum(one.right.of for one in bins)
    if not words:
        return None
    gaps = (one.right.of * abs(one.mean - (one.right.value or 0.0)) for one in bins if one.mean is not None)
    return sum(gaps) / words


def _grouped(clips: Sequence[HeardClip], key: Callable[[HeardClip], str]) -> dict[str, ErrorRate]:
    groups: dict[str, list[HeardClip]] = defaultdict(list)
    for clip in clips:
        groups[key(clip)].append(clip)
    return {name: error_rate(group) for name, group in sorted(groups.items()) if name}


def _snr_range(clip: HeardClip) -> str:
    if clip.snr_db is None:
        return ""
    low = 10 * math.floor(max(0.0, min(clip.snr_db, 39.9)) / 10)
    return f"{low}-{low + 10} dB"


def _values_right(clips: Sequence[HeardClip], find: Callable[[str], list[tuple[int, int]]]) -> Share:
    right = of = 0
    for clip in clips:
        for start, end in find(clip.reference):
            of += 1
            right += clip.is_right(start, end)
    return Share(right, of)


def _amounts(text: str) -> list[tuple[int, int]]:
    return [
        match.span()
        for match in _AMOUNT.finditer(text)
        if any(unit in match[0] for unit in _UNITS) and len(match[0]) > 1
    ]


def _digit_strings(text: str) -> list[tuple[int, int]]:
    found = []
    for match in _DIGITS.finditer(text):
        follows = text[match.end() : match.end() + 1]
        if not follows or follows not in f"{_UNITS}十年点块":
            found.append(match.span())
    return found


def _named(text: str, names: Sequence[str]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for name in names:
        if len(name) < 2 or _DIGITS_ALONE.fullmatch(name) or _AMOUNT.fullmatch(name):
            continue
        at = text.find(name)
        while at >= 0:
            span = (at, at + len(name))
            if all(span[1] <= start or span[0] >= end for start, end in found):
                found.append(span)
            at = text.find(name, at + 1)
    return found


def _word_times(clips: Sequence[HeardClip]) -> WordTimes | None:
    errors = [error for clip in clips for error in _time_errors(clip)]
    if not errors:
        return None
    near = sum(error <= _NEAR_SECONDS for error in errors)
    return WordTimes(len(errors) // 2, median(errors), sum(errors) / len(errors), Share(near, len(errors)))


def _time_errors(clip: HeardClip) -> list[float]:
    """Errors of start and end of every character that is a word of its own on both sides and heard rightly."""
    said: dict[int, SaidUnit] = {}
    at = 0
    for unit in clip.units:
        length = len(spoken(unit.text))
        if length == 1:
            said[at] = unit
        at += length
    errors: list[float] = []
    at = 0
    for word in clip.words:
        length = len(spoken(word.text))
        true = said.get(clip.matches[at]) if length == 1 else None
        if true:
            errors += [abs(word.start - true.start), abs(word.end - true.end)]
        at += length
    return errors
