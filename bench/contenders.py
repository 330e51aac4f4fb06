"""Programs that write a recording down, each run as a whole process on the same weights and file."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.process import Measured, measure
from models.hear.conversion import convert
from models.weights import verified
from pipeline.contract import TRANSCRIPT_SCHEMA, Transcript


@dataclass(frozen=True)
class Setting:
    """What all are given: the checkpoint, the same weights converted, device, threads, a folder to write in."""

    checkpoint: Path
    converted: Path
    device: str
    threads: int
    folder: Path


@dataclass(frozen=True)
class Heard:
    """One run: what it took, and the transcript (of one speaker where a program gives none)."""

    run: Measured
    transcript: Transcript


Contender = Callable[[Path, Setting], Heard]


def setting(model: str, *, device: str, threads: int, folder: Path) -> Setting:
    """The weights that `model` names (`embedded` or an openai-whisper checkpoint), and their conversion."""
    checkpoint = verified("recogniser") if model == "embedded" else Path(model)
    return Setting(checkpoint, convert(checkpoint, folder / "converted"), device, threads, folder)


def contenders(whisperx: str | None) -> dict[str, Contender]:
    """Every program that can be run here; `whisperx` is its command, which may live in an environment of its own."""
    found: dict[str, Contender] = {
        "callproof": _callproof,
        "callproof, engine faster-whisper": _callproof_fast,
        "whisper": _whisper,
        "faster-whisper": _peer("sequential"),
        "faster-whisper, batched": _peer("batched"),
    }
    command = whisperx or shutil.which("whisperx")
    if command:
        found["whisperX"] = _whisperx(command)
    return found


def _callproof(recording: Path, given: Setting) -> Heard:
    return _own(recording, given, str(given.checkpoint), "openai-whisper")


def _callproof_fast(recording: Path, given: Setting) -> Heard:
    return _own(recording, given, str(given.converted), "faster-whisper")


def _own(recording: Path, given: Setting, model: str, engine: str) -> Heard:
    command = [sys.executable, "-m", "api.cli", "transcribe", str(recording), "--json", "--model", model]
    command += ["--threads", str(given.threads), "--device", given.device]
    run = measure(command, environment={"CALLPROOF_ENGINE": engine})
    return Heard(run, Transcript.model_validate_json(run.output))


def _whisper(recording: Path, given: Setting) -> Heard:
    command = [sys.executable, "-m", "whisper", str(recording), "--model", str(given.checkpoint), "--language", "zh"]
    command += ["--fp16", str(given.device != "cpu"), "--threads", str(given.threads), "--device", given.device]
    command += ["--output_dir", str(given.folder), "--output_format", "json", "--verbose", "False"]
    path = f"{_folder_with_ffmpeg(given.folder)}{os.pathsep}{os.environ['PATH']}"
    return Heard(measure(command, environment={"PATH": path}), _segments(given.folder / f"{recording.stem}.json"))


def _peer(mode: str) -> Contender:
    def run(recording: Path, given: Setting) -> Heard:
        output = given.folder / f"{recording.stem}.{mode}.json"
        command = [sys.executable, "-m", "bench.peer", mode, str(recording), str(given.converted), str(output)]
        measured = measure([*command, "--device", given.device, "--threads", str(given.threads)])
        return Heard(measured, _segments(output))

    return run


def _whisperx(command: str) -> Contender:
    def run(recording: Path, given: Setting) -> Heard:
        words = [command, str(recording), "--model", str(given.converted), "--language", "zh", "--no_align"]
        words += ["--device", given.device, "--compute_type", "float32", "--threads", str(given.threads)]
        words += ["--output_dir", str(given.folder), "--output_format", "json"]
        path = f"{_folder_with_ffmpeg(given.folder)}{os.pathsep}{os.environ['PATH']}"
        measured = measure(words, environment={"PATH": path})
        return Heard(measured, _segments(given.folder / f"{recording.stem}.json"))

    return run


def _segments(path: Path) -> Transcript:
    """Segments of a program that knows no speakers, as one speaker's turns."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    turns = [
        {
            "id": number,
            "speaker": "S0",
            "start": max(0.0, one["start"]),
            "end": max(0.0, one["end"]),
            "text": one["text"],
        }
        for number, one in enumerate(content["segments"])
    ]
    return Transcript.model_validate({"schema": TRANSCRIPT_SCHEMA, "call_id": path.stem, "turns": turns})


def _folder_with_ffmpeg(folder: Path) -> Path:
    """The whisper command calls a program `ffmpeg`; where the machine has none, the wheel of imageio-ffmpeg has."""
    place = folder / "ffmpeg"
    if shutil.which("ffmpeg") is None and not place.exists():
        import imageio_ffmpeg

        place.symlink_to(imageio_ffmpeg.get_ffmpeg_exe())
    return folder
