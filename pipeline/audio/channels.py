"""How a recording's channels relate: two parties apart, the same sound twice, or one channel.

Two channels count as the same sound when, in most of the blocks where anything is heard, they correlate strongly *and*
at the same gain, delay and sign throughout. The second half of that rule is what tells a doubled recording from two
handsets that hear each other: there the gain flips with whoever speaks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.audio.bleed import find_bleed, remove_bleed
from pipeline.audio.level import Levels, frame_levels
from pipeline.types import Layout, Samples

BLOCK_SECONDS = 0.5
MOST_BLOCKS = 1200
BLOCKS_AT_ONCE = 32
BAND_HZ = (200.0, 3400.0)
"""The telephone band: below it hum is common to both channels, above it every codec has noise of its own."""
LARGEST_LAG = 0.03
ACTIVE_RANGE_DB = 25.0
SAME_CORRELATION = 0.8
SAME_GAIN_DB = 3.0
SAME_LAG = 0.001
SAME_SHARE = 0.8
ALIGNED_GAIN_DB = 1.0

LEVEL_SECONDS = 0.05
SILENT_DB = -60.0
STEADY_RANGE_DB = 5.0
STEADY_BELOW_DB = 20.0


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two channels are. `share` of the `blocks` looked at hold the same sound; `gain_db` and `lag` (seconds)
    are the second channel's against the first; `inverted` means opposite sign."""

    share: float
    blocks: int
    gain_db: float = 0.0
    lag: float = 0.0
    inverted: bool = False

    @property
    def is_same(self) -> bool:
        """Whether one channel says all that both say."""
        return self.blocks > 0 and self.share >= SAME_SHARE


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Channels as they go on: `samples` one array (n,) each, `sources` the file's channels that each came from."""

    layout: Layout
    samples: tuple[Samples, ...]
    sources: tuple[tuple[int, ...], ...]
    notes: tuple[str, ...] = ()


def arrange(samples: Samples, sample_rate: int) -> Arrangement:
    """Find the layout of `samples`, shape (channels, n) with one or two channels, and drop what is double or dead.

    A dead channel (silent, or a steady noise far below the other) leaves `mono` of the live one. Two channels with the
    same sound become one, `dual_mono`: their mean where they are aligned, else the louder (the mean of a sound and its
    delayed copy is a comb filter). Anything else is `stereo`, in the order of the file, without the cross-talk that
    there is between the channels.
    """
    if len(samples) == 1:
        return Arrangement("mono", (samples[0],), ((0,),))
    dead = dead_channels(samples, sample_rate)
    if len(dead) == 2:
        return Arrangement("mono", (samples[0],), ((0,),), ("no sound: both channels are silent",))
    if dead:
        live = 1 - dead[0]
        note = f"dead channel: {dead[0]}; channel {live} alone is used"
        return Arrangement("mono", (samples[live],), ((live,),), (note,))
    likeness = compare(samples[0], samples[1], sample_rate)
    if likeness.is_same:
        return _as_one(samples, likeness)
    bleeds = find_bleed(samples, sample_rate)
    if bleeds:
        samples = remove_bleed(samples, bleeds, sample_rate)
    notes = tuple(
        f"cross-talk removed: channel {bleed.source} was heard on channel {1 - bleed.source} "
        f"{-bleed.level_db:.0f} dB lower and {bleed.lag * 1000:.0f} ms later"
        for bleed in bleeds
    )
    return Arrangement("stereo", (samples[0], samples[1]), ((0,), (1,)), notes)


def dead_channels(samples: Samples, sample_rate: int) -> tuple[int, ...]:
    """Channels on which nobody can be heard, of two.

    The loudest block counts, not a percentile: a customer who only says 嗯 twice in five minutes is alive. A median of
    three blocks keeps a single click from passing for sound.
    """
    levels = [_without_clicks(frame_levels(row, sample_rate, seconds=LEVEL_SECONDS)) for row in samples]
    loudest = [float(level.max()) for level in levels]
    dead = []
    for channel in (0, 1):
        steady = loudest[channel] - float(np.percentile(levels[channel], 10.0)) < STEADY_RANGE_DB
        if loudest[channel] < SILENT_DB or (steady and loudest[channel] < loudest[1 - channel] - STEADY_BELOW_DB):
            dead.append(channel)
    return tuple(dead)


