"""Recordings on disk, in the formats that telephone platforms write."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.resampler import AudioResampler
from av.error import FFmpegError
from numpy.typing import NDArray

from pipeline.errors import InputError


@dataclass(frozen=True)
class _Format:
    container: str
    codec: str
    sample_format: str
    bits_a_second_a_channel: int | None = None
    most_channels: int = 2
    options: tuple[tuple[str, str], ...] = ()


_SPEECH = (("application", "voip"), ("vbr", "constrained"))

_FORMATS = {
    ".opus": _Format("ogg", "libopus", "s16", 12_000, options=_SPEECH),
    ".ogg": _Format("ogg", "libopus", "s16", 12_000, options=_SPEECH),
    ".wav": _Format("wav", "pcm_s16le", "s16"),
    ".flac": _Format("flac", "flac", "s16"),
    ".mp3": _Format("mp3", "libmp3lame", "s16p", 16_000),
    ".amr": _Format("amr", "libopencore_amrnb", "s16", 12_200, 1),
}


def write_audio(path: Path, audio: NDArray[np.float32], sample_rate: int) -> None:
    """Write `audio` float32 [channels, samples] in the format of `path`'s suffix; the same input gives the same file.

    Raises `InputError` for a suffix that is not known or a format that cannot hold the channels.
    """
    form = _FORMATS.get(path.suffix.lower())
    if form is None:
        raise InputError(f"{path.name}: cannot write this kind of file; use one of {', '.join(sorted(_FORMATS))}")
    channels = audio.shape[0]
    if channels > form.most_channels:
        raise InputError(f"{path.name}: {path.suffix} holds one channel; use `layout: mixed` or another format")
    layout = "stereo" if channels == 2 else "mono"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with av.open(str(path), "w", format=form.container, options={"fflags": "+bitexact"}) as container:
            stream = container.add_stream(form.codec, rate=sample_rate, layout=layout, options=dict(form.options))
            assert isinstance(stream, av.AudioStream)
            stream.codec_context.format = form.sample_format
            if form.bits_a_second_a_channel is not None:
                stream.bit_rate = form.bits_a_second_a_channel * channels
            resampler = AudioResampler(form.sample_format, layout, sample_rate, frame_size=stream.frame_size or 0)
            frame = _frame(audio, sample_rate, layout)
            for piece in [*resampler.resample(frame), *resampler.resample(None)]:
                container.mux(stream.encode(piece))
            container.mux(stream.encode(None))
    except (FFmpegError, OSError) as error:
        raise InputError(f"{path.name}: cannot be written: {error.strerror or error}") from error


def _frame(audio: NDArray[np.float32], sample_rate: int, layout: str) -> av.AudioFrame:
    whole = np.round(np.clip(audio, -1, 1) * 32767).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(whole), format="s16p", layout=layout)
    frame.sample_rate = sample_rate
    frame.time_base = Fraction(1, sample_rate)
    frame.pts = 0
    return frame
