"""The outline of a recording over HTTP: made once, kept sealed, gone with the recording."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.http import outlines
from pipeline.store import SYSTEM

from ..conftest import SAMPLES, Server


@pytest.fixture
def call_id(server: Server) -> str:
    files = {"recording": ("call.opus", (SAMPLES / "mismatch.opus").read_bytes())}
    return str(server.client().post("/v1/calls", files=files).json()["call_id"])


def test_it_is_made_once(server: Server, call_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    client = server.client("qa")
    first = client.get(f"/v1/calls/{call_id}/waveform").json()
    assert first["layout"] == "stereo"
    points = first["duration"] * first["points_per_second"]
    assert [len(one) for one in first["channels"]] == [pytest.approx(points, abs=1)] * 2
    assert {one["channel"] for one in first["regions"]} == {0, 1}
    assert all(one["end"] <= first["duration"] for one in first["regions"])
    monkeypatch.setattr(outlines, "read_recording", lambda *_, **__: pytest.fail("decoded twice"))
    assert client.get(f"/v1/calls/{call_id}/waveform").json() == first


def test_it_is_sealed_and_goes_with_the_recording(server: Server, call_id: str, tmp_path: Path) -> None:
    client = server.client("qa")
    client.get(f"/v1/calls/{call_id}/waveform")
    assert all(b"points_per_second" not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    server.store.erase_audio(call_id, "request", by=SYSTEM)
    assert client.get(f"/v1/calls/{call_id}/waveform").json()["code"] == "audio_not_found"
    with server.store.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM stage_outputs").scalar() == 0


def test_a_call_without_audio_has_none(server: Server) -> None:
    server.sample()
    assert server.client("qa").get("/v1/calls/M1/waveform").json()["code"] == "audio_not_found"
