"""The ordered stages, and the one place that wires them: recording → transcript → report."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import configs
from configs.settings import Settings
from pipeline.contract import (
    REPORT_SCHEMA,
    TRANSCRIPT_SCHEMA,
    Application,
    Outline,
    Report,
    Role,
    Transcript,
    TranscriptTurn,
    TranscriptWord,
    Versions,
)
from pipeline.dialogue import extract_facts
from pipeline.dialogue.tools import tools
from pipeline.documents import turns_of
from pipeline.errors import RecordingError
from pipeline.findings import find, find_signals, load_finding_rules, with_implied
from pipeline.language import Reader
from pipeline.language.misheard import Misheard
from pipeline.language.per_call import one_call
from pipeline.language.stops import Stops
from pipeline.reconcile import (
    OpenLook,
    SecondLook,
    as_heard,
    load_calibration,
    load_field_rules,
    reconcile,
    trusted,
)
from pipeline.speech.invented import load_invented_rules, sift, vocabulary_prompt
from pipeline.speech.roles import assign_roles, heard_from_applicant
from pipeline.types import Diarization, Diarizer, Recogniser, Recording, Separator, Turn
from pipeline.version import __version__

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


class Analyst:
    """Everything after transcription: reads a transcript and holds it against an application.

    Rules are read once, from the lender's folder where it has them. Building one raises `SettingsError`, or
    `ModelError` where the weights in the box are damaged; analysing never raises on a valid transcript.
    """

    def __init__(self, own: Path | None = None, *, calibrated: bool = True) -> None:
        """`calibrated`: whether confidence goes through the map of `configs/calibration.yaml`."""
        from models.read import open_reading_models

        self._reader = Reader(own)
        self._models = open_reading_models()
        self._misheard = Misheard(self._models.characters, own)
        self._stops = Stops(self._models.stops)
        self._fields = load_field_rules(own)
        self._findings = load_finding_rules(own)
        self._calibration = load_calibration(own) if calibrated else None
        self._own = own
        self.rules = f"sha256:{rules_digest(own)}"

    def analyse(
        self,
        transcript: Transcript,
        application: Application | None = None,
        *,
        recogniser: str | None = None,
        diarizer: str | None = None,
        notes: tuple[str, ...] = (),
    ) -> Report:
        """The report on `transcript`, with `application` or on the facts alone. Nothing of either is kept."""
        with one_call():
            return self._analysed(transcript, application, recogniser, diarizer, notes)

    def _analysed(
        self,
        transcript: Transcript,
        application: Application | None,
        recogniser: str | None,
        diarizer: str | None,
        notes: tuple[str, ...],
    ) -> Report:
        labelled = self._stops.put_in(self._misheard.put_right(turns_of(transcript)), self._reader.wholes)
        roles = assign_roles(labelled, own=self._own)
        turns = tuple(_with_role(turn, roles) for turn in labelled)
        applied = application.applied() if application else {}
        on = (transcript.recorded_at or datetime.now(UTC)).date()
        heard = heard_from_applicant(turns, own=self._own)
        reader, readers = self._reader.for_call(), tools(self._models, self._own).for_call()
        facts = extract_facts(heard, reader=reader, tools=readers, on=on)
        look = SecondLook(turns, reader, readers, self._fields)
        open_look = OpenLook(heard, reader, readers, self._fields, look)
        outcomes = reconcile(facts, applied, self._fields, look, open_look)
        held = trusted(facts, outcomes)
        signals = find_signals(turns, held, applied, self._findings.signals, self._models.signals, on=on)
        implied = with_implied(facts, signals, applied, self._findings.signals)
        if implied != facts:
            outcomes = reconcile(implied, applied, self._fields, look, open_look)
        if self._calibration is not None:
            outcomes = self._calibration.of(outcomes)
        outcomes = as_heard(outcomes, turns)
        found = find(
            turns,
            implied,
            outcomes,
            applied,
            self._findings,
            models=self._models,
            duration=transcript.duration,
            signals=signals,
        )
        return Report(
            schema=REPORT_SCHEMA,
            call_id=transcript.call_id,
            application_id=application.application_id if application else None,
            roles=roles,
            disposition=found.disposition,
            risk=found.risk,
            fields=list(outcomes),
            signals=list(found.signals),
            compliance=list(found.compliance),
            coverage=found.coverage,
            conduct=found.conduct,
            next_steps=list(found.next_steps),
            notes=list(notes),
            versions=Versions(callproof=__version__, asr=recogniser, diarizer=diarizer, rules=self.rules),
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
        turns=[transcript_turn(_with_role(turn, roles)) for turn in turns],
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


def rules_digest(own: Path | None) -> str:
    """SHA-256 (first 16 hex digits) over every config file in force, so that a report names its rules."""
    digest = hashlib.sha256()
    names = {
        str(file.relative_to(folder).as_posix())
        for folder in (configs.DEFAULTS, own)
        if folder is not None
        for file in sorted(folder.rglob("*"))
        if file.suffix in {".yaml", ".tsv", ".txt"} and file.relative_to(folder).parts[0] != "training"
    }
    for name in sorted(names):
        digest.update(name.encode())
        digest.update(configs.path_of(name, own).read_bytes())
    return digest.hexdigest()[:16]


def _with_role(turn: Turn, roles: Mapping[str, Role]) -> Turn:
    role = roles.get(turn.speaker, turn.speaker)
    return turn if role == turn.speaker else replace(turn, speaker=role)
