"""Character error rates of the recogniser on held-out speech, and how fast a full window is decoded."""

from __future__ import annotations

import subprocess
import sys
import time
from statistics import median

import numpy as np

from bench.long_calls import held_out_call
from bench.table import print_table
from models.hear import RecogniserOptions, open_recogniser
from models.training.recogniser.channel import MODEL_RATE, resample
from models.training.recogniser.sounds import TELEPHONE_RATE, Samples
from pipeline.types import SpeechRegion, Window

WINDOW_SECONDS = 30
RUNS = 5


def bench_recognition(model: str, *, threads: int) -> None:
    """Print the figures of `callproof evaluate --audio`, then the speed of decoding windows of 30 s."""
    command = [sys.executable, "-m", "api.cli", "--lang", "en", "evaluate", "--audio", "--model", model]
    subprocess.run([*command, "--threads", str(threads)], check=True)
    bench_window(model, threads=threads)


def bench_window(model: str, *, threads: int) -> None:
    """Print × real time of one full window of speech at a time and of eight together: medians of five runs."""
    windows = _full_windows(8)
    rows = []
    for batch in (1, 8):
        recogniser = open_recogniser("openai-whisper", RecogniserOptions(model=model, threads=threads, batch=batch))
        list(recogniser.recognise(windows[:1]))
        seconds = []
        for run in range(RUNS):
            chosen = windows if batch > 1 else [windows[run % len(windows)]]
            start = time.perf_counter()
            list(recogniser.recognise(chosen))
            seconds.append((time.perf_counter() - start) / len(chosen))
        rows.append([batch, f"{median(seconds):.2f}", f"{WINDOW_SECONDS / median(seconds):.1f}"])
    print_table(
        f"Decoding windows of {WINDOW_SECONDS} s, {model}, {threads} threads: words, times and probabilities",
        ["windows at once", "s a window", "x real time"],
        rows,
    )


def _full_windows(count: int) -> list[Window]:
    """Windows of speech without gaps: one side of a generated call, its pauses cut out."""
    call = held_out_call(2.5 * count * WINDOW_SECONDS / 60, seed=3)
    spoken = _without_pauses(call.audio[0])
    whole = resample(spoken, TELEPHONE_RATE, MODEL_RATE)
    size = WINDOW_SECONDS * MODEL_RATE
    if len(whole) < count * size:
        raise RuntimeError("the generated call is too short for the windows")
    return [
        Window(whole[index * size : (index + 1) * size], SpeechRegion(0.0, float(WINDOW_SECONDS)))
        for index in range(count)
    ]


def _without_pauses(samples: Samples) -> Samples:
    frames = samples[: len(samples) // 160 * 160].reshape(-1, 160)
    loud = np.abs(frames).max(1) > 0.05
    kept = np.convolve(loud, np.ones(15), "same") > 0
    return np.asarray(frames[kept].reshape(-1), np.float32)
