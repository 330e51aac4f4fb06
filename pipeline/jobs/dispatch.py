"""From queued to done: which stage a call needs next, and what becomes of it when a stage ends well or badly.

A call's status, its jobs, what a stage made and the events of it change in one transaction. A worker that has lost its
job meanwhile finds that out there (`JobLostError`) and changes nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from pipeline.errors import ErasedError, JobsError, NotFoundError, QueueFullError
from pipeline.jobs import events
from pipeline.jobs.cluster import ClusterQueue
from pipeline.jobs.events import ANNOUNCED, CallEvent, Kind
from pipeline.jobs.local import LocalQueue
from pipeline.jobs.queue import LEASE_SECONDS, QUEUE_OF, Job, Queue, QueueName, Stage
from pipeline.store import SYSTEM, Principal, Store

Then = Callable[[sa.Connection, str], None]
FIRST: Final = 100
"""Priority of what a person waits for before his screen."""
REPLAYED: Final = ("failed", "quarantined", "done")


class JobLostError(JobsError):
    """The job was given to another worker meanwhile; what this one made is dropped."""

    code = "job_lost"


@dataclass(frozen=True, slots=True)
class JobLimits:
    """When a queue is full, and how often what fails is tried. Seconds.

    A failed attempt waits `first_delay`, twice that the next time and so on up to `longest_delay`, give or take a
    half. `losses` is how often a worker may vanish under a call before the call itself is suspected.
    """

    capacity: int = 10_000
    attempts: int = 4
    losses: int = 12
    first_delay: float = 10.0
    longest_delay: float = 600.0
    lease: float = LEASE_SECONDS

    def delay(self, failures: int) -> timedelta:
        """How long to wait after so many failures."""
        full = min(self.longest_delay, self.first_delay * 2 ** max(0, failures - 1))
        return timedelta(seconds=full * random.uniform(0.5, 1.5))


def open_queue(store: Store, *, lease: float = LEASE_SECONDS) -> Queue:
    """The queue that belongs to the store's database: embedded on SQLite, Procrastinate on PostgreSQL."""
    return (
        LocalQueue(store.database, lease=lease) if store.database.sqlite else ClusterQueue(store.database, lease=lease)
    )


