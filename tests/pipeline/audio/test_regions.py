"""Speech regions: what is said is found, what is not is not, and nothing is loaded or opened for it needlessly."""

from __future__ import annotations

import socket
import subprocess
import sys

import numpy as np
import pytest

from pipeline.audio import RegionOptions, read_recording, speech_regions
from pipeline.audio.regions import _stretches
from pipeline.audio.silero import CHUNK_SECONDS, GEOMETRY, SileroDetector, silero, weights_path
from pipeline.errors import ModelError
from pipeline.types import Recording, Waveform

RATE = 16_000


def recording(*channels: np.ndarray, rate: int = RATE) -> Recording:
    waves = tuple(Waveform(samples.astype(np.float32), rate, at) for at, samples in enumerate(channels))
    return Recording(waves, "stereo" if len(waves) == 2 else "mono", waves[0].duration, rate, "pcm_s16le")


def at_places(places: dict[float, np.ndarray], seconds: float, background: np.ndarray) -> np.ndarray:
    samples = background[: int(seconds * RATE)].copy()
    for start, sound in places.items():
        samples[int(start * RATE) : int(start * RATE) + len(sound)] += sound
    return samples


SHORT_ANSWERS = ["嗯", "好", "对", "是", "没有", "自用"]


@pytest.mark.parametrize("level_db", [0, -20, -30], ids=["normal", "quiet", "faint"])
@pytest.mark.parametrize("telephone", [False, True], ids=["wide", "telephone"])
@pytest.mark.parametrize("rate", [8_000, 16_000])
def test_short_answers_are_found(speak, hiss, line, level_db, telephone, rate):
    sounds = [speak(answer) for answer in SHORT_ANSWERS]
    starts = [2.0 + 2.5 * at for at in range(len(sounds))]
    background = hiss(20, -60, seed=1)
    samples = at_places(dict(zip(starts, sounds, strict=True)), 18.0, background)
    if telephone:
        samples = line(samples)
    samples *= np.float32(10 ** (level_db / 20))
    if rate == 8_000:
        samples = line(samples)[::2]

    regions = speech_regions(recording(samples, rate=rate))

    for answer, start, sound in zip(SHORT_ANSWERS, starts, sounds, strict=True):
        end = start + len(sound) / RATE
        near = [r for r in regions if r.start < end and r.end > start]
        assert near, f"{answer} is lost"
        assert near[0].start == pytest.approx(start, abs=0.15)
        assert near[-1].end == pytest.approx(end, abs=0.25)
    assert len(regions) == len(sounds)


@pytest.mark.parametrize("length", [0.15, 0.2, 0.3])
def test_a_short_voiced_sound_is_found(voice, hiss, length):
    """Without a synthesiser: a generated vowel as short as a 嗯."""
    samples = at_places(
        {2.0: voice(length, pitch=130, seed=2), 4.0: voice(length, pitch=220, seed=3)}, 6.0, hiss(6, -60)
    )
    regions = speech_regions(recording(samples))
    assert [region.start for region in regions] == pytest.approx([2.0, 4.0], abs=0.12)


def test_channels_are_told_apart(speak, hiss):
    one = at_places({1.0: speak("您好这里是汽车金融")}, 8.0, hiss(8, -60, seed=1))
    two = at_places({5.0: speak("嗯")}, 8.0, hiss(8, -60, seed=2))
    regions = speech_regions(recording(one, two))
    assert {(region.channel, round(region.start)) for region in regions} >= {(0, 1), (1, 5)}
    assert all(region.end < 5 for region in regions if region.channel == 0)
    assert all(region.start > 4 for region in regions if region.channel == 1)
    assert list(regions) == sorted(regions, key=lambda region: (region.start, region.channel))
    alone = speech_regions(recording(two))
    assert [(r.start, r.end) for r in alone] == [(r.start, r.end) for r in regions if r.channel == 1]


