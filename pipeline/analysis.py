"""From a transcript to its report: the stages after transcription, wired once."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import configs
from pipeline.contract import REPORT_SCHEMA, Application, Report, Transcript, Versions
from pipeline.dialogue import extract_facts
from pipeline.dialogue.tools import tools
from pipeline.documents import turns_of
from pipeline.findings import find, find_signals, load_finding_rules, with_implied
from pipeline.language import Reader
from pipeline.language.per_call import one_call
from pipeline.language.script import fold
from pipeline.language.tidying import Tidying
from pipeline.reconcile import (
    OpenLook,
    SecondLook,
    as_heard,
    load_calibration,
    load_field_rules,
    reconcile,
    trusted,
)
from pipeline.speech.roles import assign_roles, heard_from_applicant, with_roles
from pipeline.version import __version__


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
        self._tidying = Tidying(self._models, own)
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
        labelled = self._tidying.tidied(turns_of(transcript), self._reader.wholes, self._reader.names)
        roles = assign_roles(labelled, own=self._own)
        turns = self._tidying.told(with_roles(labelled, roles))
        applied = application.applied() if application else {}
        on = (transcript.recorded_at or datetime.now(UTC)).date()
        heard = heard_from_applicant(turns, own=self._own)
        reader, readers = self._reader.for_call(), tools(self._models, self._own).for_call()
        uttered = readers.uttered(turns)
        heard = uttered if heard == turns else readers.uttered(heard)
        facts = extract_facts(heard, reader=reader, tools=readers, on=on)
        look = SecondLook(uttered, reader, readers, self._fields)
        open_look = OpenLook(heard, reader, readers, self._fields, look)
        outcomes = reconcile(facts, applied, self._fields, look, open_look)
        held = trusted(facts, outcomes)
        signals = find_signals(
            uttered,
            held,
            applied,
            self._findings.signals,
            self._models.signals,
            on=on,
            trades=readers.relevance.trades,
            changes=readers.changes,
            purposes=lambda turn: readers.purposes.likely(fold(turn.text), reader.read(turn)),
        )
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
