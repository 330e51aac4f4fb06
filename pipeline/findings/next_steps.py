"""What is to be done after the call, and by whom; a courteous message for the customer where one is due."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pipeline.contract import Coverage, Disposition, FieldOutcome, NextStep, SignalItem
from pipeline.findings.settings import FindingRules


def next_steps_of(
    disposition: Disposition,
    outcomes: Sequence[FieldOutcome],
    signals: Sequence[SignalItem],
    coverage: Coverage,
    *,
    ended_early: bool,
    rules: FindingRules,
) -> tuple[NextStep, ...]:
    """Steps for agent, reviewer and customer, in this order.

    The customer's text names the fields still open, never a value, a difference or a suspicion.
    """
    return (
        *(_step("agent", text) for text in _for_agent(signals, coverage, ended_early, rules)),
        *(_step("reviewer", text) for text in _for_reviewer(disposition, outcomes, signals, rules)),
        _step("customer", _for_customer(disposition, coverage, ended_early, rules)),
    )


def _step(person: Literal["customer", "agent", "reviewer"], text: str) -> NextStep:
    return NextStep.model_validate({"for": person, "text": text})


def _for_agent(signals: Sequence[SignalItem], coverage: Coverage, ended_early: bool, rules: FindingRules) -> list[str]:
    texts, codes = rules.next_steps.agent, {signal.code for signal in signals}
    steps = []
    if ended_early:
        steps.append(texts["broke_off"])
    if "not_the_applicant" in codes:
        steps.append(texts["speak_to_applicant"])
    if "refuses_recording" in codes:
        steps.append(texts["explain_recording"])
    questions = [rules.next_steps.questions[field] for field in coverage.missing if field in rules.next_steps.questions]
    if questions:
        steps.append(texts["ask"].format(questions="".join(questions)))
    return steps


def _for_reviewer(
    disposition: Disposition, outcomes: Sequence[FieldOutcome], signals: Sequence[SignalItem], rules: FindingRules
) -> list[str]:
    template = rules.next_steps.reviewer.get(disposition)
    if template is None:
        return []
    labels = {rule.code: rule.label.zh for rule in rules.signals.signals}
    reasons = [labels[signal.code] for signal in signals] + [
        outcome.explanation_zh for outcome in outcomes if outcome.severity is not None
    ]
    return [template.format(reasons="\uff1b".join(reasons))]


def _for_customer(disposition: Disposition, coverage: Coverage, ended_early: bool, rules: FindingRules) -> str:
    texts = rules.next_steps
    kind = "broke_off" if disposition == "callback" and ended_early else disposition
    fields = texts.list_separator.join(rules.fields.rule(field).label.zh for field in coverage.missing)
    return texts.customer[kind].format(salutation=texts.salutation, fields=fields)
