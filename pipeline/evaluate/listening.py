"""How much of a call a reviewer still has to hear when he opens only what is flagged."""

from __future__ import annotations

from pipeline.contract import EvidenceItem, Report

FLAGGED = frozenset({"mismatch", "contradicted", "unclear"})
MARGIN_SECONDS = 2.0


def seconds_to_hear(report: Report, *, duration: float) -> float:
    """Seconds covered by the evidence of flagged fields and signals, with 2 s before and after, within the call."""
    heard = reached = 0.0
    for start, end in sorted(_span(item, duration) for item in _flagged(report)):
        heard += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return heard


def _flagged(report: Report) -> list[EvidenceItem]:
    fields = [item for field in report.fields if field.outcome in FLAGGED for item in field.evidence]
    return fields + [item for signal in report.signals for item in signal.evidence]


def _span(item: EvidenceItem, duration: float) -> tuple[float, float]:
    return max(0.0, item.start - MARGIN_SECONDS), min(duration, item.end + MARGIN_SECONDS)
