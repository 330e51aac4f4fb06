"""A folder of recordings with their truth in, figures of whole calls out.

Beside a recording `NAME.wav` (any format) lies `NAME.truth.json`, a transcript as `callproof synth --truth` writes it,
and, for the fields, `NAME.application.json`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from configs.settings import Settings
from pipeline.analysis import Analyst
from pipeline.contract import Transcript
from pipeline.documents import read_application, read_transcript
from pipeline.errors import InputError, RecordingError
from pipeline.evaluate.calls import CallFigures, measure_call
from pipeline.flow import Engines, hear_speech, transcribe_speech

TRUTH, APPLICATION = ".truth.json", ".application.json"
Step = Callable[[str], None]


def hear_folder(folder: Path, engines: Engines, settings: Settings, *, step: Step | None = None) -> list[CallFigures]:
    """The figures of each recording in `folder` that has a truth beside it, by name; `step` is called with its name.

    One that cannot be heard is named on standard error and left out. Raises `InputError` where none is left.
    """
    recordings = list(_recordings(folder))
    analyst = Analyst(settings.configs)
    measured = []
    for path in recordings:
        if step:
            step(path.name)
        try:
            measured.append(_measured(path, engines, settings, analyst))
        except RecordingError as error:
            print(error.message, file=sys.stderr)
    if not measured:
        raise InputError(f"{folder}: none of the recordings can be used", code="bad_folder")
    return measured


def _recordings(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder", code="bad_folder")
    found = []
    for truth in sorted(folder.glob(f"*{TRUTH}")):
        name = truth.name.removesuffix(TRUTH)
        beside = [
            path
            for path in sorted(folder.glob(f"{name}.*"))
            if path.stem == name and path.suffix not in {".json", ".yaml"}
        ]
        if len(beside) != 1:
            raise InputError(
                f"{truth}: expected one recording {name}.* beside it, found {len(beside)}", code="bad_folder"
            )
        found.append(beside[0])
    if not found:
        raise InputError(
            f"{folder}: no recording with its truth; each NAME.wav needs the NAME{TRUTH} that `callproof synth` writes",
            code="bad_folder",
        )
    return found


def _measured(path: Path, engines: Engines, settings: Settings, analyst: Analyst) -> CallFigures:
    truth = read_transcript(_beside(path, TRUTH))
    recording, speakers = hear_speech(path, engines, settings)
    heard, _ = transcribe_speech(
        recording, speakers, engines, settings, call_id=truth.call_id, recorded_at=truth.recorded_at
    )
    applied = _beside(path, APPLICATION)
    reports = None
    if applied.is_file():
        application = read_application(applied)
        reports = (
            analyst.analyse(_anonymous(truth), application),
            analyst.analyse(_anonymous(heard), application),
        )
    return measure_call(path.stem, truth, heard, speakers, reports=reports)


def _anonymous(transcript: Transcript) -> Transcript:
    """The transcript with labels in order of appearance, so that roles are found on both sides in the same way."""
    labels: dict[str, str] = {}
    for turn in sorted(transcript.turns, key=lambda one: one.start):
        labels.setdefault(turn.speaker, f"S{len(labels)}")
    turns = [turn.model_copy(update={"speaker": labels[turn.speaker]}) for turn in transcript.turns]
    return transcript.model_copy(update={"turns": turns})


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.stem + ending)
