"""A worker process with fake stages, for killing: tells of its first job, and may kill itself at a step."""

from __future__ import annotations

import logging
import os
import signal
from multiprocessing.connection import Connection
from pathlib import Path

from configs.settings import Settings
from pipeline.jobs import Job, JobLimits, Jobs, Worker
from pipeline.store import KeyRing, Store


def work(database: str, folder: Path, lease: float, pace: float, die_at: str | None, told: Connection) -> None:
    """Work until told to end by SIGTERM; at step `die_at` ("settling:analyze") by SIGKILL."""
    logging.basicConfig(level=logging.ERROR)
    said = False

    def observe(step: str, job: Job) -> None:
        nonlocal said
        if not said:
            said = True
            told.send("taken")
        if die_at == f"{step}:{job.stage}":
            os.kill(os.getpid(), signal.SIGKILL)

    with Store.open(database, folder=folder, keys=KeyRing.embedded(folder), migrate=False) as store:
        limits = JobLimits(attempts=10, losses=1000, first_delay=0.1, longest_delay=0.5, lease=lease)
        settings = Settings(vocabulary_prompt=str(pace), job_seconds=60, stop_seconds=10)
        stages = "tests.support.fake_stages:FakeStages"
        worker = Worker(Jobs(store, limits), settings, (("gpu", "cpu"),), stages=stages, observe=observe)
        signal.signal(signal.SIGTERM, lambda *_: worker.ask_to_stop())
        worker.start()
        worker.wait()
