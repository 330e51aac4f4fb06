"""The three sample calls, from their true words and from their sound with the embedded weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.contract import Report
from tests.conftest import ROOT, Command

EXPECTED: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "tests" / "cases" / "samples.yaml").read_text("utf-8"))


def check(report: Report, expected: dict[str, Any]) -> None:
    fields = {one.field: one for one in report.fields}
    found = {name: fields[name].outcome for name in expected["fields"]}
    assert found == {name: wanted["outcome"] for name, wanted in expected["fields"].items()}
    for name, wanted in expected["fields"].items():
        for part in wanted.keys() - {"outcome"}:
            stated = fields[name].stated
            assert stated is not None
            assert getattr(stated, part) == wanted[part], name
        if wanted["outcome"] in {"match", "mismatch"}:
            assert fields[name].evidence, name
    assert set(expected["signals"]) <= {signal.code for signal in report.signals}
    if not expected["signals"]:
        assert report.signals == []
    assert report.disposition in expected["disposition"]
    assert set(expected["roles"]) <= set(report.roles.values())


@pytest.mark.parametrize("name", EXPECTED)
def test_from_the_true_words(name: str, callproof: Command, samples: Path) -> None:
    call = (samples / f"{name}.truth.json", "--application", samples / f"{name}.application.json")
    done = callproof("analyze", *call, "--json")
    assert done.returncode == 0, done.stderr
    check(Report.model_validate(json.loads(done.stdout)), EXPECTED[name])


@pytest.mark.audio
@pytest.mark.parametrize("name", EXPECTED)
def test_from_the_sound(name: str, callproof: Command, samples: Path, tmp_path: Path) -> None:
    call = (samples / f"{name}.opus", "--application", samples / f"{name}.application.json")
    done = callproof("run", *call, "--json", "--transcript", tmp_path / "transcript.json")
    assert done.returncode == 0, done.stderr
    report = Report.model_validate(json.loads(done.stdout))
    check(report, EXPECTED[name])
    texts = {
        turn["id"]: turn["text"] for turn in json.loads((tmp_path / "transcript.json").read_text("utf-8"))["turns"]
    }
    for field in report.fields:
        for proof in field.evidence:
            assert proof.quote in texts[proof.turn]
            assert proof.start < proof.end
