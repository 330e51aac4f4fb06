"""The telephone: room, background, band, coder, lost packets, level.

Resampling is done in the frequency domain, exactly, for whole clips of a few seconds. Companding laws: ITU-T G.711.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.fft import irfft, rfft

from models.training.recogniser.codecs import AMR_BIT_RATES, OPUS_BIT_RATES, PACKET_CODECS, PacketCodec, round_trip
from models.training.recogniser.sounds import (
    TELEPHONE_RATE,
    NoiseKind,
    Samples,
    background,
    coloured_noise,
    fast_length,
    idle_sound,
)

Law = Literal["a-law", "mu-law", "none"]
Codec = Law | PacketCodec
CODECS: tuple[str, ...] = (*get_args(Law), *PACKET_CODECS)

MODEL_RATE = 16000
_MU = 255.0
_A = 87.6
_PACKET = 160  # 20 ms
# Packet coders take longer than all the rest of a clip; a few hours of each are enough to learn them.
_CODEC_SHARES: dict[Codec, float] = {
    "a-law": 0.46,
    "mu-law": 0.28,
    "none": 0.11,
    "amr": 0.05,
    "gsm": 0.03,
    "opus": 0.04,
    "mp3": 0.03,
}
_GOOD_SNR_DB, _NOISY_SNR_DB = 20.0, 25.0
_NOISE_SHARES: dict[NoiseKind, float] = {"coloured": 0.56, "babble": 0.2, "music": 0.1, "hum": 0.08, "clicks": 0.06}


@dataclass(frozen=True)
class ChannelSettings:
    """How a line sounds.

    `snr_db` and `peak_db` (full scale) in decibels; `low_cut` and `high_cut` in hertz; `bit_rate` 0 is the codec's
    usual one; `echo_seconds` is the room's reverberation time; `clip_db` how far peaks are cut; `lost` the share of
    20 ms packets that never arrive; `other_voice_db` the level of somebody else on the line, None for nobody.
    """

    codec: Codec = "a-law"
    bit_rate: int = 0
    snr_db: float = 30.0
    noise: NoiseKind = "coloured"
    noise_colour: float = 0.5
    peak_db: float = -6.0
    low_cut: float = 250.0
    high_cut: float = 3500.0
    tilt: float = 0.0
    echo_seconds: float = 0.0
    clip_db: float = 0.0
    lost: float = 0.0
    other_voice_db: float | None = None


def draw_settings(
    rng: np.random.Generator, *, telephone: float = 0.92, snr_db: tuple[float, float] = (5, 40)
) -> ChannelSettings | None:
    """Random line settings for training, or None for a wide-band recording (share 1 - `telephone`)."""
    if rng.random() >= telephone:
        return None
    codec: Codec = list(_CODEC_SHARES)[int(rng.choice(len(_CODEC_SHARES), p=list(_CODEC_SHARES.values())))]
    rates = {"amr": AMR_BIT_RATES, "opus": OPUS_BIT_RATES}.get(codec, (0,))
    # Half of all lines are good ones: noise is learnt, and quiet lines are what most calls have.
    noisy, (lowest, highest) = rng.random() < 0.5, snr_db
    if lowest < _GOOD_SNR_DB:
        lowest, highest = (lowest, min(highest, _NOISY_SNR_DB)) if noisy else (min(highest, _GOOD_SNR_DB), highest)
    return ChannelSettings(
        codec=codec,
        bit_rate=int(rng.choice(rates)),
        snr_db=float(rng.uniform(lowest, highest)),
        noise=list(_NOISE_SHARES)[int(rng.choice(len(_NOISE_SHARES), p=list(_NOISE_SHARES.values())))],
        noise_colour=float(rng.choice([0.0, 0.3, 0.6, 1.0])),
        peak_db=float(rng.uniform(-24, -1)),
        low_cut=float(rng.uniform(100, 340)),
        high_cut=float(rng.uniform(3200, 3900)),
        tilt=float(rng.uniform(-0.3, 0.3)),
        echo_seconds=float(rng.uniform(0.1, 0.4)) if rng.random() < 0.15 else 0.0,
        clip_db=float(rng.uniform(2, 10)) if rng.random() < 0.06 else 0.0,
        lost=float(rng.uniform(0.01, 0.05)) if rng.random() < 0.08 else 0.0,
        other_voice_db=float(rng.uniform(-34, -18)) if rng.random() < 0.08 else None,
    )


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


def warp(samples: Samples, factor: float) -> Samples:
    """`samples` [n] played `factor` times as fast [about n / factor]: tempo, pitch and formants move together."""
    if factor == 1 or not len(samples):
        return samples
    half = fast_length(-(-len(samples) // 2))
    shorter = fast_length(round(half / factor))
    spectrum = rfft(samples, 2 * half)
    bins = np.zeros(shorter + 1, np.complex64)
    kept = min(len(bins), len(spectrum))
    bins[:kept] = spectrum[:kept]
    played = irfft(bins, 2 * shorter) * np.float32(shorter / half)
    return np.asarray(played[: len(samples) * shorter // half], np.float32)


def compand(samples: Samples, codec: Law) -> Samples:
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


def band_pass(samples: Samples, settings: ChannelSettings) -> Samples:
    """`samples` at 8 kHz within the settings' band, with its spectral tilt."""
    length = fast_length(len(samples) + 256)
    spectrum = rfft(samples, length)
    frequency = np.linspace(0, TELEPHONE_RATE / 2, len(spectrum))
    response = 1 / (1 + (settings.low_cut / np.maximum(frequency, 1)) ** 6)
    response /= 1 + (frequency / settings.high_cut) ** 24
    response *= np.maximum(frequency / 1000, 0.05) ** settings.tilt
    return np.asarray(irfft(spectrum * response, length)[: len(samples)], np.float32)


