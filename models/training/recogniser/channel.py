"""The telephone: band, companding, noise, level; and the sounds of a line on which nobody speaks.

Resampling is done in the frequency domain, exactly, for whole clips of a few seconds. Companding laws: ITU-T G.711.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.fft import irfft, rfft
from numpy.typing import NDArray

Codec = Literal["a-law", "mu-law", "none"]
Samples = NDArray[np.float32]

TELEPHONE_RATE = 8000
MODEL_RATE = 16000
_MU = 255.0
_A = 87.6


@dataclass(frozen=True)
class ChannelSettings:
    """How a line sounds. `snr_db` and `peak_db` (full scale) in decibels; `low_cut` and `high_cut` in hertz."""

    codec: Codec = "a-law"
    snr_db: float = 30.0
    peak_db: float = -6.0
    low_cut: float = 250.0
    high_cut: float = 3500.0
    tilt: float = 0.0
    noise_colour: float = 0.5


def draw_settings(rng: np.random.Generator, *, telephone: float = 0.85) -> ChannelSettings | None:
    """Random line settings for training, or None for a wide-band recording (share 1 - `telephone`)."""
    if rng.random() >= telephone:
        return None
    codec: Codec = ("a-law", "mu-law", "none")[int(rng.choice(3, p=[0.5, 0.35, 0.15]))]
    return ChannelSettings(
        codec=codec,
        snr_db=float(rng.uniform(18, 40)),
        peak_db=float(rng.uniform(-24, -1)),
        low_cut=float(rng.uniform(120, 340)),
        high_cut=float(rng.uniform(3250, 3900)),
        tilt=float(rng.uniform(-0.25, 0.25)),
        noise_colour=float(rng.choice([0.0, 0.3, 0.6, 1.0])),
    )


def fast_length(least: int) -> int:
    """The smallest length from `least` on with no prime factor above 5, which the Fourier transform does fast."""
    length = max(1, least)
    while True:
        rest = length
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return length
        length += 1


def resample(samples: Samples, source: int, target: int) -> Samples:
    """`samples` [n] at `source` Hz as float32 [about n * target / source] at `target` Hz."""
    if source == target or not len(samples):
        return samples
    divisor = int(np.gcd(source, target))
    blocks = fast_length(-(-len(samples) // (source // divisor)) + 1)
    spectrum = rfft(samples, blocks * (source // divisor))
    length = blocks * (target // divisor)
    bins = np.zeros(length // 2 + 1, np.complex64)
    kept = min(len(bins), len(spectrum))
    bins[:kept] = spectrum[:kept]
    resampled = irfft(bins, length) * np.float32(target / source)
    return np.asarray(resampled[: len(samples) * target // source], np.float32)


def compand(samples: Samples, codec: Codec) -> Samples:
    """`samples` after one pass through an 8-bit companding coder."""
    clipped = np.clip(samples, -1, 1)
    magnitude, sign = np.abs(clipped), np.sign(clipped)
    if codec == "mu-law":
        steps = np.round(np.log1p(_MU * magnitude) / np.log1p(_MU) * 127) / 127
        return np.asarray(sign * np.expm1(steps * np.log1p(_MU)) / _MU, np.float32)
    if codec == "a-law":
        scale = 1 + np.log(_A)
        curve = np.where(magnitude < 1 / _A, _A * magnitude, 1 + np.log(np.maximum(_A * magnitude, 1))) / scale
        steps = np.round(curve * 127) / 127 * scale
        return np.asarray(sign * np.where(steps < 1, steps, np.exp(steps - 1)) / _A, np.float32)
    return samples


def coloured_noise(count: int, colour: float, rng: np.random.Generator) -> Samples:
    """Noise [count] of unit deviation whose amplitude falls with frequency to the power `colour`."""
    white = rng.standard_normal(count).astype(np.float32)
    if colour == 0 or count < 2:
        return white
    length = fast_length(count)
    spectrum = rfft(white, length)
    spectrum *= (np.arange(len(spectrum), dtype=np.float32) + 20) ** -colour
    noise = irfft(spectrum, length)[:count]
    return np.asarray(noise / (noise.std() + 1e-9), np.float32)


def band_pass(samples: Samples, settings: ChannelSettings) -> Samples:
    """`samples` at 8 kHz within the settings' band, with its spectral tilt."""
    length = fast_length(len(samples) + 256)
    spectrum = rfft(samples, length)
    frequency = np.linspace(0, TELEPHONE_RATE / 2, len(spectrum))
    response = 1 / (1 + (settings.low_cut / np.maximum(frequency, 1)) ** 6)
    response /= 1 + (frequency / settings.high_cut) ** 24
    response *= np.maximum(frequency / 1000, 0.05) ** settings.tilt
    return np.asarray(irfft(spectrum * response, length)[: len(samples)], np.float32)


