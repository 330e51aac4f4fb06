"""The silero-vad network, run over whole channels at once.

The released model takes one 32 ms chunk at a time, and the calls cost more than the arithmetic. Only its LSTM looks
back, so the rest runs here over hundreds of chunks in one go, then the LSTM over their sequence; probabilities agree
with the chunk-wise model to 1e-5. The weights (MIT, Silero Team, https://github.com/snakers4/silero-vad) are read from
the installed wheel, without importing its package, which may want torchaudio.
"""

from __future__ import annotations

import functools
import importlib.util
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ModelError
from pipeline.types import Samples

CHUNKS_AT_ONCE = 512
GEOMETRY = {16_000: (512, 64, "_model"), 8_000: (256, 32, "_model_8k")}
"""Per sample rate: samples of a chunk, samples of context before it, name of the network in the file."""
CHUNK_SECONDS = 0.032

Probabilities = NDArray[np.float32]

_taking_turns = threading.Lock()


class SpeechDetector(Protocol):
    """Anything that says how likely each 32 ms of each channel is speech."""

    sample_rate: int

    def probabilities(self, channels: Sequence[Samples], gains: NDArray[np.float32]) -> Probabilities:
        """Channels of one length, shape (n,) each, times their gains; returns shape (channels, chunks)."""
        ...


class SileroDetector:
    """silero-vad at 8 or 16 kHz. Holds no state between calls.

    Prefer 16 kHz, for telephone sound too: brought up from 8 kHz, a short 嗯 scores higher there than on the 8 kHz
    network.
    """

    def __init__(self, sample_rate: int) -> None:
        import torch

        if sample_rate not in GEOMETRY:
            raise ValueError(f"silero-vad works at 8000 or 16000 Hz, not {sample_rate}")
        self.sample_rate = sample_rate
        self.chunk, self.context, name = GEOMETRY[sample_rate]
        load: Any = torch.jit.load
        self.network = getattr(load(str(weights_path()), map_location="cpu").eval(), name)
        cell = self.network.decoder.rnn
        self.lstm = torch.nn.LSTM(128, 128, batch_first=True).eval()
        weights = {f"{key}_l0": getattr(cell, key) for key in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
        self.lstm.load_state_dict(weights)

    def probabilities(self, channels: Sequence[Samples], gains: NDArray[np.float32]) -> Probabilities:
        """Speech probability per 32 ms chunk, shape (channels, chunks).

        `channels` are arrays (n,) of one length, `gains` one factor each. The last chunk is filled up with zeros.
        """
        import torch

        width = len(channels)
        stride = self.chunk * CHUNKS_AT_ONCE
        before = np.zeros((width, self.context), np.float32)
        state: Any = None
        found: list[Any] = []
        with torch.inference_mode(), _one_thread():
            for at in range(0, len(channels[0]), stride):
                piece = np.stack([samples[at : at + stride] for samples in channels])
                piece = np.clip(piece * gains[:, None], -1.0, 1.0)
                piece = np.pad(piece, ((0, 0), (0, -piece.shape[1] % self.chunk)))
                joined = np.concatenate([before, piece], axis=1)
                before = joined[:, -self.context :]
                chunks = torch.from_numpy(joined).unfold(1, self.context + self.chunk, self.chunk)
                count = chunks.shape[1]
                features = self.network.encoder(self.network.run_extractors(chunks.flatten(0, 1)))
                hidden, state = self.lstm(features.reshape(width, count, 128), state)
                found.append(self.network.decoder.decoder(hidden.reshape(-1, 128, 1)).reshape(width, count))
        if not found:
            return np.zeros((width, 0), np.float32)
        result: Probabilities = torch.cat(found, dim=1).numpy()
        return result


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keep torch to one thread: these products are too small to share, and threads that wait for each other on a busy
    machine made them thirty times slower. The setting is torch's own and global, so calls take turns."""
    import torch

    with _taking_turns:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)


@functools.cache
def silero(sample_rate: int) -> SileroDetector:
    """The detector for one sample rate, loaded once."""
    return SileroDetector(sample_rate)


def weights_path() -> Path:
    """Where the wheel keeps the TorchScript file that has both networks.

    Raises:
        ModelError: silero-vad is not installed, or its wheel holds no such file.
    """
    spec = importlib.util.find_spec("silero_vad")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / "data" / "silero_vad.jit"
        if path.is_file():
            return path
    raise ModelError("silero_vad.jit not found; install it with: pip install silero-vad", code="vad_missing")
