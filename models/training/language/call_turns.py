"""Customers' turns of labelled calls and grids, as training examples: how honest people talk, and what is a sign."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from models.training.language.wordings import Wording

CASES = Path("tests/cases")
CALLS = tuple(CASES / "calls" / name for name in ("tuned", "everyday", "once_unseen"))
# The others lean so far to what is innocent that short true signs are no longer heard (送外卖送快递).
LEARNT_FROM = "contact dealer debts home home_told identity income loan price signals talk vehicle whose_trade years"
GRIDS = tuple(CASES / "grids" / f"{name}.yaml" for name in LEARNT_FROM.split())
PURPOSE, PRIVATE = "loan.purpose", "personal_use"
# Answers to these may tell a trade that is declared, or another's, and still be no sign.
OPEN_TO_TRADES = ("loan.purpose", "vehicle.actual_user", "employment.")
# Where the label of a field shows which turn holds a sign: what it is, or how it came out.
SHOWN_BY_VALUE = {
    "straw_buyer": ("for_other",),
    "undisclosed_commercial_use": ("ride_hailing", "freight", "rental", "business_use"),
    "cash_out": ("cash_out", "resale"),
}
# Signs that facts and the application tell, and no wording.
OF_FACTS = frozenset({"undisclosed_loan", "over_indebted"})
ON = " / "
UNCLEAR, EVASIVE = "unclear", "evasive"


def honest_turns(folders: Sequence[Path] = CALLS) -> Iterator[Wording]:
    """The customers' turns of calls without signs, as wordings that mean none; calls of declared trade are left out."""
    for call in _calls(folders):
        purpose = (call.get("application") or {}).get("loan", {}).get("purpose", PRIVATE)
        if call["expect"].get("signals") or purpose != PRIVATE:
            continue
        for turn in call["turns"]:
            if "C" in turn:
                yield Wording(turn["C"], frozenset())


def signed_turns(folders: Sequence[Path] = CALLS) -> Iterator[Wording]:
    """The customers' turns that a label shows to hold a sign, as wordings that mean it."""
    for call in _calls(folders):
        signals, fields = call["expect"].get("signals") or (), call["expect"]["fields"]
        purpose = fields.get(PURPOSE) or {}
        for code in signals:
            if purpose.get("value") in SHOWN_BY_VALUE.get(code, ()):
                yield from _said(call, purpose, frozenset({code}))
            if code == EVASIVE:
                for label in fields.values():
                    if label and label.get("outcome") == UNCLEAR:
                        yield from _said(call, label, frozenset({code}))


def _said(call: Mapping[str, Any], label: Mapping[str, Any], fields: frozenset[str]) -> Iterator[Wording]:
    """The turn that a label names, where it is the customer's."""
    text = call["turns"][int(label["turn"])].get("C") if "turn" in label else None
    if text:
        yield Wording(text, fields)


def grid_turns(files: Sequence[Path] = GRIDS) -> Iterator[Wording]:
    """The answers of one turn in grids of signals, or of fields that tell of no trade, with the signals they raise."""
    for file in files:
        for grid in yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader):
            if "item" in grid or grid.get("field", "").startswith(OPEN_TO_TRADES):
                continue
            for answer in grid["answers"]:
                said = answer["say"].split("|") if isinstance(answer["say"], str) else answer["say"]
                codes = frozenset(answer.get("signals") or ()) - OF_FACTS
                if "signals_other" not in answer:
                    yield from (Wording(text.strip(), codes) for text in said if ON not in text)


def _calls(folders: Sequence[Path]) -> Iterator[dict[str, Any]]:
    for file in (file for folder in folders for file in sorted(folder.glob("*.yaml"))):
        yield yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader)
