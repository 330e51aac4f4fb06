"""Labelled calls and reports written by hand, so that a test depends on no rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.contract import Report
from pipeline.evaluate.labels import Expected, LabelledCall
from pipeline.evaluate.staging import Line, staged

LINES = (
    Line("agent", "您贷多少钱?"),
    Line("customer", "八万块钱整。"),
    Line("agent", "好的。"),
    Line("customer", "还有别的事吗?"),
)


def call(expect: Mapping[str, Any]) -> LabelledCall:
    """A call of four turns with the labels `expect`."""
    transcript = staged(LINES, call_id="call.yaml", recorded_at=None)
    return LabelledCall("call.yaml", LINES, transcript, None, Expected(**{"disposition": "pass", **expect}))


def field(
    name: str,
    outcome: str,
    value: Any = None,
    *,
    low: float | None = None,
    high: float | None = None,
    polarity: str = "stated",
    turns: Sequence[int] = (1,),
    history: Sequence[Any] = (),
    confidence: float = 0.9,
) -> dict[str, Any]:
    """One field of a report; the evidence of turn n lasts from n to n + 1 s."""
    said = {"text": "…", "polarity": polarity}
    evidence = [{"turn": n, "start": n, "end": n + 1, "speaker": "customer", "quote": "…"} for n in turns]
    return {
        "field": name,
        "outcome": outcome,
        "severity": None,
        "confidence": confidence,
        "applied": None,
        "stated": None if (value, low, high) == (None,) * 3 else {"value": value, "low": low, "high": high, **said},
        "history": [{"value": past, **said} for past in history],
        "explanation": "",
        "explanation_zh": "",
        "evidence": evidence if outcome != "not_stated" else [],
    }


def report(fields: Sequence[dict[str, Any]], **other: Any) -> Report:
    """A report with `fields`; roles, signals, compliance, coverage and disposition may be given."""
    return Report.model_validate(
        {
            "schema": "callproof.report/1",
            "call_id": "call.yaml",
            "application_id": None,
            "roles": {"S0": "agent", "S1": "customer"},
            "disposition": "pass",
            "risk": {"score": 0, "band": "low", "reasons": []},
            "fields": fields,
            "signals": [],
            "compliance": [],
            "coverage": {"required": 10, "settled": 4, "missing": []},
            "conduct": {},
            "next_steps": [],
            "versions": {"callproof": "0", "asr": None, "rules": "sha256:0"},
            **other,
        }
    )