class Jobs:
    """The work on the calls of a store."""

    def __init__(self, store: Store, limits: JobLimits | None = None) -> None:
        self.store = store
        self.limits = limits or JobLimits()
        self.queue = open_queue(store, lease=self.limits.lease)

    # --- in ---

    def enqueue(self, connection: sa.Connection, call_id: str) -> None:
        """Let a call be worked on: a `then` for `put_recording`, `put_transcript_call` and `set_application`.

        Raises `QueueFullError`, and with it the store's transaction takes nothing.
        """
        self._enqueue(connection, call_id, 0)

    def enqueue_at(self, priority: int) -> Then:
        """`enqueue` with a priority other than 0; the higher goes first."""
        return lambda connection, call_id: self._enqueue(connection, call_id, priority)

    def enqueue_first(self, connection: sa.Connection, call_id: str) -> None:
        """`enqueue` before everything else: somebody waits for it before a screen."""
        self._enqueue(connection, call_id, FIRST)

    def _enqueue(self, connection: sa.Connection, call_id: str, priority: int, *, again: bool = False) -> None:
        call = self.store.find_call(connection, call_id, SYSTEM, lock=True)
        if self.queue.waits(connection, call_id):
            return
        stage: Stage = "transcribe" if call.audio_blob and (again or not call.transcript_version) else "analyze"
        depth = self.queue.depth(connection, QUEUE_OF[stage], self.limits.capacity)
        if depth >= self.limits.capacity:
            raise QueueFullError(f"{depth} calls wait for {stage} already; try again later")
        if call.status not in ("queued", "running"):
            self.store.set_status(call_id, "queued", by=SYSTEM, connection=connection)
        self.queue.put(connection, call_id, stage, priority=priority)
        events.add_event(connection, call, "queued", stage=stage)

    def replay(self, call_id: str, *, by: Principal) -> bool:
        """Work on a call once more, from its recording; False where it is being worked on already.

        Stages whose input has not changed are not done again. Raises `NotFoundError`, `ErasedError`.
        """
        with self.store.database.write() as connection:
            call = self.store.find_call(connection, call_id, by, lock=True)
            if call.status not in REPLAYED:
                return False
            self._enqueue(connection, call_id, 0, again=True)
            self.store.record(connection, by, "call.replay", call_id)
        return True

    # --- work ---

    def take(self, worker: int, queues: Collection[QueueName]) -> Job | None:
        """The next job for `worker`, its call running."""
        while True:
            with self.store.database.write() as connection:
                job = self.queue.take(connection, worker, queues)
                if job is None:
                    return None
                call = self._call(connection, job)
                if call is not None:
                    self.store.set_status(job.call_id, "running", by=SYSTEM, expected="queued", connection=connection)
                    events.add_event(connection, call, "started", stage=job.stage)
                    return job

    @contextmanager
    def settling(self, job: Job) -> Iterator[sa.Connection]:
        """The transaction that ends a job: what a stage made is stored in it. Raises `JobLostError`, `ErasedError`."""
        with self.store.database.write() as connection:
            if not self.queue.holds(connection, job):
                raise JobLostError(f"call {job.call_id}: another worker has it now")
            yield connection

    def stage_done(self, connection: sa.Connection, job: Job, following: Stage | None) -> None:
        """Within `settling`: the stage is done; the `following` one waits, or else the call is done."""
        call = self.store.find_call(connection, job.call_id, SYSTEM, lock=True)
        self.queue.finish(connection, job)
        events.add_event(connection, call, "stage_done", stage=job.stage)
        if following is not None:
            self.queue.put(connection, job.call_id, following, priority=job.priority)
        elif self.queue.waits(connection, job.call_id):
            self._move(connection, job.call_id, "queued")
        else:
            self._move(connection, job.call_id, "done")
            self._tell(connection, job.call_id, "done", job.stage, None)

    def fail(self, job: Job, code: str, *, final: bool) -> None:
        """A stage failed: `final` where trying again cannot help (then the call is `failed`).

        Otherwise it is tried again later, and after `limits.attempts` the call is quarantined. Raises `JobLostError`.
        """
        with self.settling(job) as connection:
            call = self._call(connection, job)
            if call is None:
                return
            failures = events.count_since_queued(connection, job.call_id, job.stage, "retried") + 1
            if final:
                self._end(connection, job, "failed", code)
            elif failures >= self.limits.attempts:
                self._end(connection, job, "quarantined", code)
            else:
                self.queue.put_back(connection, job, datetime.now(UTC) + self.limits.delay(failures))
                self._move(connection, job.call_id, "queued", code)
                events.add_event(connection, call, "retried", stage=job.stage, code=code)

    def release(self, job: Job) -> None:
        """Give a job back undone, as a worker does that stops. Raises `JobLostError`."""
        with self.settling(job) as connection:
            call = self._call(connection, job)
            if call is not None:
                self.queue.put_back(connection, job, datetime.now(UTC))
                self._move(connection, job.call_id, "queued")
                events.add_event(connection, call, "released", stage=job.stage)

    def progress(self, job: Job, done: int, total: int) -> None:
        """How far a job is."""
        with self.store.database.write() as connection:
            if self.queue.holds(connection, job) and (call := self._call(connection, job)) is not None:
                events.add_progress(connection, call, job.stage, done, total)

    def reclaim(self) -> int:
        """Take the jobs of vanished workers back, and quarantine calls that workers keep vanishing under."""
        with self.store.database.write() as connection:
            lost = self.queue.reclaim(connection, datetime.now(UTC))
            for job in lost:
                if (call := self._call(connection, job, held=False)) is None:
                    continue
                losses = events.count_since_queued(connection, job.call_id, job.stage, "lost") + 1
                events.add_event(connection, call, "lost", stage=job.stage, code="worker_lost")
                self._move(connection, job.call_id, "queued", "worker_lost")
                if losses >= self.limits.losses:
                    self.queue.drop(connection, job.call_id)
                    self._tell(connection, job.call_id, "quarantined", job.stage, "worker_lost", move=True)
        return len(lost)

    # --- to be seen ---

    def depth(self) -> dict[QueueName, int]:
        """How many jobs wait in each queue, counted up to ten times its capacity."""
        with self.store.database.read() as connection:
            most = self.limits.capacity * 10
            return {name: self.queue.depth(connection, name, most) for name in QUEUE_OF.values()}

    def events(self, after: int = 0, *, call_id: str | None = None, limit: int = 500) -> tuple[CallEvent, ...]:
        """Events of calls (or of one) with a higher number than `after`; they hold no personal data."""
        with self.store.database.read() as connection:
            return events.events_after(connection, after, call_id, limit)

    # --- inside a transaction ---

    def _call(self, connection: sa.Connection, job: Job, *, held: bool = True) -> sa.Row[Any] | None:
        """The job's call, locked; None where it is gone or erased: then the job ends."""
        try:
            return self.store.find_call(connection, job.call_id, SYSTEM, lock=True)
        except (NotFoundError, ErasedError):
            if held:
                self.queue.finish(connection, job)
            self.queue.drop(connection, job.call_id)
            return None

    def _end(self, connection: sa.Connection, job: Job, kind: Kind, code: str) -> None:
        self.queue.finish(connection, job)
        if self.queue.waits(connection, job.call_id):
            self._move(connection, job.call_id, "queued", code)
        else:
            self._tell(connection, job.call_id, kind, job.stage, code, move=True)

    def _tell(
        self, connection: sa.Connection, call_id: str, kind: Kind, stage: Stage, code: str | None, *, move: bool = False
    ) -> None:
        call = self.store.find_call(connection, call_id, SYSTEM)
        if move:
            self._move(connection, call_id, kind, code)
            self.store.record(connection, SYSTEM, f"call.{kind}", call_id, {"stage": stage, "code": code})
        events.add_event(connection, call, kind, stage=stage, code=code)
        payload = {"call_id": call_id, "status": kind, "code": code}
        self.store.webhooks.announce(connection, ANNOUNCED[kind], payload, call.unit)

    def _move(self, connection: sa.Connection, call_id: str, status: Any, reason: str | None = None) -> None:
        self.store.set_status(call_id, status, by=SYSTEM, reason=reason, connection=connection)
