import numpy as np
import pytest

from models.training.recogniser.channel import (
    CODECS,
    ChannelSettings,
    Codec,
    Law,
    add_noise,
    band_pass,
    compand,
    draw_settings,
    echo,
    idle_line,
    lose_packets,
    resample,
    telephone,
    warp,
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
def test_companding_is_eight_bits_with_small_error(codec: Law) -> None:
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


def test_warping_moves_tempo_and_pitch_together() -> None:
    heard = warp(tone(440, 8000), 1.06)
    assert len(heard) == pytest.approx(8000 / 1.06, rel=0.02)
    power = np.abs(np.fft.rfft(heard[500:6500], 8000))
    assert int(power.argmax()) == pytest.approx(440 * 1.06, rel=0.02)
    assert warp(heard, 1) is heard


def test_an_echo_rings_on_after_the_sound() -> None:
    sound = np.zeros(8000, np.float32)
    sound[:800] = tone(500, 8000, 0.1)
    heard = echo(sound, 0.3, np.random.default_rng(1))
    assert len(heard) == len(sound)
    assert np.std(heard[900:2000]) > 20 * np.std(heard[5000:]) > -1
    assert echo(sound, 0.0, np.random.default_rng(1)) is sound


def test_lost_packets_are_whole_and_as_many_as_asked() -> None:
    sound = np.ones(160 * 1000, np.float32)
    heard = lose_packets(sound, 0.1, np.random.default_rng(1)).reshape(-1, 160)
    assert (heard == heard[:, :1]).all()
    assert 60 < int((heard[:, 0] < 1).sum()) < 140
    assert sound.min() == 1


def test_another_voice_is_as_far_below_as_asked() -> None:
    settings = ChannelSettings(codec="none", snr_db=60, other_voice_db=-20, low_cut=50)
    rng = np.random.default_rng(1)
    heard = telephone(tone(500, 8000, 2), 8000, settings, rng, [tone(1500, 8000)])
    power = np.abs(np.fft.rfft(heard))
    assert 20 * np.log10(power[3000] / power[1000]) == pytest.approx(-20, abs=1.5)


def test_clipping_flattens_the_peaks() -> None:
    settings = ChannelSettings(codec="none", snr_db=60, peak_db=-6, clip_db=6)
    heard = telephone(tone(500, 8000), 8000, settings, np.random.default_rng(1))
    assert (np.abs(heard) > 0.98 * np.abs(heard).max()).mean() > 0.3


@pytest.mark.parametrize("codec", CODECS)
def test_every_codec_can_be_a_line(codec: Codec) -> None:
    heard = telephone(tone(700, 22050), 22050, ChannelSettings(codec=codec), np.random.default_rng(2))
    assert len(heard) == 8000
    assert np.isfinite(heard).all()


def test_drawn_lines_cover_codecs_noises_and_levels() -> None:
    rng = np.random.default_rng(1)
    drawn = [draw_settings(rng) for _ in range(3000)]
    lines = [line for line in drawn if line is not None]
    assert 0.04 < 1 - len(lines) / len(drawn) < 0.12
    assert {line.codec for line in lines} == set(CODECS)
    assert len({line.noise for line in lines}) == 5
    levels = [line.snr_db for line in lines]
    assert min(levels) < 7
    assert max(levels) > 38
    assert all(
        line.snr_db == 10 for line in (draw_settings(rng, telephone=1, snr_db=(10, 10)) for _ in range(20)) if line
    )
