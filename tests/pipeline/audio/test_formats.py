"""Every format of the contract, written by FFmpeg and read back."""

from __future__ import annotations

import struct

import av
import numpy as np
import pytest

from pipeline.audio import read_recording
from pipeline.audio.decode import decode

# name, container, codec, rate, channels, the rate that the decoder gives
FORMATS = [
    ("pcm.wav", "wav", "pcm_s16le", 16_000, 2, 16_000),
    ("pcm8.wav", "wav", "pcm_u8", 8_000, 2, 8_000),
    ("pcm24.wav", "wav", "pcm_s24le", 44_100, 2, 44_100),
    ("float.wav", "wav", "pcm_f32le", 48_000, 2, 48_000),
    ("a-law.wav", "wav", "pcm_alaw", 8_000, 2, 8_000),
    ("mu-law.wav", "wav", "pcm_mulaw", 8_000, 2, 8_000),
    ("adpcm.wav", "wav", "adpcm_ima_wav", 8_000, 2, 8_000),
    ("call.mp3", "mp3", "libmp3lame", 16_000, 2, 16_000),
    ("8k.mp3", "mp3", "libmp3lame", 8_000, 1, 8_000),
    ("call.m4a", "ipod", "aac", 16_000, 2, 16_000),
    ("call.mp4", "mp4", "aac", 44_100, 1, 44_100),
    ("call.aac", "adts", "aac", 16_000, 2, 16_000),
    ("call.amr", "amr", "libopencore_amrnb", 8_000, 1, 8_000),
    ("call.opus", "ogg", "libopus", 16_000, 2, 48_000),
    ("call.ogg", "ogg", "libopus", 48_000, 1, 48_000),
    ("call.oga", "ogg", "flac", 16_000, 2, 16_000),
    ("call.flac", "flac", "flac", 8_000, 2, 8_000),
    ("call.webm", "webm", "libopus", 48_000, 2, 48_000),
    ("call.mka", "matroska", "aac", 16_000, 2, 16_000),
    ("wrong-name.txt", "flac", "flac", 16_000, 2, 16_000),
]


def dominant(samples: np.ndarray, rate: int) -> float:
    middle = samples[rate : 2 * rate]
    return float(np.argmax(np.abs(np.fft.rfft(middle))))


@pytest.mark.parametrize(("name", "container", "codec", "rate", "channels", "source_rate"), FORMATS)
@pytest.mark.parametrize("sample_rate", [16_000, 8_000])
def test_decodes(tmp_path, write, tones, name, container, codec, rate, channels, source_rate, sample_rate):
    if codec not in av.codecs_available:
        pytest.skip(f"this FFmpeg cannot write {codec}")
    path = write(tmp_path / name, tones(3.0, rate, channels=channels), rate, codec=codec, container=container)

    decoded = decode(path, sample_rate=sample_rate)

    assert decoded.samples.dtype == np.float32
    assert decoded.samples.shape[0] == channels
    assert decoded.sample_rate == sample_rate
    assert decoded.source_rate == source_rate
    assert decoded.duration == pytest.approx(3.0, abs=0.15)
    assert decoded.duration == decoded.samples.shape[1] / sample_rate
    assert decoded.failed_packets == 0
    assert decoded.codec
    assert dominant(decoded.samples[0], sample_rate) == pytest.approx(400, abs=2)
    if channels == 2:
        assert dominant(decoded.samples[1], sample_rate) == pytest.approx(1000, abs=2)
    begins = np.flatnonzero(np.abs(decoded.samples[0]) > 0.1)[0] / sample_rate
    assert begins == pytest.approx(0.5, abs=0.08 if container == "adts" else 0.03)
    assert 0.2 < np.abs(decoded.samples).max() < 0.45


def gsm_frames(count: int) -> bytes:
    random = np.random.default_rng(0)
    return b"".join(b"\xd8" + random.bytes(32) for _ in range(count))


def test_decodes_raw_gsm(tmp_path):
    path = tmp_path / "call.gsm"
    path.write_bytes(gsm_frames(100))
    decoded = decode(path)
    assert (decoded.codec, decoded.source_rate, decoded.duration) == ("gsm", 8000, pytest.approx(2.0))


def test_decodes_wide_band_amr(tmp_path):
    random = np.random.default_rng(0)
    path = tmp_path / "call.awb"
    path.write_bytes(b"#!AMR-WB\n" + b"".join(b"\x04" + random.bytes(17) for _ in range(100)))
    decoded = decode(path)
    assert (decoded.codec, decoded.source_rate, decoded.duration) == ("amr_wb", 16_000, pytest.approx(2.0))


