"""What is to be done after the call, and by whom; a courteous message for the customer where one is due."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from pipeline.contract import Coverage, Disposition, FieldOutcome, NextStep, SignalItem
from pipeline.findings.settings import FindingRules

Language = Literal["zh", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")


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
    words = (_words(disposition, outcomes, signals, coverage, ended_early, rules, language) for language in LANGUAGES)
    return tuple(
        NextStep.model_validate({"for": person, "text": zh, "text_en": en})
        for (person, zh), (_, en) in zip(*words, strict=True)
    )


def _words(
    disposition: Disposition,
    outcomes: Sequence[FieldOutcome],
    signals: Sequence[SignalItem],
    coverage: Coverage,
    ended_early: bool,
    rules: FindingRules,
    language: Language,
) -> list[tuple[str, str]]:
    """Who is to do what, in one language; the same steps in each."""
    return [
        *(("agent", text) for text in _for_agent(signals, coverage, ended_early, rules, language)),
        *(("reviewer", text) for text in _for_reviewer(disposition, outcomes, signals, rules, language)),
        ("customer", _for_customer(disposition, coverage, ended_early, rules, language)),
    ]


def _for_agent(
    signals: Sequence[SignalItem], coverage: Coverage, ended_early: bool, rules: FindingRules, language: Language
) -> list[str]:
    texts, codes = rules.next_steps.agent, {signal.code for signal in signals}
    steps = []
    if ended_early:
        steps.append(texts["broke_off"].of(language))
    if "not_the_applicant" in codes:
        steps.append(texts["speak_to_applicant"].of(language))
    if "refuses_recording" in codes:
        steps.append(texts["explain_recording"].of(language))
    asked = [field for field in coverage.missing if field in rules.next_steps.questions]
    if asked:
        questions = "".join(rules.next_steps.questions[field] for field in asked)
        ask = texts["ask"].of(language)
        steps.append(ask.format(questions=questions, fields=_labels(asked, rules, language)))
    return steps


def _for_reviewer(
    disposition: Disposition,
    outcomes: Sequence[FieldOutcome],
    signals: Sequence[SignalItem],
    rules: FindingRules,
    language: Language,
) -> list[str]:
    template = rules.next_steps.reviewer.get(disposition)
    if template is None:
        return []
    labels = {rule.code: rule.label.of(language) for rule in rules.signals.signals}
    reasons = [labels[signal.code] for signal in signals] + [
        outcome.explanation_zh if language == "zh" else outcome.explanation
        for outcome in outcomes
        if outcome.severity is not None
    ]
    return [template.of(language).format(reasons=("\uff1b" if language == "zh" else "; ").join(reasons))]


def _for_customer(
    disposition: Disposition, coverage: Coverage, ended_early: bool, rules: FindingRules, language: Language
) -> str:
    texts = rules.next_steps
    kind = "broke_off" if disposition == "callback" and ended_early else disposition
    fields = _labels(coverage.missing, rules, language)
    return texts.customer[kind].of(language).format(salutation=texts.salutation.of(language), fields=fields)


def _labels(fields: Sequence[str], rules: FindingRules, language: Language) -> str:
    separator = rules.next_steps.list_separator.of(language)
    return separator.join(rules.fields.rule(field).label.of(language) for field in fields)
