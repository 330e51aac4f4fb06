"""Whether a value found is the value labelled."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from pipeline.contract import Scalar, StatedItem
from pipeline.evaluate.labels import DIGIT_FIELDS, SaidValue
from pipeline.language.addresses import in_figures

RELATIVE_TOLERANCE = 0.01
ABSOLUTE_TOLERANCE = 0.01
FREE_TEXT = frozenset({"identity.residence"})
# A job is told with or without its 的: 支模板的.
JOB, OF_A_JOB = "employment.position", "的"


def same_value(field: str, expected: SaidValue, found: StatedItem) -> bool:
    """The values agree, or where one side has none or they differ, the bounds do.

    Numbers agree within 1 % (or 0.01), digits by the digits alone, an address when one holds the other, its numbers in
    figures or in characters, with or without pauses; a job with or without its 的, and any other text in its canonical
    spelling without regard to width, case and spaces.
    """
    if expected.value is not None and _same(field, expected.value, found.value):
        return True
    return (expected.low, expected.high) != (None, None) and _close(expected.low, found.low, expected.high, found.high)


def in_history(field: str, earlier: SaidValue, history: Sequence[StatedItem]) -> bool:
    """Whether the value `earlier` is among those found to be taken back."""
    return any(same_value(field, earlier, item) for item in history)


def _same(field: str, expected: Scalar, found: Scalar) -> bool:
    if isinstance(expected, bool) or isinstance(found, bool):
        return expected is found
    if isinstance(expected, int | float) and isinstance(found, int | float):
        return _near(expected, found)
    if not isinstance(expected, str) or not isinstance(found, str):
        return False
    if field in DIGIT_FIELDS:
        return _digits(expected) == _digits(found)
    left, right = _plain(expected), _plain(found)
    if field == JOB:
        left, right = left.removesuffix(OF_A_JOB), right.removesuffix(OF_A_JOB)
    if field in FREE_TEXT and left and right:
        left, right = _in_one_breath(left), _in_one_breath(right)
        return left in right or right in left
    return left == right


def _close(low: float | None, found_low: float | None, high: float | None, found_high: float | None) -> bool:
    return all(
        found is None if expected is None else found is not None and _near(expected, found)
        for expected, found in ((low, found_low), (high, found_high))
    )


def _near(expected: float, found: float) -> bool:
    return abs(expected - found) <= max(ABSOLUTE_TOLERANCE, RELATIVE_TOLERANCE * abs(expected))


def _digits(text: str) -> str:
    return re.sub(r"[^0-9X]", "", unicodedata.normalize("NFKC", text).upper())


def _in_one_breath(place: str) -> str:
    """An address without its pauses, its numbers in figures: 敦化路,三百二十八号."""
    return in_figures(re.sub(r"[,、。]", "", place))


def _plain(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).casefold()
