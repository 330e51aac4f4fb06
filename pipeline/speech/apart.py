"""Where two people speak at once on one mixed channel, each is heard apart.

Speech without a pause in which the speaker changes is looked at by a network that knows both voices from where each
speaks alone. Where it hears both at once, the stretch is handed on as two tracks: the channel's own sound where one
speaks, what was separated where both do. All else stays as it was recorded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.types import Diarization, Samples, Separator, SpeechRegion, Stretch, Waveform

Span = tuple[float, float]

SURE_SECONDS = 0.5
"""So far from the other's words a speaker surely speaks alone (s)."""
CONTEXT_SECONDS = 2.0
FRAME_SECONDS = 0.02
SILENT_DB = -20.0
"""So far below his own level a speaker is silent."""
BRIDGED_SECONDS, LEAST_SECONDS, LEAST_OVERLAP = 0.16, 0.1, 0.12
FADE_SECONDS = 0.01
TOUCHING = 0.05


@dataclass(frozen=True)
class _Speaker:
    name: str
    alone: list[Span]
    print: Any
    level: float


def heard_apart(waveform: Waveform, diarization: Diarization, separator: Separator) -> Diarization:
    """`diarization` with the stretches in which both speakers are heard at once, and who else speaks there.

    Only where two speakers are told apart and each speaks alone for long enough to know his voice.
    """
    names = sorted({region.speaker for region in diarization.regions if region.speaker is not None})
    if len(names) != 2:
        return diarization
    speakers = []
    for name in names:
        alone = list(_alone(diarization.regions, name))
        pieces = [_cut(waveform, place) for place in alone]
        known = separator.prints(pieces)
        if known is None:
            return diarization
        speakers.append(_Speaker(name, alone, known, _level(pieces, waveform.sample_rate)))
    looked = (_stretch(waveform, group, speakers, separator) for group in _changes(diarization.regions))
    stretches = tuple(one for one in looked if one is not None)
    overlaps = tuple(overlap for one in stretches for overlap in _overlaps(one, waveform.channel))
    return replace(diarization, overlaps=(*diarization.overlaps, *overlaps), stretches=stretches)


def _alone(regions: Sequence[SpeechRegion], name: str) -> Iterator[Span]:
    """Where `name` speaks and nobody else within half a second."""
    for at, region in enumerate(regions):
        if region.speaker != name:
            continue
        start, end = region.start, region.end
        if at and regions[at - 1].speaker != name:
            start = max(start, regions[at - 1].end + SURE_SECONDS)
        if at + 1 < len(regions) and regions[at + 1].speaker != name:
            end = min(end, regions[at + 1].start - SURE_SECONDS)
        if end - start > FRAME_SECONDS:
            yield start, end


def _changes(regions: Sequence[SpeechRegion]) -> Iterator[list[SpeechRegion]]:
    """Speech without a pause in which the speaker changes."""
    group: list[SpeechRegion] = []
    for region in (*regions, None):
        if group and (region is None or region.start - group[-1].end > TOUCHING):
            if len({one.speaker for one in group}) == 2:
                yield group
            group = []
        if region is not None:
            group.append(region)


def _stretch(
    waveform: Waveform, group: Sequence[SpeechRegion], speakers: Sequence[_Speaker], separator: Separator
) -> Stretch | None:
    """The stretch as two tracks, or None where nobody speaks at the same time as the other."""
    span = group[0].start, group[-1].end
    first, last = max(0.0, span[0] - CONTEXT_SECONDS), min(waveform.duration, span[1] + CONTEXT_SECONDS)
    sound = _cut(waveform, (first, last))
    alone = [[(a - first, b - first) for a, b in one.alone if b > first and a < last] for one in speakers]
    heard = separator.tracks(sound, alone, [one.print for one in speakers])
    rate = waveform.sample_rate
    before, after = round((span[0] - first) * rate), round((span[1] - first) * rate)
    sound, heard = sound[before:after], heard[:, before:after]
    active = np.stack([_active(track, one.level, rate) for track, one in zip(heard, speakers, strict=True)])
    both = _kept(active[0] & active[1], LEAST_OVERLAP)
    if not both.any():
        return None
    told = np.stack([_spoken(group, one.name, active.shape[1]) for one in speakers])
    own = np.where(active.any(axis=0), active & (both | ~active[::-1]), told)
    regions = [
        SpeechRegion(span[0] + start, min(span[0] + end, span[1]), at, one.name)
        for at, one in enumerate(speakers)
        for start, end in _runs(own[at])
    ]
    tracks = np.stack([_track(sound, heard[at], own[at], both, rate) for at in range(2)])
    return Stretch(span[0], span[1], tracks, tuple(sorted(regions, key=lambda one: (one.start, one.channel))))


