"""`callproof serve` killed while calls come in and are worked on: each is taken once and ends once.

The 200 kills are `python -m bench.killing --serve`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.serve_killing import ServeKilling

BOUNDARIES = ("received:upload", "stored:upload", "settling:transcribe", "settled:transcribe", "settling:analyze")


@pytest.mark.slow
def test_no_kill_of_the_server_loses_or_repeats_a_call(place: str, tmp_path: Path) -> None:
    killing = ServeKilling(place, tmp_path / "data", workers=1 if place.startswith("sqlite") else 2)
    try:
        killing.run([None, *BOUNDARIES], most_seconds=280)
        verdict = killing.verdict()
    finally:
        killing.close()
    assert dict(killing.kills) == {"random": 1, **dict.fromkeys(BOUNDARIES, 1)}
    wrong = {name: count for name, count in verdict.items() if name not in ("kills", "calls", "done_once")}
    assert wrong == dict.fromkeys(wrong, 0)
    assert verdict["done_once"] == verdict["calls"] == len(set(killing.calls)) > 0
    assert killing.retried > 0
