"""A lender's own signals, script, risk and texts: what is accepted, and how a fault is reported."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from configs import DEFAULTS
from pipeline.contract import ComplianceItem, SignalCode
from pipeline.errors import SettingsError
from pipeline.findings import load_finding_rules
from pipeline.findings.signals import find_signals
from tests.pipeline.findings.calls import turns_of


def written(name: str) -> Any:
    return yaml.safe_load((DEFAULTS / name).read_text(encoding="utf-8"))


def put(folder: Path, name: str, content: Any) -> None:
    (folder / name).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def test_every_signal_and_item_of_the_contract_has_a_rule() -> None:
    rules = load_finding_rules()
    assert [rule.code for rule in rules.signals.signals] == list(get_args(SignalCode))
    assert [item.item for item in rules.script.items] == list(get_args(ComplianceItem))


def test_the_critical_signals_are_the_contracts() -> None:
    critical = {rule.code for rule in load_finding_rules().signals.signals if rule.severity == "critical"}
    assert critical == {"straw_buyer", "cash_out", "undisclosed_commercial_use", "coached"}


def test_every_field_has_a_question_to_ask() -> None:
    rules = load_finding_rules()
    assert set(rules.next_steps.questions) == {rule.field for rule in rules.fields.fields}


def test_a_lender_adds_a_phrase_without_touching_code(tmp_path: Path) -> None:
    signals = written("signals.yaml")
    signals["signals"][0]["cues"][0]["phrases"].append("给哥们儿顶一下")
    put(tmp_path, "signals.yaml", signals)
    rules = load_finding_rules(tmp_path)
    turns = turns_of(["A: 买来做什么用?", "C: 就给哥们儿顶一下。"])
    assert [signal.code for signal in find_signals(turns, [], {}, rules.signals)] == ["straw_buyer"]


@pytest.mark.parametrize(
    ("name", "fault", "said"),
    [
        ("signals.yaml", lambda w: w["signals"][0].update(code="witch"), "signals.0.code"),
        ("signals.yaml", lambda w: w["signals"][0]["cues"][0].update(patterns=["("]), "signals.0.cues.0.patterns.0"),
        ("signals.yaml", lambda w: w.pop("answers"), "answers"),
        ("script.yaml", lambda w: w["items"][0].update(kind="wish"), "items.0.kind"),
        ("risk.yaml", lambda w: w["bands"].update(high=7), "bands.high"),
        ("risk.yaml", lambda w: w["points"].update(not_stated=-1), "points.not_stated"),
        ("next_steps.yaml", lambda w: w.pop("customer"), "customer"),
    ],
)
def test_a_fault_is_named(tmp_path: Path, name: str, fault: Any, said: str) -> None:
    content = written(name)
    fault(content)
    put(tmp_path, name, content)
    with pytest.raises(SettingsError) as error:
        load_finding_rules(tmp_path)
    assert name in error.value.message
    assert said in error.value.message