@pytest.mark.parametrize("level_db", [None, -70, -40, -20])
@pytest.mark.parametrize("rate", [8_000, 16_000])
def test_silence_and_noise_have_no_speech(hiss, level_db, rate):
    samples = np.zeros(20 * rate) if level_db is None else hiss(20, level_db, rate=rate)
    assert speech_regions(recording(samples, samples, rate=rate)) == ()


def test_ringing_has_no_speech():
    t = np.arange(20 * RATE) / RATE
    ringing = 0.2 * np.sin(2 * np.pi * 450 * t) * (t % 5 < 1)
    assert speech_regions(recording(ringing)) == ()


OPTIONS = RegionOptions()
PROBABILITIES = [
    ("nothing", [0.1] * 40, []),
    ("all of it", [0.9] * 10, [(0, 10)]),
    ("too short", [0.1] * 5 + [0.9] * 2 + [0.1] * 20, []),
    ("three chunks", [0.1] * 5 + [0.9] * 3 + [0.1] * 20, [(5, 8)]),
    ("weak edges belong", [0.1, 0.3, 0.5, 0.9, 0.3, 0.3] + [0.1] * 10, [(2, 6)]),
    ("a short dip joins", [0.9] * 5 + [0.1] * 5 + [0.9] * 5, [(0, 15)]),
    ("a long one parts", [0.9] * 5 + [0.1] * 6 + [0.9] * 5, [(0, 5), (11, 16)]),
    ("weak alone is nothing", [0.3] * 40, []),
]


@pytest.mark.parametrize(
    ("likely", "expected"), [case[1:] for case in PROBABILITIES], ids=[c[0] for c in PROBABILITIES]
)
def test_stretches(likely, expected):
    found = list(_stretches(np.array(likely, np.float32), OPTIONS))
    assert found == [(start * CHUNK_SECONDS, end * CHUNK_SECONDS) for start, end in expected]


@pytest.fixture
def one_thread():
    """A chunk is too small to share out: several threads only wait for each other."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("rate", [8_000, 16_000])
def test_whole_channels_give_what_chunks_give(voice, hiss, one_thread, rate):
    """The batched run against the released model called chunk by chunk."""
    import torch

    samples = np.stack([voice(18, rate=rate), hiss(18, -30, rate=rate)])[:, : 17 * rate + 100]
    samples[1, 5 * rate : 9 * rate] += voice(4, pitch=200, rate=rate)
    gains = np.array([1.0, 0.5], np.float32)
    batched = SileroDetector(rate).probabilities(list(samples), gains)

    model = torch.jit.load(str(weights_path())).eval()
    chunk = GEOMETRY[rate][0]
    padded = torch.from_numpy(np.pad(samples * gains[:, None], ((0, 0), (0, -samples.shape[1] % chunk))))
    with torch.inference_mode():
        chunkwise = [model(padded[:, at : at + chunk], rate) for at in range(0, padded.shape[1], chunk)]
    expected = torch.cat(chunkwise, dim=1).numpy()
    assert batched.shape == expected.shape
    np.testing.assert_allclose(batched, expected, atol=1e-4)


def test_no_socket_is_opened(tmp_path, write, voice, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    path = write(tmp_path / "a.wav", voice(3)[None], RATE, codec="pcm_s16le")
    silero.cache_clear()
    monkeypatch.setattr(socket, "socket", refuse)
    assert speech_regions(read_recording(path))


def test_importing_loads_no_torch():
    code = "import sys, pipeline.audio; print('torch' in sys.modules, 'av' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_missing_weights_are_named(monkeypatch):
    monkeypatch.setattr("pipeline.audio.silero.importlib.util.find_spec", lambda _: None)
    with pytest.raises(ModelError, match="pip install silero-vad"):
        weights_path()


def test_other_rates_are_refused():
    with pytest.raises(ValueError, match="44100"):
        speech_regions(recording(np.zeros(44_100), rate=44_100))
    with pytest.raises(ValueError, match="22050"):
        SileroDetector(22_050)
