"""What follows from a call: signals, compliance, coverage, conduct, risk, disposition, next steps."""

from pipeline.findings.findings import Findings, find
from pipeline.findings.implied import with_implied
from pipeline.findings.settings import FindingRules, load_finding_rules
from pipeline.findings.signals import find_signals

__all__ = ["FindingRules", "Findings", "find", "find_signals", "load_finding_rules", "with_implied"]
