"""Recordings that browsers cannot play are heard all the same."""

from __future__ import annotations

import io
import struct
import time
from collections.abc import Callable

import av
import numpy as np
import pytest

from .conftest import Open, Site
from .test_paths import sound, until


def amr(seconds: int) -> bytes:
    """A tone as AMR, the codec of telephones."""
    if "libopencore_amrnb" not in av.codecs_available:
        pytest.skip("this FFmpeg cannot write AMR")
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="amr") as file:
        stream = file.add_stream("libopencore_amrnb", rate=8000, layout="mono")
        times = np.arange(seconds * 8000) / 8000
        samples = (8000 * np.sin(2 * np.pi * 440 * times)).astype("<i2")
        for start in range(0, len(samples), 160):
            frame = av.AudioFrame.from_ndarray(samples[None, start : start + 160], format="s16", layout="mono")
            frame.sample_rate, frame.pts = 8000, start
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return buffer.getvalue()


def gsm_in_wav(seconds: int) -> bytes:
    """GSM 06.10 in a WAV file, as dialling systems store it: two frames in 65 bytes, here of 320 samples of silence."""
    blocks = seconds * 25
    data = bytes(65 * blocks)
    form = struct.pack("<HHIIHHHH", 0x31, 1, 8000, 1625, 65, 0, 2, 320)
    fact = struct.pack("<I", 320 * blocks)
    body = b"".join(
        tag + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
        for tag, content in ((b"fmt ", form), (b"fact", fact), (b"data", data))
    )
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


def raw_gsm(seconds: int) -> bytes:
    """Frames of 20 ms alone, each with its signature."""
    return (b"\xd0" + bytes(32)) * (50 * seconds)


@pytest.mark.parametrize(
    ("name", "made"),
    [("phone.amr", amr), ("phone.wav", gsm_in_wav), ("phone.gsm", raw_gsm)],
    ids=["AMR", "GSM in WAV", "GSM"],
)
def test_what_the_browser_cannot_decode_is_heard_and_sought_in(
    site: Site, open_page: Open, name: str, made: Callable[[int], bytes]
) -> None:
    answer = site.api.post("/v1/calls", files={"recording": (name, made(6))})
    assert answer.status_code == 202, answer.text
    finished(site, answer.json()["call_id"])
    page = open_page("qa")
    page.goto(f"/calls/{answer.json()['call_id']}")
    until(page, "document.querySelector('#sound').readyState > 0")
    assert str(page.evaluate("document.querySelector('#sound').currentSrc")).endswith("?format=wav")
    assert sound(page, "duration") == pytest.approx(6, abs=0.2)
    page.evaluate("document.querySelector('#sound').currentTime = 4")
    until(page, "!document.querySelector('#sound').seeking")
    assert sound(page, "currentTime") == pytest.approx(4, abs=0.1)
    page.click("#play")
    until(page, "document.querySelector('#sound').currentTime > 4.5")


def finished(site: Site, call_id: str) -> None:
    for _ in range(1200):
        if site.api.get(f"/v1/calls/{call_id}").json()["status"] not in ("queued", "running"):
            return
        time.sleep(0.05)
    raise AssertionError("took too long")


def test_whoever_listens_while_a_call_is_analysed_is_not_interrupted(site: Site, open_page: Open) -> None:
    answer = site.api.post("/v1/calls", files={"recording": ("long.amr", amr(180))})
    assert answer.status_code == 202, answer.text
    call_id = answer.json()["call_id"]
    page = open_page("qa")
    page.goto(f"/calls/{call_id}")
    until(page, "document.querySelector('#sound').readyState > 0")
    assert page.locator("#progress").count() == 1, "the call was finished before anybody could listen"
    page.evaluate("window.sameDocument = true")
    page.click("#play")
    finished(site, call_id)
    until(page, "document.querySelector('#progress-text').textContent.includes('停止播放')")
    until(page, "document.querySelector('#sound').currentTime > 1")
    assert page.evaluate("window.sameDocument && !document.querySelector('#sound').paused")
    page.click("#play")
    page.wait_for_selector("#progress", state="detached")
    until(page, "document.querySelector('#sound').currentTime > 0.9")
