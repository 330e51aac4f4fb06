"""Calls to put into a store: transcripts, applications and reports, small and whole."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pipeline.contract import Application, Report, Transcript
from pipeline.store import Principal

QA = Principal("li.na", "qa")
LEAD = Principal("zhao.lei", "lead")
RECORDED = datetime(2026, 11, 20, 2, 2, 11, tzinfo=UTC)


def transcript(*said: tuple[str, str], call_id: str = "C1", recorded_at: datetime | None = RECORDED) -> Transcript:
    """A transcript of (speaker, text) turns, five seconds each."""
    turns = [
        {"id": number, "speaker": speaker, "start": 5.0 * number, "end": 5.0 * number + 4, "text": text}
        for number, (speaker, text) in enumerate(said)
    ]
    document = {"schema": "callproof.transcript/1", "call_id": call_id, "turns": turns, "duration": 5.0 * len(turns)}
    return Transcript.model_validate({**document, "recorded_at": recorded_at})


def application(**sections: dict[str, Any]) -> Application:
    """An application with these sections."""
    document = {"schema": "callproof.application/1", "application_id": "A2026-000123", **sections}
    return Application.model_validate(document)


def outcome(field: str, kind: str = "mismatch", severity: str | None = "major", **more: Any) -> dict[str, Any]:
    """A field's outcome in a report."""
    return {
        "field": field,
        "outcome": kind,
        "severity": severity,
        "confidence": 0.9,
        "applied": 9500,
        "stated": {"value": 6500, "text": "六千五", "polarity": "stated"},
        "explanation": "",
        "explanation_zh": "",
        "evidence": [{"turn": 1, "start": 5.0, "end": 9.0, "speaker": "customer", "quote": "六千五"}],
        **more,
    }


def signal(code: str, severity: str = "critical") -> dict[str, Any]:
    """A signal in a report."""
    return {"code": code, "severity": severity, "confidence": 0.8}


def report(
    fields: list[dict[str, Any]] | None = None,
    signals: list[dict[str, Any]] | None = None,
    *,
    call_id: str = "C1",
    disposition: str = "review",
    band: str = "medium",
    roles: dict[str, str] | None = None,
    rules: str = "sha256:1",
) -> Report:
    """A report that says this."""
    return Report.model_validate(
        {
            "call_id": call_id,
            "application_id": "A2026-000123",
            "roles": roles or {"agent": "agent", "customer": "customer"},
            "disposition": disposition,
            "risk": {"score": 0.6, "band": band, "reasons": []},
            "fields": fields or [],
            "signals": signals or [],
            "compliance": [],
            "coverage": {"required": 0, "settled": 0, "missing": []},
            "conduct": {},
            "next_steps": [],
            "versions": {"callproof": "0.1.0", "asr": None, "rules": rules},
        }
    )
