"""Workers killed at every boundary of a stage: every call ends exactly once. The 200 kills are `bench/killing.py`."""

from __future__ import annotations

from pathlib import Path

from pipeline.jobs import Jobs
from tests.support.killing import Killing

BOUNDARIES = ("made:transcribe", "settling:transcribe", "settled:transcribe", "settling:analyze", "settled:analyze")


def test_no_kill_loses_or_repeats_a_call(place: str, tmp_path: Path) -> None:
    killing = Killing(place, tmp_path / "data")
    try:
        killing.run([None, *BOUNDARIES], most_seconds=240)
        verdict = killing.verdict()
    finally:
        killing.close()
    assert dict(killing.kills) == {"random": 1, **dict.fromkeys(BOUNDARIES, 1)}
    wrong = {name: count for name, count in verdict.items() if name not in ("kills", "calls", "done_once")}
    assert wrong == dict.fromkeys(wrong, 0)
    assert verdict["done_once"] == verdict["calls"] == len(set(killing.calls)) > 0


def test_the_count_sees_a_call_done_twice(place: str, tmp_path: Path) -> None:
    killing = Killing(place, tmp_path / "data")
    try:
        killing._feed()
        jobs: Jobs = killing.jobs
        for stage in ("analyze", None, None):
            job = jobs.take(jobs.queue.join(), ("gpu", "cpu"))
            if job is None:
                with jobs.store.database.write() as connection:
                    jobs.queue.put(connection, killing.calls[0], "analyze")
                job = jobs.take(jobs.queue.join(), ("gpu", "cpu"))
            assert job is not None
            with jobs.settling(job) as connection:
                jobs.stage_done(connection, job, stage)  # type: ignore[arg-type]
        verdict = killing.verdict()
    finally:
        killing.close()
    assert (verdict["done_once"], verdict["done_twice"], verdict["told_not_once"]) == (0, 1, 1)
