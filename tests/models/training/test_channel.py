import numpy as np
import pytest

from models.training.recogniser.channel import (
    ChannelSettings,
    Codec,
    add_noise,
    band_pass,
    compand,
    fast_length,
    idle_line,
    resample,
    telephone,
)


def tone(frequency: float, rate: int, seconds: float = 1.0) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.sin(2 * np.pi * frequency * np.arange(int(rate * seconds)) / rate).astype(np.float32) * np.float32(0.5)


@pytest.mark.parametrize(("source", "target"), [(22050, 8000), (22050, 16000), (8000, 16000), (16000, 8000)])
def test_resampling_keeps_length_pitch_and_level(source: int, target: int) -> None:
    heard = resample(tone(440, source), source, target)
    assert len(heard) == target
    middle = slice(target // 4, 3 * target // 4)
    assert np.abs(heard - tone(440, target))[middle].max() < 0.01


@pytest.mark.parametrize("codec", ["a-law", "mu-law"])
def test_companding_is_eight_bits_with_small_error(codec: Codec) -> None:
    ramp = np.linspace(-1, 1, 20001, dtype=np.float32)
    coded = compand(ramp, codec)
    assert len(np.unique(coded)) <= 256
    assert np.abs(coded - ramp).max() < 0.03
    assert np.abs(coded - ramp)[np.abs(ramp) < 0.01].max() < 0.001


def test_no_codec_changes_nothing() -> None:
    ramp = np.linspace(-1, 1, 101, dtype=np.float32)
    assert compand(ramp, "none") is ramp


def test_the_line_carries_only_its_band() -> None:
    settings = ChannelSettings()
    inside, low, high = (np.std(band_pass(tone(frequency, 8000), settings)) for frequency in (1000, 60, 3950))
    assert inside > 0.3
    assert low < 0.01
    assert high < 0.1


def test_noise_is_as_far_below_speech_as_asked() -> None:
    rng = np.random.default_rng(1)
    speech = tone(500, 8000, 4)
    noise = add_noise(speech, 20, 0.5, rng) - speech
    assert 20 * np.log10(np.std(speech) / np.std(noise)) == pytest.approx(20, abs=1)


def test_a_call_keeps_its_peak() -> None:
    settings = ChannelSettings(codec="mu-law", snr_db=30, peak_db=-12)
    heard = telephone(tone(700, 22050), 22050, settings, np.random.default_rng(2))
    assert heard.dtype == np.float32
    assert len(heard) == 8000
    assert 20 * np.log10(np.abs(heard).max()) == pytest.approx(-12, abs=0.5)


def test_idle_lines_are_as_long_as_asked_and_within_range() -> None:
    rng = np.random.default_rng(3)
    for _ in range(40):
        sound = idle_line(0.5, rng)
        assert len(sound) == 8000
        assert np.isfinite(sound).all()
        assert np.abs(sound).max() <= 1.5


def test_fast_length_has_small_factors_only() -> None:
    assert [fast_length(least) for least in (0, 7, 11, 101, 4001)] == [1, 8, 12, 108, 4050]
