"""What hostile recordings and bodies get: a clear refusal, and nothing is stored."""

from __future__ import annotations

import io
import socket
import struct
import threading
import time
import wave
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from ..conftest import SAMPLES, Server

SOUND = (SAMPLES / "mismatch.opus").read_bytes()


def sent(client: Any, content: bytes, name: str = "call.wav") -> Any:
    return client.post("/v1/calls", files={"recording": (name, content)})


def zip_bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("xl/worksheets/sheet1.xml", b"0" * 50_000_000)
    return buffer.getvalue()


PLAYLIST = "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\n{target}\n#EXT-X-ENDLIST\n"
EXPLOITS = {
    "hls_file": (PLAYLIST.format(target="file:///etc/passwd").encode(), "playlist"),
    "hls_concat": (PLAYLIST.format(target="concat:http://169.254.169.254/|file:///etc/passwd").encode(), "playlist"),
    "ffconcat": (b"ffconcat version 1.0\nfile /etc/passwd\n", "playlist"),
    "sdp": (b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nc=IN IP4 169.254.169.254\r\nm=audio 5000 RTP/AVP 0\r\n", "playlist"),
    "dash": (b'<?xml version="1.0"?><MPD><BaseURL>file:///etc/passwd</BaseURL></MPD>', "playlist"),
    "avi_gab2": (b"RIFF\x00\x10\x00\x00AVI LIST" + b"GAB2" + PLAYLIST.encode(), "video"),
    "zip_bomb": (zip_bomb(), "not_audio"),
    "xlsx_bomb": (zip_bomb(), "not_audio"),
    "elf": (b"\x7fELF\x02\x01\x01" + b"\x00" * 100, "not_audio"),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>', "not_audio"),
    "html": (b"<html><script>alert(1)</script></html>", "not_audio"),
    "empty": (b"", "file_empty"),
}


@pytest.mark.parametrize("name", EXPLOITS)
def test_what_is_no_recording_is_refused_before_it_is_stored(server: Server, name: str) -> None:
    content, code = EXPLOITS[name]
    client = server.client()
    answer = sent(client, content, "call.wav")
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert "root:" not in answer.text
    assert client.get("/v1/calls").json()["items"] == []
    assert [path for path in (server.app.state.services.settings.data / "blobs").rglob("*") if path.is_file()] == []


def test_a_wav_that_claims_hours_is_refused_by_its_decoded_length(server: Server, tmp_path: Path) -> None:
    """Decoding happens under limits in the worker's child; this is what it says of such a file."""
    from pipeline.audio import DecodeLimits
    from pipeline.audio.decode import decode
    from pipeline.errors import RecordingError

    path = tmp_path / "long.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(b"\x80" * 8000 * 30)
    with pytest.raises(RecordingError) as caught:
        decode(path, limits=DecodeLimits(max_seconds=10))
    assert caught.value.code == "too_long"
    data = bytearray(path.read_bytes())
    data[40:44] = struct.pack("<I", 0xFFFFFFF0)
    path.write_bytes(bytes(data))
    with pytest.raises(RecordingError):
        decode(path, limits=DecodeLimits(max_seconds=10))


def test_too_large_is_413_by_statement_and_by_count(make_server: Callable[..., Server]) -> None:
    server = make_server(upload_limit_mb=1)
    client = server.client()
    large = b"RIFF" + b"\x00" * (6 << 20)
    assert (sent(client, large).status_code, sent(client, large).json()["code"]) == (413, "too_large")

    def chunked() -> Any:
        yield b'--b\r\nContent-Disposition: form-data; name="recording"; filename="a"\r\n\r\n'
        for _ in range(80):
            yield b"x" * 65_536

    answer = client.post("/v1/calls", content=chunked(), headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    small = client.put("/v1/calls/none/application", content=b'{"a":"' + b"x" * (2 << 20) + b'"}')
    assert (small.status_code, small.json()["code"]) == (413, "too_large")
    part = client.post("/v1/calls", files={"application": (None, "x" * (2 << 20))})
    assert (part.status_code, part.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data; name=recording\r\n\r\nRIFF"),
        ("multipart/form-data; boundary=b", b"no boundary at all"),
        ("multipart/form-data", b"--b--"),
        ("multipart/form-data; boundary=b", b"--b\r\n" + b"A: b\r\n" * 5000),
        ("text/plain", b"x"),
        ("application/json", b"[" * 100_000),
        ("application/json", b'{"transcript": NaN}'),
    ],
)
def test_broken_bodies_are_refused(server: Server, kind: str, body: bytes) -> None:
    answer = server.client().post("/v1/calls", content=body, headers={"Content-Type": kind})
    assert answer.status_code in (415, 422)
    assert answer.json()["code"] in ("bad_request", "wrong_media_type", "not_json")


def test_a_slow_upload_is_ended(make_server: Callable[..., Server]) -> None:
    server = make_server(upload_idle_seconds=0.5)
    key = server.key()
    running = uvicorn.Server(uvicorn.Config(server.app, port=0, log_level="error"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.02)
    port = running.servers[0].sockets[0].getsockname()[1]
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(
            f"POST /v1/calls HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\nContent-Length: 100000\r\n"
            "Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n".encode()
        )
        answer = connection.recv(65_536)
    running.should_exit = True
    thread.join(20)
    assert b" 408 " in answer.split(b"\r\n")[0]
