"""`callproof watch`: a drop folder of the dialler. What is complete goes into the store, then to `processed/`.

A file is complete when its name is final and its size and time have not changed for a while; a rename into the folder
is so at once after that while. It is moved only after the store has it, so a crash in between repeats the call, which
its content makes known, and loses nothing. What cannot be used goes to `refused/` with the reason beside it.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from api.cli import console
from api.cli.arrivals import arrival_of, is_call, put, sidecar_of, sidecars_of
from api.cli.console import State
from pipeline.errors import ConflictError, InputError, QueueFullError, StoreError
from pipeline.jobs import Jobs, limits_of
from pipeline.store import Principal, Store
from pipeline.store.search.masking import mask_text

WATCHER: Final = Principal("watch")
PROCESSED: Final = "processed"
REFUSED: Final = "refused"
LOCK: Final = ".callproof-watch.lock"
_log = logging.getLogger("callproof.watch")


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: between looks, unchanged until complete, and waited for a sidecar (None: it must come)."""

    look: float = 1.0
    settle: float = 5.0
    sidecar: float | None = 10.0


@dataclass(slots=True)
class _Seen:
    stands: tuple[object, ...]
    since: float


class Watcher:
    """One drop folder. Raises `InputError` where another watcher has it or it cannot be written."""

    def __init__(self, folder: Path, jobs: Jobs, patience: Patience) -> None:
        self._folder = folder
        self._jobs = jobs
        self._patience = patience
        self._seen: dict[Path, _Seen] = {}

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """The folder is this watcher's alone, its two subfolders are there."""
        try:
            for name in (PROCESSED, REFUSED):
                (self._folder / name).mkdir(exist_ok=True)
            lock = (self._folder / LOCK).open("w")
        except OSError as error:
            raise InputError(f"{self._folder}: cannot be written ({error.strerror})", code="file_unwritable") from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise InputError(f"{self._folder}: another watcher has this folder", code="folder_taken") from None
            yield

    def look(self) -> int:
        """One look over the folder; how many calls were dealt with. Raises `QueueFullError`, `StoreError`."""
        present = list(self._recordings())
        self._seen = {path: seen for path, seen in self._seen.items() if path in set(present)}
        return sum(self._deal_with(path) for path in present if self._complete(path))

    def waits(self) -> bool:
        """Whether something is left that time alone will complete."""
        return any(self._patience.sidecar is not None or sidecar_of(path) for path in self._recordings())

    def _recordings(self) -> Iterator[Path]:
        for path in sorted(self._folder.rglob("*")):
            inside = path.relative_to(self._folder).parts
            if inside[0] in (PROCESSED, REFUSED) or any(part.startswith(".") for part in inside):
                continue
            if not path.is_symlink() and path.is_file() and is_call(path):
                yield path

    def _complete(self, path: Path) -> bool:
        sidecar = sidecar_of(path)
        try:
            stands = tuple((one.name, one.stat().st_size, one.stat().st_mtime_ns) for one in (path, sidecar) if one)
        except FileNotFoundError:
            return False
        now = time.monotonic()
        seen = self._seen.get(path)
        if seen is None or seen.stands != stands:
            self._seen[path] = _Seen(stands, now)
            return self._patience.settle <= 0 and sidecar is not None
        wait = self._patience.settle
        if sidecar is None:
            if self._patience.sidecar is None:
                return False
            wait += self._patience.sidecar
        return now - seen.since >= wait

    def _deal_with(self, path: Path) -> bool:
        sidecar = sidecar_of(path)
        try:
            stored = put(self._jobs, arrival_of(path, sidecar), by=WATCHER)
        except (InputError, ConflictError) as error:
            if not path.exists():
                return False
            _log.warning("%s: refused (%s)", self._named(path), error.code)
            self._move(path, REFUSED, {"code": error.code, "message": error.message})
            return True
        known = "" if stored.created else ", which was stored before"
        _log.info("%s: call %s%s", self._named(path), stored.call_id, known)
        self._move(path, PROCESSED, None)
        return True

    def _named(self, path: Path) -> str:
        """A file as logs may name it: diallers put the number that they called into names."""
        return mask_text(str(path.relative_to(self._folder)))

    def _move(self, path: Path, to: str, reason: dict[str, str] | None) -> None:
        """Sidecar first: a recording that is still there is seen again after a crash, a lone sidecar is not."""
        folder = self._folder / to / f"{datetime.now(UTC):%Y-%m-%d}" / path.relative_to(self._folder).parent
        folder.mkdir(parents=True, exist_ok=True)
        stem = _free(folder, path)
        if reason is not None:
            text = json.dumps({**reason, "at": datetime.now(UTC).isoformat()}, ensure_ascii=False)
            (folder / f"{stem}{path.suffix}.reason.json").write_text(text + "\n", encoding="utf-8")
        for sidecar in sidecars_of(path):
            if sidecar.is_file():
                ending = sidecar.name.removeprefix(path.with_suffix("").name)
                sidecar.replace(folder / f"{stem}{ending}")
        path.replace(folder / f"{stem}{path.suffix}")


def watch(state: State, folder: Path, patience: Patience, once: bool) -> None:
    """Watch until interrupted or told to end; with `once`, until nothing in the folder is left to deal with."""
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder", code="file_missing")
    console.start_logging()
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.set())
    with Store.of(state.settings, migrate=True) as store:
        watcher = Watcher(folder, Jobs(store, limits_of(state.settings)), patience)
        with watcher.held():
            console.err().print(console.text("watching", state.language, folder=folder))
            while not ending.is_set():
                wait = _look(watcher, patience)
                if once and not watcher.waits():
                    return
                ending.wait(wait)


def _look(watcher: Watcher, patience: Patience) -> float:
    try:
        watcher.look()
    except QueueFullError:
        _log.warning("the queue is full; files stay where they are until there is room")
        return 10 * patience.look
    except (StoreError, sa.exc.SQLAlchemyError, OSError) as error:
        _log.error("nothing can be taken now (%s); files stay where they are", type(error).__name__)
        return 10 * patience.look
    return patience.look


def _free(folder: Path, path: Path) -> str:
    """A stem under which neither the recording nor anything beside it stands in `folder`."""
    stem, number = path.stem, 1
    while any(folder.glob(f"{_literal(stem)}.*")):
        stem = f"{path.stem}-{number}"
        number += 1
    return stem


def _literal(name: str) -> str:
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in name)
