"""Customers' turns of labelled calls, as training examples: how honest people talk, and what is a sign."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from models.training.language.wordings import Wording

CALLS = Path("tests/cases/calls/tuned")
PURPOSE, PRIVATE = "loan.purpose", "personal_use"
# Where the label of a field shows which turn holds a sign: what it is, or how it came out.
SHOWN_BY_VALUE = {
    "straw_buyer": ("for_other",),
    "undisclosed_commercial_use": ("ride_hailing", "freight", "rental", "business_use"),
    "cash_out": ("cash_out", "resale"),
}
UNCLEAR, EVASIVE = "unclear", "evasive"


def honest_turns(folder: Path = CALLS) -> Iterator[Wording]:
    """The customers' turns of calls without signs, as wordings that mean none; calls of declared trade are left out."""
    for call in _calls(folder):
        purpose = (call.get("application") or {}).get("loan", {}).get("purpose", PRIVATE)
        if call["expect"].get("signals") or purpose != PRIVATE:
            continue
        for turn in call["turns"]:
            if "C" in turn:
                yield Wording(turn["C"], frozenset())


def signed_turns(folder: Path = CALLS) -> Iterator[Wording]:
    """The customers' turns that a label shows to hold a sign, as wordings that mean it."""
    for call in _calls(folder):
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


def _calls(folder: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.glob("*.yaml")):
        yield yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader)
