"""Single lines against the cues: honest answers, red flags, the agent's script; each also without punctuation."""

from __future__ import annotations

import re

import pytest

from models.read import open_reading_models
from pipeline.findings import load_finding_rules
from pipeline.findings.compliance import check_script
from pipeline.findings.signals import find_signals
from pipeline.types import Fact
from tests.pipeline.findings.calls import rows, turns_of

RULES = load_finding_rules()
MODELS = open_reading_models()
APPLIED = {
    "loan.purpose": "personal_use",
    "debt.has_other_loans": False,
    "identity.id_number": "340102198805067219",
}
# Whoever dodges leaves a question open.
OPEN = Fact("income.monthly", "unclear", None)


def codes(asked: str, answered: str) -> list[str]:
    turns = turns_of([f"A: {asked}", f"C: {answered}"])
    return [signal.code for signal in find_signals(turns, [OPEN], APPLIED, RULES.signals, MODELS.signals)]


def bare(text: str) -> str:
    return re.sub(r"[^\w]", "", text)


@pytest.mark.parametrize("row", rows("innocent.tsv"), ids=lambda row: row[1])
def test_innocent(row: list[str]) -> None:
    assert codes(*row) == []
    assert codes(bare(row[0]), bare(row[1])) == []


@pytest.mark.parametrize("row", rows("red_flags.tsv"), ids=lambda row: row[1])
def test_red_flag(row: list[str]) -> None:
    assert codes(row[0], row[1]) == [row[2]]
    assert codes(bare(row[0]), bare(row[1])) == [row[2]]


@pytest.mark.parametrize("row", rows("script_lines.tsv"), ids=lambda row: row[0])
def test_script_line(row: list[str]) -> None:
    results = check_script(turns_of([f"A: {row[0]}"]), APPLIED, RULES.script, MODELS.script)
    wanted = {"missing": False, "violated": True}
    found = [item.item for item in results if wanted.get(item.status, not item.item.startswith("no_"))]
    assert found == [item for item in row[1].split(",") if item]
