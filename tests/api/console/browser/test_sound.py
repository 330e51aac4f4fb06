"""Recordings that browsers cannot play are heard all the same."""

from __future__ import annotations

import io

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


def test_amr_is_heard(site: Site, open_page: Open) -> None:
    answer = site.api.post("/v1/calls", files={"recording": ("phone.amr", amr(3))})
    call_id = answer.json()["call_id"]
    page = open_page("qa")
    page.goto(f"/calls/{call_id}")
    until(page, "document.querySelector('#sound').readyState > 0")
    assert str(page.evaluate("document.querySelector('#sound').currentSrc")).endswith("?format=wav")
    assert sound(page, "duration") == pytest.approx(3, abs=0.2)
    page.click("#play")
    until(page, "document.querySelector('#sound').currentTime > 0.5")
