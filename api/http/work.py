"""A worker thread in the server's process."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path

from configs.settings import Settings
from pipeline.errors import CallproofError, NotFoundError
from pipeline.flow import Analyst, Engines, transcribe_call
from pipeline.jobs import QUEUES, Job, Jobs
from pipeline.store import SYSTEM


class PlainWorker:
    """One thread that takes jobs in order."""

    def __init__(self, jobs: Jobs, settings: Settings) -> None:
        self._jobs = jobs
        self._settings = settings
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ending.set()
        self._thread.join(30)

    def _run(self) -> None:
        engines, analyst = Engines(self._settings), Analyst(self._settings.configs)
        worker = self._jobs.queue.join()
        while not self._ending.wait(0.3):
            self._jobs.queue.beat(worker)
            job = self._jobs.take(worker, QUEUES)
            if job is None:
                continue
            try:
                self._work(job, engines, analyst)
            except CallproofError as error:
                self._jobs.fail(job, error.code, final=True)
            except Exception as error:
                self._jobs.fail(job, type(error).__name__, final=False)
        self._jobs.queue.leave(worker)

    def _work(self, job: Job, engines: Engines, analyst: Analyst) -> None:
        store, call_id = self._jobs.store, job.call_id
        if job.stage == "transcribe":
            with tempfile.NamedTemporaryFile(dir=self._settings.data / "staging") as file:
                for chunk in store.open_audio(call_id, by=SYSTEM).content:
                    file.write(chunk)
                file.flush()
                transcript, _ = transcribe_call(Path(file.name), engines, self._settings, call_id=call_id)
            store.save_transcript(call_id, transcript, by=SYSTEM)
            with self._jobs.settling(job) as connection:
                self._jobs.stage_done(connection, job, "analyze")
            return
        try:
            application = store.application(call_id, by=SYSTEM)
        except NotFoundError:
            application = None
        transcript = store.transcript(call_id, by=SYSTEM)
        report = analyst.analyse(transcript, application, recogniser=engines.recogniser.name)
        store.save_report(call_id, report, by=SYSTEM)
        with self._jobs.settling(job) as connection:
            self._jobs.stage_done(connection, job, None)
