"""Layouts: two parties apart, the same sound twice, one dead channel, one channel."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.audio.channels import arrange, compare, dead_channels

RATE = 16_000


def shifted(samples: np.ndarray, seconds: float) -> np.ndarray:
    return np.concatenate([np.zeros(int(seconds * RATE), np.float32), samples])[: len(samples)]


@pytest.fixture(scope="module")
def parties(voice, hiss):
    """Two people in turns, with two seconds of both at once, each over a faint noise of its own line."""
    pause = np.zeros(3 * RATE, np.float32)
    one = np.concatenate([voice(5, pitch=110, seed=1), pause, voice(4, pitch=115, seed=2), pause])
    two = np.concatenate([pause, voice(5, pitch=210, seed=3), pause, voice(4, pitch=200, seed=4)])
    return one + hiss(15, -60, seed=5), two + hiss(15, -60, seed=6)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("gains", [(1.0, 1.0), (1.0, 0.05), (0.03, 0.5)])
def test_two_parties_are_stereo(parties, order, gains):
    samples = np.stack([parties[at] * gains[at] for at in order])
    arrangement = arrange(samples, RATE)
    assert arrangement.layout == "stereo"
    assert arrangement.sources == ((0,), (1,))
    np.testing.assert_array_equal(arrangement.samples[0], samples[0])
    np.testing.assert_array_equal(arrangement.samples[1], samples[1])


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_real_speech_in_turns_is_stereo(speak, order):
    one = np.concatenate([speak("您好这里是汽车金融"), np.zeros(2 * RATE), speak("请问您的贷款金额是多少")])
    two = np.concatenate([np.zeros(int(1.5 * RATE)), speak("你好我是王建国贷款十二万", 80)])
    samples = np.zeros((2, max(len(one), len(two))), np.float32)
    for row, at in zip(samples, order, strict=True):
        voice = (one, two)[at]
        row[: len(voice)] = voice
    assert arrange(samples, RATE).layout == "stereo"


@pytest.mark.parametrize("bleed_db", [-12, -20, -30])
@pytest.mark.parametrize("lag", [0.0, 0.01])
def test_handsets_that_hear_each_other_stay_stereo(parties, bleed_db, lag):
    one, two = parties
    bleed = np.float32(10 ** (bleed_db / 20))
    samples = np.stack([one + bleed * shifted(two, lag), two + bleed * shifted(one, lag)])
    assert arrange(samples, RATE).layout == "stereo"


@pytest.mark.parametrize("gain_db", [0, -3, -12, -30])
@pytest.mark.parametrize("lag", [0.0, 0.002, 0.012])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_same_twice_is_dual_mono(parties, hiss, gain_db, lag, sign):
    mixed = parties[0] + parties[1]
    copy = sign * np.float32(10 ** (gain_db / 20)) * shifted(mixed, lag) + hiss(15, -75, seed=7)
    for samples in (np.stack([mixed, copy]), np.stack([copy, mixed])):
        likeness = compare(samples[0], samples[1], RATE)
        assert abs(likeness.gain_db) == pytest.approx(abs(gain_db), abs=0.5)
        assert abs(likeness.lag) == pytest.approx(lag, abs=0.0002)
        assert likeness.inverted == (sign < 0)
        arrangement = arrange(samples, RATE)
        assert arrangement.layout == "dual_mono"
        assert len(arrangement.samples) == 1
        # nothing is lost and nothing cancels
        assert np.sqrt(np.mean(arrangement.samples[0] ** 2)) == pytest.approx(np.sqrt(np.mean(mixed**2)), rel=0.05)


def test_the_same_through_two_noisy_codecs_is_dual_mono(parties, hiss):
    mixed = parties[0] + parties[1]
    samples = np.stack([mixed + hiss(15, -38, seed=8), mixed + hiss(15, -38, seed=9)])
    assert arrange(samples, RATE).layout == "dual_mono"


def test_aligned_copies_are_averaged(parties, hiss):
    mixed = parties[0]
    arrangement = arrange(np.stack([mixed, mixed]), RATE)
    assert arrangement.sources == ((0, 1),)
    np.testing.assert_allclose(arrangement.samples[0], mixed, atol=1e-6)


@pytest.mark.parametrize("live", [0, 1])
@pytest.mark.parametrize("dead_db", [None, -90, -65, -50])
def test_one_dead_channel(parties, hiss, live, dead_db):
    silent = np.zeros_like(parties[0]) if dead_db is None else hiss(15, dead_db, seed=3)
    samples = np.stack([parties[0], silent] if live == 0 else [silent, parties[0]])
    arrangement = arrange(samples, RATE)
    assert arrangement.layout == "mono"
    assert arrangement.sources == ((live,),)
    assert "dead" in arrangement.notes[0]
    np.testing.assert_array_equal(arrangement.samples[0], parties[0])


def test_a_click_does_not_bring_a_dead_channel_to_life(parties):
    silent = np.zeros_like(parties[0])
    silent[50_000:50_020] = 0.9
    assert dead_channels(np.stack([parties[0], silent]), RATE) == (1,)


@pytest.mark.parametrize("level", [1.0, 0.05])
def test_a_customer_who_hardly_speaks_is_not_dead(parties, voice, hiss, level):
    quiet = hiss(15, -70, seed=3)
    quiet[100_000 : 100_000 + 4000] += level * voice(0.25, pitch=220)
    assert arrange(np.stack([parties[0], quiet]), RATE).layout == "stereo"


def test_silence_on_both_channels_is_no_error():
    arrangement = arrange(np.zeros((2, RATE), np.float32), RATE)
    assert arrangement.layout == "mono"
    assert len(arrangement.samples) == 1


def test_one_channel_is_mono(parties):
    arrangement = arrange(parties[0][None], RATE)
    assert (arrangement.layout, arrangement.sources) == ("mono", ((0,),))


@pytest.mark.parametrize("rate", [8_000, 16_000])
def test_one_second_is_enough(voice, rate):
    one, two = voice(1, pitch=110, rate=rate), voice(1, pitch=210, seed=4, rate=rate)
    assert arrange(np.stack([one, two]), rate).layout == "stereo"
    assert arrange(np.stack([one, one]), rate).layout == "dual_mono"
