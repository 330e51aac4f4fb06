"""The two networks of a pipeline trained by the project, for pyannote.audio: who speaks when, what a voice is like.

Both hear log mel energies of the telephone band alone, so that an 8 kHz and a 16 kHz recording are the same to them.
Importing this module needs the extra `diarize`.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from models.diarize.environment import prepare

prepare()

from pyannote.audio.core.model import Model  # noqa: E402 - only after `prepare`
from pyannote.audio.utils.receptive_field import (  # noqa: E402
    multi_conv_num_frames,
    multi_conv_receptive_field_center,
    multi_conv_receptive_field_size,
)

SAMPLE_RATE = 16_000
FRAME, HOP = 512, 160
BANDS = 64
BAND_HZ = (80.0, 3700.0)
QUIETEST = 1e-7


class LogMel(nn.Module):
    """Log mel energies of waveforms (batch, 1, samples), shape (batch, bands, frames of 10 ms), mean of each band 0."""

    window: Tensor
    bank: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("window", torch.hann_window(FRAME), persistent=False)
        self.register_buffer("bank", torch.from_numpy(_mel_bank()), persistent=False)

    def forward(self, waveforms: Tensor) -> Tensor:
        frames = waveforms[:, 0].unfold(-1, FRAME, HOP) * self.window
        power = torch.fft.rfft(frames, dim=-1).abs().square()
        mel = torch.log(power @ self.bank + QUIETEST).transpose(1, 2)
        return (mel - mel.mean(dim=-1, keepdim=True)) / 3.0


class _FramedModel(Model):
    """Frame arithmetic over a spectrogram and convolutions, which pyannote.audio asks for."""

    kernels: tuple[int, ...]
    strides: tuple[int, ...]
    paddings: tuple[int, ...]
    dilations: tuple[int, ...]

    @functools.lru_cache  # noqa: B019 - as in pyannote.audio's own models
    def num_frames(self, num_samples: int) -> int:
        return int(
            multi_conv_num_frames(
                num_samples, [FRAME, *self.kernels], [HOP, *self.strides], [0, *self.paddings], [1, *self.dilations]
            )
        )

    def receptive_field_size(self, num_frames: int = 1) -> int:
        return int(
            multi_conv_receptive_field_size(
                num_frames, [FRAME, *self.kernels], [HOP, *self.strides], [0, *self.paddings], [1, *self.dilations]
            )
        )

    def receptive_field_center(self, frame: int = 0) -> int:
        return int(
            multi_conv_receptive_field_center(
                frame, [FRAME, *self.kernels], [HOP, *self.strides], [0, *self.paddings], [1, *self.dilations]
            )
        )


class SegmentationNet(_FramedModel):
    """Who of up to three voices speaks in each 20 ms of a few seconds: convolutions, two-way LSTM, powerset classes."""

    kernels, strides, paddings, dilations = (5, 3), (2, 1), (2, 1), (1, 1)

    def __init__(
        self, width: int = 96, layers: int = 2, sample_rate: int = SAMPLE_RATE, num_channels: int = 1, task: Any = None
    ) -> None:
        super().__init__(sample_rate=sample_rate, num_channels=num_channels, task=task)
        self.save_hyperparameters("width", "layers")
        self.mel = LogMel()
        self.convolutions = nn.Sequential(
            nn.Conv1d(BANDS, width, 5, stride=2, padding=2),
            nn.BatchNorm1d(width),
            nn.ReLU(),
            nn.Conv1d(width, width, 3, padding=1),
            nn.BatchNorm1d(width),
            nn.ReLU(),
        )
        self.lstm = nn.LSTM(width, width, num_layers=layers, bidirectional=True, batch_first=True, dropout=0.1)
        self.linear = nn.Linear(2 * width, width)

    @property
    def dimension(self) -> int:
        specifications: Any = self.specifications
        return int(specifications.num_powerset_classes)

    def build(self) -> None:
        self.classifier = nn.Linear(self.linear.out_features, self.dimension)

    def forward(self, waveforms: Tensor, **_: Any) -> Tensor:
        """(batch, 1, samples) to log probabilities (batch, frames, classes)."""
        return self.scores(self.hidden(waveforms))

    def hidden(self, waveforms: Tensor) -> Tensor:
        """What the network knows of each frame, (batch, frames, 2 * width)."""
        hidden: Tensor = self.lstm(self.convolutions(self.mel(waveforms)).transpose(1, 2))[0]
        return hidden

    def scores(self, hidden: Tensor) -> Tensor:
        """Log probabilities (batch, frames, classes)."""
        return functional.log_softmax(self.classifier(functional.relu(self.linear(hidden))), dim=-1)


class VoiceNet(_FramedModel):
    """A voice's print: dilated convolutions, statistics over the frames that count, one vector (an x-vector)."""

    kernels, strides, paddings, dilations = (5, 3, 3, 1), (2, 1, 1, 1), (2, 2, 3, 0), (1, 2, 3, 1)

    def __init__(
        self,
        width: int = 128,
        dimension: int = 64,
        sample_rate: int = SAMPLE_RATE,
        num_channels: int = 1,
        task: Any = None,
    ) -> None:
        super().__init__(sample_rate=sample_rate, num_channels=num_channels, task=task)
        self.save_hyperparameters("width", "dimension")
        self.mel = LogMel()
        blocks: list[nn.Module] = []
        before = BANDS
        for kernel, stride, padding, dilation in zip(
            self.kernels, self.strides, self.paddings, self.dilations, strict=True
        ):
            blocks += [
                nn.Conv1d(before, width, kernel, stride=stride, padding=padding, dilation=dilation),
                nn.BatchNorm1d(width),
                nn.ReLU(),
            ]
            before = width
        self.blocks = nn.Sequential(*blocks)
        self.embedding = nn.Linear(2 * width, dimension)

    @property
    def dimension(self) -> int:
        return self.embedding.out_features

    def forward(self, waveforms: Tensor, weights: Tensor | None = None, **_: Any) -> Tensor:
        """(batch, 1, samples), and a weight for each frame (batch, frames of any rate), to (batch, dimension)."""
        if waveforms.shape[-1] < FRAME:
            raise ValueError(f"a voice needs {FRAME} samples, not {waveforms.shape[-1]}")
        return self.prints(self.frames(waveforms), weights)

    def frames(self, waveforms: Tensor) -> Tensor:
        """What each frame sounds like, (batch, width, frames of 20 ms)."""
        frames: Tensor = self.blocks(self.mel(waveforms))
        return frames

    def prints(self, frames: Tensor, weights: Tensor | None) -> Tensor:
        """Mean and deviation over the frames that count, then one vector each."""
        if weights is None:
            weights = frames.new_ones(len(frames), frames.shape[-1])
        shares = functional.interpolate(weights.unsqueeze(1), size=frames.shape[-1], mode="nearest")
        shares = shares / shares.sum(dim=-1, keepdim=True).clamp_min(1e-6)
        mean = (frames * shares).sum(dim=-1)
        spread = ((frames - mean.unsqueeze(-1)).square() * shares).sum(dim=-1)
        prints: Tensor = self.embedding(torch.cat([mean, torch.sqrt(spread + 1e-5)], dim=1))
        return prints


def _mel_bank() -> NDArray[np.float32]:
    def mel(hertz: float) -> float:
        return float(2595 * np.log10(1 + hertz / 700))

    edges = 700 * (10 ** (np.linspace(mel(BAND_HZ[0]), mel(BAND_HZ[1]), BANDS + 2) / 2595) - 1)
    bins = np.fft.rfftfreq(FRAME, 1 / SAMPLE_RATE)[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    bank = np.maximum(0, np.minimum(rising, falling))
    # The lowest bands are narrower than a bin: each has at least its nearest one.
    centres = np.abs(bins - edges[1:-1]).argmin(axis=0)
    bank[centres, np.arange(BANDS)] = np.maximum(bank[centres, np.arange(BANDS)], 0.5)
    return bank.astype(np.float32)
