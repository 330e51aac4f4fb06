"""Files that are small on disk and large in memory, at rates that calls do not have, or with nothing in them."""

from __future__ import annotations

import resource

import av
import numpy as np
import pytest

from pipeline.audio import read_recording, speech_regions
from pipeline.errors import RecordingError

MINUTE = 60 * 8_000


@pytest.mark.slow
def test_eight_hours_of_zeros_in_a_tiny_file_are_refused_in_little_memory(tmp_path):
    path = tmp_path / "zeros.flac"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("flac", rate=8_000, layout="mono")
        stream.codec_context.format = "s16"
        resampler = av.AudioResampler("s16", "mono", 8_000, frame_size=stream.codec_context.frame_size or 4608)
        for minute in range(8 * 60):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, MINUTE), np.int16), "s16", "mono")
            frame.sample_rate, frame.pts = 8_000, minute * MINUTE
            for part in resampler.resample(frame):
                file.mux(stream.encode(part))
        file.mux(stream.encode(None))
    assert path.stat().st_size < 6_000_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(RecordingError) as caught:
        read_recording(path)
    assert caught.value.code == "too_long"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024


def test_ninety_six_kilohertz(tmp_path, write, tones):
    path = write(tmp_path / "a.flac", tones(2.0, 96_000, channels=2), 96_000, codec="flac")
    recording = read_recording(path)
    assert (recording.source_rate, len(recording.channels)) == (96_000, 2)
    assert recording.duration == pytest.approx(2.0, abs=0.01)


@pytest.mark.parametrize("channels", [1, 2])
def test_silence_has_no_speech(tmp_path, write, channels):
    path = write(tmp_path / "a.wav", np.zeros((channels, 5 * 8_000), np.float32), 8_000, codec="pcm_s16le")
    assert speech_regions(read_recording(path)) == ()
