"""The same call, told a little otherwise, comes to the same report."""

from __future__ import annotations

import pytest

from pipeline.analysis import Analyst
from tests.support.retell import CALLS, CHANGES, Change, Retold

EVERY = 4
MOST_WRONG = 5
"""In every fourth everyday call, of some 1,300 judgements."""


@pytest.fixture(scope="module")
def calls() -> Retold:
    return Retold(CALLS / "everyday", Analyst(), every=EVERY)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_calls_told_otherwise_say_the_same(change: Change, calls: Retold) -> None:
    worse = [(error.file, error.subject, error.kind) for error in calls.new_errors(change)]
    assert len(worse) <= MOST_WRONG, worse
