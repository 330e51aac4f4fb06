"""How loud a channel is, and a gentle way to bring it to a common level.

Levels are dB relative to full scale: a full-scale square wave has 0 dB.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pipeline.types import Samples, SpeechRegion, Waveform

Levels = NDArray[np.float64]

FRAME_SECONDS = 0.02
FLOOR_DB = -100.0
"""Stands for silence: quieter than one step of 16-bit sound."""
ACTIVE_RANGE_DB = 16.0
"""Frames within this range of the loud ones count as speech; the margin of ITU-T P.56, method B."""
LOUD_SECONDS = 0.5
LOUD_SHARE = 0.05
CLICK_DB = 6.0
SPEECH_LEVEL_DB = -23.0
LARGEST_GAIN_DB = 30.0
SMALLEST_GAIN_DB = -12.0
PEAK_PERCENTILE = 99.9
PEAK_LEVEL = 0.95


def decibels(power: float) -> float:
    """Power (mean square) in dB, not below `FLOOR_DB`."""
    return max(FLOOR_DB, 10.0 * float(np.log10(max(power, 1e-12))))


def frame_levels(samples: Samples, sample_rate: int, *, seconds: float = FRAME_SECONDS) -> Levels:
    """Level in dB of successive frames; shape (frames,), at least one. A rest shorter than a frame is left out."""
    length = min(max(1, int(seconds * sample_rate)), max(1, len(samples)))
    whole = len(samples) // length * length
    if whole == 0:
        return np.full(1, FLOOR_DB)
    frames = samples[:whole].reshape(-1, length)
    power = np.einsum("fs,fs->f", frames, frames, dtype=np.float32).astype(np.float64) / length
    levels: Levels = np.maximum(FLOOR_DB, 10.0 * np.log10(np.maximum(power, 1e-12)))
    return levels


def mean_level(levels: Levels) -> float:
    """The level of the mean power of some frames; `FLOOR_DB` where there are none."""
    return decibels(float(np.mean(10.0 ** (levels / 10.0)))) if len(levels) else FLOOR_DB


def quiet_level(levels: Levels) -> float:
    """The level of a channel's noise: the quietest tenth of the frames, digital silence left out."""
    sounding = levels[levels > FLOOR_DB]
    return float(np.percentile(sounding, 10.0)) if len(sounding) else FLOOR_DB


def active_level(samples: Samples, sample_rate: int) -> float:
    """Level of what is loud in a channel, in dB: in a call, of the speech, however long the pauses.

    A plain form of the active speech level of ITU-T P.56: the mean power of the frames within `ACTIVE_RANGE_DB` of a
    reference, which half a second of the channel (in a short one, a twentieth of it) exceeds. Frames far above the
    reference, clicks, count as `CLICK_DB` above it.
    """
    levels = frame_levels(samples, sample_rate)
    rank = max(1, int(min(len(levels) * LOUD_SHARE, LOUD_SECONDS / FRAME_SECONDS)))
    reference = float(np.partition(levels, -rank)[-rank])
    return mean_level(np.minimum(levels[levels >= reference - ACTIVE_RANGE_DB], reference + CLICK_DB))


def gain_to(samples: Samples, level_db: float, *, target_db: float = SPEECH_LEVEL_DB) -> float:
    """The factor that brings `level_db` to `target_db`, at least -12 dB and at most +30 dB; 1 for silence.

    The loudest thousandth of the samples may be cut at full scale, so that one click does not hold a whole call down.
    """
    if level_db <= FLOOR_DB:
        return 1.0
    gain = float(10.0 ** (np.clip(target_db - level_db, SMALLEST_GAIN_DB, LARGEST_GAIN_DB) / 20.0))
    stride = max(1, len(samples) // 2_000_000)
    peak = float(np.percentile(np.abs(samples[::stride]), PEAK_PERCENTILE))
    return min(gain, PEAK_LEVEL / peak) if peak > 0 else gain


def normalise_level(
    waveform: Waveform, regions: Sequence[SpeechRegion] = (), *, target_db: float = SPEECH_LEVEL_DB
) -> Waveform:
    """Bring the speech of one channel to `target_db` with a single gain: no compression, so pauses stay pauses.

    Where `regions` of this channel are given, their level counts; otherwise `active_level`. The result is clipped to
    [-1, 1]. Silence is returned as it is.
    """
    samples, rate = waveform.samples, waveform.sample_rate
    spoken = [samples[int(r.start * rate) : int(r.end * rate)] for r in regions if r.channel == waveform.channel]
    level = active_level(np.concatenate(spoken) if spoken else samples, rate)
    gain = np.float32(gain_to(samples, level, target_db=target_db))
    return replace(waveform, samples=np.clip(samples * gain, -1.0, 1.0).astype(np.float32, copy=False))
