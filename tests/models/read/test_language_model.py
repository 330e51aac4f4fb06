"""The n-gram model of what is said: probabilities, back-off, files."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from models.read.language_model import END, LanguageModel
from pipeline.errors import ModelError

TEXTS = ("身份证后四位", "身份证号码", "身份不对", "后四位是多少")


def score(model: LanguageModel, text: str, character: str) -> float:
    return model.scores([(text, character)])[0]


def test_what_follows_more_often_is_likelier() -> None:
    model = LanguageModel.count(TEXTS, least=1)
    assert score(model, "身份", "证") > score(model, "身份", "不") > score(model, "身份", "多")
    assert score(model, "后四位", END) > score(model, "身份", END)


def test_interpolates_by_the_number_of_continuations() -> None:
    # Witten and Bell: a context seen N times before T kinds gives (count + T * lower) / (N + T).
    model = LanguageModel.count(("甲乙", "甲乙", "甲丙"), least=1)
    singles = {"甲": 3, "乙": 2, "丙": 1, END: 3}
    total, kinds = sum(singles.values()), len(singles)
    single = (singles["乙"] + kinds / 6000) / (total + kinds)
    pair = (2 + 2 * single) / (3 + 2)
    whole = (2 + 2 * pair) / (3 + 2)  # the context is the text's beginning and 甲
    assert score(model, "甲", "乙") == pytest.approx(math.log(whole), abs=1e-4)


def test_probabilities_after_a_text_sum_to_one_with_what_was_never_seen() -> None:
    model = LanguageModel.count(TEXTS, least=1)
    seen = sorted({*"".join(TEXTS), END})
    told = sum(math.exp(one) for one in model.scores([("身份", character) for character in seen]))
    unseen = (6000 - len(seen)) * math.exp(score(model, "身份", "鑫"))
    assert told + unseen == pytest.approx(1.0, abs=1e-3)


def test_rare_long_n_grams_are_left_out_and_backed_off_from() -> None:
    full, pruned = LanguageModel.count(TEXTS, least=1), LanguageModel.count(TEXTS, least=2)
    assert score(pruned, "身份证", "号") < score(full, "身份证", "号")
    assert score(pruned, "身份", "证") == pytest.approx(score(full, "身份", "证"), abs=0.7)


def test_file_gives_the_same_scores(tmp_path: Path) -> None:
    model = LanguageModel.count(TEXTS, least=1)
    model.save(tmp_path / "model.npz")
    asked = [("身份", "证"), ("", "后"), ("后四位", END), ("无", "鑫")]
    assert LanguageModel.load(tmp_path / "model.npz").scores(asked) == pytest.approx(model.scores(asked), abs=0.01)


@pytest.mark.parametrize("content", [b"", b"no model", None])
def test_anything_else_is_refused_by_its_name(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "odd.npz"
    if content is None:
        np.savez(path, other=np.zeros(3))
    else:
        path.write_bytes(content)
    with pytest.raises(ModelError, match=r"odd\.npz: not a language model"):
        LanguageModel.load(path)


def test_the_best_character_ahead_is_the_likeliest_that_begins_so() -> None:
    model = LanguageModel.count(["王先生", "王鲜花", "王先生", "一", "王"] * 3, least=1)
    for character in "先鲜":
        begun = character.encode()[:2]
        alike = [other for other in "王先生鲜花一" if other.encode()[:2] == begun]
        assert model.best_ahead("王", begun) == max(model.scores([("王", other) for other in alike]))
    assert model.best_ahead("王", b"\xe0") < min(model.scores([("王", "生"), ("", "花")]))
