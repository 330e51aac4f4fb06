import numpy as np
import pytest

from models.training.recogniser.sounds import (
    NoiseKind,
    babble,
    background,
    coloured_noise,
    fast_length,
    idle_sound,
    line_tone,
    mains_hum,
)

KINDS: tuple[NoiseKind, ...] = ("coloured", "hum", "babble", "music", "clicks")


def spectrum(sound: np.ndarray) -> np.ndarray:
    return np.abs(np.fft.rfft(sound))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("voices", [(), (np.sin(np.arange(4000, dtype=np.float32)),)])
def test_background_has_unit_deviation(kind: NoiseKind, voices: tuple[np.ndarray, ...]) -> None:
    sound = background(kind, 8000, 0.5, voices, np.random.default_rng(1))
    assert sound.shape == (8000,)
    assert sound.dtype == np.float32
    assert np.std(sound) == pytest.approx(1, abs=0.01)


def test_hum_lies_on_multiples_of_the_mains() -> None:
    power = spectrum(mains_hum(8000, np.random.default_rng(1))) ** 2
    assert power[50:450:50].sum() > 0.9 * power.sum()


def test_babble_is_made_of_the_voices() -> None:
    voice = np.sin(2 * np.pi * 500 * np.arange(8000) / 8000).astype(np.float32)
    power = spectrum(babble(8000, [voice], np.random.default_rng(1))) ** 2
    assert power[500] > 0.9 * power.sum()


@pytest.mark.parametrize("seed", range(6))
def test_line_tones_are_tones(seed: int) -> None:
    sound = line_tone(16000, np.random.default_rng(seed))
    assert np.abs(sound).max() <= 1.01
    power = spectrum(sound) ** 2
    assert np.sort(power)[-200:].sum() > 0.7 * power.sum()


def test_redder_noise_has_less_treble() -> None:
    white, red = (spectrum(coloured_noise(8000, colour, np.random.default_rng(1))) for colour in (0.0, 1.0))
    assert (red[2000:] ** 2).sum() < 0.2 * (white[2000:] ** 2).sum()


def test_idle_sounds_are_finite_and_within_range() -> None:
    rng = np.random.default_rng(3)
    for _ in range(40):
        sound = idle_sound(4000, rng)
        assert sound.shape == (4000,)
        assert np.isfinite(sound).all()


def test_fast_length_has_small_factors_only() -> None:
    assert [fast_length(least) for least in (0, 7, 11, 101, 4001)] == [1, 8, 12, 108, 4050]
