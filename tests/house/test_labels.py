"""Labels of whole calls agree with what the contract lets one compute from them; the calls' texts are not looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

CALLS = Path(__file__).parents[1] / "cases" / "calls"
SETTLED = ("match", "mismatch", "not_applied")
LIMIT = 0.7
"""Instalments above so much of the settled income are `over_indebted` (contract, signals)."""


def amount(call: dict[str, Any], field: str) -> float:
    """What the customer settled for a field of money, the middle of a range; 0 where nothing."""
    label = call["expect"]["fields"].get(field) or {}
    if label.get("outcome") not in SETTLED:
        return 0.0
    bounds = [label[name] for name in ("low", "high") if label.get(name) is not None]
    value = label.get("value", sum(bounds) / len(bounds) if bounds else 0)
    return float(value or 0)


@pytest.mark.parametrize("folder", sorted(path.name for path in CALLS.iterdir() if path.is_dir()))
def test_over_indebted_is_labelled_where_the_sums_say_so(folder: str) -> None:
    wrong = []
    for file in sorted((CALLS / folder).glob("*.yaml")):
        call = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        applied = ((call.get("application") or {}).get("loan") or {}).get("monthly_payment") or 0
        instalment = amount(call, "loan.monthly_payment") or applied
        income = amount(call, "income.monthly")
        share = (amount(call, "debt.monthly_payment") + instalment) / income if income and instalment else 0.0
        if (share > LIMIT) != ("over_indebted" in (call["expect"].get("signals") or ())):
            wrong.append(file.name)
    assert wrong == []
