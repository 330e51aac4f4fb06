"""Cross-talk between two channels: each party faintly heard on the other's line, and taken out again.

Found by the phase transform (Knapp and Carter 1976) summed over the stretches where one party alone speaks, so that one
delay stands out of noise; taken out by the least-squares filter around that delay (a Wiener filter), as an echo
canceller does. What the filter cannot explain is the other party's own voice and stays, also while both speak; what is
left where it explains nearly everything is turned down.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipeline.audio.level import Levels, decibels, frame_levels, quiet_level
from pipeline.types import Samples

BLOCK_SECONDS = 0.5
MOST_BLOCKS = 400
BAND_HZ = (250.0, 3400.0)
LEAST_LAG, LARGEST_LAG = -0.005, 0.26
ALONE = 2.0
"""One party speaks alone where its channel has this many times the power; handsets bleed 6 dB down or less."""
ACTIVE_RANGE_DB = 20.0
OUTSTANDING = 9.0
"""How far the summed phase transform must stand out at one lag, in standard deviations over all lags."""
LEAST_BLOCKS = 3
FILTER_BEFORE, FILTER_AFTER = 0.004, 0.028
REGULARISATION = 1e-3
CLEAN_BLOCKS = 0.5
"""The share of blocks that the filter is fitted to again: those in which it left least, so nobody else spoke."""
PIECE_SECONDS = 30.0
CONTEXT_SECONDS = 1.0
ROUNDS = 3
FRAME_SECONDS = 0.02
SMOOTH_FRAMES = 5
MARGIN = 6.0
"""Above this many times the usual rest of the filter, and this much above the line's noise, what is left is the other
party's voice."""
NOISE_MARGIN = 2.0
AUDIBLE = 0.05
"""Cross-talk below this share of the line's noise is left alone."""
LEAST_LEAK, LARGEST_LEAK = 0.003, 0.3


@dataclass(frozen=True, slots=True)
class Bleed:
    """One direction of cross-talk. The channel `source` is heard on the other `level_db` (below zero) lower, `lag`
    seconds later; `response` is the filter from `offset` samples on, `leak` the share of power that it leaves."""

    source: int
    lag: float
    level_db: float
    offset: int
    response: NDArray[np.float64]
    leak: float


