"""Risk as a sum of points anybody can add up, from `risk.yaml`."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.contract import Band, ComplianceResult, FieldOutcome, Risk, SignalItem
from pipeline.findings.settings import RiskRules
from pipeline.reconcile import FieldRules


def risk_of(
    outcomes: Sequence[FieldOutcome],
    signals: Sequence[SignalItem],
    compliance: Sequence[ComplianceResult],
    rules: RiskRules,
    fields: FieldRules,
) -> Risk:
    """Score in 0..1, its band, and every reason that brought points, the weightiest first."""
    points, required = rules.points, set(fields.required)
    reasons: list[tuple[str, float]] = []
    for outcome in outcomes:
        earned = points.of(outcome.outcome, outcome.severity)
        if outcome.outcome == "not_stated" and outcome.field in required:
            earned = points.not_stated
        reasons.append((f"{outcome.field} {outcome.outcome}", earned))
    reasons += [(f"signal:{signal.code}", points.signal.get(signal.severity, 0.0)) for signal in signals]
    reasons += [
        (f"compliance:{result.item}", points.compliance.get(result.item, 0.0))
        for result in compliance
        if result.status == "violated"
    ]
    earning = sorted(((reason, earned) for reason, earned in reasons if earned), key=lambda item: -item[1])
    score = min(1.0, round(sum(earned for _, earned in earning) / 100, 4))
    return Risk(score=score, band=_band(score, rules), reasons=[reason for reason, _ in earning])


def _band(score: float, rules: RiskRules) -> Band:
    if score >= rules.bands.high:
        return "high"
    return "medium" if score >= rules.bands.medium else "low"
