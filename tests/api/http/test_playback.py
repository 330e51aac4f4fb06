"""A recording as it came, and decoded for players that lack its codec: whole and in ranges, in the ledger, gone."""

from __future__ import annotations

import io
import wave

import pytest

from pipeline.store import SYSTEM

from ..conftest import SAMPLES, Server

WAV = {"format": "wav"}
SOUND = (SAMPLES / "mismatch.opus").read_bytes()


def upload(server: Server) -> str:
    files = {"recording": ("call.opus", SOUND)}
    return str(server.client().post("/v1/calls", files=files).json()["call_id"])


@pytest.fixture
def call_id(server: Server) -> str:
    return upload(server)


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


def test_it_is_not_kept_longer_or_larger_than_a_player_needs(
    server: Server, call_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, playback = server.client("qa"), server.app.state.services.playback
    client.get(f"/v1/calls/{call_id}/audio", params=WAV)
    playback.forget()
    assert len(playback._kept) == 1
    monkeypatch.setattr("api.http.playback.KEPT_SECONDS", 0.0)
    playback.forget()
    assert not playback._kept
    monkeypatch.setattr("api.http.playback.MOST_KEPT_BYTES", 1000)
    assert client.get(f"/v1/calls/{call_id}/audio", params=WAV).status_code == 200
    assert not playback._kept


def test_it_goes_with_the_recording(server: Server, call_id: str) -> None:
    client = server.client("qa")
    assert client.get(f"/v1/calls/{call_id}/audio", params=WAV).status_code == 200
    server.store.erase_audio(call_id, "request", by=SYSTEM)
    assert client.get(f"/v1/calls/{call_id}/audio", params=WAV).status_code == 410


def test_a_form_that_is_not_there_is_refused(server: Server, call_id: str) -> None:
    assert server.client("qa").get(f"/v1/calls/{call_id}/audio", params={"format": "amr"}).status_code == 422


def test_the_recording_in_ranges(server: Server, call_id: str) -> None:
    client = server.client()
    url = f"/v1/calls/{call_id}/audio"
    whole = client.get(url)
    assert (whole.status_code, whole.headers["content-type"], whole.headers["accept-ranges"]) == (
        200,
        "audio/ogg",
        "bytes",
    )
    for header, part in (("bytes=0-9", SOUND[:10]), ("bytes=100-", SOUND[100:]), ("bytes=-7", SOUND[-7:])):
        answer = client.get(url, headers={"Range": header})
        assert (answer.status_code, answer.content) == (206, part)
        assert answer.headers["content-range"].endswith(f"/{len(SOUND)}")
    for header in (f"bytes={len(SOUND)}-", "bytes=-0"):
        answer = client.get(url, headers={"Range": header})
        assert (answer.status_code, answer.json()["code"]) == (416, "bad_range")
        assert answer.headers["content-range"] == f"bytes */{len(SOUND)}"
    for header in ("bytes=9-3", "bytes=0-1,5-6", "lines=1-2", "bytes=--5"):
        answer = client.get(url, headers={"Range": header})
        assert (answer.status_code, answer.content) == (200, SOUND), header
    head = client.head(url)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(SOUND)))


def test_a_destroyed_recording_is_gone_not_missing(server: Server) -> None:
    client = server.client()
    other, call_id = server.sample("T1"), upload(server)
    assert client.get(f"/v1/calls/{other}/audio").json()["code"] == "audio_not_found"
    client.post(f"/v1/calls/{call_id}/erasure", json={"reason": "asked for", "audio_only": True})
    for url in (f"/v1/calls/{call_id}/audio", f"/v1/calls/{call_id}/audio?format=wav"):
        answer = client.get(url)
        assert (answer.status_code, answer.json()["code"]) == (410, "erased")
