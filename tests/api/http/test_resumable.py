"""Large recordings in pieces: nothing is lost or doubled where connections break and clients try again."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from api.http.resumable import Uploads
from pipeline.errors import ConflictError
from pipeline.store import SYSTEM

from ..conftest import SAMPLES, Server

SOUND = (SAMPLES / "mismatch.opus").read_bytes()
APPLICATION = (SAMPLES / "mismatch.application.json").read_text()


def test_a_large_recording_comes_in_pieces(server: Server) -> None:
    client = server.client("service")
    begun = client.post("/v1/uploads", json={"size": len(SOUND)}).json()
    url, half = f"/v1/uploads/{begun['upload_id']}", len(SOUND) // 2
    assert client.patch(url, content=SOUND[:half], headers={"Upload-Offset": "0"}).json()["offset"] == half
    stale = client.patch(url, content=SOUND[:half], headers={"Upload-Offset": "0"})
    assert (stale.status_code, stale.json()["code"]) == (409, "wrong_offset")
    assert client.post(f"{url}/complete", json={}).json()["code"] == "upload_incomplete"
    assert client.get(url).json()["offset"] == half
    assert server.client("service").get(url).status_code == 404
    client.patch(url, content=SOUND[half:], headers={"Upload-Offset": str(half)})
    done = client.post(f"{url}/complete", json={"application": json.loads(APPLICATION)})
    assert done.status_code == 202
    assert server.client().get(f"/v1/calls/{done.json()['call_id']}/audio").content == SOUND
    left = [path for path in (server.app.state.services.settings.data / "uploads").rglob("*") if path.is_file()]
    assert [path.name for path in left] == ["about.json"]


def test_who_missed_the_answer_gets_it_again(server: Server) -> None:
    client = server.client("service")
    url = f"/v1/uploads/{client.post('/v1/uploads', json={'size': len(SOUND)}).json()['upload_id']}"
    client.patch(url, content=SOUND, headers={"Upload-Offset": "0"})
    done = client.post(f"{url}/complete", json={})
    again = client.post(f"{url}/complete", json={})
    assert (done.status_code, again.status_code) == (202, 200)
    assert again.json() == {**done.json(), "status": "queued"}
    assert client.get(url).json() == {
        "upload_id": url.rpartition("/")[2],
        "size": len(SOUND),
        "offset": len(SOUND),
        "largest_piece": 16 << 20,
        "call_id": done.json()["call_id"],
    }
    assert client.delete(url).status_code == 204
    assert client.get(url).status_code == 404


def test_of_two_pieces_at_one_offset_one_counts_whatever_their_lengths(server: Server) -> None:
    uploads: Uploads = server.app.state.services.uploads
    upload = uploads.begin(len(SOUND), by=SYSTEM)

    def send(length: int) -> bool:
        try:
            uploads.add(upload.id, 0, SOUND[:length], by=SYSTEM)
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(send, range(1000, 9000, 1000))) >= 1
    while (stands := uploads.get(upload.id, by=SYSTEM).offset) < len(SOUND):
        uploads.add(upload.id, stands, SOUND[stands : stands + 90_000], by=SYSTEM)
    with uploads.whole(upload.id, by=SYSTEM) as recording:
        assert recording.read() == SOUND


def test_a_piece_written_meanwhile_stands_and_the_other_is_told_where(server: Server) -> None:
    uploads: Uploads = server.app.state.services.uploads
    upload = uploads.begin(len(SOUND), by=SYSTEM)
    before = uploads.get(upload.id, by=SYSTEM)
    uploads.add(upload.id, 0, SOUND[:2000], by=SYSTEM)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(uploads, "get", lambda upload_id, *, by: before)
        with pytest.raises(ConflictError):
            uploads.add(upload.id, 0, SOUND[:1000], by=SYSTEM)
    assert uploads.get(upload.id, by=SYSTEM).offset == 2000
