"""The plain diarizer: speech is cut at pauses, the pieces are grouped by pitch and spectral shape.

It knows nothing of overlap and needs a pause at every change of speaker. It serves calls where the two voices differ
clearly; reports made with it say so.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.diarize.voice import voice_print
from pipeline.types import Diarization, SpeechRegion, Waveform

LONGEST_PIECE = 2.5
RELIABLE_PIECE = 0.6
PITCH_WEIGHT = 3.0
ROUNDS = 30
JOIN_GAP = 0.3


class PlainDiarizer:
    """Groups pieces of speech into voices by k-means over cepstral means and pitch, long pieces first."""

    name = "plain"

    def diarize(self, waveform: Waveform, regions: Sequence[SpeechRegion], *, speakers: int) -> Diarization:
        """The regions, cut into pieces of at most 2.5 s, each with a label by order of first appearance.

        Neighbouring pieces of one voice are joined again. With one speaker, or fewer pieces than speakers, every
        region gets a label of its own order.
        """
        pieces = [piece for region in regions for piece in _cut(region)]
        if not pieces:
            return Diarization(())
        if speakers <= 1 or len(pieces) < speakers:
            labels = np.zeros(len(pieces), dtype=np.int64)
        else:
            prints = np.stack([voice_print(_sound(waveform, piece), waveform.sample_rate) for piece in pieces])
            seconds = np.array([piece.end - piece.start for piece in pieces])
            labels = _grouped(_scaled(prints, seconds), seconds, speakers)
        return Diarization(_joined(pieces, _by_appearance(labels)))


def _cut(region: SpeechRegion) -> list[SpeechRegion]:
    parts = max(1, int(np.ceil((region.end - region.start) / LONGEST_PIECE)))
    edges = np.linspace(region.start, region.end, parts + 1)
    return [replace(region, start=float(start), end=float(end)) for start, end in itertools.pairwise(edges)]


def _sound(waveform: Waveform, piece: SpeechRegion) -> NDArray[np.float32]:
    return waveform.samples[round(piece.start * waveform.sample_rate) : round(piece.end * waveform.sample_rate)]


def _scaled(prints: NDArray[np.float64], seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Features with unit spread; pitch counts more, and where it is unknown stands at the middle."""
    middle = np.nanmedian(prints[:, -1]) if not np.isnan(prints[:, -1]).all() else 0.0
    filled = prints.copy()
    filled[:, -1] = np.where(np.isnan(prints[:, -1]), middle, prints[:, -1])
    weights = seconds / seconds.sum()
    mean = weights @ filled
    spread = np.sqrt(weights @ (filled - mean) ** 2)
    scaled = (filled - mean) / np.maximum(spread, 1e-6)
    scaled[:, -1] *= PITCH_WEIGHT
    return np.asarray(scaled)


def _grouped(points: NDArray[np.float64], seconds: NDArray[np.float64], speakers: int) -> NDArray[np.int64]:
    reliable = seconds >= RELIABLE_PIECE
    if reliable.sum() < speakers:
        reliable = np.ones(len(points), dtype=bool)
    base, weights = points[reliable], seconds[reliable]
    best: tuple[float, NDArray[np.float64]] | None = None
    for first in _starts(base):
        centres = _k_means(base, weights, _spread_out(base, first, speakers))
        cost = float(weights @ _distances(base, centres).min(axis=1))
        if best is None or cost < best[0]:
            best = (cost, centres)
    assert best is not None
    return np.asarray(_distances(points, best[1]).argmin(axis=1))


def _starts(points: NDArray[np.float64]) -> list[int]:
    """Indices of a few different first centres: the extremes and quartiles of pitch."""
    order = np.argsort(points[:, -1], kind="stable")
    return sorted({int(order[round(share * (len(order) - 1))]) for share in (0.0, 0.25, 0.5, 0.75, 1.0)})


def _spread_out(points: NDArray[np.float64], first: int, count: int) -> NDArray[np.float64]:
    centres = points[[first]]
    while len(centres) < count:
        farthest = int(_distances(points, centres).min(axis=1).argmax())
        centres = np.concatenate([centres, points[[farthest]]])
    return centres


def _k_means(
    points: NDArray[np.float64], weights: NDArray[np.float64], centres: NDArray[np.float64]
) -> NDArray[np.float64]:
    for _ in range(ROUNDS):
        labels = _distances(points, centres).argmin(axis=1)
        moved = np.stack(
            [
                np.average(points[labels == index], axis=0, weights=weights[labels == index])
                if (labels == index).any()
                else centre
                for index, centre in enumerate(centres)
            ]
        )
        if np.allclose(moved, centres):
            break
        centres = moved
    return centres


def _distances(points: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(((points[:, None] - centres[None]) ** 2).sum(axis=2))


def _by_appearance(labels: NDArray[np.int64]) -> list[int]:
    order = {label: index for index, label in enumerate(dict.fromkeys(labels.tolist()))}
    return [order[label] for label in labels.tolist()]


def _joined(pieces: Sequence[SpeechRegion], labels: Sequence[int]) -> tuple[SpeechRegion, ...]:
    joined: list[SpeechRegion] = []
    for piece, label in zip(pieces, labels, strict=True):
        speaker = f"S{label}"
        if joined and joined[-1].speaker == speaker and piece.start - joined[-1].end <= JOIN_GAP:
            joined[-1] = replace(joined[-1], end=piece.end)
        else:
            joined.append(replace(piece, speaker=speaker))
    return tuple(joined)
