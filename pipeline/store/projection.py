"""What lists and filters know of a report: outcomes and signals in rows of their own, values sealed."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from pipeline.contract import FieldOutcome, Report, to_json
from pipeline.store import cipher, schema


def project_report(connection: sa.Connection, call: sa.Row[Any], key: bytes, report: Report) -> None:
    """Replace what the lists know of a call by this report."""
    clear_projection(connection, call.seq)
    values = {
        "disposition": report.disposition,
        "risk_score": report.risk.score,
        "risk_band": report.risk.band,
    }
    connection.execute(schema.calls.update().where(schema.calls.c.seq == call.seq).values(values))
    outcomes = [outcome_row(call, key, outcome) for outcome in report.fields]
    if outcomes:
        connection.execute(schema.field_outcomes.insert(), outcomes)
    signals = {
        signal.code: {"call_seq": call.seq, "code": signal.code, "severity": signal.severity, "at": call.at}
        for signal in report.signals
    }
    if signals:
        connection.execute(schema.call_signals.insert(), list(signals.values()))


def clear_projection(connection: sa.Connection, seq: int) -> None:
    """Forget the outcomes and signals of a call."""
    for table in (schema.field_outcomes, schema.call_signals):
        connection.execute(table.delete().where(table.c.call_seq == seq))


def open_outcome(key: bytes, call_id: str, field: str, sealed: bytes) -> FieldOutcome:
    """The outcome that a row of the mismatch list stands for. Raises `KeysError`."""
    return FieldOutcome.model_validate(cipher.unseal_json(key, sealed, _context(call_id, field)))


def outcome_row(call: sa.Row[Any], key: bytes, outcome: FieldOutcome) -> dict[str, Any]:
    """The row of a field's outcome; the outcome itself is sealed within where lists of mismatches show it."""
    sealed = None
    if outcome.outcome in schema.DISAGREEING:
        sealed = cipher.seal_json(key, to_json(outcome), _context(call.call_id, outcome.field))
    return {
        "call_seq": call.seq,
        "field": outcome.field,
        "outcome": outcome.outcome,
        "severity": outcome.severity,
        "confidence": outcome.confidence,
        "at": call.at,
        "unit": call.unit,
        "agent_id": call.agent_id,
        "dealer": call.dealer,
        "sealed": sealed,
    }


def _context(call_id: str, field: str) -> bytes:
    return cipher.associated(call_id, "outcome", field)
