"""The linear sequence model: which labels may follow, the best path, files; and what the shipped one finds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.read import LinearSpanModel, open_span_model
from models.read.spans import forbidden, spans, viterbi
from pipeline.dialogue.spans import SpanAnswers
from pipeline.errors import ModelError
from pipeline.language import Reader
from pipeline.language.script import fold

LABELS = ("O", "B-x", "B-y", "I-x", "I-y")


def model() -> LinearSpanModel:
    weights = np.array([[0, 2, 0, 0, 0], [0, 0, 0, 2, 1.9]], np.float32)
    return LinearSpanModel(LABELS, {"begins": 0, "goes on": 1}, weights, np.zeros((6, 5), np.float32))


def test_a_span_goes_on_only_as_what_it_began() -> None:
    table = forbidden(LABELS)
    assert np.isneginf(table[LABELS.index("O"), LABELS.index("I-x")])
    assert np.isneginf(table[LABELS.index("B-y"), LABELS.index("I-x")])
    assert np.isneginf(table[-1, LABELS.index("I-x")])
    assert table[LABELS.index("B-x"), LABELS.index("I-x")] == 0


def test_best_path_weighs_every_character() -> None:
    emissions = np.array([[0.5, 0.4, 0, 0, 0], [0, 0, 0, 3, 0]], np.float32)
    path = viterbi(emissions, np.zeros((6, 5), np.float32) + forbidden(LABELS))
    assert [LABELS[index] for index in path] == ["B-x", "I-x"]


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ([], []),
        (["O", "O"], []),
        (["B-x", "I-x", "O", "B-y"], [(0, 2, "x"), (3, 4, "y")]),
        (["B-x", "B-x"], [(0, 1, "x"), (1, 2, "x")]),
    ],
)
def test_spans_of_labels(labels: list[str], found: list[tuple[int, int, str]]) -> None:
    assert spans(labels) == found


def test_unknown_features_count_for_nothing() -> None:
    assert model().find([]) == []
    assert model().find([{"never seen"}, set()]) == []
    assert model().find([{"begins"}, {"goes on", "never seen"}, set()]) == [(0, 2, "x")]


def test_saved_and_read_again(tmp_path: Path) -> None:
    file = tmp_path / "spans.npz"
    model().save(file)
    assert LinearSpanModel.load(file).find([{"begins"}, {"goes on"}]) == [(0, 2, "x")]


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "spans.npz"
    file.write_bytes(b"nothing of the kind")
    with pytest.raises(ModelError, match="not a reading model"):
        LinearSpanModel.load(file)


@pytest.mark.parametrize(
    ("answer", "asked", "names"),
    [
        ("在宏业建材跑业务", ["employment.employer", "employment.position"], ["宏业建材", "跑业务"]),
        ("浙江大通新能源科技有限公司", ["employment.employer"], ["浙江大通新能源科技有限公司"]),
        ("我是海川水泥厂的化验员", ["employment.employer", "employment.position"], ["海川水泥厂", "化验员"]),
        ("朋友介绍去的瑞通汽贸", ["vehicle.dealer"], ["瑞通汽贸"]),
        ("我媳妇儿,赵小曼", ["contact.name"], ["赵小曼"]),
        ("不清楚", ["employment.employer"], []),
        ("干了五年了", ["employment.employer", "employment.position"], []),
        ("宏业建材", [], []),
    ],
)
def test_names_in_answers(answer: str, asked: list[str], names: list[str]) -> None:
    text = fold(answer)
    found = SpanAnswers(open_span_model("answers")).read(text, Reader().read_text(text), asked)
    assert [mention.text for mention in found] == names


@pytest.mark.parametrize(
    ("turn", "names"),
    [
        ("单位填的是长河家庭农场,就是种地是吧", ["长河家庭农场"]),
        ("工作单位建邺区税务局,科员,工作十二年?", ["建邺区税务局", "科员"]),
        ("太太电话留了吧,陈彩娟?", ["陈彩娟"]),
        ("单位全称是什么", []),
    ],
)
def test_names_read_out(turn: str, names: list[str]) -> None:
    text = fold(turn)
    found = SpanAnswers(open_span_model("answers")).read_out(text, Reader().read_text(text))
    assert [mention.text for mention in found] == names
