"""`callproof serve` as a process with fake stages, for killing: it may kill itself at a step of a job or an upload."""

from __future__ import annotations

import os
import signal
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import api.cli.serve
from api.cli.console import State
from configs.settings import load
from pipeline.jobs import EmbeddedWorker, Job, JobLimits, Jobs, Worker
from pipeline.store import Store, Stored

KEY = "the-key-of-killed-servers-2718"


def run_server(
    database: str, folder: Path, lease: float, pace: float, die_at: str | None, port: int, told: Connection
) -> None:
    """Serve until told to end by SIGTERM; at step `die_at` ("settling:analyze", "stored:upload") by SIGKILL."""
    said = False

    def reach(step: str) -> None:
        if die_at == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def observe(step: str, job: Job) -> None:
        nonlocal said
        if not said:
            said = True
            told.send("taken")
        reach(f"{step}:{job.stage}")

    class FastWorker(EmbeddedWorker):
        def __init__(self, store: Store, settings: Any, **_: Any) -> None:
            limits = JobLimits(attempts=10, losses=1000, first_delay=0.1, longest_delay=0.5, lease=lease)
            stages = "tests.support.fake_stages:FakeStages"
            queues = (("gpu",), ("cpu",))
            Worker.__init__(self, Jobs(store, limits), settings, queues, stages=stages, observe=observe)

    put = Store.put_recording

    def put_recording(store: Store, *arguments: Any, **options: Any) -> Stored:
        reach("received:upload")
        stored = put(store, *arguments, **options)
        reach("stored:upload")
        return stored

    api.cli.serve.EmbeddedWorker = FastWorker  # type: ignore[misc]
    Store.put_recording = put_recording  # type: ignore[method-assign]
    os.environ["CALLPROOF_BOOTSTRAP_KEY"] = KEY
    os.environ["CALLPROOF_KEYS_FILE"] = str(folder / "keys.json")
    flags = {"vocabulary_prompt": str(pace), "job_seconds": 60, "stop_seconds": 10, "data": folder, "port": port}
    if not database.startswith("sqlite"):
        flags["database"] = database
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    api.cli.serve.serve(State(load(None, **flags)))
