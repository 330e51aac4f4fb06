"""What follows from a call: signals, compliance, coverage, conduct, risk, disposition, next steps."""

from pipeline.findings.findings import Findings, find
from pipeline.findings.settings import FindingRules, load_finding_rules

__all__ = ["FindingRules", "Findings", "find", "load_finding_rules"]
