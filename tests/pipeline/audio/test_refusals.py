"""Every recording that cannot be used ends in one clear line."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.audio.decode import MESSAGES, WORKER, Decoded, DecodeLimits, decode
from pipeline.errors import RecordingError

# what the file holds, its name, the code
BAD_BYTES = [
    (b"", "empty.wav", "file_empty"),
    (b"this is a text, renamed\n" * 50, "text.wav", "not_audio"),
    ("这是一段文字,不是录音。\n".encode() * 50, "chinese.wav", "not_audio"),
    ("这是一段文字,不是录音。\n".encode("gb18030") * 50, "chinese-gb.wav", "not_audio"),
    ("这是一段文字\n".encode("utf-16") * 50, "utf-16.mp3", "not_audio"),
    (b"%PDF-1.7\n\x00\x01", "contract.mp3", "not_audio"),
    (b"PK\x03\x04\x00\x00", "calls.zip", "not_audio"),
    (b"\x89PNG\r\n\x1a\n\x00", "picture.m4a", "not_audio"),
    (bytes(range(256)) * 40, "random.wav", "not_audio"),
    (bytes(5000), "zeros.wav", "not_audio"),
    (b"#EXTM3U\nhttp://127.0.0.1:9/a.wav\n", "list.wav", "playlist"),
    (b"ffconcat version 1.0\nfile '/etc/passwd'\n", "list.mp3", "playlist"),
    (b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n", "session.wav", "playlist"),
    (b"[playlist]\nFile1=http://127.0.0.1:9/a.wav\n", "list.pls", "playlist"),
    (b"<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011'></MPD>", "a.m4a", "playlist"),
    (b"RIFF\x00\x00\x00\x00AVI LIST", "film.avi", "video"),
    (b"FLV\x01\x05\x00\x00\x00\x09", "film.wav", "video"),
    (b"RIFF\x24\x00\x00\x00WAVE", "header-only.wav", "damaged"),
    (b"OggS" + bytes(40), "stub.opus", "truncated"),
    (b"fLaC" + bytes(100), "stub.flac", "damaged"),
    (b"\x1a\x45\xdf\xa3" + bytes(100), "stub.webm", "damaged"),
    (b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00M4A mp42", "stub.m4a", "damaged"),
    (b"\xff\xfb\x90\x64" + bytes(2000), "stub.mp3", "damaged"),
    (b"#!AMR\n", "stub.amr", "damaged"),
]


def refusal(path: Path, limits: DecodeLimits | None = None) -> RecordingError:
    with pytest.raises(RecordingError) as caught:
        decode(path, limits=limits or DecodeLimits())
    error = caught.value
    assert error.exit_status == 2
    assert error.code in MESSAGES
    assert "\n" not in error.message
    assert error.message.startswith(f"{path.name}: ") or not path.name.isprintable()
    return error


@pytest.mark.parametrize(("content", "name", "code"), BAD_BYTES, ids=[name for _, name, _ in BAD_BYTES])
def test_bad_content(tmp_path, content, name, code):
    path = tmp_path / name
    path.write_bytes(content)
    assert refusal(path).code == code


def test_missing(tmp_path):
    assert refusal(tmp_path / "no.wav").code == "file_missing"
    (tmp_path / "file").touch()
    assert refusal(tmp_path / "file" / "no.wav").code == "file_missing"


def test_directory(tmp_path):
    assert refusal(tmp_path).code == "file_is_directory"


def test_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.wav")
    assert refusal(tmp_path / "pipe.wav").code == "file_irregular"
    assert refusal(Path("/dev/null")).code == "file_irregular"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_permission(tmp_path):
    path = tmp_path / "locked.wav"
    path.write_bytes(b"RIFF")
    path.chmod(0)
    assert refusal(path).code == "file_unreadable"


def test_permission_told_apart_from_absence(tmp_path, monkeypatch):
    def refuse(*_: object) -> int:
        raise PermissionError

    monkeypatch.setattr("pipeline.audio.decode.os.open", refuse)
    assert refusal(tmp_path / "locked.wav").code == "file_unreadable"


def test_name_with_control_characters_stays_on_one_line(tmp_path):
    error = refusal(tmp_path / "a\nb\x1b[31m.wav")
    assert error.message.startswith("a?b?[31m.wav: ")


CUTTABLE = [
    ("a.wav", "pcm_s16le", 16_000),
    ("b.wav", "pcm_alaw", 8_000),
    ("c.mp3", "libmp3lame", 16_000),
    ("d.m4a", "aac", 16_000),
    ("e.opus", "libopus", 48_000),
    ("f.oga", "flac", 16_000),
    ("g.flac", "flac", 16_000),
    ("h.webm", "libopus", 48_000),
    ("i.amr", "libopencore_amrnb", 8_000),
]


@pytest.mark.parametrize(("name", "codec", "rate"), CUTTABLE, ids=[name for name, *_ in CUTTABLE])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.85])
def test_cut_short(tmp_path, write, voice, name, codec, rate, share):
    if codec not in av.codecs_available:
        pytest.skip(f"this FFmpeg cannot write {codec}")
    container = {".oga": "ogg", ".opus": "ogg"}.get(Path(name).suffix)
    path = write(tmp_path / name, voice(6.0, rate=rate)[None], rate, codec=codec, container=container)
    content = path.read_bytes()
    # AMR frames are the same size throughout, so that the cut must not fall between two
    path.write_bytes(content[: int(len(content) * share) // 32 * 32 + 6 + 7])
    error = refusal(path)
    assert error.code == "truncated"
    if name != "d.m4a":  # its index is at the end, nothing of it can be decoded
        said = float(error.message.split(" breaks off at ")[1].split()[0])
        assert 6.0 * share * 0.5 - 0.5 <= said <= 6.0 * share * 1.3


def test_opus_cut_between_two_pages(tmp_path, write, voice):
    path = write(tmp_path / "a.opus", voice(6.0, rate=48_000)[None], 48_000, codec="libopus", container="ogg")
    content = path.read_bytes()
    path.write_bytes(content[: content.rindex(b"OggS")])
    assert refusal(path).code == "truncated"


def test_fast_start_mp4_cut_short(tmp_path, write, voice):
    path = write(tmp_path / "a.m4a", voice(6.0)[None], 16_000, codec="aac", movflags="faststart")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 6 // 10])
    error = refusal(path)
    assert error.code == "truncated"
    assert "breaks off at 3." in error.message


@pytest.mark.parametrize("sound", [False, True])
@pytest.mark.parametrize("name", ["film.mp4", "film.webm", "film.wav"])
def test_video(tmp_path, name, sound):
    codec, container = ("libvpx", "webm") if name.endswith("webm") else ("mpeg4", "mp4")
    if codec not in av.codecs_available:
        pytest.skip(f"this FFmpeg cannot write {codec}")
    path = tmp_path / name
    with av.open(str(path), "w", format=container) as file:
        film = file.add_stream(codec, rate=10)
        film.width, film.height, film.pix_fmt = 64, 64, "yuv420p"
        track = file.add_stream("libopus", rate=48_000, layout="mono") if sound else None
        for at in range(20):
            picture = av.VideoFrame.from_ndarray(np.full((64, 64, 3), at, np.uint8), format="rgb24")
            file.mux(film.encode(picture))
        file.mux(film.encode(None))
        if track is not None:
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 96_000), np.int16), "s16", "mono")
            frame.sample_rate = 48_000
            for part in av.AudioResampler("s16", "mono", 48_000, frame_size=960).resample(frame):
                file.mux(track.encode(part))
            file.mux(track.encode(None))
    assert refusal(path).code == "video"


@pytest.mark.parametrize(
    ("seconds", "rate", "channels", "code", "says"),
    [
        (0.5, 16_000, 1, "too_short", "0.50 s"),
        (0.99, 8_000, 2, "too_short", "0.99 s"),
        (3.0, 4_000, 1, "sample_rate_too_low", "4000 Hz"),
        (3.0, 7_999, 1, "sample_rate_too_low", "7999 Hz"),
    ],
)
def test_outside_the_limits(tmp_path, write, tones, seconds, rate, channels, code, says):
    path = write(tmp_path / "a.wav", tones(seconds, rate, channels=channels), rate, codec="pcm_s16le")
    error = refusal(path)
    assert error.code == code
    assert says in error.message


def test_just_long_enough(tmp_path, write, tones):
    path = write(tmp_path / "a.wav", tones(1.0, 8_000), 8_000, codec="pcm_s16le")
    assert decode(path).duration == 1.0


def test_more_than_two_channels(tmp_path, write, tones):
    path = write(tmp_path / "a.wav", tones(2.0, 8_000, channels=2), 8_000, codec="pcm_s16le")
    content = bytearray(path.read_bytes())
    content[22] = 4
    content[32] = 8
    path.write_bytes(content)
    error = refusal(path)
    assert error.code == "too_many_channels"
    assert "4 channels" in error.message


def test_too_long(tmp_path, write, tones):
    path = write(tmp_path / "a.wav", tones(5.0, 8_000), 8_000, codec="pcm_s16le")
    assert refusal(path, DecodeLimits(max_seconds=4.0)).code == "too_long"
    assert decode(path, limits=DecodeLimits(max_seconds=5.0)).duration == 5.0


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e9])
def test_samples_that_are_no_sound(tmp_path, write, tones, value):
    samples = tones(3.0, 16_000)
    path = write(tmp_path / "a.wav", samples, 16_000, codec="pcm_f32le")
    content = path.read_bytes()
    at = content.index(b"data") + 8
    data = np.frombuffer(content[at : at + samples.size * 4], "<f4").copy()
    data[40_000] = value
    path.write_bytes(content[:at] + data.tobytes())
    assert refusal(path).code == "invalid_samples"


def test_dearer_than_allowed(tmp_path, write, tones):
    path = write(tmp_path / "a.opus", tones(60.0, 48_000), 48_000, codec="libopus", container="ogg")
    assert refusal(path, DecodeLimits(wall_seconds=0.02)).code == "too_demanding"
    assert refusal(path, DecodeLimits(cpu_seconds=0)).code == "too_demanding"
    assert refusal(path, DecodeLimits(memory_bytes=1 << 20)).code in ("too_demanding", "decoder_failed")


@pytest.mark.parametrize("signal", ["SEGV", "ABRT", "KILL", "XCPU"])
def test_worker_that_dies(tmp_path, write, tones, monkeypatch, signal):
    path = write(tmp_path / "a.wav", tones(2.0, 8_000), 8_000, codec="pcm_s16le")
    dying = tmp_path / "dying.py"
    dying.write_text(f"import os, signal; os.kill(os.getpid(), signal.SIG{signal})")
    monkeypatch.setattr("pipeline.audio.decode.WORKER", dying)
    assert refusal(path).code == ("too_demanding" if signal in ("KILL", "XCPU") else "decoder_failed")


@pytest.mark.parametrize("reply", ["", "not json", "[]", "{}", '{"channels": 9, "samples": 1e12}', '{"refused": "x"}'])
def test_worker_that_lies(tmp_path, write, tones, monkeypatch, reply):
    path = write(tmp_path / "a.wav", tones(2.0, 8_000), 8_000, codec="pcm_s16le")
    lying = tmp_path / "lying.py"
    lying.write_text(f"print({reply!r})")
    monkeypatch.setattr("pipeline.audio.decode.WORKER", lying)
    assert refusal(path).code == "decoder_failed"


def test_worker_sees_no_keys(tmp_path, write, tones, monkeypatch):
    path = write(tmp_path / "a.wav", tones(2.0, 8_000), 8_000, codec="pcm_s16le")
    looking = tmp_path / "looking.py"
    looking.write_text(f"import os; open({str(tmp_path / 'seen')!r}, 'w').write(' '.join(os.environ))")
    monkeypatch.setenv("CALLPROOF_BOOTSTRAP_KEY", "secret")
    monkeypatch.setattr("pipeline.audio.decode.WORKER", looking)
    assert refusal(path).code == "decoder_failed"
    assert "CALLPROOF_BOOTSTRAP_KEY" not in (tmp_path / "seen").read_text().split()


@pytest.mark.parametrize("demuxer", ["hls", "concat", "sdp", "mov", "wav"])
def test_second_line_of_defence(tmp_path, demuxer):
    """Even a worker that is told to read a playlist opens nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/a.ts"
        text = {
            "hls": f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{url}\n#EXT-X-ENDLIST\n",
            "concat": f"ffconcat version 1.0\nfile '{url}'\n",
            "sdp": "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n",
        }.get(demuxer, url)
        path = tmp_path / "list.wav"
        path.write_text(text)
        request = {
            "demuxer": demuxer,
            "states_length": False,
            "stated_seconds": None,
            "descriptor": 2,
            "sample_rate": 16_000,
            "stride": 1 << 20,
        }
        limits = {"max_seconds": 10, "max_channels": 2, "min_rate": 8000, "cpu_seconds": 9, "memory_bytes": 1 << 30}
        with path.open("rb") as file:
            done = subprocess.run(
                [sys.executable, "-P", str(WORKER), json.dumps(request | limits)],
                stdin=file,
                capture_output=True,
                check=False,
            )
        assert done.returncode != 0 or "refused" in json.loads(done.stdout)
        with pytest.raises(TimeoutError):
            server.accept()


