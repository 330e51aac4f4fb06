"""The façade of findings: everything that follows from a call's turns, facts and outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.contract import (
    ComplianceResult,
    Conduct,
    Coverage,
    Disposition,
    FieldOutcome,
    NextStep,
    Risk,
    SignalItem,
)
from pipeline.findings.compliance import check_script
from pipeline.findings.conduct import conduct_of
from pipeline.findings.coverage import coverage_of
from pipeline.findings.disposition import disposition_of
from pipeline.findings.ending import broke_off
from pipeline.findings.next_steps import next_steps_of
from pipeline.findings.risk import risk_of
from pipeline.findings.settings import FindingRules
from pipeline.findings.signals import find_signals
from pipeline.types import Fact, ReadingModels, Scalar, Turn


@dataclass(frozen=True, slots=True)
class Findings:
    """All that the report says beside the fields. `broke_off` tells that the call ended before it was done."""

    disposition: Disposition
    risk: Risk
    signals: tuple[SignalItem, ...]
    compliance: tuple[ComplianceResult, ...]
    coverage: Coverage
    conduct: Conduct
    next_steps: tuple[NextStep, ...]
    broke_off: bool


def find(
    turns: Sequence[Turn],
    facts: Sequence[Fact],
    outcomes: Sequence[FieldOutcome],
    applied: Mapping[str, Scalar],
    rules: FindingRules,
    *,
    models: ReadingModels | None = None,
    duration: float | None = None,
    signals: tuple[SignalItem, ...] | None = None,
) -> Findings:
    """Findings of one call.

    `turns` are in order of time and carry roles (agent, customer, third_party); `outcomes` are those of `reconcile`;
    `applied` holds the application's leaves by field path; `duration` is the recording's, in seconds; `signals`
    are those of `find_signals`, where they are known already. Without `models`, phrases and patterns alone decide.
    """
    if signals is None:
        signals = find_signals(turns, facts, applied, rules.signals, models.signals if models else None)
    compliance = check_script(turns, applied, rules.script, models.script if models else None)
    coverage = coverage_of(outcomes, rules.fields)
    ended_early = broke_off(turns, compliance, rules.script.broke_off)
    disposition = disposition_of(outcomes, signals, broke_off=ended_early, rules=rules.fields)
    return Findings(
        disposition=disposition,
        risk=risk_of(outcomes, signals, compliance, rules.risk, rules.fields),
        signals=signals,
        compliance=compliance,
        coverage=coverage,
        conduct=conduct_of(turns, duration),
        next_steps=next_steps_of(disposition, outcomes, signals, coverage, ended_early=ended_early, rules=rules),
        broke_off=ended_early,
    )
