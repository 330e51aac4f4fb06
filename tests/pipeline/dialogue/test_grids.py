"""Every question times every answer of `tests/cases/grids`."""

from pathlib import Path

import pytest

from pipeline.analysis import Analyst
from tests.support.grids import GRIDS, read_grids

SHOWN = 20


@pytest.fixture(scope="module")
def analyst() -> Analyst:
    return Analyst()


@pytest.mark.parametrize("path", sorted(GRIDS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_answer_is_understood_however_it_was_asked(analyst: Analyst, path: Path) -> None:
    wrong = [(cell, faults) for cell in read_grids(path) if (faults := cell.faults(analyst))]
    listed = [f"{cell.ask} | {cell.say} | {cell.paper}: {'; '.join(faults)}" for cell, faults in wrong[:SHOWN]]
    assert not wrong, "\n".join([f"{len(wrong)} cells wrong", *listed])
