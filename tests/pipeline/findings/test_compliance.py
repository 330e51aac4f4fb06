"""The agent's duties and prohibitions."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from models.read import open_reading_models
from pipeline.contract import ComplianceItem
from pipeline.findings import load_finding_rules
from pipeline.findings.compliance import check_script
from tests.pipeline.findings.calls import cases, turns_of

RULES = load_finding_rules()
MODELS = open_reading_models()


@pytest.mark.parametrize("case", cases("compliance.yaml"), ids=lambda case: case["id"])
def test_script(case: dict[str, Any]) -> None:
    turns = turns_of(case["turns"])
    results = {result.item: result for result in check_script(turns, {}, RULES.script, MODELS.script)}
    assert {item: results[item].status for item in case["expect"]} == case["expect"]
    for result in results.values():
        for evidence in result.evidence:
            assert evidence.quote in turns[evidence.turn].text


def test_every_item_of_the_contract_once() -> None:
    assert [result.item for result in check_script([], {}, RULES.script)] == list(get_args(ComplianceItem))
