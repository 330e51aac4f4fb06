"""Diarization error rate on generated mixed calls, and on the telephone conversation that ships with pyannote.audio."""

from __future__ import annotations

import importlib.util
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.table import print_table
from configs.settings import load
from models.training.calls import write_audio
from models.training.long_calls import VOICES, held_out_call, mixed
from pipeline.contract import Transcript
from pipeline.evaluate.calls import COLLARS, diarization_error, stretches_of
from pipeline.flow import Engines, hear_speech

SEEDS = (1, 2, 3)
INTERRUPTIONS = (0.0, 0.3)
Reference = list[tuple[float, float, str]]


def bench_diarization(diarizer: str, model: str | None, *, minutes: float) -> None:
    """Print DER with collars of 0 and 0.25 s (each side, overlap counted), by pyannote.metrics."""
    settings = load(None, diarizer=diarizer, diarizer_model=model).settings
    engines = Engines(settings)
    rows: list[list[object]] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, path, reference in _calls(Path(folder), minutes):
            started = time.perf_counter()
            recording, speakers = hear_speech(path, engines, settings)
            speed = recording.duration / (time.perf_counter() - started)
            rates = diarization_error(reference, speakers)
            if rates is None:
                raise RuntimeError("this bench needs pyannote.metrics: install callproof with its extra `dev`")
            rows.append([name, *(f"{100 * (rates[collar].value or 0):.1f}" for collar in COLLARS), f"{speed:.0f}"])
    heads = ["call", "DER %", "DER % collar 0.25", "x real time"]
    print_table(f"Diarization, {engines.diarizer.name}, one mixed channel", heads, rows)


def _calls(folder: Path, minutes: float) -> Iterator[tuple[str, Path, Reference]]:
    for voices in VOICES:
        for share in INTERRUPTIONS:
            for seed in SEEDS:
                call = held_out_call(minutes, seed=seed, voices=voices, interruptions=share)
                path = folder / f"{voices}-{share}-{seed}.wav"
                write_audio(path, mixed(call.audio), call.sample_rate)
                truth = Transcript.model_validate(call.transcript)
                yield f"{voices}, {share:.0%} interrupted, {seed}", path, stretches_of(truth)
    spec = importlib.util.find_spec("pyannote.audio")
    if spec is not None and spec.origin:
        sample = Path(spec.origin).parent / "sample"
        lines = (line.split() for line in (sample / "sample.rttm").read_text().splitlines() if line.strip())
        reference = [(float(line[3]), float(line[3]) + float(line[4]), line[7]) for line in lines]
        yield "telephone conversation in pyannote.audio", sample / "sample.wav", reference
