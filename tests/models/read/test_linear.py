"""Linear models: what they score, and that they survive being stored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.read import LinearModel
from pipeline.errors import ModelError


def small() -> LinearModel:
    weights = np.array([[4, -4], [-4, 4]], np.float32)
    return LinearModel(["price", "term"], {"多少钱": 0, "几年": 1}, weights, np.zeros(2, np.float32))


def test_known_features_decide_and_unknown_ones_count_for_nothing() -> None:
    scores = small().score(["多少钱", "never seen"])
    assert scores["price"] > 0.95
    assert scores["term"] < 0.05
    assert set(small().score([]).values()) == {0.5}


def test_stored_and_read_again(tmp_path: Path) -> None:
    small().save(tmp_path / "model.npz")
    assert LinearModel.load(tmp_path / "model.npz").score(["几年"]) == pytest.approx(small().score(["几年"]), abs=1e-3)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "model.npz").write_bytes(b"no model")
    with pytest.raises(ModelError, match=r"model\.npz"):
        LinearModel.load(tmp_path / "model.npz")
