"""Calls that arrive as files, with a sidecar or in a manifest: put into the store together with their job."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from api.http.shapes import metadata_of
from pipeline.audio.decode import require_audio
from pipeline.contract import Application
from pipeline.documents import application_from, read_json, transcript_from
from pipeline.errors import ConflictError, InputError, RecordingError
from pipeline.jobs import Jobs
from pipeline.store import CallMetadata, Principal, Stored
from pipeline.store.records import DEFAULT_UNIT

APPLICATION_SCHEMA: Final = "callproof.application/1"
UNFINISHED: Final = (".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", ".uploading", ".swp")
_KEYS: Final = frozenset({"recording", "transcript", "application", "metadata"})


@dataclass(frozen=True, slots=True)
class Arrival:
    """A call on its way in: a recording's path or a transcript, and what came with it, as decoded JSON."""

    recording: Path | None
    transcript: Any = None
    application: Any = None
    metadata: Any = None


def is_call(path: Path) -> bool:
    """Whether a file's name says that it may be a call: not hidden, not unfinished, not a document beside one."""
    name = path.name.lower()
    return not name.startswith((".", "~")) and not name.endswith((*UNFINISHED, ".json", ".jsonl"))


def sidecars_of(recording: Path) -> tuple[Path, ...]:
    """Where the document beside a recording may stand: `a.wav.json`, `a.json`, `a.application.json`."""
    stem = recording.with_suffix("")
    return (
        recording.with_name(f"{recording.name}.json"),
        recording.with_name(f"{stem.name}.json"),
        recording.with_name(f"{stem.name}.application.json"),
    )


def sidecar_of(recording: Path) -> Path | None:
    """The document that stands beside a recording; None where none does."""
    return next((path for path in sidecars_of(recording) if path.is_file()), None)


def arrival_of(recording: Path, sidecar: Path | None) -> Arrival:
    """A recording with what its sidecar says: `{"metadata", "application"}`, or an application alone.

    Raises `InputError`.
    """
    if sidecar is None:
        return Arrival(recording)
    document = read_json(sidecar, InputError)
    if isinstance(document, dict) and document.get("schema") == APPLICATION_SCHEMA:
        return Arrival(recording, application=document)
    if not isinstance(document, dict) or not document.keys() <= {"application", "metadata"}:
        raise InputError(
            f'{sidecar}: must be {{"metadata": {{…}}, "application": {{…}}}} or an application', code="bad_sidecar"
        )
    return Arrival(recording, application=document.get("application"), metadata=document.get("metadata"))


def arrival_from(line: Any, folder: Path, where: str) -> Arrival:
    """A manifest's line: `{"recording": PATH}` or `{"transcript": {…}}`, each with `application` and `metadata`.

    A path counts from `folder`, the manifest's own, and an application may be a path too. Raises `InputError`.
    """
    if not isinstance(line, dict) or not line.keys() <= _KEYS or ("recording" in line) == ("transcript" in line):
        raise InputError(
            f'{where}: must be {{"recording": PATH or "transcript": {{…}}, "application": …, "metadata": …}}',
            code="bad_manifest",
        )
    application = line.get("application")
    if isinstance(application, str):
        application = read_json(folder / application, InputError)
    recording = line.get("recording")
    if recording is not None and not isinstance(recording, str):
        raise InputError(f"{where}: recording: must be a path", code="bad_manifest")
    return Arrival(
        None if recording is None else folder / recording, line.get("transcript"), application, line.get("metadata")
    )


def put(jobs: Jobs, arrival: Arrival, *, by: Principal, priority: int = 0) -> Stored:
    """Store a call with its job. Raises `InputError`, `ConflictError`, `QueueFullError`.

    What is stored already is not stored again; it gets the application where it had none.
    """
    metadata = metadata_from(arrival.metadata)
    application = None if arrival.application is None else application_from(arrival.application)
    then = jobs.enqueue_at(priority)
    if arrival.recording is None:
        transcript = transcript_from(arrival.transcript)
        stored = jobs.store.put_transcript_call(transcript, application, metadata, by=by, then=then)
    else:
        with opened(arrival.recording) as file:
            require_audio(file, arrival.recording)
            stored = jobs.store.put_recording(file, metadata, by=by, application=application, then=then)
    if application is not None and not stored.created:
        _complete(jobs, stored.call_id, application, by)
    return stored


def metadata_from(value: Any) -> CallMetadata:
    """What a sidecar says of a call, in the shape of the API's `metadata`. Raises `InputError`."""
    given = metadata_of(value)
    values = {name: one for name, one in given.model_dump().items() if one is not None}
    return CallMetadata(**{**values, "unit": given.unit or DEFAULT_UNIT})


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A recording opened as it lies there: no link is followed, no pipe waited for. Raises `RecordingError`."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        raise RecordingError(f"{path}: no such file", code="file_missing") from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise RecordingError(f"{path}: is a link; give the recording itself", code="file_irregular") from None
        raise RecordingError(f"{path}: cannot be read ({error.strerror})", code="file_unreadable") from None
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise RecordingError(f"{path}: is no ordinary file", code="file_irregular")
        yield file


def _complete(jobs: Jobs, call_id: str, application: Application, by: Principal) -> None:
    if jobs.store.call(call_id, by=by).application_version == 0:
        try:
            jobs.store.set_application(call_id, application, by=by, then=jobs.enqueue, expected=0)
        except ConflictError:
            return
