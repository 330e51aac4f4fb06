"""How well whole calls are heard: what was said, by whom, when; figures against a true transcript with word times.

Character error rate counts all characters in order of time. cpCER is the concatenated minimum-permutation error rate
(Watanabe et al. 2020) over characters: each speaker's text is laid on the truth of the speaker that it fits best.
Diarization error rate is pyannote.metrics', overlap counted.
"""

from __future__ import annotations

import importlib.util
import itertools
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from rapidfuzz.distance import Levenshtein

from models.hear.matching import matches, spoken
from pipeline.contract import Report, Transcript, TranscriptTurn
from pipeline.evaluate.figures import Share
from pipeline.types import Diarization

COLLARS = (0.0, 0.25)
STRETCH_PAUSE = 0.3
"""Words of one speaker closer than this are one stretch of the reference (s)."""
SILENCE_MARGIN = 0.3
"""Nobody speaks from so long after a word to so long before the next (s)."""
MOST_SPEAKERS = 6


@dataclass(frozen=True, slots=True)
class Character:
    """One spoken character: who said it, and when (s)."""

    text: str
    speaker: str
    start: float
    end: float


@dataclass(frozen=True)
class CallFigures:
    """Figures of one call. `diarization` has the error rate of each collar (None where pyannote.metrics is not
    installed); `speaker_errors` counts rightly heard characters given to somebody else; `word_times` are errors of
    starts and ends (s) of rightly heard characters; `invented` characters over `silent_seconds`; `fields` outcomes and
    values as from the true transcript.
    """

    name: str
    seconds: float
    characters: Share
    by_speaker: Share
    speaker_errors: Share
    diarization: Mapping[float, Share] | None
    word_times: tuple[float, ...]
    invented: int
    silent_seconds: float
    fields: Share

    @property
    def median_word_time(self) -> float | None:
        return median(self.word_times) if self.word_times else None


def measure_call(
    name: str,
    truth: Transcript,
    heard: Transcript,
    speakers: Diarization,
    *,
    reports: tuple[Report, Report] | None = None,
) -> CallFigures:
    """The figures of one call; `reports` are those on the true and on the heard transcript."""
    said, found = characters_of(truth), characters_of(heard)
    places = matches(_text(said), _text(found))
    names = best_names(texts_by_speaker(truth), texts_by_speaker(heard))
    right = [(said[place], found[at]) for at, place in enumerate(places) if place >= 0]
    silences = silent_stretches(said, truth.duration or 0.0)
    return CallFigures(
        name=name,
        seconds=truth.duration or 0.0,
        characters=Share(Levenshtein.distance(_text(said), _text(found)), len(said)),
        by_speaker=permutation_error_rate(texts_by_speaker(truth), texts_by_speaker(heard)),
        speaker_errors=Share(sum(names.get(got.speaker) != true.speaker for true, got in right), len(right)),
        diarization=diarization_error(stretches_of(truth), speakers),
        word_times=tuple(
            error for true, got in right for error in (abs(got.start - true.start), abs(got.end - true.end))
        ),
        invented=sum(any(start < (one.start + one.end) / 2 < end for start, end in silences) for one in found),
        silent_seconds=sum(end - start for start, end in silences),
        fields=fields_as_true(*reports) if reports else Share(),
    )


def added_calls(calls: Sequence[CallFigures], name: str) -> CallFigures:
    """The figures of several calls together; counts are added, not shares averaged."""
    rates = [call.diarization for call in calls if call.diarization is not None]
    return CallFigures(
        name=name,
        seconds=sum(call.seconds for call in calls),
        characters=_sum(call.characters for call in calls),
        by_speaker=_sum(call.by_speaker for call in calls),
        speaker_errors=_sum(call.speaker_errors for call in calls),
        diarization={collar: _sum(rate[collar] for rate in rates) for collar in COLLARS} if rates else None,
        word_times=tuple(error for call in calls for error in call.word_times),
        invented=sum(call.invented for call in calls),
        silent_seconds=sum(call.silent_seconds for call in calls),
        fields=_sum(call.fields for call in calls),
    )


def permutation_error_rate(truth: Mapping[str, str], heard: Mapping[str, str]) -> Share:
    """cpCER: edits over characters said, speakers paired so that edits are fewest; whoever has no partner counts whole.

    Texts hold spoken characters alone. More than six speakers are paired greedily from the longest on.
    """
    names = best_names(truth, heard)
    partners = {true: got for got, true in names.items()}
    edits = sum(Levenshtein.distance(text, heard.get(partners.get(true, ""), "")) for true, text in truth.items())
    edits += sum(len(text) for got, text in heard.items() if got not in names)
    return Share(edits, sum(map(len, truth.values())))


