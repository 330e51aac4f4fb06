"""Texts scored many at once: the same chances as by the names of their features, and nothing kept for the next call."""

from __future__ import annotations

import pytest

from models.read import open_linear_model
from pipeline.dialogue.features import features
from pipeline.dialogue.scoring import TextScorer

TEXTS = (
    "请问您每个月收入大概是多少?",
    "首付\ue000对吧,贷款\ue000,分\ue006还",
    "您您您您好好好好,您好您好",
    "model y 长续航 2.0t",
    "嗯",
    "",
    "𠮷野家上班的吗\ud800",
)


@pytest.mark.parametrize("name", ["questions", "purposes", "script", "signals"])
@pytest.mark.parametrize("recent", [(), ("income.monthly",), ("loan.amount", "loan.amount", "vehicle.price", "debt")])
def test_same_chances_as_by_features(name: str, recent: tuple[str, ...]) -> None:
    model = open_linear_model(name)
    scored = TextScorer(model).score(TEXTS, recent)
    for text, chances in zip(TEXTS, scored, strict=True):
        assert chances == pytest.approx(model.score(features(text, recent)), abs=1e-5)


def test_a_text_scores_alike_alone_and_beside_others() -> None:
    scorer = TextScorer(open_linear_model("questions"))
    for text, beside_others in zip(TEXTS, scorer.score(TEXTS), strict=True):
        assert scorer.for_call().score([text])[0] == pytest.approx(beside_others, abs=1e-5)


def test_no_texts_no_chances() -> None:
    assert TextScorer(open_linear_model("purposes")).score([]) == []