def compare(first: Samples, second: Samples, sample_rate: int) -> Likeness:
    """Compare two channels, shape (n,) each, block by block.

    Method: normalised cross-correlation in the telephone band by FFT, over lags up to 30 ms, on half-second blocks
    within 25 dB of the loud ones (at most 1200, evenly spread). A block is the same when its best correlation is at
    least 0.8 and its gain and lag lie within 3 dB and 1 ms of the median of all blocks.
    """
    length = int(BLOCK_SECONDS * sample_rate)
    starts = _active_blocks(first, second, length)
    if not len(starts):
        return Likeness(0.0, 0)
    peaks, lags, gains = (np.empty(len(starts)) for _ in range(3))
    for at in range(0, len(starts), BLOCKS_AT_ONCE):
        some = slice(at, at + BLOCKS_AT_ONCE)
        peaks[some], lags[some], gains[some] = _correlate(first, second, starts[some], length, sample_rate)
    alike = np.abs(peaks) >= SAME_CORRELATION
    if not alike.any():
        return Likeness(0.0, len(starts))
    gain, lag = float(np.median(gains[alike])), float(np.median(lags[alike]))
    inverted = bool(np.median(np.sign(peaks[alike])) < 0)
    same = alike & (np.abs(gains - gain) <= SAME_GAIN_DB) & (np.abs(lags - lag) <= SAME_LAG) & ((peaks < 0) == inverted)
    return Likeness(float(same.mean()), len(starts), gain, lag, inverted)


def _as_one(samples: Samples, likeness: Likeness) -> Arrangement:
    notes = []
    if likeness.inverted:
        notes.append("opposite sign: the channels are the same otherwise")
    if likeness.lag == 0.0 and abs(likeness.gain_db) <= ALIGNED_GAIN_DB:
        second = -samples[1] if likeness.inverted else samples[1]
        return Arrangement("dual_mono", ((samples[0] + second) / 2,), ((0, 1),), tuple(notes))
    louder = int(likeness.gain_db > 0)
    notes.append(
        f"delayed copy: the channels are the same but {abs(likeness.gain_db):.0f} dB "
        f"and {abs(likeness.lag) * 1000:.1f} ms apart; "
        f"channel {louder} alone is used"
    )
    return Arrangement("dual_mono", (samples[louder],), ((louder,),), tuple(notes))


def _without_clicks(levels: Levels) -> Levels:
    if len(levels) < 3:
        return levels
    return np.median(np.stack([levels[:-2], levels[1:-1], levels[2:]]), axis=0)


def _active_blocks(first: Samples, second: Samples, length: int) -> NDArray[np.int64]:
    levels = np.maximum(frame_levels(first, length, seconds=1.0), frame_levels(second, length, seconds=1.0))
    floor = max(SILENT_DB, float(np.percentile(levels, 95.0)) - ACTIVE_RANGE_DB)
    active = np.flatnonzero(levels >= floor)
    if len(active) > MOST_BLOCKS:
        active = active[np.linspace(0, len(active) - 1, MOST_BLOCKS).astype(np.int64)]
    starts: NDArray[np.int64] = active * length
    return starts


def _correlate(
    first: Samples,
    second: Samples,
    starts: NDArray[np.int64],
    length: int,
    sample_rate: int,
) -> tuple[Levels, Levels, Levels]:
    """Signed peak of the normalised cross-correlation, its lag in seconds and the gain in dB, per block."""
    size = 2 * length
    spectra = [np.fft.rfft(np.stack([row[at : at + length] for at in starts]), size) for row in (first, second)]
    frequencies = np.fft.rfftfreq(size, 1.0 / sample_rate)
    band = (frequencies >= BAND_HZ[0]) & (frequencies <= BAND_HZ[1])
    one, two = (np.where(band, spectrum, 0) for spectrum in spectra)
    energy = [np.maximum(np.sum(np.abs(spectrum) ** 2, axis=1), 1e-12) for spectrum in (one, two)]
    reach = int(LARGEST_LAG * sample_rate)
    circular = np.fft.irfft(two * np.conj(one), size)
    products = np.concatenate([circular[:, -reach:], circular[:, : reach + 1]], axis=1)
    # one-sided spectra hold half the energy that the inverse transform spreads over `size` samples
    products *= size / (2.0 * np.sqrt(energy[0] * energy[1]))[:, None]
    best = np.argmax(np.abs(products), axis=1)
    peaks = products[np.arange(len(starts)), best]
    return peaks, (best - reach) / sample_rate, 10.0 * np.log10(energy[1] / energy[0])