def add_noise(samples: Samples, snr_db: float, colour: float, rng: np.random.Generator) -> Samples:
    """`samples` with coloured noise `snr_db` below the level of their loud parts."""
    loud = np.abs(samples) > 0.02 * np.abs(samples).max(initial=0)
    level = float(samples[loud].std()) if loud.any() else 0.01
    return samples + coloured_noise(len(samples), colour, rng) * np.float32(level * 10 ** (-snr_db / 20))


def to_peak(samples: Samples, peak_db: float) -> Samples:
    """`samples` scaled so that the loudest is at `peak_db` of full scale."""
    return samples * np.float32(10 ** (peak_db / 20) / (np.abs(samples).max(initial=0) + 1e-9))


def telephone(samples: Samples, source_rate: int, settings: ChannelSettings, rng: np.random.Generator) -> Samples:
    """Speech [n] at `source_rate` as it arrives over the line: float32 at 8 kHz."""
    narrow = band_pass(resample(samples, source_rate, TELEPHONE_RATE), settings)
    noisy = add_noise(narrow, settings.snr_db, settings.noise_colour, rng)
    return compand(to_peak(noisy, settings.peak_db), settings.codec)


def record(samples: Samples, source_rate: int, rng: np.random.Generator, settings: ChannelSettings | None) -> Samples:
    """Speech as the recogniser gets it: float32 at 16 kHz, over the line or, without settings, wide-band."""
    if settings is None:
        wide = resample(samples, source_rate, MODEL_RATE)
        noisy = add_noise(wide, float(rng.uniform(20, 45)), float(rng.choice([0.0, 0.6, 1.0])), rng)
        return to_peak(noisy, float(rng.uniform(-24, -1)))
    heard = resample(telephone(samples, source_rate, settings, rng), TELEPHONE_RATE, MODEL_RATE)
    if rng.random() < 0.4:
        # Recordings stored by other coders are not empty above 4 kHz, but faintly noisy.
        heard = add_noise(heard, float(rng.uniform(45, 75)), 0.0, rng)
    return heard


def idle_line(seconds: float, rng: np.random.Generator) -> Samples:
    """A line on which nobody speaks: float32 at 16 kHz of silence, noise, ring-back tone, clicks or hum."""
    count = int(seconds * TELEPHONE_RATE)
    time = np.arange(count, dtype=np.float32) / TELEPHONE_RATE
    kind = rng.choice(["silence", "noise", "ring-back", "hum", "clicks", "bursts"])
    level = np.float32(10 ** rng.uniform(-4, -1.2))
    sound = np.zeros(count, np.float32)
    if kind == "noise":
        sound = coloured_noise(count, float(rng.choice([0.0, 0.5, 1.0])), rng) * level
    elif kind == "ring-back":
        on = ((time + rng.uniform(0, 5)) % 5) < 1
        sound = np.sin(2 * np.pi * 450 * time).astype(np.float32) * on * np.float32(10 ** rng.uniform(-2, -0.3))
    elif kind == "hum":
        sound = np.sin(2 * np.pi * rng.uniform(45, 400) * time).astype(np.float32) * level
    elif kind == "clicks":
        places = rng.integers(0, count, int(rng.integers(1, 8)))
        sound[places] = rng.uniform(-0.5, 0.5, len(places))
        sound = band_pass(sound, ChannelSettings())
    elif kind == "bursts":
        envelope = np.repeat(rng.random(count // 800 + 1) > 0.7, 800)[:count]
        sound = coloured_noise(count, 0.7, rng) * envelope * level
    if kind != "silence" or rng.random() < 0.5:
        sound = sound + coloured_noise(count, 0.3, rng) * np.float32(10 ** rng.uniform(-5, -3))
    codec: Codec = ("a-law", "mu-law", "none")[int(rng.integers(3))]
    return resample(compand(sound.astype(np.float32), codec), TELEPHONE_RATE, MODEL_RATE)
