"""Numbers and ranges held against the applied number: money (CNY), months, years."""

from __future__ import annotations

import math

from pipeline.reconcile.comparison import Comparison, Held
from pipeline.reconcile.rules import Level

_ROUNDING = 1e-6


def exact_number(comparison: Comparison, level: Level) -> Held | None:
    """One number was said, without bounds, and it is the applied one."""
    said, applied = _number(comparison.stated.value), _number(comparison.applied)
    if said is None or applied is None or is_range(comparison) or not math.isclose(said, applied, abs_tol=_ROUNDING):
        return None
    return Held(comparison.stated.value)


def tolerance(comparison: Comparison, level: Level) -> Held | None:
    """One number was said and lies within the tolerance of the applied one; the edge is inside."""
    said, applied = _number(comparison.stated.value), _number(comparison.applied)
    if said is None or applied is None or is_range(comparison) or abs(said - applied) > slack(level, applied):
        return None
    return Held(comparison.stated.value)


def within_range(comparison: Comparison, level: Level) -> Held | None:
    """The applied number lies within the stated bounds, widened by the tolerance; an open side has no bound."""
    stated, applied = comparison.stated, _number(comparison.applied)
    if applied is None or (stated.low is None and stated.high is None):
        return None
    room = slack(level, applied)
    low = -math.inf if stated.low is None else stated.low - room
    high = math.inf if stated.high is None else stated.high + room
    return Held(stated.value) if low <= applied <= high else None


def slack(level: Level, applied: float) -> float:
    """How far from the applied value a level reaches, in the field's unit."""
    return (level.ratio or 0.0) * abs(applied) + (level.margin or 0.0) + _ROUNDING


def is_range(comparison: Comparison) -> bool:
    """Whether bounds were said: around a hedged number, or in place of one."""
    stated = comparison.stated
    bounds = [bound for bound in (stated.low, stated.high) if bound is not None]
    return any(bound != stated.value for bound in bounds)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
