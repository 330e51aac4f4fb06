"""Every row of the case table: one settled statement, the outcome, and the level that decided."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.reconcile import load_field_rules, reconcile
from pipeline.types import Evidence, Fact, Scalar, Stated

CASES = Path(__file__).parents[2] / "cases" / "reconcile" / "settled.tsv"
RULES = load_field_rules()
NUMERIC = {"money", "months", "years"}


def rows() -> list[list[str]]:
    lines = CASES.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")][1:]


def scalar(field: str, written: str) -> Scalar | None:
    kind = RULES.rule(field).type
    if not written:
        return None
    if kind == "yes_no":
        return written == "true"
    return float(written) if kind in NUMERIC else written


@pytest.mark.parametrize("row", rows(), ids=lambda row: "-".join(row[:4]))
def test_settled(row: list[str]) -> None:
    field, applied, stated, bounds, heard, outcome, level = row
    low, _, high = bounds.removesuffix("~").partition("..")
    said = Stated(
        value=scalar(field, stated),
        text=heard or stated,
        low=float(low) if low else None,
        high=float(high) if high else None,
        hedged=bounds.endswith("~"),
    )
    paper = scalar(field, applied)
    assert paper is not None
    fact = Fact(field, "settled", said, evidence=(Evidence(3, 1.0, 2.0, "customer", heard or stated),))
    result = next(item for item in reconcile([fact], {field: paper}, RULES) if item.field == field)
    assert (result.outcome, result.level) == (outcome, level)
    assert (result.severity is not None) == (
        outcome in ("mismatch", "contradicted") or (outcome == "unclear" and RULES.rule(field).required)
    )
    assert result.explanation
    assert result.explanation_zh
