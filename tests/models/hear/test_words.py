"""Word times and probabilities set right by what a checkpoint knows of itself."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import whisper
from whisper.tokenizer import get_tokenizer

from models.hear.fusion import HelpedResult
from models.hear.words import WordCalibration, WordReader
from pipeline.types import SpeechRegion, Window
from tests.support.tiny_whisper import TINY

TOKENIZER = get_tokenizer(True, language="zh", task="transcribe")
WINDOW = Window(np.zeros(32000, np.float32), SpeechRegion(10.0, 12.0))


def reader(calibration: WordCalibration) -> WordReader:
    return WordReader(whisper.model.Whisper(TINY), TOKENIZER, calibration)


@pytest.mark.parametrize("probability", [0.0, 0.2, 0.9, 1.0])
def test_without_calibration_nothing_changes(probability: float) -> None:
    assert WordCalibration().probability(probability) == probability
    assert WordCalibration.of(None) == WordCalibration.of({}) == WordCalibration()


def test_probabilities_move_by_log_odds_and_keep_their_order() -> None:
    humble = WordCalibration.of({"scale": 0.5, "shift": -0.3, "seconds": 0.02})
    found = [humble.probability(decoded) for decoded in (0.0, 0.1, 0.5, 0.9, 1.0)]
    assert found == sorted(found)
    assert all(0 < one < 1 for one in found)
    assert humble.probability(0.5) == pytest.approx(1 / (1 + np.exp(0.3)))


def test_words_of_a_text_that_a_language_model_chose_are_believed_by_their_own_odds() -> None:
    apart = WordCalibration.of({"scale": 1.0, "shift": -0.3, "helped_scale": 0.5, "helped_shift": 1.0})
    assert apart.probability(0.5, helped=True) == pytest.approx(1 / (1 + np.exp(-1.0)))
    assert apart.probability(0.5) == pytest.approx(1 / (1 + np.exp(0.3)))
    alike = WordCalibration.of({"scale": 1.0, "shift": -0.3})
    assert alike.probability(0.4, helped=True) == alike.probability(0.4)


@pytest.mark.parametrize(("kind", "helped"), [(whisper.DecodingResult, False), (HelpedResult, True)])
def test_the_second_pass_knows_who_chose_the_text(kind: type[whisper.DecodingResult], helped: bool) -> None:
    model = whisper.model.Whisper(TINY)
    features = torch.zeros(TINY.n_audio_ctx, TINY.n_audio_state)
    result = kind(audio_features=features, language="zh", tokens=TOKENIZER.encode("好"))
    (one,) = WordReader(model, TOKENIZER, WordCalibration()).passes([WINDOW], [result], [[0, 0]])
    assert one is not None
    assert one.helped is helped


@pytest.mark.parametrize(("seconds", "begin", "end"), [(0.0, 10.1, 10.3), (0.05, 10.15, 10.35), (-0.2, 10.0, 10.1)])
def test_times_are_moved_and_stay_in_the_window(seconds: float, begin: float, end: float) -> None:
    tokens = TOKENIZER.encode("好")
    spans = np.linspace(0.1, 0.3, len(tokens) + 1)
    (word,) = reader(WordCalibration(seconds=seconds)).timed(
        tokens, np.stack([spans[:-1], spans[1:]], 1), [0.8] * len(tokens), WINDOW
    )
    assert word.text == "好"
    assert (word.start, word.end) == (pytest.approx(begin), pytest.approx(end))
    assert word.probability == pytest.approx(0.8)


def test_results_without_text_have_no_words() -> None:
    result = whisper.DecodingResult(audio_features=None, language="zh", tokens=[])
    assert reader(WordCalibration()).words([WINDOW], [result]) == [()]


BROKEN = TOKENIZER.encoding.encode_single_token(b"\xe5")  # the first byte of a character


@pytest.mark.parametrize(
    ("tokens", "texts"),
    [
        (TOKENIZER.encode("月供三千"), ["月", "供", "三", "千"]),
        ([BROKEN], []),
        ([*TOKENIZER.encode("好"), BROKEN], ["好"]),
        ([BROKEN, *TOKENIZER.encode("好")], ["好"]),
        ([BROKEN, BROKEN, *TOKENIZER.encode("买"), BROKEN], ["买"]),
    ],
)
def test_tokens_that_break_off_within_a_character_cost_nothing_else(tokens: list[int], texts: list[str]) -> None:
    edges = np.linspace(0, 1, len(tokens) + 1)
    found = reader(WordCalibration()).timed(tokens, np.stack([edges[:-1], edges[1:]], 1), [0.5] * len(tokens), WINDOW)
    assert [word.text for word in found] == texts
    assert all(10 <= word.start <= word.end <= 11 for word in found)