def find_bleed(samples: Samples, sample_rate: int) -> tuple[Bleed, ...]:
    """Cross-talk between the two channels of `samples`, shape (2, n), in either direction or both."""
    length = int(BLOCK_SECONDS * sample_rate)
    levels = [frame_levels(row, sample_rate, seconds=BLOCK_SECONDS / 2) for row in samples]
    found = []
    for source in (0, 1):
        starts = _alone(levels[source], levels[1 - source]) * (length // 2)
        if len(starts) >= LEAST_BLOCKS:
            bleed = _measure(samples, source, starts, length, sample_rate)
            if bleed is not None:
                found.append(bleed)
    return tuple(found)


def remove_bleed(samples: Samples, bleeds: tuple[Bleed, ...], sample_rate: int) -> Samples:
    """`samples`, shape (2, n), without the cross-talk; a new array, made in pieces, so that hours need no more than it.

    Where both hear each other, what is taken from one channel is what the other holds after its own cleaning: three
    rounds, else each party would leave an echo of itself.
    """
    cleaned = samples.copy()
    floors = {bleed.source: _noise_power(samples[1 - bleed.source], sample_rate) for bleed in bleeds}
    context = int(CONTEXT_SECONDS * sample_rate)
    for first, last in _pieces(samples.shape[1], int(PIECE_SECONDS * sample_rate)):
        begin = max(0, first - context)
        heard = samples[:, begin : last + context]
        estimate = heard
        expected: dict[int, Samples] = {}
        for _ in range(ROUNDS if len(bleeds) > 1 else 1):
            expected = {b.source: _expected(estimate[b.source], b, 0, heard.shape[1]) for b in bleeds}
            estimate = heard.copy()
            for source, sound in expected.items():
                estimate[1 - source] -= sound
        for bleed in bleeds:
            rest = estimate[1 - bleed.source]
            gain = _gate(rest, expected[bleed.source], bleed.leak, floors[bleed.source], sample_rate)
            cleaned[1 - bleed.source, first:last] = (rest * gain)[first - begin : last - begin]
    return cleaned


def _alone(own: Levels, other: Levels) -> NDArray[np.int64]:
    """Where a block begins (in half blocks) with this channel loud and the other below it, a little beyond too."""
    count = min(len(own), len(other))
    if count < 3:
        return np.zeros(0, np.int64)
    own_power, other_power = 10.0 ** (own / 10.0), 10.0 ** (other / 10.0)
    block = (own_power[: count - 2] + own_power[1 : count - 1]) / 2
    there = (other_power[: count - 2] + other_power[1 : count - 1] + other_power[2:count]) / 3
    loud = 10.0 * np.log10(block) >= float(np.percentile(own, 98.0)) - ACTIVE_RANGE_DB
    places = np.flatnonzero(loud & (block >= ALONE * there))
    if len(places) > MOST_BLOCKS:
        places = places[np.linspace(0, len(places) - 1, MOST_BLOCKS).astype(np.int64)]
    return np.asarray(places, np.int64)


def _measure(samples: Samples, source: int, starts: NDArray[np.int64], length: int, sample_rate: int) -> Bleed | None:
    least, largest = round(LEAST_LAG * sample_rate), round(LARGEST_LAG * sample_rate)
    size = 1 << (length + largest).bit_length()
    summed = np.zeros(size // 2 + 1, np.complex128)
    frequencies = np.fft.rfftfreq(size, 1.0 / sample_rate)
    band = (frequencies >= BAND_HZ[0]) & (frequencies <= BAND_HZ[1])
    for one, two in _spectra(samples, source, starts, length, size):
        cross = np.where(band, two * np.conj(one), 0)
        summed += cross / np.maximum(np.abs(cross), 1e-12)
    correlation = np.fft.irfft(summed, size)
    lags = np.concatenate([correlation[least:], correlation[: largest + 1]])
    best = int(np.argmax(np.abs(lags)))
    around = np.abs(np.arange(len(lags)) - best) > 0.002 * sample_rate
    if np.abs(lags[best]) < OUTSTANDING * max(float(lags[around].std()), 1e-12):
        return None
    lag = best + least
    offset, taps = lag - round(FILTER_BEFORE * sample_rate), round((FILTER_BEFORE + FILTER_AFTER) * sample_rate)
    response = _least_squares(samples, source, starts, length, size, offset, taps)
    floor = _noise_power(samples[1 - source], sample_rate)
    bleed = Bleed(source, lag / sample_rate, 0.0, offset, response, 0.0)
    clean = starts[np.argsort(_rests(samples, bleed, starts, length, floor))[: max(1, int(CLEAN_BLOCKS * len(starts)))]]
    response = _least_squares(samples, source, clean, length, size, offset, taps)
    level = decibels(float(np.sum(response**2)))
    bleed = Bleed(source, lag / sample_rate, level, offset, response, 0.0)
    leak = float(np.median(_rests(samples, bleed, clean, length, floor)))
    return replace(bleed, leak=min(LARGEST_LEAK, max(LEAST_LEAK, leak)))


def _least_squares(
    samples: Samples, source: int, starts: NDArray[np.int64], length: int, size: int, offset: int, taps: int
) -> NDArray[np.float64]:
    """The filter that best predicts the other channel, by the normal equations over all blocks."""
    own = np.zeros(size // 2 + 1)
    cross = np.zeros(size // 2 + 1, np.complex128)
    for one, two in _spectra(samples, source, starts, length, size):
        own += np.abs(one) ** 2
        cross += two * np.conj(one)
    auto = np.fft.irfft(own, size)[:taps]
    wanted = np.fft.irfft(cross, size)[np.arange(offset, offset + taps) % size]
    places = np.abs(np.arange(taps)[:, None] - np.arange(taps)[None])
    matrix = auto[places] + np.eye(taps) * (REGULARISATION * auto[0])
    return np.asarray(np.linalg.solve(matrix, wanted))


def _rests(samples: Samples, bleed: Bleed, starts: NDArray[np.int64], length: int, floor: float) -> NDArray[np.float64]:
    """Share of the expected power that each block holds beyond it, the line's noise (`floor`) not counted."""
    rests = []
    for start in starts.tolist():
        expected = _expected(samples[bleed.source], bleed, start, start + length)
        rest = samples[1 - bleed.source, start : start + length] - expected
        rests.append((float(np.mean(rest**2)) - floor) / max(float(np.mean(expected**2)), 1e-12))
    return np.array(rests)


def _noise_power(row: Samples, sample_rate: int) -> float:
    return float(10.0 ** (quiet_level(frame_levels(row, sample_rate)) / 10.0))


def _spectra(
    samples: Samples, source: int, starts: NDArray[np.int64], length: int, size: int
) -> Iterator[tuple[NDArray[np.complex128], NDArray[np.complex128]]]:
    """Spectra of each block of the source and of what the other channel holds from then until the largest lag."""
    reach = min(size - length, round(LARGEST_LAG / BLOCK_SECONDS * length))
    for start in starts.tolist():
        one = np.fft.rfft(samples[source, start : start + length], size)
        yield one, np.fft.rfft(samples[1 - source, start : start + length + reach], size)


def _expected(row: Samples, bleed: Bleed, first: int, last: int) -> Samples:
    """What of the source should be heard on the other channel between two samples."""
    taps = len(bleed.response)
    begin, end = first - bleed.offset - taps + 1, last - bleed.offset
    piece = np.zeros(end - begin, np.float32)
    inside = slice(max(begin, 0), min(max(end, 0), len(row)))
    piece[inside.start - begin : inside.stop - begin] = row[inside]
    size = 1 << (len(piece) + taps).bit_length()
    product = np.fft.rfft(piece, size) * np.fft.rfft(bleed.response, size)
    return np.fft.irfft(product, size)[taps - 1 : taps - 1 + last - first].astype(np.float32)


def _gate(rest: Samples, expected: Samples, leak: float, floor: float, sample_rate: int) -> Samples:
    """Gain for each sample: where nearly all that was heard is explained, down to the line's noise (`floor`, a power);
    never below, because a noise that comes and goes is itself heard as somebody. Elsewhere 1."""
    frame = int(FRAME_SECONDS * sample_rate)
    count = len(rest) // frame
    if count == 0:
        return np.ones(len(rest), np.float32)
    smoothing = np.ones(SMOOTH_FRAMES) / SMOOTH_FRAMES

    def power(row: Samples) -> NDArray[np.float64]:
        frames = np.square(row[: count * frame], dtype=np.float64).reshape(count, frame).mean(axis=1)
        return np.convolve(frames, smoothing, mode="same") if count >= SMOOTH_FRAMES else frames

    left, bled = power(rest), power(expected)
    only_bleed = (bled > AUDIBLE * floor) & (left < MARGIN * leak * bled + NOISE_MARGIN * floor)
    gains = np.where(only_bleed, np.sqrt(np.minimum(1.0, floor / np.maximum(left, 1e-12))), 1.0)
    middles = (np.arange(count) + 0.5) * frame
    return np.interp(np.arange(len(rest)), middles, gains).astype(np.float32)


def _pieces(length: int, step: int) -> Iterator[tuple[int, int]]:
    for first in range(0, length, step):
        yield first, min(length, first + step)
