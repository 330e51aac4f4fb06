"""The command `evaluate`: labelled calls in, tables or JSON out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from api.cli import console
from api.cli.console import State
from api.cli.evaluation_tables import print_calibration, print_errors, print_evaluation
from pipeline.analysis import Analyst
from pipeline.errors import InputError
from pipeline.evaluate import Evaluation, Share, evaluate, field_errors, fit_calibration, read_calls, with_noise

CALIBRATION_SEEDS = (0, 1)
CALIBRATION_NOISE = 0.05
CALIBRATION_HEAD = (
    "# How often an outcome of some confidence is right: points [confidence of the rules, share right], rising.\n"
    "# Written by `callproof evaluate DIR --calibrate FILE`; an outcome left out keeps its confidence.\n"
)


def evaluate_folder(state: State, folder: Path, noise: float, seed: int, as_json: bool, errors: bool) -> None:
    """Figures of the labelled calls in `folder`, and with `noise` above 0 those of the same calls misheard."""
    if not 0 <= noise < 1:
        raise InputError("--noise: a share of the characters, from 0 to below 1 (0.05 is 5 %)", code="usage")
    calls = read_calls(folder)
    own = state.settings.configs
    analyst = Analyst(own)
    with console.progress_bars(state.language) as progress:
        clean = evaluate(calls, analyst, progress=progress)
    noisy = None
    if noise:
        with console.progress_bars(state.language) as progress:
            noisy = evaluate(with_noise(calls, rate=noise, seed=seed, own=own), analyst, progress=progress)
    if as_json:
        console.print_json(_document(clean, noisy, noise, seed, errors))
        return
    print_evaluation(clean, noisy, rate=noise, seed=seed, language=state.language)
    if errors:
        print_errors(clean, language=state.language)


def calibrate(state: State, folder: Path, file: Path, noise: float) -> None:
    """Fits the map of confidence on the labelled calls in `folder`, clean and misheard, and writes it to `file`."""
    calls = read_calls(folder)
    own = state.settings.configs
    analyst = Analyst(own, calibrated=False)
    readings = [calls, *(with_noise(calls, rate=noise, seed=seed, own=own) for seed in CALIBRATION_SEEDS)]
    judged = []
    for reading in readings:
        with console.progress_bars(state.language) as progress:
            judged.append(evaluate(reading, analyst, progress=progress).calls)
    fit = fit_calibration(list(zip(*judged, strict=True)))
    written = yaml.safe_dump(
        {name: [list(point) for point in points] for name, points in fit.points.items()}, default_flow_style=None
    )
    file.write_text(CALIBRATION_HEAD + written, encoding="utf-8")
    print_calibration(fit, language=state.language)


def _document(clean: Evaluation, noisy: Evaluation | None, rate: float, seed: int, errors: bool) -> dict[str, Any]:
    document: dict[str, Any] = {"calls": len(clean.calls), **_measured(clean)}
    if noisy is not None:
        document["noise"] = {"rate": rate, "seed": seed, **_measured(noisy), "fall": _fall(clean, noisy)}
    if errors:
        document["errors"] = [
            {
                "file": error.file,
                "subject": error.subject,
                "kind": error.kind,
                "expected": error.expected,
                "found": error.found,
                "turn": error.turn,
                "said": error.said or None,
            }
            for call in clean.calls
            for error in field_errors(call)
        ]
    return document


def _measured(evaluation: Evaluation) -> dict[str, Any]:
    return {
        "figures": {name: _share(share) for name, share in evaluation.figures.items()},
        "fields": [
            {
                "field": one.field,
                "tp": one.counts.tp,
                "fp": one.counts.fp,
                "fn": one.counts.fn,
                "precision": _rounded(one.counts.precision.value),
                "recall": _rounded(one.counts.recall.value),
                "f1": _rounded(one.counts.f1.value),
            }
            for one in evaluation.fields
        ],
        "reliability": [
            {
                "from": one.low,
                "to": one.high,
                "facts": one.right.of,
                "mean_confidence": _rounded(one.mean_confidence),
                "right": _rounded(one.right.value),
            }
            for one in evaluation.reliability
        ],
        "calibration_error": _rounded(evaluation.calibration_error),
    }


def _share(share: Share) -> dict[str, float | None]:
    return {"value": _rounded(share.value), "hits": _rounded(share.hits), "of": _rounded(share.of)}


def _fall(clean: Evaluation, noisy: Evaluation) -> dict[str, float | None]:
    falls: dict[str, float | None] = {}
    for name, share in clean.figures.items():
        before, after = share.value, noisy.figures[name].value
        falls[name] = None if before is None or after is None else _rounded(before - after)
    return falls


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
