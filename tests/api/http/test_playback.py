"""A recording decoded for players that lack its codec: whole and in ranges, in the ledger, gone with the recording."""

from __future__ import annotations

import io
import wave

import pytest

from pipeline.store import SYSTEM

from ..conftest import SAMPLES, Server

WAV = {"format": "wav"}


@pytest.fixture
def call_id(server: Server) -> str:
    files = {"recording": ("call.opus", (SAMPLES / "mismatch.opus").read_bytes())}
    return str(server.client().post("/v1/calls", files=files).json()["call_id"])


def test_it_is_wav_whole_and_in_ranges(server: Server, call_id: str) -> None:
    client = server.client("qa")
    whole = client.get(f"/v1/calls/{call_id}/audio", params=WAV)
    assert (whole.status_code, whole.headers["content-type"]) == (200, "audio/wav")
    with wave.open(io.BytesIO(whole.content)) as sound:
        assert (sound.getnchannels(), sound.getframerate()) == (2, 8000)
        assert sound.getnframes() / 8000 == pytest.approx(81, abs=1)
    part = client.get(f"/v1/calls/{call_id}/audio", params=WAV, headers={"Range": "bytes=1000-1999"})
    assert (part.status_code, part.content) == (206, whole.content[1000:2000])
    assert part.headers["content-range"] == f"bytes 1000-1999/{len(whole.content)}"
    stored = client.get(f"/v1/calls/{call_id}/audio")
    assert (stored.headers["content-type"], stored.content[:4]) == ("audio/ogg", b"OggS")


def test_every_asking_is_in_the_ledger(server: Server, call_id: str) -> None:
    client = server.client("qa")
    for _ in range(3):
        client.get(f"/v1/calls/{call_id}/audio", params=WAV)
    assert len(list(server.store.ledger.entries(subject=call_id, action="audio.read"))) == 3


def test_it_goes_with_the_recording(server: Server, call_id: str) -> None:
    client = server.client("qa")
    assert client.get(f"/v1/calls/{call_id}/audio", params=WAV).status_code == 200
    server.store.erase_audio(call_id, "request", by=SYSTEM)
    assert client.get(f"/v1/calls/{call_id}/audio", params=WAV).status_code == 410


def test_a_form_that_is_not_there_is_refused(server: Server, call_id: str) -> None:
    assert server.client("qa").get(f"/v1/calls/{call_id}/audio", params={"format": "amr"}).status_code == 422
