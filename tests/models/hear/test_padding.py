"""Encoding short windows without their padding."""

from __future__ import annotations

import torch
from whisper.model import AudioEncoder

from models.hear.padding import encode_short


def encoder() -> AudioEncoder:
    torch.manual_seed(1)
    return AudioEncoder(n_mels=8, n_ctx=60, n_state=16, n_head=2, n_layer=2).eval()


@torch.inference_mode()
def test_enough_frames_are_the_stock_encoder() -> None:
    mel = torch.randn(2, 8, 120)
    assert torch.equal(encode_short(encoder(), mel, 50, 10), encoder()(mel))


@torch.inference_mode()
def test_one_sample_a_position_is_nearly_the_stock_encoder() -> None:
    mel = torch.zeros(2, 8, 120)
    mel[..., :30] = torch.randn(2, 8, 30)
    short, stock = encode_short(encoder(), mel, 20, 39), encoder()(mel)
    assert short.shape == stock.shape
    assert torch.allclose(short[:, :20], stock[:, :20], atol=0.02)


@torch.inference_mode()
def test_more_samples_come_nearer_to_the_whole_padding() -> None:
    mel = torch.zeros(1, 8, 120)
    mel[..., :30] = torch.randn(1, 8, 30)
    stock = encoder()(mel)

    def error(samples: int) -> float:
        short = encode_short(encoder(), mel, 20, samples)
        assert short.shape == stock.shape
        return float((short[:, :20] - stock[:, :20]).abs().mean() / stock[:, :20].abs().mean())

    assert error(1) > error(4) > error(20)
    assert error(20) < 0.03
