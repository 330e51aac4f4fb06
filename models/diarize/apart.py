"""Two voices on one channel heard apart: what each of two known speakers says where both speak at once.

A mask for each speaker over the short-time spectrum, drawn by a network that is told what both sound like from where
each speaks alone (speaker beam, Zmolikova et al. 2019) and where around the place each surely does (guided separation,
Boeddeker et al. 2018). 8 kHz inside, which is what a telephone carries.
"""

from __future__ import annotations

import functools
import pickle
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from pipeline.errors import ModelError
from pipeline.types import Samples

RATE = 8_000
FRAME, HOP = 512, 128
BINS = FRAME // 2 + 1
QUIETEST = 1e-5
PRINT = 64
AROUND = 9


class ApartNet(nn.Module):
    """Masks of two speakers from the spectrum of a mixture and the spectra of each one alone."""

    def __init__(self, width: int = 192) -> None:
        super().__init__()
        self.width = width
        self.heard = nn.Sequential(
            nn.Conv1d(BINS, 128, 3, padding=1),
            nn.ReLU(),
            nn.Conv1d(128, 128, 3, padding=1),
            nn.ReLU(),
        )
        self.print = nn.Linear(2 * 128, PRINT)
        self.around = nn.Linear(128, PRINT)
        self.enter = nn.Linear(BINS, width)
        self.told = nn.Linear(2 * PRINT + 3, width)
        self.follow = nn.LSTM(width, width, num_layers=2, batch_first=True, bidirectional=True)
        self.masks = nn.Linear(2 * width, 2 * BINS)
        self.trust = nn.Parameter(torch.tensor([2.0, 4.0]))

    def prints(self, alone: Tensor) -> Tensor:
        """What a voice is like, [n, 64] of length 1, from log spectra of it alone, [n, frames, bins]."""
        frames = self.heard(alone.transpose(1, 2))
        return functional.normalize(self.print(torch.cat([frames.mean(2), frames.std(2)], dim=1)), dim=1)

    def forward(self, mixed: Tensor, guide: Tensor, first: Tensor, second: Tensor) -> Tensor:
        """Masks [n, 2, frames, bins] in 0..1 of a mixture's log spectra [n, frames, bins] for two prints [n, 64].

        `guide` [n, 2, frames] is 1 where a speaker surely speaks alone, 0 where that is not known. What is known and
        whom a frame sounds like go straight to the masks; the rest is for the network to find.
        """
        count, frames, _ = mixed.shape
        nearby = functional.avg_pool1d(self.heard(mixed.transpose(1, 2)), AROUND, 1, AROUND // 2)
        nearby = functional.normalize(self.around(nearby.transpose(1, 2)), dim=2)
        alike = (nearby @ (first - second)[:, :, None])[:, :, 0]
        known = guide[:, 0] - guide[:, 1]
        voices = torch.cat([first, second], dim=1)[:, None].expand(-1, frames, -1)
        told = self.told(torch.cat([voices, 3 * guide.transpose(1, 2), 3 * alike[:, :, None]], dim=2))
        hidden, _ = self.follow(functional.relu(self.enter(mixed) + told))
        lean = self.trust[0] * known + self.trust[1] * alike
        leanings = torch.stack([lean, -lean], dim=2)[:, :, :, None]
        return torch.sigmoid(self.masks(hidden).view(count, frames, 2, BINS) + leanings - 1).transpose(1, 2)


def spectra(samples: Tensor) -> Tensor:
    """Complex short-time spectra [n, frames, bins] of samples [n, length] at 8 kHz."""
    window = torch.hann_window(FRAME).sqrt()
    return torch.stft(samples, FRAME, HOP, window=window, return_complex=True).transpose(1, 2)


def levels(spectrum: Tensor) -> Tensor:
    """Log magnitudes for the network, of mean 0 and deviation 1 over each [frames, bins]."""
    loudness = torch.log(spectrum.abs() + QUIETEST)
    middle, spread = loudness.mean((1, 2), keepdim=True), loudness.std((1, 2), keepdim=True)
    return (loudness - middle) / (spread + 1e-3)


def sounds(spectrum: Tensor, length: int) -> Tensor:
    """Samples [n, length] of short-time spectra [n, frames, bins]."""
    window = torch.hann_window(FRAME).sqrt()
    return torch.istft(spectrum.transpose(1, 2), FRAME, HOP, window=window, length=length)


WINDOW_SECONDS, STEP_SECONDS = 4.0, 2.0
PIECE_SECONDS, PIECES = 3.0, 8
LEAST_ALONE = 1.5
BATCH = 16
HALF_TAPS = 31


class VoicesApart:
    """The network and how a whole call goes through it."""

    def __init__(self, network: ApartNet, name: str) -> None:
        self._network = network.eval()
        self.name = name

    @classmethod
    def open(cls, path: Path) -> VoicesApart:
        """The network in `path`. Raises `ModelError` where it cannot be read."""
        try:
            stored = torch.load(path, map_location="cpu", weights_only=True)
            network = ApartNet(stored["width"])
            network.load_state_dict({key: value.float() for key, value in stored["weights"].items()})
        except (OSError, EOFError, RuntimeError, KeyError, ValueError, pickle.UnpicklingError) as error:
            raise ModelError(
                f"{path}: no network that hears voices apart ({type(error).__name__}); name the file that "
                "`make train-apart` wrote, or leave `voices_apart` empty"
            ) from error
        return cls(network, path.stem)

    def prints(self, stretches: Sequence[Samples]) -> Tensor | None:
        """What a voice is like, [1, 64], from stretches of it alone at 16 kHz; None where they are too short."""
        pieces = [piece for one in stretches for piece in _pieces(_halved(one))]
        pieces = sorted(pieces, key=len, reverse=True)[:PIECES]
        if sum(map(len, pieces)) < LEAST_ALONE * RATE:
            return None
        with torch.inference_mode():
            found = [self._network.prints(levels(spectra(torch.from_numpy(one)[None]))) for one in pieces]
            weights = torch.tensor([float(len(one)) for one in pieces])[:, None]
            return functional.normalize((torch.cat(found) * weights).sum(0, keepdim=True), dim=1)

    def tracks(
        self, samples: Samples, alone: Sequence[Sequence[tuple[float, float]]], prints: Sequence[Tensor]
    ) -> Samples:
        """What each of two speakers says in `samples` [n] at 16 kHz, float32 [2, n].

        `alone`: from which to which second each of them surely speaks alone; `prints` what they sound like.
        """
        heard = torch.from_numpy(_halved(samples))
        first, second = prints
        size, step = int(WINDOW_SECONDS * RATE), int(STEP_SECONDS * RATE)
        count = max(1, -(-(len(heard) - size) // step) + 1)
        padded = functional.pad(heard, (0, (count - 1) * step + size - len(heard)))
        windows = padded.unfold(0, size, step)
        guide = _guide(alone, 1 + len(padded) // HOP).unfold(1, 1 + size // HOP, step // HOP).transpose(0, 1)
        fade = torch.hann_window(size).clamp_min(1e-3)
        total, weight = torch.zeros(2, len(padded)), torch.zeros(len(padded))
        with torch.inference_mode():
            for at in range(0, count, BATCH):
                some = windows[at : at + BATCH]
                spectrum = spectra(some)
                told = [one.expand(len(some), -1) for one in (first, second)]
                masks = self._network(levels(spectrum), guide[at : at + BATCH], *told)
                apart = torch.stack([sounds(masks[:, who] * spectrum, size) for who in range(2)], dim=1)
                for number, one in enumerate(apart):
                    start = (at + number) * step
                    total[:, start : start + size] += one * fade
                    weight[start : start + size] += fade
        found = (total / weight)[:, : len(heard)].numpy()
        back = np.stack([_doubled(one) for one in found])
        return np.pad(back, ((0, 0), (0, max(0, len(samples) - back.shape[1]))))[:, : len(samples)]


def _pieces(samples: Samples) -> list[Samples]:
    size = int(PIECE_SECONDS * RATE)
    return [samples[at : at + size] for at in range(0, len(samples), size) if len(samples) - at >= RATE // 2]


def _guide(alone: Sequence[Sequence[tuple[float, float]]], frames: int) -> Tensor:
    guide = torch.zeros(2, frames)
    for row, places in zip(guide, alone, strict=True):
        for start, end in places:
            row[max(0, round(start * RATE / HOP)) : max(0, round(end * RATE / HOP))] = 1
    return guide


def _halved(samples: Samples) -> Samples:
    """16 kHz to 8 kHz."""
    sound = functional.pad(torch.from_numpy(np.ascontiguousarray(samples, np.float32)), (HALF_TAPS, HALF_TAPS))
    return np.asarray(functional.conv1d(sound[None, None], _low_pass(), stride=2)[0, 0].numpy())


def _doubled(samples: Samples) -> Samples:
    """8 kHz to 16 kHz."""
    sound = torch.zeros(2 * len(samples) + 2 * HALF_TAPS)
    sound[HALF_TAPS : HALF_TAPS + 2 * len(samples) : 2] = torch.from_numpy(np.array(samples))
    return np.asarray(2 * functional.conv1d(sound[None, None], _low_pass())[0, 0].numpy())


@functools.cache
def _low_pass() -> Tensor:
    """A windowed sinc that passes what 8 kHz can carry, [1, 1, taps]."""
    at = torch.arange(-HALF_TAPS, HALF_TAPS + 1)
    taps = torch.sinc(at / 2) / 2 * torch.hann_window(2 * HALF_TAPS + 3, periodic=False)[1:-1]
    return (taps / taps.sum())[None, None]
