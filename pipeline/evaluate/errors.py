"""Where an evaluation went wrong, one line an error, for whoever mends rules or labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pipeline.contract import EvidenceItem, Scalar, StatedItem
from pipeline.evaluate.judgement import CallJudgement, FieldJudgement
from pipeline.evaluate.labels import SaidValue

ErrorKind = Literal[
    "missed",
    "invented",
    "value",
    "outcome",
    "history",
    "polarity",
    "turn",
    "signal",
    "compliance",
    "role",
    "disposition",
]


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing that is wrong in one call. `turn` is where to look, `said` what stands there."""

    file: str
    subject: str
    kind: ErrorKind
    expected: str
    found: str
    turn: int | None = None
    said: str = ""


def field_errors(call: CallJudgement) -> tuple[FieldError, ...]:
    """Everything that is wrong in one call: fields in the report's order, then signals, compliance, roles, disposition.

    Of a field the gravest fault is named: its value, then outcome, history, polarity, turn.
    """
    return (*_of_fields(call), *_of_findings(call))


def _of_fields(call: CallJudgement) -> Iterator[FieldError]:
    for field in call.fields:
        kind = _kind(field)
        if kind is None:
            continue
        evidence = field.found.evidence
        turn = field.expected.turn
        if turn is None and evidence:
            turn = evidence[-1].turn
        yield FieldError(
            file=call.call.name,
            subject=field.found.field,
            kind=kind,
            expected=_expected(field, kind),
            found=_found(field, kind),
            turn=turn,
            said=call.call.transcript.turns[turn].text if turn is not None else "",
        )


def _kind(field: FieldJudgement) -> ErrorKind | None:
    if field.fact_expected and not field.fact_found:
        return "missed"
    if field.fact_found and not field.fact_expected:
        return "invented"
    if field.fact_expected and not field.fact_right:
        return "value"
    if not field.outcome_right:
        return "outcome"
    if field.corrected and not field.correction_right:
        return "history"
    if field.polarity_right is False:
        return "polarity"
    return "turn" if field.turn_right is False else None


def _expected(field: FieldJudgement, kind: ErrorKind) -> str:
    expected = field.expected
    if kind == "history":
        return _values(expected.history)
    if kind == "polarity":
        return expected.polarity or ""
    if kind == "turn":
        return f"turn {expected.turn}"
    return f"{expected.outcome} {_value(expected.value, expected.low, expected.high)}".strip()


def _found(field: FieldJudgement, kind: ErrorKind) -> str:
    stated = field.found.stated
    if kind == "history":
        return _values(field.found.history)
    if kind == "polarity":
        return stated.polarity if stated else ""
    if kind == "turn":
        return "turn " + ", ".join(str(item.turn) for item in field.found.evidence)
    value = _value(stated.value, stated.low, stated.high) if stated else ""
    return f"{field.found.outcome} {value}".strip()


def _values(items: list[SaidValue] | list[StatedItem]) -> str:
    return "; ".join(_value(item.value, item.low, item.high) for item in items) or "-"


def _value(value: Scalar, low: float | None, high: float | None) -> str:
    if (low, high) == (None, None):
        return "" if value is None else _word(value)
    bounds = f"{'' if low is None else _word(low)}..{'' if high is None else _word(high)}"
    return bounds if value is None else f"{_word(value)} ({bounds})"


def _word(value: Scalar) -> str:
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _of_findings(call: CallJudgement) -> Iterator[FieldError]:
    name = call.call.name
    for code in sorted(call.expected_signals - call.found_signals):
        yield FieldError(name, code, "signal", "raised", "-")
    evidence: dict[str, list[EvidenceItem]] = {signal.code: signal.evidence for signal in call.report.signals}
    for code in sorted(call.found_signals - call.expected_signals):
        turn = evidence[code][-1].turn if evidence[code] else None
        said = call.call.transcript.turns[turn].text if turn is not None else ""
        yield FieldError(name, code, "signal", "-", "raised", turn, said)
    if not call.call.excerpt:
        yield from _of_whole_call(call)


def _of_whole_call(call: CallJudgement) -> Iterator[FieldError]:
    name = call.call.name
    for item, status in sorted(call.expected_lapses - call.found_lapses):
        yield FieldError(name, item, "compliance", status, "done")
    for item, status in sorted(call.found_lapses - call.expected_lapses):
        yield FieldError(name, item, "compliance", "done", status)
    for label, role in call.call.roles.items():
        if call.report.roles.get(label) != role:
            yield FieldError(name, label, "role", role, call.report.roles.get(label, "-"))
    expected = call.call.expected.disposition
    if expected and call.report.disposition != expected:
        yield FieldError(name, "disposition", "disposition", expected, call.report.disposition)
