"""A command as a whole process: how long it takes and how much memory it holds at most."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_WITH_PEAK = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:])
print(f"peak_kb={resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss}", file=sys.stderr)
sys.exit(done.returncode)
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: wall-clock seconds, peak resident memory of the largest process (MB), what it printed."""

    seconds: float
    peak_mb: float
    output: str


def measure(command: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Measured:
    """Run `command` to its end. Raises `RuntimeError` with the end of its messages where it fails."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _WITH_PEAK, *command],
        capture_output=True,
        text=True,
        env={**os.environ, **(environment or {})},
    )
    seconds = time.perf_counter() - started
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stderr[-500:]}")
    peak_kb = int(done.stderr.rsplit("peak_kb=", 1)[1])
    return Measured(seconds, peak_kb / 1024, done.stdout)
