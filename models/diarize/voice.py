"""What a stretch of voice sounds like, in a few numbers: spectral shape and pitch."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from pipeline.types import Samples

FRAME_SECONDS = 0.032
HOP_SECONDS = 0.010
MEL_BANDS = 24
CEPSTRA = 12
LOWEST_PITCH, HIGHEST_PITCH = 70.0, 380.0
VOICED = 0.45
NEAR_PEAK = 0.9


def frames_of(samples: Samples, sample_rate: int) -> Samples:
    """Overlapping frames of 32 ms every 10 ms, shape (frames, length)."""
    length, hop = round(FRAME_SECONDS * sample_rate), round(HOP_SECONDS * sample_rate)
    if len(samples) < length:
        samples = np.pad(samples, (0, length - len(samples)))
    return np.lib.stride_tricks.sliding_window_view(samples, length)[::hop]


def cepstra(samples: Samples, sample_rate: int) -> NDArray[np.float64]:
    """Mel-frequency cepstra without the energy term, shape (frames, 12); telephone band, 200-3600 Hz."""
    frames = frames_of(samples, sample_rate)
    window = np.hanning(frames.shape[1])
    power = np.abs(np.fft.rfft(frames * window, axis=1)) ** 2
    mel = np.log(power @ _mel_bank(frames.shape[1], sample_rate).T + 1e-10)
    return np.asarray(mel @ _cosines().T)


def pitch(samples: Samples, sample_rate: int) -> NDArray[np.float64]:
    """log2 of the fundamental (Hz) of each frame, NaN where unvoiced: highest normalised autocorrelation peak."""
    frames = frames_of(samples, sample_rate).astype(np.float64)
    frames = frames - frames.mean(axis=1, keepdims=True)
    length = frames.shape[1]
    spectrum = np.fft.rfft(frames * np.hanning(length), 2 * length, axis=1)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2, axis=1)[:, :length]
    taper = np.correlate(np.hanning(length), np.hanning(length), "full")[length - 1 :]
    normalised = correlation / np.maximum(correlation[:, :1], 1e-12) / np.maximum(taper / taper[0], 1e-3)
    shortest, longest = int(sample_rate / HIGHEST_PITCH), min(int(sample_rate / LOWEST_PITCH), length - 1)
    candidates = normalised[:, shortest:longest]
    strength = candidates.max(axis=1)
    # Multiples of the period correlate as well as the period itself: the first peak close to the highest counts.
    peaks = candidates >= NEAR_PEAK * strength[:, None]
    peaks[:, :-1] &= candidates[:, :-1] >= candidates[:, 1:]
    best = peaks.argmax(axis=1) + shortest
    loud = correlation[:, 0] > np.percentile(correlation[:, 0], 40)
    return np.where((strength > VOICED) & loud, np.log2(sample_rate / best), np.nan)


def voice_print(samples: Samples, sample_rate: int) -> NDArray[np.float64]:
    """Cepstral means and median pitch of one piece of speech, shape (13,); pitch is NaN where nothing is voiced."""
    shape = cepstra(samples, sample_rate)
    tones = pitch(samples, sample_rate)
    voiced = ~np.isnan(tones)
    means = shape[voiced].mean(axis=0) if voiced.sum() >= 5 else shape.mean(axis=0)
    middle = float(np.median(tones[voiced])) if voiced.sum() >= 5 else float("nan")
    return np.append(means, middle)


@functools.cache
def _cosines() -> NDArray[np.float64]:
    bands = np.arange(MEL_BANDS) + 0.5
    waves = np.cos(np.pi / MEL_BANDS * np.outer(np.arange(1, CEPSTRA + 1), bands))
    return np.asarray(waves * np.sqrt(2 / MEL_BANDS))


@functools.cache
def _mel_bank(length: int, sample_rate: int) -> NDArray[np.float64]:
    def mel(hertz: float) -> float:
        return float(2595 * np.log10(1 + hertz / 700))

    edges = 700 * (10 ** (np.linspace(mel(200), mel(3600), MEL_BANDS + 2) / 2595) - 1)
    bins = np.fft.rfftfreq(length, 1 / sample_rate)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return np.asarray(np.maximum(0, np.minimum(rising, falling)))
