"""The same words in other turns come to the same report."""

from __future__ import annotations

import pytest

from pipeline.analysis import Analyst
from tests.support.recut import CALLS, CUTS, Cut, new_errors

EVERY = 4
MOST_WRONG = 3
"""In every fourth everyday call, of some 1,300 judgements."""


@pytest.fixture(scope="module")
def analyst() -> Analyst:
    return Analyst()


@pytest.mark.parametrize("cut", CUTS, ids=lambda cut: cut.__name__)
def test_turns_parted_elsewhere_say_the_same(cut: Cut, analyst: Analyst) -> None:
    worse = [
        (error.file, error.subject, error.kind) for error in new_errors(CALLS / "everyday", cut, analyst, every=EVERY)
    ]
    assert len(worse) <= MOST_WRONG, worse
