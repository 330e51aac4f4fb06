"""The ordered stages from recording to transcript, wired; `analysis` wires those from there to the report."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path

from configs.settings import Settings
from pipeline.analysis import Analyst
from pipeline.contract import (
    TRANSCRIPT_SCHEMA,
    Application,
    Outline,
    Report,
    Transcript,
    TranscriptTurn,
    TranscriptWord,
)
from pipeline.errors import RecordingError
from pipeline.speech.invented import load_invented_rules, sift, vocabulary_prompt
from pipeline.speech.roles import assign_roles, with_roles
from pipeline.types import Diarization, Diarizer, Recogniser, Recording, Separator, Turn

Progress = Callable[[str, int, int], None]
LEXICON_PROMPT = "lexicon"
PLAIN_DIARIZER_NOTE = "mono_plain_diarizer"


class Engines:
    """The engines that the settings name, each loaded when it is first needed and kept for the process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def prompt(self) -> str | None:
        """What the recogniser is told of the vocabulary; never a value of any application."""
        if self._settings.vocabulary_prompt != LEXICON_PROMPT:
            return self._settings.vocabulary_prompt
        if self._settings.model == "embedded":  # was never trained with a prompt
            return None
        return vocabulary_prompt(load_invented_rules(self._settings.configs))

    @cached_property
    def recogniser(self) -> Recogniser:
        """Raises `ModelError` for an unknown engine or model, missing or damaged weights."""
        from models.hear import RecogniserOptions, open_recogniser

        settings = self._settings
        options = RecogniserOptions(
            model=settings.model,
            device=settings.device,
            threads=settings.threads,
            batch=settings.batch,
            folder=settings.model_folder,
            fetch=settings.fetch_models,
            prompt=self.prompt,
            compute_type=settings.compute_type,
            language_model=settings.language_model,
            configs=settings.configs,
        )
        return open_recogniser(settings.engine, options)

    @cached_property
    def diarizer(self) -> Diarizer:
        """Raises `ModelError` for an unknown engine, and where its weights are missing or damaged."""
        from models.diarize import DiarizerOptions, open_diarizer

        settings = self._settings
        options = DiarizerOptions(settings.diarizer_model or "", settings.device, settings.fetch_models)
        return open_diarizer(settings.diarizer, options)

    @cached_property
    def separator(self) -> Separator | None:
        """What hears two voices apart where both speak at once on one mixed channel; None where no weights are set.

        Raises `ModelError` where they are missing or damaged.
        """
        from models.diarize import open_separator

        path = self._settings.voices_apart
        return None if path is None else open_separator(path)


@dataclass(frozen=True, slots=True)
class CallResult:
    """A finished call: what was said, and what it means held against the application."""

    transcript: Transcript
    report: Report


@dataclass(frozen=True, slots=True)
class HeardCall:
    """A transcript, and which engines made it: what can be stored between hearing a call and analysing it."""

    transcript: Transcript
    recogniser: str | None = None
    diarizer: str | None = None
    notes: tuple[str, ...] = ()
    outline: Outline | None = None

    def analysed(self, application: Application | None, analyst: Analyst) -> Report:
        """The report on it."""
        return analyst.analyse(
            self.transcript, application, recogniser=self.recogniser, diarizer=self.diarizer, notes=self.notes
        )


def transcribe_call(
    path: Path,
    engines: Engines,
    settings: Settings,
    *,
    call_id: str | None = None,
    recorded_at: datetime | None = None,
    progress: Progress | None = None,
) -> tuple[Transcript, Recording]:
    """The transcript of the recording at `path`, speakers labelled, and the decoded recording.

    Raises `RecordingError` where it cannot be decoded or nobody speaks. `progress` is called with a stage's name,
    steps done and steps in all.
    """
    recording, speakers = hear_speech(path, engines, settings, progress=progress)
    return transcribe_speech(
        recording,
        speakers,
        engines,
        settings,
        call_id=call_id or call_id_of(path),
        recorded_at=recorded_at,
        progress=progress,
    )


def transcribe_speech(
    recording: Recording,
    speakers: Diarization,
    engines: Engines,
    settings: Settings,
    *,
    call_id: str,
    recorded_at: datetime | None = None,
    progress: Progress | None = None,
) -> tuple[Transcript, Recording]:
    """The transcript of a decoded recording whose `speakers` are known, and the recording with more notes on it."""
    from pipeline.speech.attribute import attribute
    from pipeline.speech.transcribe import mixed_windows, on_one_channel, speech_windows, transcribe
    from pipeline.speech.turn_marks import load_turn_marks
    from pipeline.speech.turns import build_turns

    report = progress or (lambda stage, done, total: None)
    mono = recording.layout != "stereo"
    if mono:
        windows, regions = mixed_windows(recording, speakers, max_seconds=settings.window_seconds)
    else:
        regions = speakers.regions
        windows = speech_windows(recording, regions, max_seconds=settings.window_seconds)
    utterances = transcribe(
        windows,
        regions,
        engines.recogniser,
        progress=lambda done, total: report("transcribe", done, total),
    )
    sifted = sift(utterances, load_invented_rules(settings.configs), prompt=engines.prompt)
    marks = load_turn_marks(settings.configs)
    heard = attribute(on_one_channel(sifted.utterances), speakers, marks) if mono else sifted.utterances
    turns = build_turns(heard)
    roles = assign_roles(turns, own=settings.configs)
    transcript = Transcript(
        schema=TRANSCRIPT_SCHEMA,
        call_id=call_id,
        duration=round(recording.duration, 3),
        recorded_at=recorded_at,
        turns=[transcript_turn(turn) for turn in with_roles(turns, roles)],
    )
    return transcript, replace(recording, notes=recording.notes + sifted.notes)


