"""Speed and memory on one generated stereo call, beside the stock `whisper` command on the same weights and file."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from bench.character_errors import by_speaker, character_error_rate, in_order
from bench.process import Measured, measure
from bench.table import print_table
from models.training.calls import write_audio
from models.training.long_calls import held_out_call
from models.weights import verified

RUNS = 3


def bench_speed(model: str, *, minutes: float, threads: int) -> None:
    """Print × real time, peak memory and CER of both on one call; ours is the median of three runs, theirs one run."""
    checkpoint = str(verified("recogniser")) if model == "embedded" else model
    call = held_out_call(minutes)
    seconds = call.audio.shape[1] / call.sample_rate
    with tempfile.TemporaryDirectory() as folder:
        recording = Path(folder) / "call.wav"
        write_audio(recording, call.audio, call.sample_rate)
        ours = sorted((_callproof(recording, model, threads) for _ in range(RUNS)), key=lambda run: run.seconds)
        middle = ours[len(ours) // 2]
        heard = json.loads(middle.output)
        truth, found = by_speaker(call.transcript), by_speaker(heard)
        rows = [_row("callproof transcribe", middle, seconds)]
        rows[0].append(f"{100 * character_error_rate((truth[name], found.get(name, '')) for name in truth):.1f}")
        rows[0].append(f"{100 * character_error_rate([(in_order(call.transcript), in_order(heard))]):.1f}")
        stock = _whisper(recording, checkpoint, threads, Path(folder))
        text = (Path(folder) / "call.txt").read_text(encoding="utf-8")
        rows.append([*_row("whisper (down-mixed)", stock, seconds), "—"])
        rows[1].append(f"{100 * character_error_rate([(in_order(call.transcript), text)]):.1f}")
    print_table(
        f"Speed, {model}: {seconds / 60:.1f} min stereo call, {threads} threads, model load included",
        ["", "s", "x real time", "peak MB", "CER % by speaker", "CER % in order"],
        rows,
    )
    print(f"\nratio of times, whisper / callproof: {stock.seconds / middle.seconds:.2f}")


def _row(name: str, run: Measured, seconds: float) -> list[object]:
    return [name, f"{run.seconds:.1f}", f"{seconds / run.seconds:.1f}", f"{run.peak_mb:.0f}"]


def _callproof(recording: Path, model: str, threads: int) -> Measured:
    command = [sys.executable, "-m", "api.cli", "transcribe", str(recording), "--json"]
    return measure([*command, "--model", model, "--threads", str(threads)])


def _whisper(recording: Path, checkpoint: str, threads: int, folder: Path) -> Measured:
    command = [sys.executable, "-m", "whisper", str(recording), "--model", checkpoint, "--language", "zh"]
    command += ["--fp16", "False", "--threads", str(threads), "--output_dir", str(folder), "--verbose", "False"]
    return measure(command, environment={"PATH": f"{_folder_with_ffmpeg(folder)}{os.pathsep}{os.environ['PATH']}"})


def _folder_with_ffmpeg(folder: Path) -> Path:
    """The whisper command calls a program `ffmpeg`; where the machine has none, the wheel of imageio-ffmpeg has."""
    if shutil.which("ffmpeg") is None:
        import imageio_ffmpeg

        (folder / "ffmpeg").symlink_to(imageio_ffmpeg.get_ffmpeg_exe())
    return folder
