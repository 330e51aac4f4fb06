"""What a checkpoint learns about itself."""

from __future__ import annotations

import ctypes.util
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from models.hear import RecogniserOptions, open_recogniser
from models.hear.openai_whisper import WhisperRecogniser
from models.hear.words import WordCalibration
from models.training.recogniser.calibrate import calibrate, fit_platt
from models.weights import verified


@pytest.mark.parametrize(("scale", "shift"), [(1.0, 0.0), (0.5, -0.4), (1.6, 0.3)])
def test_the_fit_finds_the_odds_that_made_the_outcomes(scale: float, shift: float) -> None:
    rng = np.random.default_rng(1)
    decoded = rng.uniform(0.02, 0.999, 20_000)
    truth = WordCalibration(scale, shift)
    outcomes = [(float(one), bool(rng.random() < truth.probability(float(one)))) for one in decoded]
    found = fit_platt(outcomes)
    assert found == (pytest.approx(scale, abs=0.06), pytest.approx(shift, abs=0.06))


def test_a_recogniser_that_is_always_right_keeps_finite_odds() -> None:
    scale, shift = fit_platt([(0.9, True), (0.8, True), (0.99, True)])
    assert np.isfinite([scale, shift]).all()
    assert 0.5 < WordCalibration(scale, shift).probability(0.9) < 1


@pytest.mark.audio
@pytest.mark.skipif(ctypes.util.find_library("espeak-ng") is None, reason="espeak-ng is not installed")
def test_a_checkpoint_keeps_what_it_learnt_and_the_engine_uses_it(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    shutil.copyfile(verified("recogniser"), path)
    found = calibrate(path, clips=1)
    stored = torch.load(path, weights_only=True)
    assert stored["alignment_heads"] == found["alignment_heads"]
    assert stored["callproof"]["words"] == found["words"]
    assert 0 < found["mean_time_error"] < 0.5
    engine = open_recogniser("openai-whisper", RecogniserOptions(model=str(path), device="cpu"))
    assert isinstance(engine, WhisperRecogniser)
    assert engine._model.alignment_heads.indices().T.tolist() == sorted(found["alignment_heads"])
    assert engine._words._calibration == WordCalibration.of(found["words"])
    assert engine._no_speech_above == found["no_speech_above"]
