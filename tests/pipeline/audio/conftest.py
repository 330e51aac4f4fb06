"""Sounds made for the tests, and files of every format that FFmpeg can write."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

Samples = NDArray[np.float32]
RATE = 16_000


def voiced(seconds: float, *, pitch: float = 120.0, seed: int = 0, rate: int = RATE) -> Samples:
    """Something like speech: harmonics of a wavering pitch under moving formants, five syllables a second."""
    random = np.random.default_rng(seed)
    count = int(seconds * rate)
    t = np.arange(count) / rate
    syllables = np.maximum(1, int(seconds * 5))
    knots = np.linspace(0, seconds, syllables + 1)
    formants = [
        np.interp(t, knots, random.uniform(low, high, syllables + 1)) for low, high in ((300, 800), (900, 2300))
    ]
    glide = pitch * np.interp(t, knots, random.uniform(0.85, 1.2, syllables + 1))
    phase = 2 * np.pi * np.cumsum(glide) / rate
    sound = np.zeros(count)
    for harmonic in range(1, int(3600 / pitch)):
        frequency = harmonic * glide
        weight = sum(np.exp(-(((frequency - formant) / 160.0) ** 2)) for formant in formants)
        sound += (weight + 0.02) / np.sqrt(harmonic) * np.sin(harmonic * phase)
    strokes = [*np.tile([0.15, 1.0], syllables).tolist(), 0.15]
    envelope = np.interp(t, np.linspace(0, seconds, 2 * syllables + 1), strokes)
    sound *= envelope
    return (0.3 * sound / np.abs(sound).max()).astype(np.float32)


def noise(seconds: float, level_db: float, *, seed: int = 0, rate: int = RATE) -> Samples:
    """White noise at a level."""
    shape = np.random.default_rng(seed).normal(0, 10 ** (level_db / 20), int(seconds * rate))
    return shape.astype(np.float32)


def telephone(samples: Samples, *, rate: int = RATE) -> Samples:
    """What a telephone line lets through: 300 to 3400 Hz, with a slope below and an edge above."""
    spectrum = np.fft.rfft(samples)
    frequencies = np.fft.rfftfreq(len(samples), 1 / rate) + 1e-9
    slope = 1 / np.sqrt((1 + (300 / frequencies) ** 8) * (1 + (frequencies / 3400) ** 40))
    return np.fft.irfft(spectrum * slope, len(samples)).astype(np.float32)


@cache
def spoken(text: str, pitch: int = 50) -> Samples:
    """Mandarin by espeak-ng at 16 kHz, peak 0.5, without the silence around it."""
    wav = subprocess.run(
        ["espeak-ng", "-v", "cmn", "-s", "170", "-p", str(pitch), "--stdout", text], capture_output=True, check=True
    ).stdout
    raw = np.frombuffer(wav[44 : len(wav) - len(wav) % 2], "<i2").astype(np.float32) / 32768
    frame = av.AudioFrame.from_ndarray(raw[None], "fltp", "mono")
    frame.sample_rate = 22_050
    frame.pts = 0
    resampler = av.AudioResampler("fltp", "mono", RATE)
    samples = np.concatenate([part.to_ndarray()[0] for part in resampler.resample(frame) + resampler.resample(None)])
    loud = np.flatnonzero(np.abs(samples) > 0.02)
    samples = samples[loud[0] : loud[-1]]
    return (0.5 * samples / np.abs(samples).max()).astype(np.float32)


@pytest.fixture(scope="session")
def say() -> Callable[..., Samples]:
    """`spoken`, for fixtures that live longer than a test."""
    return spoken


@pytest.fixture
def speak() -> Callable[..., Samples]:
    """Real synthetic speech, where the synthesiser is installed."""
    if shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not installed")
    return spoken


def encode(
    path: Path, samples: Samples, rate: int, *, codec: str, container: str | None = None, **options: str
) -> Path:
    """Write `samples`, shape (channels, n), with FFmpeg."""
    layout = "mono" if len(samples) == 1 else "stereo"
    with av.open(str(path), "w", format=container, options=options) as file:
        stream = file.add_stream(codec, rate=rate, layout=layout)
        context: Any = stream.codec_context
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), "fltp", layout)
        frame.sample_rate, frame.pts = rate, 0
        resampler = av.AudioResampler(context.format, layout, rate, frame_size=context.frame_size or 1024)
        for part in resampler.resample(frame) + resampler.resample(None):
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))
    return path


def two_tones(seconds: float, rate: int, *, channels: int = 2) -> Samples:
    """A low tone on the first channel and a high one on the second, both from half a second on."""
    t = np.arange(int(seconds * rate)) / rate
    tones = np.stack([0.3 * np.sin(2 * np.pi * hertz * t) for hertz in (400, 1000)[:channels]])
    return (tones * (t >= 0.5)).astype(np.float32)


@pytest.fixture(scope="session")
def write() -> Callable[..., Path]:
    """`encode`, for tests that need a file."""
    return encode


@pytest.fixture(scope="session")
def voice() -> Callable[..., Samples]:
    return voiced


@pytest.fixture(scope="session")
def hiss() -> Callable[..., Samples]:
    return noise


@pytest.fixture(scope="session")
def line() -> Callable[..., Samples]:
    return telephone


@pytest.fixture(scope="session")
def tones() -> Callable[..., Samples]:
    return two_tones
