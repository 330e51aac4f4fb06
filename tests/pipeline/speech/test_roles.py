"""Who is who, by what is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.errors import SettingsError
from pipeline.speech.roles import assign_roles, load_role_rules
from pipeline.types import Turn

CASES = yaml.safe_load((Path(__file__).parents[2] / "cases" / "speech" / "roles.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_roles(case: dict[str, Any]) -> None:
    said = [line.split(": ", 1) for line in case["turns"]]
    turns = [Turn(number, label, number * 2.0, number * 2.0 + 2, text) for number, (label, text) in enumerate(said)]
    roles = assign_roles(turns)
    assert roles == case["roles"]
    assert list(roles) == list(case["roles"])


def test_a_faulty_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "roles.yaml").write_text("agent: [{pattern: '('}]\ncustomer: []\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"roles\.yaml: agent\.0\.pattern"):
        load_role_rules(tmp_path)


def test_words_said_again_speak_for_nobody() -> None:
    """The agent repeats each answer, which makes him no customer."""
    said = [
        ("S0", "工号一二三,通话录音,请问您是?"),
        ("S1", "是我,我自己开的店"),
        ("S0", "是我,我自己开的店,对吧?"),
        ("S1", "我老婆也在店里"),
        ("S0", "嗯,我老婆也在店里,好"),
        ("S2", "您要不要水?"),
    ]
    turns = [Turn(at, label, at, at + 1, text) for at, (label, text) in enumerate(said)]
    assert assign_roles(turns) == {"S0": "agent", "S1": "customer", "S2": "third_party"}
