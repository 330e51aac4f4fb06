"""The held-out curve and its picture."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest

from models.training.recogniser.curve_picture import draw_curves
from models.training.recogniser.held_out_curve import FIELDS, HeldOutCurve
from models.training.recogniser.network import TrainingNetwork
from models.training.recogniser.settings import Recipe
from models.training.recogniser.shards import HELD_OUT_FOLDER
from models.training.recogniser.vocabulary import Vocabulary
from pipeline.errors import InputError

RECIPE = Recipe(width=32, heads=2, encoder_layers=1, decoder_layers=3, presentations=100, threads=1)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    (folder / HELD_OUT_FOLDER).mkdir()
    rng = np.random.default_rng(1)
    np.save(folder / HELD_OUT_FOLDER / "00000.npy", rng.integers(0, 256, (200, 80)).astype(np.uint8))
    entries = [
        {"offset": 0, "frames": 120, "floor": -1.2, "units": ["好", "的"], "starts": [5, 20], "ends": [15, 40]},
        {"offset": 120, "frames": 80, "floor": -1.2, "units": [], "starts": [], "ends": []},
    ]
    (folder / HELD_OUT_FOLDER / "00000.json").write_text(json.dumps(entries), encoding="utf-8")
    return folder


def test_an_untrained_network_is_wrong_and_each_measurement_is_a_row(clips: Path, tmp_path: Path) -> None:
    vocabulary = Vocabulary("好的")
    network = TrainingNetwork(RECIPE, len(vocabulary), vocabulary.sound_classes)
    curve = HeldOutCurve(clips, tmp_path / "held-out.csv", RECIPE, vocabulary)
    first, second = curve.measure(network, 1, 0.5), curve.measure(network, 2, 1.0)
    assert first == second
    assert first is not None
    assert first["loss"] > 1
    assert first["character_errors"] in (0, 0.5, 1)
    rows = (tmp_path / "held-out.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0] == ",".join(FIELDS)
    assert [row.split(",")[0] for row in rows[1:]] == ["1", "2"]


def test_without_held_out_clips_nothing_is_measured(tmp_path: Path) -> None:
    vocabulary = Vocabulary("好的")
    curve = HeldOutCurve(tmp_path, tmp_path / "held-out.csv", RECIPE, vocabulary)
    assert curve.measure(TrainingNetwork(RECIPE, len(vocabulary), vocabulary.sound_classes), 1, 0.5) is None
    assert not (tmp_path / "held-out.csv").exists()


def test_the_picture_shows_both_curves(tmp_path: Path) -> None:
    (tmp_path / "curve.csv").write_text("minutes,text_loss\n1,3.0\n2,2.0\n", encoding="utf-8")
    (tmp_path / "held-out.csv").write_text(
        "step,minutes,loss,token_errors,character_errors\n1,1,2.5,0.4,0.5\n2,2,1.5,0.3,0.4\n", encoding="utf-8"
    )
    draw_curves(tmp_path / "curve.csv", tmp_path / "held-out.csv", tmp_path / "curve.svg")
    root = ElementTree.parse(tmp_path / "curve.svg").getroot()
    lines = [element.attrib["points"] for element in root.iter("{http://www.w3.org/2000/svg}polyline")]
    assert [len(points.split()) for points in lines] == [1, 2, 2]


def test_no_curve_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"curve\.csv: not a curve"):
        draw_curves(tmp_path / "curve.csv", tmp_path / "held-out.csv", tmp_path / "curve.svg")
    (tmp_path / "curve.csv").write_text("minutes,text_loss\n", encoding="utf-8")
    with pytest.raises(InputError, match="no rows yet"):
        draw_curves(tmp_path / "curve.csv", tmp_path / "held-out.csv", tmp_path / "curve.svg")
