"""The faster decoder gives what stock whisper gives."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
import whisper
from torch import Tensor
from whisper.decoding import DecodingOptions

from models.hear.decoding import TrainedTokens, decode
from models.hear.padding import folding
from tests.support.tiny_whisper import TINY

OPTIONS = DecodingOptions(language="zh", without_timestamps=True, sample_len=12, length_penalty=0.0, fp16=False)


@pytest.fixture(scope="module")
def model() -> whisper.model.Whisper:
    torch.manual_seed(3)
    made = whisper.model.Whisper(TINY)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.normal_(0, 0.3)
    return made.eval()


def features(windows: int) -> Tensor:
    torch.manual_seed(5)
    return torch.randn(windows, TINY.n_audio_ctx, TINY.n_audio_state)


@torch.inference_mode()
def test_greedy_texts_and_scores_are_those_of_stock_whisper(model: whisper.model.Whisper) -> None:
    stock, ours = model.decode(features(3), OPTIONS), decode(model, features(3), OPTIONS)
    assert [one.tokens for one in ours] == [one.tokens for one in stock]
    assert any(one.tokens for one in ours)
    assert [one.avg_logprob for one in ours] == pytest.approx([one.avg_logprob for one in stock], rel=1e-4)
    assert [one.no_speech_prob for one in ours] == pytest.approx([one.no_speech_prob for one in stock], rel=1e-4)


@torch.inference_mode()
def test_a_beam_over_several_windows_is_that_of_stock_whisper_window_by_window(model: whisper.model.Whisper) -> None:
    options = replace(OPTIONS, beam_size=3)
    stock = [model.decode(one.unsqueeze(0), options)[0] for one in features(3)]
    ours = decode(model, features(3), options)
    assert [one.tokens for one in ours] == [one.tokens for one in stock]
    assert [one.avg_logprob for one in ours] == pytest.approx([one.avg_logprob for one in stock], rel=1e-4)


@torch.inference_mode()
def test_tokens_that_share_a_score_are_scored_once(model: whisper.model.Whisper) -> None:
    stored = model.decoder.token_embedding.weight.detach().clone()
    try:
        model.decoder.token_embedding.weight[2000:50000] = model.decoder.token_embedding.weight[-1]
        trained = TrainedTokens.of(model)
        assert trained is not None
        assert len(trained.tokens) == TINY.n_vocab - 48_001
        plain, ours = decode(model, features(3), OPTIONS), decode(model, features(3), OPTIONS, trained=trained)
        assert [one.tokens for one in ours] == [one.tokens for one in plain]
        assert [one.avg_logprob for one in ours] == pytest.approx([one.avg_logprob for one in plain], rel=1e-4)
    finally:
        model.decoder.token_embedding.weight.copy_(stored)


def test_a_model_whose_tokens_all_differ_is_scored_whole(model: whisper.model.Whisper) -> None:
    assert TrainedTokens.of(model) is None


@torch.inference_mode()
def test_silence_that_repeats_is_attended_to_once_with_the_same_outcome(model: whisper.model.Whisper) -> None:
    folded = folding(TINY.n_audio_ctx, 200, 24)
    assert folded is not None
    repeats = torch.cat([torch.ones(200), folded.bias[200:].exp()]).round().long()
    assert int(repeats.sum()) == TINY.n_audio_ctx
    heard = features(3)[:, folded.positions].repeat_interleave(repeats, dim=1)
    whole, ours = decode(model, heard, OPTIONS), decode(model, heard, OPTIONS, folding=folded)
    assert [one.tokens for one in ours] == [one.tokens for one in whole]
    assert [one.avg_logprob for one in ours] == pytest.approx([one.avg_logprob for one in whole], rel=1e-4)


def test_a_window_as_long_as_the_model_folds_nothing() -> None:
    assert folding(1500, 1490, 24) is None
