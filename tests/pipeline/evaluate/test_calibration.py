"""Confidence is mended on labelled calls, and says how often an outcome is right."""

from __future__ import annotations

from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import cast

import pytest

from pipeline.analysis import Analyst
from pipeline.errors import SettingsError
from pipeline.evaluate.calibration import Judged, calibration_error, fit_calibration, fit_points
from pipeline.evaluate.judgement import CallJudgement
from pipeline.reconcile.calibration import Calibration, load_calibration


def judged(*groups: tuple[float, int, int]) -> list[Judged]:
    """(confidence, right, wrong) of mismatches."""
    return [Judged("mismatch", sure, place < right) for sure, right, wrong in groups for place in range(right + wrong)]


def test_points_rise_and_stand_at_what_was_right() -> None:
    points = fit_points(judged((0.5, 20, 20), (0.7, 10, 30), (0.9, 36, 4)))
    assert [raw for raw, _ in points] == sorted(raw for raw, _ in points)
    assert [right for _, right in points] == sorted(right for _, right in points)
    assert points[0] == (0.6, pytest.approx(31 / 82, abs=0.001))
    assert points[-1] == (0.9, pytest.approx(37 / 42, abs=0.001))


def test_few_outcomes_make_no_point_of_their_own() -> None:
    assert len(fit_points(judged((0.5, 10, 10), (0.9, 3, 0)))) == 1


def test_the_error_is_the_mean_gap() -> None:
    assert calibration_error(judged((0.9, 8, 2), (0.5, 5, 5))) == pytest.approx(0.05)
    assert calibration_error([]) is None


def test_a_map_mends_the_error_it_was_fitted_on() -> None:
    said = judged((0.6, 10, 30), (0.92, 80, 20))
    calibration = Calibration({"mismatch": fit_points(said)})
    mended = [Judged(one.outcome, calibration.value(one.outcome, one.confidence), one.right) for one in said]
    before, after = calibration_error(said), calibration_error(mended)
    assert before is not None
    assert after is not None
    assert after < before / 4


def test_between_below_and_beyond_the_points() -> None:
    calibration = Calibration({"match": ((0.5, 0.8), (0.9, 1.0))})
    assert calibration.value("match", 0.7) == pytest.approx(0.9)
    assert calibration.value("match", 0.25) == pytest.approx(0.4)
    assert calibration.value("match", 0.95) == 1.0
    assert calibration.value("mismatch", 0.7) == 0.7


def test_the_map_in_the_box_keeps_the_order_of_confidence() -> None:
    calibration = load_calibration()
    for outcome in ("match", "mismatch", "contradicted", "unclear", "not_applied"):
        values = [calibration.value(outcome, step / 20) for step in range(21)]
        assert values == sorted(values)
        assert 0 <= values[0] <= values[-1] <= 1


@pytest.mark.parametrize(
    "text", ["[1]", "match: [[0.9, 0.8], [0.5, 0.9]]", "match: [[0.5, 0.9], [0.9, 0.8]]", "match: x"]
)
def test_a_map_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "calibration.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"calibration\.yaml"):
        Analyst(tmp_path)


def judgement(outcome: str, sure: float, right: bool) -> CallJudgement:
    """A call of one field, whose report says so with that confidence, and is right or not."""
    found = SimpleNamespace(outcome=outcome, confidence=sure)
    field = SimpleNamespace(found=found, outcome_right=right, fact_right=right, fact_expected=True)
    return cast(CallJudgement, SimpleNamespace(fields=[field]))


def test_an_outcome_that_no_map_helps_is_left_out() -> None:
    rng = Random(4)
    believed = [[judgement("match", 0.5, rng.random() < 0.5)] for _ in range(60)]
    mistaken = [[judgement("mismatch", 0.95, rng.random() < 0.6)] for _ in range(200)]
    fit = fit_calibration([*believed, *mistaken])
    assert set(fit.points) == {"mismatch"}
    assert fit.after["match"] >= fit.before["match"]
    assert fit.after["mismatch"] < fit.before["mismatch"]
