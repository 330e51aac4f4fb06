"""Calls a second through `analyze`, one process, warm: the three samples' true transcripts, over and over."""

from __future__ import annotations

import json
import time
from pathlib import Path

from bench.table import print_table
from pipeline.documents import application_from, transcript_from
from pipeline.flow import Analyst

SAMPLES = Path(__file__).parents[1] / "samples"
SECONDS = 5.0


def bench_analysis() -> None:
    """Print calls and turns a second."""
    started = time.perf_counter()
    analyst = Analyst()
    ready = time.perf_counter() - started
    calls = [
        (
            transcript_from(json.loads(truth.read_text(encoding="utf-8"))),
            application_from(
                json.loads(truth.with_name(truth.name.replace("truth", "application")).read_text("utf-8"))
            ),
        )
        for truth in sorted(SAMPLES.glob("*.truth.json"))
    ]
    for transcript, application in calls:
        analyst.analyse(transcript, application)
    done, started = 0, time.perf_counter()
    while (spent := time.perf_counter() - started) < SECONDS:
        analyst.analyse(*calls[done % len(calls)])
        done += 1
    turns = sum(len(transcript.turns) for transcript, _ in calls) / len(calls)
    row = [f"{ready:.2f}", f"{done / spent:.0f}", f"{done * turns / spent:.0f}", f"{turns:.0f}"]
    print_table("Analysis, one core", ["s to load rules", "calls/s", "turns/s", "turns a call"], [row])
