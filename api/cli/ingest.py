"""`callproof ingest`: a folder or a manifest of calls into the store, with progress, and from where it stopped.

A journal in the data folder holds what was taken (path, size, time of change), so that a second run does not read it
again. It is a shortcut only: what makes a call come once is its content.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from api.cli import console
from api.cli.arrivals import Arrival, arrival_from, arrival_of, is_call, put, sidecar_of
from api.cli.console import State
from pipeline.documents import parse_json
from pipeline.errors import ConflictError, InputError, QueueFullError
from pipeline.jobs import Jobs, limits_of
from pipeline.store import Principal, Store

INGEST: Final = Principal("ingest")
_LONGEST_WAIT: Final = 5.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One call of a run: `name` is what it is called in messages, `mark` what the journal knows it by."""

    name: str
    mark: str
    arrival: Arrival | InputError


@dataclass(slots=True)
class Summary:
    """What became of the calls of a run."""

    stored: int = 0
    known: int = 0
    skipped: int = 0
    refused: list[dict[str, str]] = field(default_factory=list)


def ingest(state: State, source: Path, priority: int, as_json: bool) -> Summary:
    """Put every call of `source`, a folder or a manifest (JSON Lines), into the store."""
    entries = _folder(source) if source.is_dir() else _manifest(source)
    summary = Summary()
    with Store.of(state.settings, migrate=True) as store:
        jobs = Jobs(store, limits_of(state.settings))
        journal = Journal(state.settings.data / "ingest", source)
        with journal, _bar(state.language, len(entries)) as advance:
            for entry in entries:
                _one(state, jobs, journal, entry, summary, priority)
                advance()
    _print(state, summary, as_json)
    return summary


class Journal:
    """What earlier runs of the same source have taken, one mark a line."""

    def __init__(self, folder: Path, source: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = folder / f"{hashlib.sha256(str(source.resolve()).encode()).hexdigest()[:16]}.txt"
        self._taken = set(self._path.read_text().splitlines()) if self._path.exists() else set()

    def __enter__(self) -> Journal:
        self._file = self._path.open("a", encoding="ascii")
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __contains__(self, mark: str) -> bool:
        return mark in self._taken

    def add(self, mark: str) -> None:
        """The call with this mark is in the store."""
        self._file.write(f"{mark}\n")
        self._file.flush()
        self._taken.add(mark)


def _one(state: State, jobs: Jobs, journal: Journal, entry: Entry, summary: Summary, priority: int) -> None:
    if entry.mark in journal:
        summary.skipped += 1
        return
    wait = 0.5
    while True:
        try:
            if isinstance(entry.arrival, InputError):
                raise entry.arrival
            stored = put(jobs, entry.arrival, by=INGEST, priority=priority)
        except QueueFullError:
            if wait == 0.5:
                console.err().print(console.text("queue_full_waiting", state.language))
            time.sleep(wait)
            wait = min(_LONGEST_WAIT, wait * 2)
            continue
        except (InputError, ConflictError) as error:
            summary.refused.append({"file": entry.name, "code": error.code, "message": error.message})
            return
        summary.stored += stored.created
        summary.known += not stored.created
        journal.add(entry.mark)
        return


def _folder(folder: Path) -> list[Entry]:
    return [
        _entry(path, sidecar_of(path), folder)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and is_call(path) and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]


def _entry(path: Path, sidecar: Path | None, folder: Path) -> Entry:
    mark = _mark(path, *([sidecar] if sidecar else []))
    try:
        return Entry(str(path.relative_to(folder)), mark, arrival_of(path, sidecar))
    except InputError as error:
        return Entry(str(path.relative_to(folder)), mark, error)


def _manifest(path: Path) -> list[Entry]:
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})", code="file_unreadable") from error
    return list(_lines(path, lines))


def _lines(path: Path, lines: list[bytes]) -> Iterator[Entry]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{path.name}:{number}"
        try:
            value = parse_json(line, where, InputError)
            arrival = arrival_from(value, path.parent, where)
        except InputError as error:
            yield Entry(where, "", error)
            continue
        files = [arrival.recording] if arrival.recording is not None and arrival.recording.is_file() else []
        yield Entry(where, hashlib.sha256(line + _mark(*files).encode()).hexdigest(), arrival)


def _mark(*paths: Path) -> str:
    seen: list[Any] = []
    for path in paths:
        status = path.stat()
        seen += [str(path.resolve()), status.st_size, status.st_mtime_ns]
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()


def _bar(language: str, total: int) -> Any:
    import sys
    from contextlib import contextmanager

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())

    @contextmanager
    def drawn() -> Iterator[Any]:
        with Progress(*columns, console=console.err(), transient=True, disable=not sys.stderr.isatty()) as bar:
            task = bar.add_task(console.text("ingesting", language), total=total)
            yield lambda: bar.advance(task)

    return drawn()


def _print(state: State, summary: Summary, as_json: bool) -> None:
    counts = {"stored": summary.stored, "known": summary.known, "skipped": summary.skipped}
    if as_json:
        console.print_json({**counts, "refused": summary.refused})
        return
    console.write_line(console.text("ingested", state.language, **counts, refused=len(summary.refused)))
    for refusal in summary.refused:
        console.write_line(f"  {refusal['file']}: {refusal['message']} [{refusal['code']}]")
