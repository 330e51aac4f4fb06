"""The command `evaluate --audio`: sound in, figures out, section by section.

A section measures one thing on sound and gives its JSON and its way of printing. More are added to `SECTIONS`; each
gets the same request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from api.cli import console
from api.cli.call_tables import calls_document, print_calls
from api.cli.console import State
from api.cli.recognition_tables import RecognitionSets, print_recognition
from models.training.manifest import read_manifest
from pipeline.errors import InputError
from pipeline.evaluate.call_folder import hear_folder
from pipeline.evaluate.hearing import Step, hear_held_out, hear_manifest
from pipeline.evaluate.recognition import HeardClip, characters_per_minute, measure
from pipeline.evaluate.recognition_document import recognition_document, rounded
from pipeline.flow import Engines

SAMPLES = Path("samples")
IDLE_SET = "nobody_speaks"


@dataclass(frozen=True)
class AudioRequest:
    """What is to be measured: `clips` of generated speech of each category, the recordings of a manifest, or the whole
    calls of a folder. `errors` lists every clip that was misheard.
    """

    state: State
    engines: Engines
    clips: int
    manifest: Path | None
    seed: int
    errors: bool
    folder: Path | None
    step: Step


@dataclass(frozen=True)
class Section:
    """One measured thing: its JSON, and a call that prints it."""

    document: dict[str, Any]
    show: Callable[[], None]


def recognition(request: AudioRequest) -> Section:
    """Error rates, values right, word times and calibration of the recogniser."""
    settings = request.state.settings
    if request.manifest:
        sets = {
            "manifest": hear_manifest(read_manifest(request.manifest), request.engines, settings, step=request.step)
        }
    else:
        samples = SAMPLES if SAMPLES.is_dir() else None
        sets = hear_held_out(
            request.engines.recogniser, clips=request.clips, seed=request.seed, samples=samples, step=request.step
        )
    idle = sets.pop(IDLE_SET, [])
    measured = RecognitionSets(
        model=request.engines.recogniser.name,
        sets={name: measure(clips, vehicles=_vehicle_names()) for name, clips in sets.items()},
        idle_minutes=sum(clip.seconds for clip in idle) / 60,
        idle_characters_per_minute=characters_per_minute(idle),
        embedded_on_recordings=bool(request.manifest) and settings.model == "embedded",
        errors=tuple(_misheard(sets)) if request.errors else (),
    )
    return Section(_document(measured), partial(print_recognition, measured, language=request.state.language))


def whole_calls(request: AudioRequest) -> Section:
    """What was said, by whom and when, and which fields came out of it, in the calls of a folder."""
    assert request.folder is not None
    engines = request.engines
    calls = hear_folder(request.folder, engines, request.state.settings, step=request.step)
    names = {"recogniser": engines.recogniser.name, "diarizer": engines.diarizer.name}
    show = partial(print_calls, calls, language=request.state.language, **names)
    return Section(calls_document(calls, **names), show)


SECTIONS: dict[str, Callable[[AudioRequest], Section]] = {"recognition": recognition}
FOLDER_SECTIONS: dict[str, Callable[[AudioRequest], Section]] = {"calls": whole_calls}


def evaluate_audio(
    state: State,
    *,
    clips: int,
    manifest: Path | None,
    seed: int,
    as_json: bool,
    errors: bool,
    folder: Path | None = None,
) -> None:
    """Every section's figures, as tables or as one JSON document; with `folder` those of its whole calls."""
    if clips < 1:
        raise InputError("--clips: how many clips of each category, at least 1", code="usage")
    with _steps(state) as step:
        request = AudioRequest(state, Engines(state.settings), clips, manifest, seed, errors, folder, step)
        wanted = FOLDER_SECTIONS if folder else SECTIONS
        sections = {name: section(request) for name, section in wanted.items()}
    if as_json:
        console.print_json({"seed": seed, **{name: section.document for name, section in sections.items()}})
        return
    for section in sections.values():
        section.show()


@contextmanager
def _steps(state: State) -> Iterator[Step]:
    with console.progress_bars(state.language) as progress:
        done = 0

        def step(_name: str) -> None:
            nonlocal done
            done += 1
            progress("recognition", done, done)

        yield step


def _document(measured: RecognitionSets) -> dict[str, Any]:
    document: dict[str, Any] = {
        "model": measured.model,
        "sets": {name: recognition_document(figures) for name, figures in measured.sets.items()},
    }
    if measured.idle_characters_per_minute is not None:
        document[IDLE_SET] = {
            "minutes": round(measured.idle_minutes, 2),
            "characters_per_minute": rounded(measured.idle_characters_per_minute),
        }
    if measured.errors:
        document["errors"] = [{"set": name, "said": said, "heard": heard} for name, said, heard in measured.errors]
    return document


def _misheard(sets: dict[str, list[HeardClip]]) -> list[tuple[str, str, str]]:
    return [
        (name, clip.reference, clip.hypothesis)
        for name, clips in sets.items()
        for clip in clips
        if clip.reference != clip.hypothesis
    ]


def _vehicle_names() -> list[str]:
    from models.training.recogniser.lexicon import load_lexicon

    return [form for vehicle in load_lexicon().vehicles for form in (*vehicle.spoken, vehicle.brand)]