def _spoken(group: Sequence[SpeechRegion], name: str, frames: int) -> NDArray[np.bool_]:
    """In which frames of a stretch the diarizer had `name`."""
    spoken = np.zeros(frames, np.bool_)
    for region in group:
        start, end = (round((second - group[0].start) / FRAME_SECONDS) for second in (region.start, region.end))
        spoken[start:end] = region.speaker == name
    return spoken


def _active(track: Samples, level: float, rate: int) -> NDArray[np.bool_]:
    """In which frames of 20 ms a track holds its speaker's words."""
    loud = _loudness(track, rate) > level * 10 ** (SILENT_DB / 20)
    bridged = ~_kept(~loud, BRIDGED_SECONDS)
    return _kept(bridged, LEAST_SECONDS)


def _track(sound: Samples, heard: Samples, own: NDArray[np.bool_], both: NDArray[np.bool_], rate: int) -> Samples:
    """The channel's sound where the speaker is alone, the separated one where both speak, else silence."""
    size = round(FRAME_SECONDS * rate)

    def spread(frames: NDArray[np.bool_]) -> Samples:
        wide = np.repeat(frames, size)[: len(sound)].astype(np.float32)
        wide = np.pad(wide, (0, len(sound) - len(wide)), mode="edge")
        fade = round(FADE_SECONDS * rate)
        return np.convolve(wide, np.ones(fade, np.float32) / fade, "same").astype(np.float32)

    return np.asarray(sound * spread(own & ~both) + heard * spread(own & both), np.float32)


def _overlaps(stretch: Stretch, channel: int) -> Iterator[SpeechRegion]:
    """Where both tracks of a stretch hold words, as the words of whoever began later."""
    for one in stretch.regions:
        for other in stretch.regions:
            start, end = max(one.start, other.start), min(one.end, other.end)
            later = (other.start, other.channel) > (one.start, one.channel)
            if one.channel != other.channel and later and end > start:
                yield SpeechRegion(start, end, channel, other.speaker)


def _level(pieces: Sequence[Samples], rate: int) -> float:
    """How loud a speaker is alone: the level that a tenth of his frames exceed."""
    frames = [_loudness(piece, rate) for piece in pieces if len(piece) >= FRAME_SECONDS * rate]
    return float(np.percentile(np.concatenate(frames), 90)) if frames else 0.0


def _loudness(samples: Samples, rate: int) -> NDArray[np.float32]:
    size = round(FRAME_SECONDS * rate)
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    return np.asarray(np.sqrt((frames**2).mean(axis=1)), np.float32)


def _kept(frames: NDArray[np.bool_], seconds: float) -> NDArray[np.bool_]:
    """Runs of at least `seconds`; those that touch an end of the stretch count whole."""
    kept = np.zeros_like(frames)
    for start, end in _edges(frames):
        kept[start:end] = (end - start) * FRAME_SECONDS >= seconds or start == 0 or end == len(frames)
    return kept


def _runs(frames: NDArray[np.bool_]) -> Iterator[Span]:
    for start, end in _edges(frames):
        yield start * FRAME_SECONDS, end * FRAME_SECONDS


def _edges(frames: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    changes = np.flatnonzero(np.diff(np.concatenate([[0], frames.astype(np.int8), [0]])))
    for start, end in changes.reshape(-1, 2):
        yield int(start), int(end)


def _cut(waveform: Waveform, span: Span) -> Samples:
    return waveform.samples[round(span[0] * waveform.sample_rate) : round(span[1] * waveform.sample_rate)]