def best_names(truth: Mapping[str, str], heard: Mapping[str, str]) -> dict[str, str]:
    """Which true speaker each heard one is, by the pairing with the fewest edits."""
    found, true = sorted(heard), sorted(truth)
    costs = {(got, one): Levenshtein.distance(truth[one], heard[got]) for got in found for one in true}
    # what pairing saves over leaving both alone
    saved = {pair: len(heard[pair[0]]) + len(truth[pair[1]]) - cost for pair, cost in costs.items()}
    if max(len(found), len(true)) > MOST_SPEAKERS:
        return _greedy(saved)
    few, many, flipped = (found, true, False) if len(found) <= len(true) else (true, found, True)
    best: tuple[int, dict[str, str]] = (-1, {})
    for order in itertools.permutations(many, len(few)):
        pairs = [(other, one) if flipped else (one, other) for one, other in zip(few, order, strict=True)]
        gain = sum(saved[pair] for pair in pairs)
        if gain > best[0]:
            best = (gain, dict(pairs))
    return best[1]


def _greedy(saved: Mapping[tuple[str, str], int]) -> dict[str, str]:
    names: dict[str, str] = {}
    for (got, true), _ in sorted(saved.items(), key=lambda one: -one[1]):
        if got not in names and true not in names.values():
            names[got] = true
    return names


def characters_of(transcript: Transcript) -> list[Character]:
    """Every spoken character in order of time; those of a run of Latin letters share its time."""
    found = [
        Character(one, turn.speaker, start, end)
        for turn in transcript.turns
        for text, start, end in _timed(turn)
        for one in spoken(text)
    ]
    return sorted(found, key=lambda one: one.start)


def _timed(turn: TranscriptTurn) -> Iterable[tuple[str, float, float]]:
    if turn.words:
        return ((word.text, word.start, word.end) for word in turn.words)
    return ((turn.text, turn.start, turn.end),)


def texts_by_speaker(transcript: Transcript) -> dict[str, str]:
    """All that each speaker says, spoken characters alone."""
    texts: dict[str, str] = {}
    for turn in sorted(transcript.turns, key=lambda turn: turn.start):
        texts[turn.speaker] = texts.get(turn.speaker, "") + spoken(turn.text)
    return texts


def stretches_of(transcript: Transcript) -> list[tuple[float, float, str]]:
    """When each speaker speaks, from the words' times: (start, end, speaker)."""
    stretches: list[tuple[float, float, str]] = []
    for turn in transcript.turns:
        own: list[tuple[float, float, str]] = []
        for _, start, end in _timed(turn):
            if own and start - own[-1][1] <= STRETCH_PAUSE:
                own[-1] = (own[-1][0], max(end, own[-1][1]), turn.speaker)
            else:
                own.append((start, end, turn.speaker))
        stretches += own
    return stretches


def silent_stretches(said: Sequence[Character], duration: float) -> list[tuple[float, float]]:
    """When nobody speaks: (start, end)."""
    silences: list[tuple[float, float]] = []
    reached = 0.0
    for start, end in [*((one.start, one.end) for one in said), (duration + SILENCE_MARGIN, 0.0)]:
        if start - SILENCE_MARGIN > reached:
            silences.append((reached, start - SILENCE_MARGIN))
        reached = max(reached, end + SILENCE_MARGIN)
    return silences


def diarization_error(truth: Sequence[tuple[float, float, str]], speakers: Diarization) -> dict[float, Share] | None:
    """Seconds wrong over seconds spoken with each collar (s, on each side of a boundary), overlap counted."""
    if importlib.util.find_spec("pyannote") is None or importlib.util.find_spec("pyannote.metrics") is None:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pyannote.metrics.diarization import DiarizationErrorRate

        found = [
            (one.start, one.end, one.speaker or f"S{one.channel}") for one in (*speakers.regions, *speakers.overlaps)
        ]
        rates = {}
        for collar in COLLARS:
            # pyannote.metrics takes the whole width of the forgiven stretch
            parts = DiarizationErrorRate(collar=2 * collar)(_annotation(truth), _annotation(found), detailed=True)
            wrong = parts["false alarm"] + parts["missed detection"] + parts["confusion"]
            rates[collar] = Share(float(wrong), float(parts["total"]))
        return rates


def _annotation(stretches: Sequence[tuple[float, float, str]]) -> Any:
    from pyannote.core import Annotation, Segment

    annotation = Annotation()
    for track, (start, end, label) in enumerate(stretches):
        annotation[Segment(start, end), track] = label
    return annotation


def fields_as_true(true: Report, heard: Report) -> Share:
    """Of the fields that came up in either report, how many have the same outcome and value in both."""
    pairs = [(one, two) for one, two in zip(true.fields, heard.fields, strict=True)]
    came_up = [(one, two) for one, two in pairs if {one.outcome, two.outcome} != {"not_stated"}]
    return Share(sum(_told(one) == _told(two) for one, two in came_up), len(came_up))


def _told(field: Any) -> tuple[Any, ...]:
    stated = field.stated
    return (field.field, field.outcome, *((stated.value, stated.low, stated.high) if stated else (None,) * 3))


def _text(characters: Iterable[Character]) -> str:
    return "".join(one.text for one in characters)


def _sum(shares: Iterable[Share]) -> Share:
    return sum(shares, Share())
