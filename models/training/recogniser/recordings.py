"""Recordings of any format as the recogniser takes them."""

from pathlib import Path

import av
import numpy as np
from av.audio.resampler import AudioResampler

from models.training.recogniser.channel import MODEL_RATE
from models.training.recogniser.sounds import Samples
from pipeline.errors import InputError


def read_sound(path: Path) -> Samples:
    """The first audio stream of `path`, mixed down: float32 [n] at 16 kHz. Raises `InputError` for anything else."""
    resampler = AudioResampler(format="fltp", layout="mono", rate=MODEL_RATE)
    chunks: list[Samples] = []
    try:
        with av.open(str(path), metadata_errors="ignore") as container:
            for frame in container.decode(container.streams.audio[0]):
                chunks += [heard.to_ndarray()[0] for heard in resampler.resample(frame)]
            chunks += [heard.to_ndarray()[0] for heard in resampler.resample(None)]
    except (av.error.FFmpegError, OSError, IndexError, ValueError) as error:
        raise InputError(
            f"{path}: not a recording that can be read ({type(error).__name__})", code="bad_recording"
        ) from error
    if not chunks:
        raise InputError(f"{path}: holds no sound", code="bad_recording")
    return np.concatenate(chunks).astype(np.float32)
