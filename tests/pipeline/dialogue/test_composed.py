"""Whole calls put together from cells of the grids come to what their cells do by themselves, nearly always."""

import random

from pipeline.analysis import Analyst
from tests.support.composed import composed, pieces_of
from tests.support.grids import GRIDS

CALLS, CELLS = 20, 12
WRONG = 0.04
"""The order in which an agent asks is drawn, and some orders change what an answer means."""


def test_answers_hold_in_company() -> None:
    rng, analyst = random.Random(7), Analyst()
    by_field = pieces_of(sorted(GRIDS.glob("*.yaml")), CELLS, rng, analyst)
    calls = [composed(by_field, rng) for _ in range(CALLS)]
    assert sum(len(call.expected) for call in calls) > 15 * CALLS
    wrong = [f"{field}: {fault}" for call in calls for field, fault in call.faults(analyst)]
    assert len(wrong) < WRONG * sum(len(call.expected) for call in calls), "\n".join(wrong)