def hear_speech(
    path: Path, engines: Engines, settings: Settings, *, progress: Progress | None = None
) -> tuple[Recording, Diarization]:
    """The decoded recording and who speaks when: one speaker a channel in stereo, the diarizer's labels in mono."""
    from pipeline.audio import DecodeLimits, read_recording, speech_regions, with_speech
    from pipeline.speech.apart import heard_apart
    from pipeline.speech.attribute import snapped

    report = progress or (lambda stage, done, total: None)
    report("decode", 0, 1)
    limits = DecodeLimits(
        max_seconds=settings.longest_call_seconds, memory_bytes=settings.decode_memory_mb * 1024 * 1024
    )
    recording = read_recording(path, limits=limits)
    report("decode", 1, 1)
    regions = speech_regions(recording)
    if not regions:
        raise RecordingError(f"{path}: nobody speaks in this recording; check the file and its level", code="no_speech")
    recording = with_speech(recording, regions)
    if recording.layout == "stereo":
        return recording, Diarization(regions)
    report("diarize", 0, 1)
    speakers = engines.diarizer.diarize(recording.channels[0], regions, speakers=settings.speakers)
    speakers = snapped(speakers)
    if engines.separator is not None:
        speakers = heard_apart(recording.channels[0], speakers, engines.separator)
    report("diarize", 1, 1)
    return recording, speakers


def hear_call(
    path: Path,
    engines: Engines,
    settings: Settings,
    *,
    call_id: str | None = None,
    recorded_at: datetime | None = None,
    progress: Progress | None = None,
) -> HeardCall:
    """From the recording at `path` to its transcript and what a report must say of how it was made.

    Raises `RecordingError`.
    """
    from pipeline.audio.outline import outline_of

    recording, speakers = hear_speech(path, engines, settings, progress=progress)
    outline = outline_of(recording, speakers.regions)
    transcript, recording = transcribe_speech(
        recording,
        speakers,
        engines,
        settings,
        call_id=call_id or call_id_of(path),
        recorded_at=recorded_at,
        progress=progress,
    )
    mono = recording.layout != "stereo"
    notes = (*recording.notes, *((PLAIN_DIARIZER_NOTE,) if mono and engines.diarizer.name == "plain" else ()))
    return HeardCall(transcript, engines.recogniser.name, engines.diarizer.name if mono else None, notes, outline)


def run_call(
    path: Path,
    application: Application | None,
    engines: Engines,
    analyst: Analyst,
    settings: Settings,
    *,
    call_id: str | None = None,
    recorded_at: datetime | None = None,
    progress: Progress | None = None,
) -> CallResult:
    """From the recording at `path` to its report. Raises `RecordingError`."""
    heard = hear_call(path, engines, settings, call_id=call_id, recorded_at=recorded_at, progress=progress)
    return CallResult(heard.transcript, heard.analysed(application, analyst))


def hearing_digest(settings: Settings) -> str:
    """SHA-256 over the settings that a transcript depends on: the same digest, and hearing a call again is needless."""
    names = (
        "engine",
        "model",
        "compute_type",
        "window_seconds",
        "vocabulary_prompt",
        "language_model",
        "diarizer",
        "diarizer_model",
        "voices_apart",
        "speakers",
    )
    chosen = settings.model_dump(mode="json", include=set(names))
    return hashlib.sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()


def transcript_turn(turn: Turn) -> TranscriptTurn:
    """The contract's shape of a turn."""
    return TranscriptTurn(
        id=turn.id,
        speaker=turn.speaker,
        start=turn.start,
        end=turn.end,
        text=turn.text,
        words=[
            TranscriptWord(text=word.text, start=word.start, end=word.end, probability=word.probability)
            for word in turn.words
        ],
        confidence=turn.confidence,
        raw_text=turn.raw_text,
        flags=list(turn.flags),
    )


def call_id_of(path: Path) -> str:
    """A call's id where none is given: the file's name without its ending, in characters safe everywhere."""
    return re.sub(r"[^\w.-]+", "_", path.stem)[:200] or "call"
