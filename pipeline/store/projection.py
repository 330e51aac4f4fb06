"""What lists, filters and figures know of a report, in rows of their own; values are sealed."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from pipeline.contract import FieldOutcome, Report, Transcript, to_json
from pipeline.store import cipher, schema
from pipeline.store.acting import state_after_report

COMPARED: Final = ("match", *schema.DISAGREEING)
CORRECTED: Final = "corrected"
"""The flag of a turn that a person has set right."""


def project_report(
    connection: sa.Connection, call: sa.Row[Any], key: bytes, report: Report, transcript: Transcript
) -> None:
    """Replace what is known of a call by this report on this transcript."""
    clear_projection(connection, call.seq)
    values = {
        "disposition": report.disposition,
        "risk_score": report.risk.score,
        "risk_band": report.risk.band,
        "work_state": state_after_report(call.work_state, call.disposition, report.disposition),
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
    connection.execute(schema.call_figures.insert().values(figures_row(call, report, transcript)))
    if faults := fault_rows(call, report):
        connection.execute(schema.script_faults.insert(), faults)


def clear_projection(connection: sa.Connection, seq: int) -> None:
    """Forget what is known of a call's report."""
    for table in (schema.field_outcomes, schema.call_signals, schema.call_figures, schema.script_faults):
        connection.execute(table.delete().where(table.c.call_seq == seq))


def open_outcome(key: bytes, call_id: str, field: str, sealed: bytes) -> FieldOutcome:
    """The outcome that a row of the mismatch list stands for. Raises `KeysError`."""
    return FieldOutcome.model_validate(cipher.unseal_json(key, sealed, _context(call_id, field)))


def figures_row(call: sa.Row[Any], report: Report, transcript: Transcript) -> dict[str, Any]:
    """What figures over many calls are made of. `confidence` is the mean probability of the recogniser's words; what a
    person has set right has none."""
    heard = [word.probability for turn in transcript.turns for word in turn.words or () if word.probability is not None]
    kinds = [outcome.outcome for outcome in report.fields]
    return {
        "call_seq": call.seq,
        "at": call.at,
        "unit": call.unit,
        "agent_id": call.agent_id,
        "dealer": call.dealer,
        "disposition": report.disposition,
        "duration": transcript.duration or call.duration,
        "compared": sum(kind in COMPARED for kind in kinds),
        "mismatches": sum(kind in schema.DISAGREEING for kind in kinds),
        "turns": len(transcript.turns),
        "corrected_turns": sum(CORRECTED in (turn.flags or ()) for turn in transcript.turns),
        "confidence": sum(heard) / len(heard) if heard else None,
        "agent_talk_ratio": report.conduct.agent_talk_ratio,
        "silence_ratio": report.conduct.silence_ratio,
        "interruptions": report.conduct.interruptions,
        "agent_chars_per_minute": report.conduct.agent_chars_per_minute,
    }


def fault_rows(call: sa.Row[Any], report: Report) -> list[dict[str, Any]]:
    """Script items that the agent did not keep; kept ones have no row."""
    common = {"call_seq": call.seq, "at": call.at, "unit": call.unit, "agent_id": call.agent_id}
    faults = {item.item: item.status for item in report.compliance if item.status != "done"}
    return [{**common, "item": item, "status": status} for item, status in faults.items()]


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