def test_worker_can_open_neither_file_nor_socket(tmp_path):
    probe = f"""
import importlib.util, json, socket, sys
spec = importlib.util.spec_from_file_location("worker", {str(WORKER)!r})
worker = importlib.util.module_from_spec(spec)
sys.modules["worker"] = worker
spec.loader.exec_module(worker)
worker.limit({{"cpu_seconds": 5, "memory_bytes": 1 << 30, "stride": 4096, "max_channels": 2, "descriptor": 2}})
said = []
for attempt in (lambda: open("/etc/hosts"), lambda: open("{tmp_path}/new", "w"), socket.socket, socket.socketpair):
    try:
        attempt()
        said.append("opened")
    except OSError:
        said.append("refused")
print(*said)
"""
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=True
    )
    assert done.stdout.split() == ["refused"] * 4


@pytest.fixture(scope="module")
def seeds(tmp_path_factory, write, voice) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("seeds")
    made = {}
    for name, codec, rate in CUTTABLE[:8]:
        container = {".oga": "ogg", ".opus": "ogg"}.get(Path(name).suffix)
        made[name] = write(
            folder / name, voice(1.5, rate=rate)[None], rate, codec=codec, container=container
        ).read_bytes()
    return made


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from([name for name, *_ in CUTTABLE[:8]]), data=st.data())
def test_damaged_bytes_never_break_the_program(tmp_path, seeds, name, data):
    content = bytearray(seeds[name])
    for _ in range(data.draw(st.integers(1, 12))):
        content[data.draw(st.integers(0, min(len(content) - 1, 3000)))] = data.draw(st.integers(0, 255))
    path = tmp_path / name
    path.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    outcome = attempt(path)
    if isinstance(outcome, RecordingError):
        assert outcome.code in MESSAGES
        assert "\n" not in outcome.message
    else:
        assert np.isfinite(outcome.samples).all()
        assert np.abs(outcome.samples).max() <= 1


def attempt(path: Path) -> Decoded | RecordingError:
    try:
        return decode(path)
    except RecordingError as error:
        return error
