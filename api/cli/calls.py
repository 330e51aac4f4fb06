"""Commands that start from sound: run, transcribe, diarize."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from api.cli import console
from api.cli.console import State
from api.cli.render import print_report, print_transcript
from pipeline.analysis import Analyst
from pipeline.contract import Shape, to_json
from pipeline.documents import read_application
from pipeline.flow import Engines, call_id_of, hear_speech, run_call, transcribe_call


def run_recording(
    state: State,
    recording: Path,
    application: Path | None,
    output: Path | None,
    transcript: Path | None,
    as_json: bool,
    call_id: str | None,
    recorded_at: datetime | None,
) -> None:
    """Audio to report: a summary on the terminal or the JSON alone, and whole files where asked for."""
    read = read_application(application) if application else None
    with console.whole_file(output) as report_file, console.whole_file(transcript) as transcript_file:
        with console.progress_bars(state.language) as progress:
            engines = Engines(state.settings)
            analyst = Analyst(state.settings.configs)
            result = run_call(
                recording,
                read,
                engines,
                analyst,
                state.settings,
                call_id=call_id,
                recorded_at=recorded_at,
                progress=progress,
            )
        _write(report_file, result.report)
        _write(transcript_file, result.transcript)
    if as_json:
        console.print_json(to_json(result.report))
    else:
        print_report(result.report, result.transcript, language=state.language, own=state.settings.configs)


def transcribe_recording(
    state: State,
    recording: Path,
    output: Path | None,
    as_json: bool,
    call_id: str | None,
    recorded_at: datetime | None,
) -> None:
    """Audio to transcript."""
    with console.whole_file(output) as file:
        with console.progress_bars(state.language) as progress:
            engines = Engines(state.settings)
            transcript, heard = transcribe_call(
                recording, engines, state.settings, call_id=call_id, recorded_at=recorded_at, progress=progress
            )
        _write(file, transcript)
    if as_json:
        console.print_json(to_json(transcript))
    else:
        print_transcript(transcript, heard, language=state.language)


def diarize_recording(state: State, recording: Path, rttm: bool) -> None:
    """Who speaks when: RTTM lines, or times and labels to read."""
    with console.progress_bars(state.language) as progress:
        _, speakers = hear_speech(recording, Engines(state.settings), state.settings, progress=progress)
    name = call_id_of(recording)
    for region in sorted((*speakers.regions, *speakers.overlaps), key=lambda one: (one.start, one.channel)):
        speaker = region.speaker or f"S{region.channel}"
        length = region.end - region.start
        if rttm:
            line = f"SPEAKER {name} 1 {region.start:.3f} {length:.3f} <NA> <NA> {speaker} <NA> <NA>"
        else:
            line = f"{region.start:8.2f} {region.end:8.2f}  {speaker}"
        console.write_line(line)


def _write(path: Path | None, shape: Shape) -> None:
    if path is not None:
        path.write_text(json.dumps(to_json(shape), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
