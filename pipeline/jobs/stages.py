"""A stage of one call, from the store to the child and back: what it reads, whether it must run, what it stores.

A stage's output carries the hash of its input (`made_from.input`): of the recording and the settings of hearing for a
transcript; of the transcript, the application and the rules for a report. Where the last output has the same hash, the
stage is not run again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, BinaryIO, Final

import sqlalchemy as sa

from configs.settings import Settings
from pipeline.contract import Report, Transcript, to_json
from pipeline.errors import NotFoundError
from pipeline.flow import hearing_digest
from pipeline.jobs.dispatch import Jobs
from pipeline.jobs.messages import memory_file
from pipeline.jobs.queue import Job
from pipeline.jobs.workshop import Made, StageError, Workshop
from pipeline.store import CallRecord, DocumentVersion, Principal, Store
from pipeline.store.work import WAVEFORM
from pipeline.version import __version__

WORKER: Final = Principal("worker")
_HEARING: Final = ("recogniser", "diarizer", "notes")
Observe = Callable[[str, Job], None]
Run = Callable[[dict[str, Any], BinaryIO], Made]


class StageRunner:
    """Runs stages of calls for one worker. `observe` is told of each step on the way."""

    def __init__(self, jobs: Jobs, settings: Settings, workshop: Workshop, observe: Observe) -> None:
        self._jobs = jobs
        self._store: Store = jobs.store
        self._settings = settings
        self._workshop = workshop
        self._observe = observe

    def run(self, job: Job, run: Run) -> None:
        """Do the job and end it. Raises `StageError`, `JobLostError`, `NotFoundError`, `ErasedError`."""
        self._workshop.start()
        if job.stage == "transcribe":
            self._transcribe(job, run)
        else:
            self._analyze(job, run)

    def _transcribe(self, job: Job, run: Run) -> None:
        record, digest = self._record(job.call_id)
        key = _hash(digest, hearing_digest(self._settings))
        last = self._last(job.call_id, "transcript", record.transcript_version)
        if last is not None and last.made_from.get("input") == key:
            self._settle(job, lambda connection: None)
            return
        with memory_file() as file:
            for chunk in self._store.open_audio(job.call_id, by=WORKER).content:
                file.write(chunk)
            file.seek(0)
            self._observe("read", job)
            recorded_at = record.recorded_at and record.recorded_at.isoformat()
            message = {"do": "transcribe", "call_id": job.call_id, "recorded_at": recorded_at}
            made = run(message, file)
        self._observe("made", job)
        document = json.loads(made.document)
        transcript = Transcript.model_validate(document["transcript"])
        origin = {"input": key, **made.made}

        def store(connection: sa.Connection) -> None:
            if document["outline"] is not None:
                drawing = json.dumps(document["outline"], separators=(",", ":")).encode()
                self._store.add_stage(connection, job.call_id, WAVEFORM, digest, drawing, WORKER)
            self._store.add_transcript(connection, job.call_id, transcript, WORKER, origin)

        self._settle(job, store)

    def _analyze(self, job: Job, run: Run) -> None:
        record, _ = self._record(job.call_id)
        heard = self._last(job.call_id, "transcript", record.transcript_version)
        paper = self._last(job.call_id, "application", record.application_version)
        if heard is None:
            raise StageError("no_transcript", final=True)
        key = _hash(
            heard.content_hash,
            paper.content_hash if paper else "",
            self._workshop.rules,
            __version__,
            json.dumps(heard.made_from, sort_keys=True),
        )
        last = self._last(job.call_id, "report", record.report_version)
        if last is not None and last.made_from.get("input") == key:
            self._settle(job, lambda connection: None)
            return
        with memory_file(self._documents(job.call_id, heard, paper)) as file:
            self._observe("read", job)
            made = run({"do": "analyze"}, file)
        self._observe("made", job)
        report = Report.model_validate_json(made.document)
        origin = {"input": key, "application": record.application_version, "transcript": record.transcript_version}
        self._settle(job, lambda connection: self._store.add_report(connection, job.call_id, report, WORKER, origin))

    def _settle(self, job: Job, store: Callable[[sa.Connection], object]) -> None:
        with self._jobs.settling(job) as connection:
            store(connection)
            self._jobs.stage_done(connection, job, "analyze" if job.stage == "transcribe" else None)
            self._observe("settling", job)

    def _documents(self, call_id: str, heard: DocumentVersion, paper: DocumentVersion | None) -> bytes:
        transcript = self._store.transcript(call_id, heard.version, by=WORKER)
        application = self._store.application(call_id, paper.version, by=WORKER) if paper else None
        document = {
            "transcript": to_json(transcript),
            "application": to_json(application) if application else None,
            "recogniser": heard.made_from.get("recogniser"),
            "diarizer": heard.made_from.get("diarizer"),
            "notes": heard.made_from.get("notes", []),
        }
        return json.dumps(document, ensure_ascii=False).encode()

    def _record(self, call_id: str) -> tuple[CallRecord, str]:
        record = self._store.call(call_id, by=WORKER)
        with self._store.database.read() as connection:
            call = self._store.find_call(connection, call_id, WORKER)
        return record, call.content_hash or ""

    def _last(self, call_id: str, kind: Any, version: int) -> DocumentVersion | None:
        if not version:
            return None
        for stored in reversed(self._store.versions(call_id, kind, by=WORKER)):
            if stored.version == version:
                return stored
        raise NotFoundError(f"call {call_id}: version {version} of its {kind} is gone", code=f"{kind}_not_found")


def _hash(*parts: str | datetime) -> str:
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()
