"""A lender's own fields.yaml: what is accepted, and how a fault is reported."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from configs import DEFAULTS
from pipeline.errors import SettingsError
from pipeline.reconcile import load_field_rules, reconcile
from pipeline.types import Fact, Stated


@pytest.fixture
def written() -> dict:
    return yaml.safe_load((DEFAULTS / "fields.yaml").read_text(encoding="utf-8"))


def rules_from(folder: Path, written: object):
    (folder / "fields.yaml").write_text(yaml.safe_dump(written, allow_unicode=True), encoding="utf-8")
    return load_field_rules(folder)


def test_a_lender_may_tighten_a_tolerance(tmp_path: Path, written: dict) -> None:
    income = next(entry for entry in written["fields"] if entry["field"] == "income.monthly")
    income["ladder"] = ["exact", {"tolerance": {"ratio": 0.01}}, "else"]
    rules = rules_from(tmp_path, written)
    fact = Fact("income.monthly", "settled", Stated(9000, "九千"))
    outcome = {item.field: item for item in reconcile([fact], {"income.monthly": 9500}, rules)}["income.monthly"]
    assert outcome.outcome == "mismatch"


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (lambda w: w["fields"].pop(), "contact.relation"),
        (lambda w: w["fields"].append(w["fields"][0]), "identity.name"),
        (lambda w: w["fields"][0].update(severity="fatal"), "fields.0.severity"),
        (lambda w: w["fields"][0].update(colour="red"), "fields.0.colour"),
        (lambda w: w["types"].pop("name"), "fields.0.ladder"),
        (lambda w: w["types"]["name"].update(ladder=["exact"]), "must end with else"),
        (lambda w: w["types"]["name"].update(ladder=["exakt", "else"]), "ladder.0.name"),
        (lambda w: w["words"].pop("purpose"), "purpose"),
        (lambda w: w.update(extra=1), "extra"),
    ],
)
def test_a_fault_is_named(tmp_path: Path, written: dict, fault, said: str) -> None:
    fault(written)
    with pytest.raises(SettingsError) as error:
        rules_from(tmp_path, written)
    assert said in error.value.message
    assert "fields.yaml" in error.value.message


def test_a_file_that_is_no_mapping_is_a_settings_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        rules_from(tmp_path, ["identity.name"])
