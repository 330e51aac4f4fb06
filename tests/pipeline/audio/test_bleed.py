"""Cross-talk: each party faintly on the other's channel. Nothing is heard twice, nothing said at once is lost."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from pipeline.audio.bleed import find_bleed, remove_bleed
from pipeline.audio.channels import arrange
from pipeline.audio.regions import speech_regions
from pipeline.types import Recording, Waveform

RATE = 16_000
AGENT = ((0.5, "您好这里是汽车金融"), (5.5, "请问您的贷款金额是多少"), (12.0, "好的那首付款呢"))
CUSTOMER = ((3.0, "你好我是王建国"), (9.0, "贷款十二万分三年"), (12.4, "首付六万块钱"))
"""Start in seconds and words; the last two are said at once."""


def delayed(samples, seconds):
    return np.concatenate([np.zeros(round(seconds * RATE), np.float32), samples])[: len(samples)]


@pytest.fixture(scope="module")
def lines(hiss, say):
    """Sound of each party without cross-talk, shape (2, n), over faint noise; and when each speaks."""
    if shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not installed")
    samples = np.stack([hiss(16.0, -62, seed=seed) for seed in (1, 2)])
    spans = []
    for row, said, pitch in zip(samples, (AGENT, CUSTOMER), (35, 70), strict=True):
        own = []
        for start, text in said:
            voice = 0.4 * say(text, pitch)
            first = int(start * RATE)
            row[first : first + len(voice)] += voice
            own.append((start, start + len(voice) / RATE))
        spans.append(own)
    return samples, spans


def with_bleed(samples, level_db, lag):
    gain = np.float32(10 ** (level_db / 20))
    return samples + gain * np.stack([delayed(samples[1], lag), delayed(samples[0], lag)])


def spoken_outside(samples, spans):
    """Seconds of speech found on each channel while its party is silent, and missed while it speaks."""
    channels = tuple(Waveform(row, RATE, number) for number, row in enumerate(samples))
    regions = speech_regions(Recording(channels, "stereo", samples.shape[1] / RATE, 8000, "test"))
    wrong = missed = 0.0
    for channel, own in enumerate(spans):
        found = [(r.start, r.end) for r in regions if r.channel == channel]
        shared = sum(max(0.0, min(e, stop) - max(s, start)) for s, e in found for start, stop in own)
        wrong += sum(e - s for s, e in found) - shared
        missed += sum(stop - start for start, stop in own) - shared
    return wrong, missed


@pytest.mark.parametrize(
    ("level_db", "lag", "order"),
    [
        (-6, 0.0, (0, 1)),
        (-6, 0.2, (1, 0)),
        (-6, 0.06, (0, 1)),
        (-12, 0.015, (1, 0)),
        (-12, 0.2, (0, 1)),
        (-20, 0.0, (1, 0)),
        (-20, 0.1, (0, 1)),
        (-30, 0.0, (0, 1)),
        (-30, 0.2, (1, 0)),
    ],
)
def test_each_party_is_heard_on_its_own_channel_alone(lines, level_db, lag, order):
    samples, spans = lines
    heard = with_bleed(samples, level_db, lag)[list(order)]
    arrangement = arrange(heard, RATE)
    assert arrangement.layout == "stereo"
    own = [spans[at] for at in order]
    clean_wrong, clean_missed = spoken_outside(samples[list(order)], own)
    wrong, missed = spoken_outside(np.stack(arrangement.samples), own)
    assert wrong <= clean_wrong + 1.0
    assert missed <= clean_missed + 0.4


def test_without_removal_the_bleed_is_heard_twice(lines):
    samples, spans = lines
    assert spoken_outside(with_bleed(samples, -12, 0.08), spans)[0] > 8.0


@pytest.mark.parametrize(("level_db", "lag"), [(-6, 0.0), (-12, 0.08), (-20, 0.2)])
def test_level_and_delay_are_measured(lines, level_db, lag):
    found = find_bleed(with_bleed(lines[0], level_db, lag), RATE)
    assert [bleed.source for bleed in found] == [0, 1]
    for bleed in found:
        assert bleed.lag == pytest.approx(lag, abs=0.001)
        assert bleed.level_db == pytest.approx(level_db, abs=1.5)
    notes = arrange(with_bleed(lines[0], level_db, lag), RATE).notes
    assert all("cross-talk removed" in note for note in notes)


def test_one_direction_leaves_the_other_channel_as_it_is(lines):
    samples, _ = lines
    heard = samples.copy()
    heard[1] += 0.25 * delayed(samples[0], 0.05)
    arrangement = arrange(heard, RATE)
    np.testing.assert_array_equal(arrangement.samples[0], heard[0])
    assert len(arrangement.notes) == 1


def test_true_stereo_is_left_alone(lines):
    samples, _ = lines
    assert find_bleed(samples, RATE) == ()
    np.testing.assert_array_equal(np.stack(arrange(samples, RATE).samples), samples)


@pytest.mark.parametrize("seconds", [1.0, 3.0])
def test_short_recordings(lines, seconds):
    samples = lines[0][:, : int(seconds * RATE)]
    assert arrange(samples, RATE).layout in {"stereo", "mono"}


def test_the_quiet_party_survives_while_both_speak(lines):
    """The customer's words over the agent's, with the agent's voice on his line as loud as he is."""
    samples, spans = lines
    quiet = np.stack([samples[0], samples[1] * 0.5])
    cleaned = remove_bleed(heard := with_bleed(quiet, -6, 0.04), find_bleed(heard, RATE), RATE)
    start, end = (int(second * RATE) for second in spans[1][-1])
    kept = float(np.corrcoef(cleaned[1, start:end], quiet[1, start:end])[0, 1])
    assert kept > 0.9


@pytest.mark.parametrize("name", ["ringback", "busy", "dtmf", "hold music"])
def test_sounds_of_the_line_are_no_speech(name):
    t = np.arange(12 * RATE) / RATE
    random = np.random.default_rng(0)
    if name == "ringback":
        sound = np.sin(2 * np.pi * 450 * t) * (t % 5 < 1)
    elif name == "busy":
        sound = np.sin(2 * np.pi * 450 * t) * (t % 0.7 < 0.35)
    elif name == "dtmf":
        sound = (np.sin(2 * np.pi * 770 * t) + np.sin(2 * np.pi * 1336 * t)) * (t % 0.3 < 0.15)
    else:
        sound = np.zeros_like(t)
        for beat in range(24):
            note = random.choice([261.6, 293.7, 329.6, 392.0, 440.0, 523.3])
            at = slice(beat * RATE // 2, (beat + 1) * RATE // 2)
            local = t[: RATE // 2]
            tones = sum(np.sin(2 * np.pi * note * k * local) / k for k in range(1, 6))
            sound[at] = tones * np.exp(-3 * local)
    samples = (0.2 * sound / np.abs(sound).max()).astype(np.float32)
    recording = Recording((Waveform(samples, RATE),), "mono", 12.0, 8000, "test")
    assert speech_regions(recording) == ()