def loud_level(samples: Samples) -> float:
    """Deviation of the loud parts of `samples`, which levels are relative to."""
    loud = np.abs(samples) > 0.02 * np.abs(samples).max(initial=0)
    return float(samples[loud].std()) if loud.any() else 0.01


def add_noise(samples: Samples, snr_db: float, colour: float, rng: np.random.Generator) -> Samples:
    """`samples` with coloured noise `snr_db` below the level of their loud parts."""
    level = loud_level(samples) * 10 ** (-snr_db / 20)
    return samples + coloured_noise(len(samples), colour, rng) * np.float32(level)


def to_peak(samples: Samples, peak_db: float) -> Samples:
    """`samples` scaled so that the loudest is at `peak_db` of full scale."""
    return samples * np.float32(10 ** (peak_db / 20) / (np.abs(samples).max(initial=0) + 1e-9))


def echo(samples: Samples, seconds: float, rng: np.random.Generator) -> Samples:
    """`samples` [n] at 8 kHz in a room with a reverberation time of `seconds`: exponentially fading noise."""
    count = int(seconds * TELEPHONE_RATE)
    if count < 2 or not len(samples):
        return samples
    tail = rng.standard_normal(count).astype(np.float32) * np.exp(-6.9 * np.arange(count) / count)
    tail *= 10 ** (-rng.uniform(4, 16) / 20) / np.sqrt((tail**2).sum())
    tail[: TELEPHONE_RATE // 400] = 0
    length = fast_length(len(samples) + count)
    reverberant = irfft(rfft(samples, length) * rfft(tail, length), length)[: len(samples)]
    return np.asarray(samples + reverberant, np.float32)


def lose_packets(samples: Samples, share: float, rng: np.random.Generator) -> Samples:
    """`samples` at 8 kHz without `share` of their packets; a receiver repeats the last one faintly or plays nothing."""
    kept = samples.copy()
    repeats = rng.random() < 0.5
    for index in np.flatnonzero(rng.random(len(samples) // _PACKET) < share):
        start = int(index) * _PACKET
        repeated = repeats and start >= _PACKET
        kept[start : start + _PACKET] = 0.6 * kept[start - _PACKET : start] if repeated else 0
    return kept


def telephone(
    samples: Samples,
    source_rate: int,
    settings: ChannelSettings,
    rng: np.random.Generator,
    others: Sequence[Samples] = (),
) -> Samples:
    """Speech [n] at `source_rate` as it arrives over the line: float32 at 8 kHz.

    `others` is speech of other people at 8 kHz, for babble and for the other voice on the line.
    """
    speech = echo(resample(samples, source_rate, TELEPHONE_RATE), settings.echo_seconds, rng)
    level = loud_level(speech)
    if settings.noise != "coloured":
        sound = background(settings.noise, len(speech), settings.noise_colour, others, rng)
        speech = speech + sound * np.float32(level * 10 ** (-settings.snr_db / 20))
    if settings.other_voice_db is not None and others:
        other = np.resize(others[int(rng.integers(len(others)))], len(speech))
        speech = speech + other * np.float32(level * 10 ** (settings.other_voice_db / 20) / loud_level(other))
    line = band_pass(speech, settings)
    quiet = settings.snr_db if settings.noise == "coloured" else max(settings.snr_db, 35)
    line = add_noise(line, quiet, settings.noise_colour, rng)
    line = to_peak(line, settings.peak_db)
    if settings.clip_db:
        limit = np.float32(10 ** ((settings.peak_db - settings.clip_db) / 20))
        line = np.clip(line, -limit, limit)
    coded = code(line, settings.codec, settings.bit_rate)
    return lose_packets(coded, settings.lost, rng) if settings.lost else coded


def code(samples: Samples, codec: Codec, bit_rate: int = 0) -> Samples:
    """`samples` [n] at 8 kHz after one pass through a coder."""
    if codec == "a-law" or codec == "mu-law" or codec == "none":
        return compand(samples, codec)
    return round_trip(samples, codec, bit_rate=bit_rate)


def record(
    samples: Samples,
    source_rate: int,
    rng: np.random.Generator,
    settings: ChannelSettings | None,
    others: Sequence[Samples] = (),
) -> Samples:
    """Speech as the recogniser gets it: float32 at 16 kHz, over the line or, without settings, wide-band."""
    if settings is None:
        wide = resample(samples, source_rate, MODEL_RATE)
        noisy = add_noise(wide, float(rng.uniform(20, 45)), float(rng.choice([0.0, 0.6, 1.0])), rng)
        return to_peak(noisy, float(rng.uniform(-24, -1)))
    heard = resample(telephone(samples, source_rate, settings, rng, others), TELEPHONE_RATE, MODEL_RATE)
    if rng.random() < 0.4:
        # Recordings stored by other coders are not empty above 4 kHz, but faintly noisy.
        heard = add_noise(heard, float(rng.uniform(45, 75)), 0.0, rng)
    return heard


def idle_line(seconds: float, rng: np.random.Generator) -> Samples:
    """A line on which nobody speaks: float32 at 16 kHz."""
    sound = band_pass(idle_sound(int(seconds * TELEPHONE_RATE), rng), ChannelSettings(low_cut=40))
    codec: Codec = ("a-law", "mu-law", "none", "amr", "opus")[int(rng.choice(5, p=[0.36, 0.36, 0.2, 0.04, 0.04]))]
    return resample(code(sound, codec), TELEPHONE_RATE, MODEL_RATE)
