"""What customers say in labelled calls that hold no warning sign: how honest people talk, as training examples."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from models.training.language.wordings import Wording

CALLS = Path("tests/cases/calls/tuned")
PRIVATE = "personal_use"


def honest_turns(folder: Path = CALLS) -> Iterator[Wording]:
    """The customers' turns of calls without signs, as wordings that mean none; calls of declared trade are left out."""
    for file in sorted(folder.glob("*.yaml")):
        call: dict[str, Any] = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader)
        purpose = (call.get("application") or {}).get("loan", {}).get("purpose", PRIVATE)
        if call["expect"].get("signals") or purpose != PRIVATE:
            continue
        for turn in call["turns"]:
            if "C" in turn:
                yield Wording(turn["C"], frozenset())
