"""How good a channel sounds, measured, and what to warn of in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.audio.level import (
    FLOOR_DB,
    FRAME_SECONDS,
    active_level,
    decibels,
    frame_levels,
    mean_level,
    quiet_level,
)
from pipeline.types import ChannelQuality, SpeechRegion, Waveform

SILENT_DB = -60.0
QUIET_DB = -38.0
NOISY_SNR_DB = 10.0
CLIPPED_RATIO = 0.001
SPEECH_MARGIN_SECONDS = 0.1
BAND_EDGE_HZ = 4600.0
NARROW_BAND_DB = -40.0
SPECTRUM_SECONDS = 0.032
SPECTRUM_FRAMES = 2000


def measure_channel(
    waveform: Waveform, regions: Sequence[SpeechRegion] | None = None, *, clipped_ratio: float = 0.0
) -> ChannelQuality:
    """Measure one channel.

    `regions` are the speech regions of the recording, where they are known: without them `snr_db` and `speech_ratio`
    are None and the noise floor is the quietest tenth of the frames that are not digital silence. With them the floor
    is the median level of the frames outside speech (0.1 s away from it), and `snr_db` compares the speech's power,
    less the noise's, with it; None where there is no speech or nothing but speech. `clipped_ratio` is counted by the
    decoder, see `Decoded`.
    """
    samples = waveform.samples
    levels = frame_levels(samples, waveform.sample_rate)
    noise_floor = quiet_level(levels)
    snr: float | None = None
    speech_ratio: float | None = None
    if regions is not None:
        own = [region for region in regions if region.channel == waveform.channel]
        speech = _frames_within(own, len(levels), 0.0)
        pause = ~_frames_within(own, len(levels), SPEECH_MARGIN_SECONDS)
        speech_ratio = _covered(own) / waveform.duration if waveform.duration else 0.0
        if pause.any():
            noise_floor = float(np.median(levels[pause]))
            if speech.any():
                snr = _snr(mean_level(levels[speech]), noise_floor)
    return ChannelQuality(
        channel=waveform.channel,
        peak_db=decibels(max(float(np.max(samples, initial=0.0)), -float(np.min(samples, initial=0.0))) ** 2),
        rms_db=mean_level(levels),
        noise_floor_db=noise_floor,
        snr_db=snr,
        clipped_ratio=clipped_ratio,
        speech_ratio=speech_ratio,
    )


def quality_notes(waveform: Waveform, quality: ChannelQuality) -> tuple[str, ...]:
    """What a listener would complain about, one short note each: `no sound`, `low level`, `clipping`, `noisy`,
    `narrow band`; the words before the colon are stable."""
    where = f"channel {waveform.channel}"
    level = active_level(waveform.samples, waveform.sample_rate)
    if level < SILENT_DB:
        return (f"no sound: {where}",)
    notes = []
    if level < QUIET_DB:
        notes.append(f"low level: {where} at {level:.0f} dB")
    if quality.clipped_ratio >= CLIPPED_RATIO:
        notes.append(f"clipping: {where}, {quality.clipped_ratio:.1%} of the samples")
    if quality.snr_db is not None and quality.snr_db < NOISY_SNR_DB:
        notes.append(f"noisy: {where}, speech {quality.snr_db:.0f} dB above the noise")
    if is_narrow_band(waveform):
        notes.append(f"narrow band: {where}, nothing above 4 kHz")
    return tuple(notes)


def is_narrow_band(waveform: Waveform) -> bool:
    """Whether a channel holds telephone-band sound: even its brightest frames have next to nothing above 4.6 kHz.

    The brightest frames count because only they (s, sh, c) reach far up in anybody's speech. Steady noise is told
    apart from speech by nobody here: a hiss above 4 kHz makes a channel wide.
    """
    rate = waveform.sample_rate
    if rate / 2 <= BAND_EDGE_HZ:
        return True
    length = int(SPECTRUM_SECONDS * rate)
    levels = frame_levels(waveform.samples, rate, seconds=SPECTRUM_SECONDS)
    loud = np.flatnonzero(levels >= np.percentile(levels, 95.0) - 25.0)
    if len(waveform.samples) < length or levels.max() <= FLOOR_DB:
        return False
    loud = loud[:: max(1, len(loud) // SPECTRUM_FRAMES)]
    frames = np.stack([waveform.samples[at * length : (at + 1) * length] for at in loud]) * np.hanning(length)
    power = np.abs(np.fft.rfft(frames)) ** 2
    edge = int(BAND_EDGE_HZ * length / rate)
    share = power[:, edge:].sum(axis=1) / np.maximum(power.sum(axis=1), 1e-12)
    return decibels(float(np.percentile(share, 98.0))) < NARROW_BAND_DB


def _snr(speech_db: float, noise_db: float) -> float:
    signal = 10.0 ** (speech_db / 10.0) - 10.0 ** (noise_db / 10.0)
    return max(-10.0, decibels(signal) - noise_db)


def _frames_within(regions: Sequence[SpeechRegion], frames: int, margin: float) -> NDArray[np.bool_]:
    inside = np.zeros(frames, np.bool_)
    for region in regions:
        start = max(0, int((region.start - margin) / FRAME_SECONDS))
        inside[start : max(start, int((region.end + margin) / FRAME_SECONDS) + 1)] = True
    return inside


def _covered(regions: Sequence[SpeechRegion]) -> float:
    """Seconds in any of the regions; overlapping ones (two speakers on one channel) count once."""
    total, reached = 0.0, 0.0
    for region in sorted(regions, key=lambda region: region.start):
        total += max(0.0, region.end - max(region.start, reached))
        reached = max(reached, region.end)
    return total
