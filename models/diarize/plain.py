"""The plain diarizer: no trained weights, only the call itself.

Speech is cut at pauses and the pieces are grouped by pitch and spectral shape. Then every voice is modelled by a
mixture of Gaussians over its frames, and a hidden Markov model says anew who speaks when, until that no longer changes
(resegmentation; Reynolds and Torres-Carrasquillo 2005). A change of speaker needs no pause; it is likelier at one.
This begins with several groupings, by how much the pitch counts; the first holds unless another makes the call plainly
likelier.

It knows nothing of overlap. With less than half a minute of speech there is too little to learn voices from, and the
groups stand as they are. Reports made with it say so.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from models.diarize.voice import HOP_SECONDS, cepstra, voice_print
from pipeline.types import Diarization, SpeechRegion, Waveform

LONGEST_PIECE = 2.5
RELIABLE_PIECE = 0.6
PITCH_WEIGHTS = (3.0, 1.0, 0.0)  # one first grouping each: voices of one sex may differ in nothing but their timbre
JOIN_GAP = 0.3
# Resegmentation. Frames that follow each other say much the same: a block of five counts as less than one frame.
BLOCK_FRAMES = 5
FRAME_WEIGHT = 0.12
CHANGE_COST, SHORT_PAUSE_COST, PAUSE_COST = 10.0, 5.0, 1.5
PAUSE = 0.2
GAUSSIANS, FRAMES_A_GAUSSIAN = 32, 40
MOST_FRAMES = 20_000  # that one voice's mixture is fitted to
ROUNDS = 15
ALIKE = 0.1  # of the speech: resegmentation would end alike
PLAINLY = 0.02  # so much of the log likelihood another grouping must gain
SETTLED = 0.999


class PlainDiarizer:
    """Groups pieces of speech into voices, then draws the borders anew by models of these voices."""

    name = "plain"

    def diarize(self, waveform: Waveform, regions: Sequence[SpeechRegion], *, speakers: int) -> Diarization:
        """The regions, cut where the voice changes, each with a label by order of first appearance.

        Neighbouring pieces of one voice are joined again. With one speaker, or fewer pieces than speakers, every
        region gets a label of its own order.
        """
        pieces = [piece for region in regions for piece in _cut(region)]
        if not pieces:
            return Diarization(())
        if speakers <= 1 or len(pieces) < speakers:
            return Diarization(_joined(pieces, [0] * len(pieces)))
        from sklearn.exceptions import ConvergenceWarning

        # The matrices are small: threads would only wait for each other. Silence has too few kinds of frames.
        with threadpool_limits(1), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            groupings = _groupings(waveform, pieces, speakers)
            labels = groupings[0]
            speech = _Speech.of(waveform, pieces)
            if len(speech.frames) * BLOCK_FRAMES >= speakers * GAUSSIANS * FRAMES_A_GAUSSIAN:
                found = [speech.resegmented(each, speakers) for each in groupings]
                pieces, labels = speech.pieces(plainest(found).voices)
        return Diarization(_joined(pieces, _by_appearance(labels)))


def _cut(region: SpeechRegion) -> list[SpeechRegion]:
    parts = max(1, int(np.ceil((region.end - region.start) / LONGEST_PIECE)))
    edges = np.linspace(region.start, region.end, parts + 1)
    return [replace(region, start=float(start), end=float(end)) for start, end in itertools.pairwise(edges)]


def plainest(found: Sequence[Told]) -> Told:
    """The first one, unless another makes the call plainly likelier."""
    best = max(found, key=lambda one: one.likely)
    return best if best.likely - found[0].likely > PLAINLY * abs(found[0].likely) else found[0]


def _groupings(waveform: Waveform, pieces: Sequence[SpeechRegion], speakers: int) -> list[NDArray[np.int64]]:
    """A voice for each piece, by k-means over cepstral means and pitch, the longer ones counting more; one grouping for
    each weight of the pitch, those that are nearly alike once.
    """
    from sklearn.cluster import KMeans

    prints = np.stack([voice_print(_sound(waveform, piece), waveform.sample_rate) for piece in pieces])
    seconds = np.array([piece.end - piece.start for piece in pieces])
    reliable = seconds >= RELIABLE_PIECE
    if reliable.sum() < speakers:
        reliable = np.ones(len(pieces), dtype=bool)
    found: list[NDArray[np.int64]] = []
    for weight in PITCH_WEIGHTS:
        points = _scaled(prints, seconds, weight)
        voices = KMeans(speakers, n_init=10, random_state=0).fit(points[reliable], sample_weight=seconds[reliable])
        labels = np.asarray(voices.predict(points), np.int64)
        if all(_differ(labels, other, seconds) > ALIKE for other in found):
            found.append(labels)
    return found


def _differ(one: NDArray[np.int64], other: NDArray[np.int64], seconds: NDArray[np.float64]) -> float:
    """The share of speech that two groupings give to different voices, whatever they are called."""
    from scipy.optimize import linear_sum_assignment

    count = int(max(one.max(), other.max())) + 1
    together = np.zeros((count, count))
    np.add.at(together, (one, other), seconds)
    rows, columns = linear_sum_assignment(-together)
    return float(1 - together[rows, columns].sum() / seconds.sum())


def _sound(waveform: Waveform, piece: SpeechRegion) -> NDArray[np.float32]:
    return waveform.samples[round(piece.start * waveform.sample_rate) : round(piece.end * waveform.sample_rate)]


def _scaled(prints: NDArray[np.float64], seconds: NDArray[np.float64], pitch_weight: float) -> NDArray[np.float64]:
    """Features with unit spread; pitch counts `pitch_weight` times, and where it is unknown stands at the middle."""
    middle = np.nanmedian(prints[:, -1]) if not np.isnan(prints[:, -1]).all() else 0.0
    filled = prints.copy()
    filled[:, -1] = np.where(np.isnan(prints[:, -1]), middle, prints[:, -1])
    weights = seconds / seconds.sum()
    mean = weights @ filled
    spread = np.sqrt(weights @ (filled - mean) ** 2)
    scaled = (filled - mean) / np.maximum(spread, 1e-6)
    scaled[:, -1] *= pitch_weight
    return np.asarray(scaled)


@dataclass(frozen=True)
class Told:
    """Who speaks in each block, and how likely (log) the call is so."""

    voices: NDArray[np.int64]
    likely: float


@dataclass(frozen=True)
class _Speech:
    """All frames of the pieces in blocks: `frames` [blocks, 5, cepstra] with unit spread, the `piece` of each block,
    its `start` (s), and what a change of voice before it costs.
    """

    frames: NDArray[np.float64]
    piece: NDArray[np.int64]
    start: NDArray[np.float64]
    cost: NDArray[np.float64]
    regions: Sequence[SpeechRegion]

    @classmethod
    def of(cls, waveform: Waveform, regions: Sequence[SpeechRegion]) -> _Speech:
        blocks: list[NDArray[np.float64]] = []
        piece: list[int] = []
        start: list[float] = []
        cost: list[float] = []
        for index, region in enumerate(regions):
            shape = cepstra(_sound(waveform, region), waveform.sample_rate)
            count = len(shape) // BLOCK_FRAMES
            blocks.append(shape[: count * BLOCK_FRAMES].reshape(count, BLOCK_FRAMES, -1))
            piece += [index] * count
            start += [region.start + block * BLOCK_FRAMES * HOP_SECONDS for block in range(count)]
            pause = region.start - regions[index - 1].end if index else 0.0
            first = PAUSE_COST if pause > PAUSE else SHORT_PAUSE_COST if pause > HOP_SECONDS else CHANGE_COST
            cost += [first, *[CHANGE_COST] * (count - 1)][:count]
        frames = np.concatenate(blocks)
        flat = frames.reshape(-1, frames.shape[2])
        scaled = (frames - flat.mean(axis=0)) / np.maximum(flat.std(axis=0), 1e-6) if len(flat) else frames
        return cls(scaled, np.array(piece), np.array(start), np.array(cost), regions)

    def resegmented(self, labels: NDArray[np.int64], speakers: int) -> Told:
        """The voice of each block, starting from those of the pieces."""
        voices, reached = labels[self.piece], -np.inf
        for _ in range(ROUNDS):
            likely = np.stack([self._likely(voices == voice) for voice in range(speakers)], axis=1) * FRAME_WEIGHT
            again = best_path(likely, self.cost)
            changes = np.flatnonzero(again[1:] != again[:-1]) + 1
            reached = float(likely[np.arange(len(again)), again].sum() - self.cost[changes].sum())
            settled = float(np.mean(again == voices))
            voices = again
            if settled >= SETTLED:
                break
        return Told(voices, reached)

    def _likely(self, own: NDArray[np.bool_]) -> NDArray[np.float64]:
        """The log likelihood of each block under a mixture fitted to the blocks of one voice."""
        from sklearn.mixture import GaussianMixture

        flat = self.frames[own].reshape(-1, self.frames.shape[2])
        count = min(GAUSSIANS, len(flat) // FRAMES_A_GAUSSIAN)
        if count < 1:
            return np.full(len(self.frames), -np.inf)
        mixture = GaussianMixture(
            count,
            covariance_type="diag",
            reg_covar=0.05,
            max_iter=8,
            tol=1e-2,
            init_params="random_from_data",
            random_state=0,
        )
        mixture.fit(flat[:: -(-len(flat) // MOST_FRAMES)])
        scores = mixture.score_samples(self.frames.reshape(-1, self.frames.shape[2]))
        return np.asarray(scores.reshape(len(self.frames), BLOCK_FRAMES).sum(axis=1))

    def pieces(self, voices: NDArray[np.int64]) -> tuple[list[SpeechRegion], NDArray[np.int64]]:
        """The regions cut where the voice changes within them, and the voice of each part."""
        cut: list[SpeechRegion] = []
        labels: list[int] = []
        for index, region in enumerate(self.regions):
            own = np.flatnonzero(self.piece == index)
            if not len(own):
                cut.append(region)
                labels.append(labels[-1] if labels else int(voices[0]))
                continue
            changes = [place for place in own[1:] if voices[place] != voices[place - 1]]
            edges = [region.start, *(float(self.start[place]) for place in changes), region.end]
            cut += [replace(region, start=begin, end=end) for begin, end in itertools.pairwise(edges)]
            labels += [int(voices[place]) for place in (own[0], *changes)]
        return cut, np.array(labels)


def best_path(likely: NDArray[np.float64], cost: NDArray[np.float64]) -> NDArray[np.int64]:
    """The likeliest voice of each block (Viterbi): log `likely` [blocks, voices], `cost` [blocks] of a change there."""
    blocks, voices = likely.shape
    came_from = np.zeros((blocks, voices), np.int64)
    reached = likely[0].copy()
    stay = np.arange(voices)
    for block in range(1, blocks):
        leader = int(reached.argmax())
        moved = reached[leader] - cost[block]
        came_from[block] = np.where(reached >= moved, stay, leader)
        reached = np.maximum(reached, moved) + likely[block]
    path = np.empty(blocks, np.int64)
    path[-1] = reached.argmax()
    for block in range(blocks - 1, 0, -1):
        path[block - 1] = came_from[block, path[block]]
    return path


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
