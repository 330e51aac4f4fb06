"""The network that hears two voices apart: what goes in and comes out, not how well it was trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from models.diarize import open_separator
from models.diarize.apart import BINS, FRAME, HOP, ApartNet, VoicesApart, levels, sounds, spectra
from pipeline.errors import ModelError

RATE = 16_000


class Pass(ApartNet):
    """Masks of 1 for whoever is known to be alone, 0 for the other, a half where nobody is known."""

    def forward(
        self, mixed: torch.Tensor, guide: torch.Tensor, first: torch.Tensor, second: torch.Tensor
    ) -> torch.Tensor:
        share = 0.5 + 0.5 * (guide - guide.flip(1))
        return share[:, :, :, None].expand(-1, -1, -1, BINS)


def voice(seconds: float, hertz: float = 220.0) -> np.ndarray:
    times = np.arange(int(seconds * RATE)) / RATE
    return (0.2 * np.sin(2 * np.pi * hertz * times)).astype(np.float32)


def test_spectra_give_the_sound_back() -> None:
    sound = torch.from_numpy(voice(2.0)[::2].copy())[None]
    again = sounds(spectra(sound), sound.shape[1])
    assert torch.allclose(again[:, FRAME:-FRAME], sound[:, FRAME:-FRAME], atol=1e-4)
    assert levels(spectra(sound)).mean().abs() < 1e-4


def test_tracks_follow_what_is_known_and_are_as_long_as_the_sound() -> None:
    separator = VoicesApart(Pass(8), "pass")
    sound = voice(7.3)
    prints = [torch.ones(1, 64), torch.zeros(1, 64)]
    tracks = separator.tracks(sound, [[(0.0, 3.0)], [(4.0, 7.3)]], prints)
    assert tracks.shape == (2, len(sound))
    first, second, unknown = slice(RATE, 2 * RATE), slice(5 * RATE, 6 * RATE), slice(int(3.4 * RATE), int(3.6 * RATE))
    np.testing.assert_allclose(tracks[0, first], sound[first], atol=0.01)
    np.testing.assert_allclose(tracks[1, second], sound[second], atol=0.01)
    assert np.abs(tracks[1, first]).max() < 0.01
    np.testing.assert_allclose(tracks[0, unknown], sound[unknown] / 2, atol=0.01)


def test_a_voice_needs_a_second_and_a_half() -> None:
    separator = VoicesApart(ApartNet(8), "untrained")
    assert separator.prints([]) is None
    assert separator.prints([voice(0.8)]) is None
    known = separator.prints([voice(1.0), voice(0.9, 300)])
    assert known is not None
    assert known.shape == (1, 64)
    assert float(known.norm()) == pytest.approx(1, abs=1e-4)


def test_masks_are_shares_for_any_width() -> None:
    network = ApartNet(8).eval()
    mixed = levels(spectra(torch.from_numpy(voice(1.0)[::2].copy())[None]))
    guide = torch.zeros(1, 2, mixed.shape[1])
    alone = network.prints(mixed)
    with torch.inference_mode():
        masks = network(mixed, guide, alone, alone)
    assert masks.shape == (1, 2, 1 + RATE // 2 // HOP, BINS)
    assert 0 <= float(masks.min()) <= float(masks.max()) <= 1


@pytest.mark.parametrize("content", [None, b"", b"no weights"], ids=["missing", "empty", "another file"])
def test_weights_that_cannot_be_used_are_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "voices-apart.pt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelError, match="hears voices apart"):
        open_separator(path)
