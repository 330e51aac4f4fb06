"""Character error rate of the recogniser on held-out telephone speech."""

from __future__ import annotations

import subprocess
import sys

from models.weights import verified


def bench_recognition(model: str, *, threads: int) -> None:
    """Print the error rates of `model`, decoded by the stock whisper package (the evaluation of its training)."""
    checkpoint = str(verified("recogniser")) if model == "embedded" else model
    command = [sys.executable, "-m", "models.training.recogniser", "evaluate", checkpoint, "--threads", str(threads)]
    print(f"\nRecognition, {model}: held-out texts, telephone channel, percent\n", flush=True)
    subprocess.run(command, check=True)
