"""Loudness, noise and defects of a channel."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.audio import normalise_level, read_recording, with_speech
from pipeline.audio.level import FLOOR_DB, active_level
from pipeline.audio.quality import is_narrow_band, measure_channel, quality_notes
from pipeline.types import Recording, SpeechRegion, Waveform

RATE = 16_000


def tone(level_db: float, seconds: float = 2.0) -> np.ndarray:
    t = np.arange(int(seconds * RATE)) / RATE
    return (np.sqrt(2) * 10 ** (level_db / 20) * np.sin(2 * np.pi * 440 * t)).astype(np.float32)


@pytest.mark.parametrize("level_db", [-3.1, -20, -50])
def test_levels(level_db):
    quality = measure_channel(Waveform(tone(level_db), RATE))
    assert quality.rms_db == pytest.approx(level_db, abs=0.05)
    assert quality.peak_db == pytest.approx(level_db + 3.01, abs=0.05)
    assert (quality.snr_db, quality.speech_ratio) == (None, None)


def test_silence_has_finite_levels():
    quality = measure_channel(Waveform(np.zeros(RATE, np.float32), RATE), [])
    assert (quality.peak_db, quality.rms_db, quality.noise_floor_db) == (FLOOR_DB, FLOOR_DB, FLOOR_DB)
    assert (quality.snr_db, quality.speech_ratio) == (None, 0.0)


@pytest.mark.parametrize("snr_db", [3, 10, 25])
def test_snr_from_speech_and_pauses(hiss, snr_db):
    samples = np.concatenate([np.zeros(2 * RATE), tone(-20), np.zeros(2 * RATE)]).astype(np.float32)
    samples += hiss(6, -20 - snr_db)
    regions = [SpeechRegion(2.0, 4.0), SpeechRegion(0.0, 6.0, channel=1)]
    quality = measure_channel(Waveform(samples, RATE), regions)
    assert quality.snr_db == pytest.approx(snr_db, abs=0.5)
    assert quality.noise_floor_db == pytest.approx(-20 - snr_db, abs=0.5)
    assert quality.speech_ratio == pytest.approx(1 / 3)


def test_speech_ratio_counts_overlapping_regions_once():
    regions = [SpeechRegion(0.0, 1.0, speaker="S0"), SpeechRegion(0.5, 1.0, speaker="S1")]
    assert measure_channel(Waveform(tone(-20), RATE), regions).speech_ratio == pytest.approx(0.5)


def test_notes(voice, hiss, line):
    def notes(samples: np.ndarray, **known: float) -> list[str]:
        waveform = Waveform(samples.astype(np.float32), RATE)
        regions = [SpeechRegion(1.0, 3.0)]
        return [n.split(":")[0] for n in quality_notes(waveform, measure_channel(waveform, regions, **known))]

    wide = np.concatenate([np.zeros(RATE), voice(2), np.zeros(RATE)]) + hiss(4, -50)
    assert notes(wide) == []
    assert notes(wide * 0.05) == ["low level"]
    assert notes(wide, clipped_ratio=0.01) == ["clipping"]
    assert notes(wide + hiss(4, -22)) == ["noisy"]
    assert notes(line(wide)) == ["narrow band"]
    assert notes(np.zeros(4 * RATE)) == ["no sound"]
    assert notes(np.full(4 * RATE, 2.0**-12)) == ["no sound"]  # the silence of A-law


def test_band_of_a_quiet_telephone_recording(tmp_path, write, voice, hiss):
    samples = np.stack([voice(4, rate=8000), 0.05 * voice(4, pitch=220, seed=4, rate=8000)]) + hiss(4, -58, rate=8000)
    recording = read_recording(write(tmp_path / "a.wav", samples, 8000, codec="pcm_alaw"))
    assert [note for note in recording.notes if note.startswith("narrow band")] == [
        "narrow band: channel 0, nothing above 4 kHz",
        "narrow band: channel 1, nothing above 4 kHz",
    ]


def test_band_of_real_speech(speak, line):
    samples = speak("请问您的贷款金额是多少,车是谁在使用,四十四次")
    assert not is_narrow_band(Waveform(samples, RATE))
    assert is_narrow_band(Waveform(line(samples), RATE))
    assert is_narrow_band(Waveform(samples[::2], 8_000))


def test_with_speech_measures_again(voice, hiss):
    channel = Waveform(np.concatenate([np.zeros(RATE, np.float32), voice(2)]) + hiss(3, -30), RATE)
    first = Recording((channel,), "mono", 3.0, 8000, "pcm_alaw", (measure_channel(channel, clipped_ratio=0.5),), ("x",))
    again = with_speech(first, [SpeechRegion(1.0, 3.0)])
    assert again.quality[0].snr_db is not None
    assert again.quality[0].clipped_ratio == 0.5
    assert again.notes[0] == "x"
    assert sorted(set(again.notes)) == sorted(again.notes)
    assert with_speech(again, [SpeechRegion(1.0, 3.0)]) == again


@pytest.mark.parametrize("level_db", [-45, -30, -15])
def test_normalise_level_brings_speech_to_one_level(voice, level_db):
    spoken = voice(3)
    spoken *= np.float32(10 ** ((level_db - active_level(spoken, RATE)) / 20))
    samples = np.concatenate([spoken, np.zeros(20 * RATE, np.float32)])
    for regions in ((), [SpeechRegion(0.0, 3.0)]):
        out = normalise_level(Waveform(samples, RATE, 1), [SpeechRegion(r.start, r.end, 1) for r in regions])
        assert active_level(out.samples, RATE) == pytest.approx(-23, abs=1.5)
        assert out.samples.dtype == np.float32
        assert out.channel == 1


def test_normalise_level_is_gentle(voice):
    assert not normalise_level(Waveform(np.zeros(RATE, np.float32), RATE)).samples.any()
    faint = voice(3) * np.float32(1e-4)
    gain = normalise_level(Waveform(faint, RATE)).samples.max() / faint.max()
    assert 20 * np.log10(gain) == pytest.approx(30, abs=0.1)
    clicked = voice(3) * np.float32(0.05)
    clicked[1000:1010] = 0.95
    out = normalise_level(Waveform(clicked, RATE)).samples
    assert np.abs(out).max() <= 1
    assert active_level(out[RATE:], RATE) > -26