def test_decodes_gsm_in_wav(tmp_path):
    data = np.random.default_rng(0).bytes(65 * 50)
    form = struct.pack("<HHIIHHHH", 0x31, 1, 8000, 1625, 65, 0, 2, 320)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    path = tmp_path / "call.wav"
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    decoded = decode(path)
    assert (decoded.codec, decoded.source_rate, decoded.duration) == ("gsm_ms", 8000, pytest.approx(2.0))


@pytest.mark.parametrize("size", [0, 0xFFFF_FFFF, 0x7FFF_FFFF])
def test_streamed_wav_without_a_length(tmp_path, write, tones, size):
    path = write(tmp_path / "a.wav", tones(2.0, 8000), 8000, codec="pcm_s16le")
    content = bytearray(path.read_bytes())
    at = content.index(b"data") + 4
    content[at : at + 4] = struct.pack("<I", size)
    path.write_bytes(content)
    assert decode(path).duration == pytest.approx(2.0, abs=0.01)


def picture_tag() -> bytes:
    pixel = bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e5"
        "27d4a20000000049454e44ae426082"
    )
    frame = b"\x00image/png\x00\x03\x00" + pixel
    body = b"APIC" + struct.pack(">IH", len(frame), 0) + frame
    size = len(body)
    return b"ID3\x03\x00\x00" + bytes([size >> 21 & 127, size >> 14 & 127, size >> 7 & 127, size & 127]) + body


@pytest.mark.parametrize(
    ("before", "after"),
    [(picture_tag(), b""), (b"", b"TAG" + bytes(125)), (b"", bytes(4096)), (bytes(512), b"")],
    ids=["cover art", "ID3v1", "zeros after", "zeros before"],
)
def test_mp3_with_something_around_it(tmp_path, write, tones, before, after):
    path = write(tmp_path / "a.mp3", tones(2.0, 16_000), 16_000, codec="libmp3lame")
    path.write_bytes(before + path.read_bytes() + after)
    assert decode(path).duration == pytest.approx(2.0, abs=0.1)


def test_pause_that_only_the_clock_marks_becomes_silence(tmp_path, tones):
    path = tmp_path / "gap.webm"
    samples = tones(4.0, 48_000)
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libopus", rate=48_000, layout="stereo")
        frame = av.AudioFrame.from_ndarray(samples, "fltp", "stereo")
        frame.sample_rate, frame.pts = 48_000, 0
        resampler = av.AudioResampler("s16", "stereo", 48_000, frame_size=960)
        packets = [p for part in resampler.resample(frame) + resampler.resample(None) for p in stream.encode(part)]
        for packet in packets + stream.encode(None):
            if not 1.0 <= float(packet.pts * packet.time_base) < 2.0:
                file.mux(packet)
    decoded = decode(path)
    assert decoded.duration == pytest.approx(4.0, abs=0.05)
    assert np.abs(decoded.samples[:, 17_000:31_000]).max() < 0.01
    assert np.abs(decoded.samples[:, 33_000:40_000]).max() > 0.2


def test_resampling_keeps_the_place_of_things(tmp_path, write):
    for rate in (8_000, 22_050, 48_000):
        samples = np.zeros((1, 2 * rate), np.float32)
        samples[0, rate] = 0.9
        path = write(tmp_path / f"{rate}.wav", samples, rate, codec="pcm_s16le")
        decoded = decode(path)
        assert decoded.samples.shape == (1, 32_000)
        assert np.argmax(np.abs(decoded.samples[0])) == pytest.approx(16_000, abs=2)


def test_clipping_is_counted_before_resampling(tmp_path, write):
    t = np.arange(2 * 8000) / 8000
    samples = np.clip(3.0 * np.sin(2 * np.pi * 200 * t), -1, 1)[None].astype(np.float32)
    decoded = decode(write(tmp_path / "a.wav", samples, 8000, codec="pcm_alaw"))
    assert decoded.clipped_ratios[0] > 0.5


def test_read_recording_describes_what_it_read(tmp_path, write, tones):
    path = write(tmp_path / "a.wav", tones(3.0, 8000), 8000, codec="pcm_alaw")
    recording = read_recording(path)
    assert (recording.layout, recording.source_rate, recording.codec) == ("stereo", 8000, "pcm_alaw")
    assert recording.duration == pytest.approx(3.0)
    assert [channel.channel for channel in recording.channels] == [0, 1]
    assert [channel.sample_rate for channel in recording.channels] == [16_000, 16_000]
    assert [quality.channel for quality in recording.quality] == [0, 1]
    assert recording.quality[0].peak_db == pytest.approx(-10.5, abs=1)
    assert any(note.startswith("narrow band") for note in recording.notes)
