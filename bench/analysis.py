"""Calls a second through `analyze`, one process, warm: labelled calls that all differ, each read once."""

from __future__ import annotations

import time
from pathlib import Path

from bench.table import print_table
from pipeline.analysis import Analyst
from pipeline.evaluate import read_calls

CALLS = Path(__file__).parents[1] / "tests" / "cases" / "calls" / "tuned"
WARMING, TURNS = 20, 35


def bench_analysis() -> None:
    """Print calls of 35 turns a second, by the clock and by the time that the processor gave."""
    started = time.perf_counter()
    analyst = Analyst()
    ready = time.perf_counter() - started
    calls = [(call.transcript, call.application) for call in read_calls(CALLS)]
    for transcript, application in calls[:WARMING]:
        analyst.analyse(transcript, application)
    measured = calls[WARMING:]
    started, given = time.perf_counter(), time.process_time()
    for transcript, application in measured:
        analyst.analyse(transcript, application)
    spent, given = time.perf_counter() - started, time.process_time() - given
    turns = sum(len(transcript.turns) for transcript, _ in measured)
    row = [f"{ready:.2f}", str(len(measured)), f"{turns / TURNS / spent:.0f}", f"{turns / TURNS / given:.0f}"]
    print_table(
        "Analysis, one core, calls that differ",
        ["s to load rules", "calls", f"calls/s of {TURNS} turns", "by processor time"],
        [row],
    )
