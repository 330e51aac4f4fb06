"""Diarization error rate on generated mixed calls, and on the telephone conversation that ships with pyannote.audio."""

from __future__ import annotations

import importlib.util
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench.long_calls import held_out_call
from bench.table import print_table
from configs.settings import load
from models.training.calls import write_audio
from pipeline.flow import Engines, hear_speech

COLLARS = (0.0, 0.25)
SEEDS = (1, 2, 3)
PAUSE = 0.3
"""Words of one speaker closer than this are one stretch of the reference (s)."""


def bench_diarization(diarizer: str, model: str | None, *, minutes: float) -> None:
    """Print DER with collars of 0 and 0.25 s (each side, overlap counted), by pyannote.metrics."""
    settings = load(None, diarizer=diarizer, diarizer_model=model).settings
    engines = Engines(settings)
    rows: list[list[object]] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, path, reference in _calls(Path(folder), minutes):
            _, regions = hear_speech(path, engines, settings)
            found = [(one.start, one.end, one.speaker or "S0") for one in regions]
            rows.append([name, *(f"{100 * error_rate(reference, found, collar):.1f}" for collar in COLLARS)])
    print_table(
        f"Diarization, {engines.diarizer.name}, one mixed channel", ["call", "DER %", "DER % collar 0.25"], rows
    )


def error_rate(
    reference: list[tuple[float, float, str]], found: list[tuple[float, float, str]], collar: float
) -> float:
    """Diarization error rate (a fraction); `collar` in seconds on each side of a reference boundary."""
    from pyannote.metrics.diarization import DiarizationErrorRate

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # pyannote.metrics takes the whole width of the forgiven stretch
        return float(DiarizationErrorRate(collar=2 * collar)(_annotation(reference), _annotation(found)))


def _annotation(stretches: list[tuple[float, float, str]]) -> Any:
    from pyannote.core import Annotation, Segment

    annotation = Annotation()
    for track, (start, end, label) in enumerate(stretches):
        annotation[Segment(start, end), track] = label
    return annotation


def _calls(folder: Path, minutes: float) -> Iterator[tuple[str, Path, list[tuple[float, float, str]]]]:
    for seed in SEEDS:
        call = held_out_call(minutes, seed=seed)
        path = folder / f"generated-{seed}.wav"
        write_audio(path, np.asarray(call.audio.mean(axis=0, keepdims=True)), call.sample_rate)
        yield f"generated {seed}", path, _reference(call.transcript)
    spec = importlib.util.find_spec("pyannote.audio")
    if spec is not None and spec.origin:
        sample = Path(spec.origin).parent / "sample"
        rows = (line.split() for line in (sample / "sample.rttm").read_text().splitlines() if line.strip())
        reference = [(float(row[3]), float(row[3]) + float(row[4]), row[7]) for row in rows]
        yield "telephone conversation in pyannote.audio", sample / "sample.wav", reference


def _reference(transcript: dict[str, Any]) -> list[tuple[float, float, str]]:
    stretches: list[tuple[float, float, str]] = []
    for turn in transcript["turns"]:
        own: list[tuple[float, float, str]] = []
        for word in turn["words"]:
            if own and word["start"] - own[-1][1] <= PAUSE:
                own[-1] = (own[-1][0], word["end"], turn["speaker"])
            else:
                own.append((word["start"], word["end"], turn["speaker"]))
        stretches += own
    return stretches
