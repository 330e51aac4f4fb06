"""Facts of a call held against the application: `reconcile(facts, applied, rules)` gives every field's outcome."""

from pipeline.reconcile.as_heard import as_heard
from pipeline.reconcile.calibration import Calibration, load_calibration
from pipeline.reconcile.open_look import OpenLook
from pipeline.reconcile.outcomes import reconcile
from pipeline.reconcile.reporting import severity_of
from pipeline.reconcile.rules import FieldRule, FieldRules, load_field_rules
from pipeline.reconcile.second_look import SecondLook
from pipeline.reconcile.trusted import trusted

__all__ = [
    "Calibration",
    "FieldRule",
    "FieldRules",
    "OpenLook",
    "SecondLook",
    "as_heard",
    "load_calibration",
    "load_field_rules",
    "reconcile",
    "severity_of",
    "trusted",
]
