"""What the API asks of the queue."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from configs.settings import Settings
from pipeline.errors import CallproofError, NotFoundError
from pipeline.flow import Analyst, Engines, transcribe_call
from pipeline.store import SYSTEM, CallFilters, CallRecord, Principal, Store


class Work(Protocol):
    """Work on calls, put down in the transaction that makes it necessary."""

    def enqueue(self, connection: sa.Connection, call_id: str) -> None:
        """Let a call be worked on: a new one, or one whose application has changed."""

    def replay(self, call_id: str, *, by: Principal) -> bool:
        """Work on a call once more; False where it is being worked on already."""


class PlainWork:
    """Calls with the status `queued` are worked on by one thread of this process."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._wanted = threading.Event()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._wanted.set()
        self._thread.start()

    def stop(self) -> None:
        self._ending.set()
        self._wanted.set()
        self._thread.join(30)

    def enqueue(self, connection: sa.Connection, call_id: str) -> None:
        if self._store.find_call(connection, call_id, SYSTEM).status not in ("queued", "running"):
            self._store.set_status(call_id, "queued", by=SYSTEM, connection=connection)
        self._wanted.set()

    def replay(self, call_id: str, *, by: Principal) -> bool:
        return self._store.set_status(call_id, "queued", by=by, expected=("done", "failed", "quarantined"))

    def _run(self) -> None:
        engines, analyst = Engines(self._settings), Analyst(self._settings.configs)
        while not self._ending.is_set():
            self._wanted.wait(0.5)
            self._wanted.clear()
            for record in self._store.calls(CallFilters(status="queued"), by=SYSTEM).items:
                if self._ending.is_set() or not self._store.set_status(
                    record.call_id, "running", by=SYSTEM, expected="queued"
                ):
                    continue
                try:
                    self._work(record, engines, analyst)
                except CallproofError as error:
                    self._store.set_status(record.call_id, "failed", by=SYSTEM, reason=error.code)
                except Exception as error:
                    self._store.set_status(record.call_id, "quarantined", by=SYSTEM, reason=type(error).__name__)
                else:
                    self._store.set_status(record.call_id, "done", by=SYSTEM)

    def _work(self, record: CallRecord, engines: Engines, analyst: Analyst) -> None:
        store, call_id = self._store, record.call_id
        if record.transcript_version == 0:
            with tempfile.NamedTemporaryFile(dir=self._settings.data / "staging") as file:
                for chunk in store.open_audio(call_id, by=SYSTEM).content:
                    file.write(chunk)
                file.flush()
                transcript, _ = transcribe_call(Path(file.name), engines, self._settings, call_id=call_id)
            store.save_transcript(call_id, transcript, by=SYSTEM)
        try:
            application = store.application(call_id, by=SYSTEM)
        except NotFoundError:
            application = None
        report = analyst.analyse(store.transcript(call_id, by=SYSTEM), application, recogniser=engines.recogniser.name)
        store.save_report(call_id, report, by=SYSTEM)
