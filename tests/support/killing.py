"""Workers killed while they work, and a count of what became of the calls: for a short test and a long bench."""

from __future__ import annotations

import multiprocessing
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from pipeline.jobs import JobLimits, Jobs
from pipeline.jobs.tables import call_events
from pipeline.store import SYSTEM, CallMetadata, KeyRing, Store, schema
from tests.support.queue_worker import work

STEPS = tuple(
    f"{step}:{stage}"
    for stage in ("transcribe", "analyze")
    for step in ("taken", "read", "made", "settling", "settled")
)
LEASE = 2.0
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.support.queue_worker", "tests.support.queue_server"])


@dataclass
class _Process:
    process: ForkServerProcess
    told: Connection
    step: str | None
    due: float | None = None
    port: int | None = None


@dataclass
class Killing:
    """Two workers on one database, replaced as they are killed, while calls keep coming."""

    database: str
    folder: Path
    workers: int = 2
    pace: float = 0.05
    seed: int = 0
    calls: list[str] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.store = Store.open(self.database, folder=self.folder, keys=KeyRing.embedded(self.folder))
        self.jobs = Jobs(self.store, JobLimits(lease=LEASE))
        self.random = random.Random(self.seed)
        self.store.webhooks.add("https://127.0.0.1/", ["call.done"], "secret", by=SYSTEM)
        self._running: list[_Process] = []

    def run(self, plan: list[str | None], *, most_seconds: float, kill_seconds: float = float("inf")) -> None:
        """Kill as many workers as `plan` has entries: at the step it names, or at a random moment for None.

        After `kill_seconds` no more are begun. Fails where not everything has ended within `most_seconds`.
        """
        until, last = time.monotonic() + most_seconds, time.monotonic() + kill_seconds
        waiting = list(plan)
        try:
            while waiting or self._running:
                assert time.monotonic() < until, f"out of time with {len(waiting)} kills to go"
                if time.monotonic() > last:
                    waiting.clear()
                self._feed()
                while waiting and len(self._running) < self.workers:
                    self._running.append(self._start(waiting.pop()))
                for one in list(self._running):
                    self._look(one)
                time.sleep(0.01)
            self._finish(until)
        finally:
            for one in self._running:
                one.process.kill()
                one.process.join()

    def verdict(self) -> dict[str, int]:
        """How many calls there are and how they ended; all but `calls`, `kills` and `done_once` must be 0."""
        with self.store.database.read() as connection:
            calls = connection.execute(sa.select(schema.calls)).all()
            done = Counter(
                connection.execute(sa.select(call_events.c.call_id).where(call_events.c.kind == "done")).scalars()
            )
            told = Counter(
                payload["call_id"]
                for payload in connection.execute(sa.select(schema.webhook_deliveries.c.payload)).scalars()
            )
        ended = [call for call in calls if call.status == "done"]
        once = [
            call for call in ended if (call.transcript_version, call.report_version, done[call.call_id]) == (1, 1, 1)
        ]
        return {
            "kills": sum(self.kills.values()),
            "calls": len(calls),
            "done_once": len(once),
            "lost": len(set(self.calls) - {call.call_id for call in calls}),
            "doubled": len(calls) - len(set(self.calls)),
            "unfinished": len(calls) - len(ended),
            "done_twice": sum(count > 1 for count in done.values()),
            "told_not_once": sum(told[call.call_id] != 1 for call in calls),
            "jobs_left": sum(self.jobs.depth().values()),
            "children_left": _orphans(),
        }

    def close(self) -> None:
        self.store.close()

    # --- inside ---

    def _feed(self) -> None:
        if self.jobs.depth()["gpu"] >= 10:
            return
        number = len(self.calls)
        content = b"call %d" % number
        for _ in range(2 if number % 10 == 0 else 1):
            stored = self.store.put_recording(content, CallMetadata(), by=SYSTEM, then=self.jobs.enqueue)
        self.calls.append(stored.call_id)

    def _start(self, step: str | None) -> _Process:
        return self._spawn(work, (self.database, self.folder, LEASE, self.pace, step), step)

    def _spawn(self, target: Callable[..., None], arguments: tuple[Any, ...], step: str | None) -> _Process:
        ours, theirs = PROCESSES.Pipe(duplex=False)
        process = PROCESSES.Process(target=target, args=(*arguments, theirs))
        process.start()
        theirs.close()
        return _Process(process, ours, step)

    def _stop_feeding(self) -> None:
        """No more calls are to come; workers are running."""

    def _look(self, one: _Process) -> None:
        if not one.process.is_alive():
            one.process.join()
            assert one.process.exitcode == -signal.SIGKILL, f"a worker ended by itself with {one.process.exitcode}"
            self.kills[one.step or "random"] += 1
            self._running.remove(one)
        elif one.step is None and one.due is None:
            if one.told.poll() and one.told.recv():
                one.due = time.monotonic() + self.random.uniform(0, 1.0)
        elif one.due is not None and time.monotonic() >= one.due:
            one.process.kill()
            one.process.join()

    def _finish(self, until: float) -> None:
        for _ in range(self.workers):
            self._running.append(self._start(None))
        self._stop_feeding()
        while self._unfinished():
            assert time.monotonic() < until, f"{self._unfinished()} calls did not end in time"
            assert all(one.process.is_alive() for one in self._running)
            time.sleep(0.2)
        for one in self._running:
            one.process.terminate()
        for one in self._running:
            one.process.join(60)
            assert one.process.exitcode == 0
        self._running.clear()

    def _unfinished(self) -> int:
        with self.store.database.read() as connection:
            query = sa.select(sa.func.count()).select_from(schema.calls).where(schema.calls.c.status != "done")
            return int(connection.scalar(query) or 0)


def _orphans() -> int:
    """Children of workers that outlived them."""
    left = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        left += b"pipeline.jobs.child" in command and parent == 1
    return left
