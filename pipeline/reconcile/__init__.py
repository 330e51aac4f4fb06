"""Facts of a call held against the application: `reconcile(facts, applied, rules)` gives every field's outcome."""

from pipeline.reconcile.outcomes import reconcile, severity_of
from pipeline.reconcile.rules import FieldRule, FieldRules, load_field_rules

__all__ = ["FieldRule", "FieldRules", "load_field_rules", "reconcile", "severity_of"]
