"""Sounds that are not the speaker: noise, hum, music, other voices, line tones; each by formula, none recorded."""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from numpy.fft import irfft, rfft
from numpy.typing import NDArray

Samples = NDArray[np.float32]
NoiseKind = Literal["coloured", "hum", "babble", "music", "clicks"]

TELEPHONE_RATE = 8000
_PENTATONIC = np.array([0, 2, 4, 7, 9, 12, 14, 16])
_RING_BACK_HERTZ = 450.0  # China; also its busy tone
_KEY_LOW, _KEY_HIGH = (697, 770, 852, 941), (1209, 1336, 1477)


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


def coloured_noise(count: int, colour: float, rng: np.random.Generator) -> Samples:
    """Noise [count] of unit deviation whose amplitude falls with frequency to the power `colour`."""
    white = rng.standard_normal(count).astype(np.float32)
    if colour == 0 or count < 2:
        return white
    length = fast_length(count)
    spectrum = rfft(white, length)
    spectrum *= (np.arange(len(spectrum), dtype=np.float32) + 20) ** -colour
    return _unit(irfft(spectrum, length)[:count])


def mains_hum(count: int, rng: np.random.Generator) -> Samples:
    """Hum [count] at 8 kHz of a 50 Hz supply with its overtones, unit deviation."""
    time = np.arange(count, dtype=np.float32) / TELEPHONE_RATE
    sound = np.zeros(count, np.float32)
    for overtone in range(1, 9):
        size = rng.uniform(0.2, 1) / overtone
        sound += np.float32(size) * np.sin(2 * np.pi * (50 * overtone * time + rng.random()), dtype=np.float32)
    return _unit(sound + coloured_noise(count, 0.3, rng) * np.float32(0.1))


def music(count: int, rng: np.random.Generator) -> Samples:
    """Plucked notes over held chords [count] at 8 kHz, unit deviation."""
    sound = np.zeros(count, np.float32)
    root = rng.uniform(110, 330)
    beat = int(rng.uniform(0.12, 0.5) * TELEPHONE_RATE)
    fade = np.float32(rng.uniform(1.5, 8))
    for start in range(0, count, beat):
        length = min(count - start, beat * 2)
        time = np.arange(length, dtype=np.float32) / TELEPHONE_RATE
        envelope = np.exp(-fade * time)
        for note in rng.choice(_PENTATONIC, 2):
            hertz = root * 2 ** (note / 12)
            for overtone in (1, 2, 3):
                sound[start : start + length] += (
                    envelope * np.sin(2 * np.pi * hertz * overtone * time, dtype=np.float32) / np.float32(overtone)
                )
    return _unit(sound)


def clicks(count: int, rng: np.random.Generator) -> Samples:
    """Clicks and crackle [count] at 8 kHz, unit deviation."""
    sound = coloured_noise(count, 0.0, rng) * np.float32(0.003)
    for place in rng.integers(0, max(1, count), max(1, int(rng.uniform(0.5, 6) * count / TELEPHONE_RATE))):
        length = min(count - int(place), int(rng.integers(1, 40)))
        sound[place : place + length] += rng.standard_normal(length).astype(np.float32) * np.float32(rng.random())
    return _unit(sound)


def babble(count: int, voices: Sequence[Samples], rng: np.random.Generator) -> Samples:
    """Three to six of `voices` (speech at 8 kHz) talking at once [count], unit deviation."""
    sound = np.zeros(count, np.float32)
    for index in rng.integers(0, len(voices), int(rng.integers(3, 7))):
        voice = voices[index]
        shifted = np.roll(voice, int(rng.integers(0, len(voice))))
        sound += np.resize(_unit(shifted), count) * np.float32(rng.uniform(0.3, 1))
    return _unit(sound)


def background(
    kind: NoiseKind, count: int, colour: float, voices: Sequence[Samples], rng: np.random.Generator
) -> Samples:
    """Sound of a `kind` [count] at 8 kHz, unit deviation; babble without `voices` is coloured noise."""
    makers: dict[NoiseKind, Callable[[], Samples]] = {
        "coloured": lambda: coloured_noise(count, colour, rng),
        "hum": lambda: mains_hum(count, rng),
        "music": lambda: music(count, rng),
        "clicks": lambda: clicks(count, rng),
        "babble": lambda: babble(count, voices, rng) if voices else coloured_noise(count, colour, rng),
    }
    return makers[kind]()


def line_tone(count: int, rng: np.random.Generator) -> Samples:
    """Ring-back, busy or key tones [count] at 8 kHz, peak 1."""
    time = np.arange(count, dtype=np.float32) / TELEPHONE_RATE
    kind = rng.choice(["ring-back", "busy", "keys"])
    if kind == "keys":
        sound = np.zeros(count, np.float32)
        for start in range(int(rng.integers(1, 3000)), count, int(rng.uniform(0.2, 0.8) * TELEPHONE_RATE)):
            stop = min(count, start + 800)
            for hertz in (rng.choice(_KEY_LOW), rng.choice(_KEY_HIGH)):
                sound[start:stop] += np.sin(2 * np.pi * hertz * time[start:stop], dtype=np.float32) / 2
        return sound
    period, on = (5.0, 1.0) if kind == "ring-back" else (0.7, 0.35)
    sounding = ((time + rng.uniform(0, period)) % period) < on
    return np.sin(2 * np.pi * _RING_BACK_HERTZ * time, dtype=np.float32) * sounding


def idle_sound(count: int, rng: np.random.Generator) -> Samples:
    """A line on which nobody speaks [count] at 8 kHz: silence, noise, tones, clicks, hum, music or bursts."""
    kind = rng.choice(["silence", "noise", "tone", "hum", "clicks", "bursts", "music"])
    level = np.float32(10 ** rng.uniform(-4, -1.2))
    sound = np.zeros(count, np.float32)
    if kind == "noise":
        sound = coloured_noise(count, float(rng.choice([0.0, 0.5, 1.0])), rng) * level
    elif kind == "tone":
        sound = line_tone(count, rng) * np.float32(10 ** rng.uniform(-2, -0.3))
    elif kind == "hum":
        sound = mains_hum(count, rng) * level
    elif kind == "clicks":
        sound = clicks(count, rng) * level
    elif kind == "music":
        sound = music(count, rng) * level
    elif kind == "bursts":
        envelope = np.repeat(rng.random(count // 800 + 1) > 0.7, 800)[:count]
        sound = coloured_noise(count, 0.7, rng) * envelope * level
    if kind != "silence" or rng.random() < 0.5:
        sound = sound + coloured_noise(count, 0.3, rng) * np.float32(10 ** rng.uniform(-5, -3))
    return np.asarray(sound, np.float32)


def _unit(sound: NDArray[np.floating]) -> Samples:
    return np.asarray(sound / (sound.std() + 1e-9), np.float32)
