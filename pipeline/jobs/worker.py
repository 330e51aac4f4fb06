"""A worker: takes jobs, has them done by a child that may be killed, and ends each exactly once.

One slot is one thread with one child. A heartbeat keeps the worker's jobs; the same thread takes back what vanished
workers left. Told to stop, a slot finishes its job if that is done within `stop_seconds`, and else gives it back.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Sequence
from typing import Any, BinaryIO, Final

import sqlalchemy as sa

from configs.settings import Settings
from pipeline.errors import CallproofError, ErasedError, ModelError, NotFoundError
from pipeline.jobs.child import STAGES
from pipeline.jobs.dispatch import JobLimits, JobLostError, Jobs
from pipeline.jobs.queue import Job, QueueName
from pipeline.jobs.stages import Observe, StageRunner
from pipeline.jobs.workshop import Made, StageError, Stopped, Workshop
from pipeline.store import Store

_log = logging.getLogger("callproof.jobs")
_IDLE_SECONDS: Final = 0.5
_PROGRESS_SECONDS: Final = 2.0
_BACK_SECONDS: Final = 30.0


def limits_of(settings: Settings) -> JobLimits:
    """The limits that the settings name."""
    return JobLimits(capacity=settings.queue_capacity, attempts=settings.job_attempts)


class Worker:
    """Slots that work on the queues they are given: one thread and one child each.

    `wanted` may be set to wake idle slots at once. `observe` is called with a step's name and the job: traces
    are made there, and tests pull the plug.
    """

    def __init__(
        self,
        jobs: Jobs,
        settings: Settings,
        slots: Sequence[tuple[QueueName, ...]],
        *,
        stages: str = STAGES,
        observe: Observe = lambda step, job: None,
    ) -> None:
        self.jobs = jobs
        self.wanted = threading.Event()
        self.failure: CallproofError | None = None
        self._settings = settings
        self._stages = stages
        self._observe = observe
        self._stopping = threading.Event()
        self._stopped = threading.Event()
        self._give_back_at = float("inf")
        self._number = 0
        self._slots = [
            threading.Thread(target=self._slot, args=(queues,), name=f"worker-{'-'.join(queues)}") for queues in slots
        ]
        self._pulse = threading.Thread(target=self._beat, name="worker-heartbeat", daemon=True)

    def start(self) -> None:
        """Start working."""
        self._number = self.jobs.queue.join()
        self._pulse.start()
        for slot in self._slots:
            slot.start()

    def stop(self) -> None:
        """Take no more jobs, finish or give back those at hand, and wait for that."""
        self.ask_to_stop()
        self.wait()

    def ask_to_stop(self) -> None:
        """`stop` without waiting."""
        if not self._stopping.is_set():
            self._give_back_at = time.monotonic() + self._settings.stop_seconds
            self._stopping.set()
        self.wanted.set()

    def wait(self) -> None:
        """Wait until every slot has ended; then the worker leaves the queue."""
        for slot in self._slots:
            slot.join()
        self._stopped.set()
        self._pulse.join()
        try:
            self.jobs.queue.leave(self._number)
        except sa.exc.SQLAlchemyError:
            _log.warning("the database does not answer; this worker's heartbeat will run out instead")

    # --- a slot ---

    def _slot(self, queues: tuple[QueueName, ...]) -> None:
        workshop = Workshop(self._settings, prepare="gpu" in queues, stages=self._stages)
        runner = StageRunner(self.jobs, self._settings, workshop, self._observe)
        try:
            workshop.start()
            while not self._stopping.is_set():
                job = self._next(queues)
                if job is not None:
                    self._observe("taken", job)
                    self._work(job, runner, workshop)
                    self._observe("settled", job)
        except (ModelError, StageError) as error:
            _log.error("this worker cannot start its engines: %s", error.message)
            self.failure = error
            self.ask_to_stop()
        finally:
            workshop.kill()

    def _next(self, queues: tuple[QueueName, ...]) -> Job | None:
        try:
            job = self.jobs.take(self._number, queues)
        except sa.exc.SQLAlchemyError as error:
            _log.warning("no job can be taken (%s); trying again", type(error).__name__)
            self._stopping.wait(random.uniform(1, 3))
            return None
        if job is None:
            self.wanted.wait(_IDLE_SECONDS * random.uniform(0.5, 1.5))
            self.wanted.clear()
        return job

    def _work(self, job: Job, runner: StageRunner, workshop: Workshop) -> None:
        started = time.monotonic()
        try:
            runner.run(job, self._running(job, workshop))
            _log.info("call %s: %s in %.1f s", job.call_id, job.stage, time.monotonic() - started)
            self.wanted.set()
        except Stopped:
            self._insist(job, lambda: self.jobs.release(job))
        except (NotFoundError, ErasedError):
            self._insist(job, lambda: self.jobs.fail(job, "call_gone", final=True))
        except JobLostError:
            _log.warning("call %s: %s was given to another worker meanwhile", job.call_id, job.stage)
        except ModelError:
            self._insist(job, lambda: self.jobs.release(job))
            raise
        except StageError as error:
            _log.warning("call %s: %s failed (%s)", job.call_id, job.stage, error.code)
            code, final = error.code, error.final
            self._insist(job, lambda: self.jobs.fail(job, code, final=final))
        except CallproofError as error:
            _log.warning("call %s: %s failed (%s)", job.call_id, job.stage, error.code)
            reason = error.code
            self._insist(job, lambda: self.jobs.fail(job, reason, final=False))
        except Exception as error:
            _log.error("call %s: %s failed (%s)", job.call_id, job.stage, type(error).__name__)
            self._insist(job, lambda: self.jobs.fail(job, "internal", final=False))

    def _running(self, job: Job, workshop: Workshop) -> Any:
        told = 0.0

        def progress(stage: str, done: int, total: int) -> None:
            nonlocal told
            if time.monotonic() - told >= _PROGRESS_SECONDS:
                told = time.monotonic()
                try:
                    self.jobs.progress(job, done, total)
                except sa.exc.SQLAlchemyError as error:
                    _log.warning("progress cannot be written (%s)", type(error).__name__)

        def must_stop() -> bool:
            return time.monotonic() > self._give_back_at

        def run(message: dict[str, Any], file: BinaryIO) -> Made:
            return workshop.run(message, file, progress=progress, must_stop=must_stop)

        return run

    def _insist(self, job: Job, end: Any) -> None:
        """End a job badly, as often as it takes: while this worker's heart beats, nobody else would."""
        while True:
            try:
                end()
                return
            except JobLostError:
                return
            except Exception as error:
                _log.warning("call %s cannot be given back (%s); trying again", job.call_id, type(error).__name__)
                if self._stopping.wait(random.uniform(1, 3)) and time.monotonic() > self._give_back_at + _BACK_SECONDS:
                    return

    # --- the heartbeat ---

    def _beat(self) -> None:
        lease = self.jobs.limits.lease
        while not self._stopped.wait(lease / 4):
            try:
                if not self.jobs.queue.beat(self._number):
                    self._number = self.jobs.queue.join()
                self.jobs.reclaim()
            except sa.exc.SQLAlchemyError as error:
                _log.warning("the heartbeat cannot be written (%s); trying again", type(error).__name__)


class EmbeddedWorker(Worker):
    """The worker of `callproof serve`: hearing and analysing side by side, each in a child of its own.

    `enqueue`, `enqueue_first` and `replay` are those of `Jobs`, and wake the worker.
    """

    def __init__(self, store: Store, settings: Settings, *, observe: Observe = lambda step, job: None) -> None:
        super().__init__(Jobs(store, limits_of(settings)), settings, (("gpu",), ("cpu",)), observe=observe)

    def enqueue(self, connection: sa.Connection, call_id: str) -> None:
        """See `Jobs.enqueue`."""
        self.jobs.enqueue(connection, call_id)
        self.wanted.set()

    def enqueue_first(self, connection: sa.Connection, call_id: str) -> None:
        """See `Jobs.enqueue_first`."""
        self.jobs.enqueue_first(connection, call_id)
        self.wanted.set()

    def replay(self, call_id: str, *, by: Any) -> bool:
        """See `Jobs.replay`."""
        queued = self.jobs.replay(call_id, by=by)
        self.wanted.set()
        return queued
