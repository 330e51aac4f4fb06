"""How much memory callproof holds: over many calls in one process, and on hours of sound.

`python -m bench.memory RECORDING --times N` hears a recording N times in this process and prints what it took as JSON;
`python -m bench memory` runs the two measurements.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from bench.process import measure
from bench.table import print_table
from models.training.calls import write_audio
from models.training.long_calls import held_out_call

CALLS = 100
EARLY, LATE = 10, 100
SAMPLED = 5
"""Memory goes up and down with the collector: the median over so many calls counts."""
HOURS = 4.0
SPEECH_MINUTES = 2.0
PAGE_MB = resource.getpagesize() / 1024 / 1024


def bench_memory(model: str, *, threads: int, calls: int = CALLS, hours: float = HOURS) -> None:
    """Print resident memory after call 10 and after the last, and the peak on hours of sound."""
    with tempfile.TemporaryDirectory() as folder:
        call = held_out_call(0.25)
        recording = Path(folder) / "call.wav"
        write_audio(recording, call.audio, call.sample_rate)
        resident = _many(recording, calls, model, "cpu", threads)["resident_mb"]
        early, late = _around(resident, EARLY), _around(resident, calls)
        rows: list[list[object]] = [
            [f"after call {EARLY}", f"{early:.0f}"],
            [f"after call {calls}", f"{late:.0f} ({100 * (late / early - 1):+.1f} %)"],
        ]
        long = Path(folder) / "long.flac"
        speech = held_out_call(SPEECH_MINUTES)
        write_audio(long, _with_pauses(speech.audio, hours, speech.sample_rate), speech.sample_rate)
        seconds, _, peak = measure_one(long, model, device="cpu", threads=threads)
        rows.append([f"peak, one call of {hours:g} h, two channels, mostly pauses ({seconds} s)", peak])
    print_table(f"Memory of one process, {model}, {threads} threads", ["", "MB"], rows)


def measure_one(recording: Path, model: str, *, device: str, threads: int) -> list[object]:
    """Seconds, x real time and peak MB of the command on one recording."""
    return measure_many(recording, 1, model, device=device, threads=threads)


def measure_many(recording: Path, count: int, model: str, *, device: str, threads: int) -> list[object]:
    """Seconds, x real time and peak MB of hearing a recording `count` times in one process."""
    found = _many(recording, count, model, device, threads)
    return [f"{found['wall']:.1f}", f"{found['sound'] / found['wall']:.1f}", f"{found['peak_mb']:.0f}"]


def _many(recording: Path, count: int, model: str, device: str, threads: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.memory", str(recording), "--times", str(count), "--model", model]
    run = measure([*command, "--device", device, "--threads", str(threads)])
    return {**json.loads(run.output), "wall": run.seconds, "peak_mb": run.peak_mb}


def _around(resident: list[float], call: int) -> float:
    return float(np.median(resident[max(0, call - SAMPLED) : call]))


def _with_pauses(audio: np.ndarray[Any, np.dtype[np.float32]], hours: float, rate: int) -> Any:
    """A call, then the line's quiet noise until the hours are full."""
    noise = np.random.default_rng(1).normal(0, 1e-3, (2, int(hours * 3600 * rate))).astype(np.float32)
    noise[:, : audio.shape[1]] += audio
    return noise


def main() -> None:
    """Hear a recording several times."""
    from configs.settings import load
    from pipeline.flow import Engines, transcribe_call

    parser = argparse.ArgumentParser(prog="python -m bench.memory", description=__doc__)
    parser.add_argument("recording", type=Path)
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--model", default="embedded")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    settings = load(None, model=options.model, device=options.device, threads=options.threads).settings
    engines = Engines(settings)
    started = time.perf_counter()
    resident, sound = [], 0.0
    for _ in range(options.times):
        _, recording = transcribe_call(options.recording, engines, settings)
        sound += recording.duration
        resident.append(_resident_mb())
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "sound": sound, "resident_mb": resident}))


def _resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_MB


if __name__ == "__main__":
    main()
