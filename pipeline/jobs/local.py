"""The embedded queue: rows in the store's SQLite file, whose one writer at a time is all the locking it needs."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from pipeline.jobs.queue import FORGET_SECONDS, LEASE_SECONDS, QUEUE_OF, Job, QueueName, Stage
from pipeline.jobs.tables import job_workers, jobs
from pipeline.store.database import Database


class LocalQueue:
    """`Queue` on SQLite."""

    def __init__(self, database: Database, *, lease: float = LEASE_SECONDS) -> None:
        self._database = database
        self._lease = timedelta(seconds=lease)

    def join(self) -> int:
        """See `Queue`."""
        with self._database.write() as connection:
            # SQLite gives the number of a row that is gone to the next one: a forgotten worker would pass for it.
            number = secrets.randbits(62)
            connection.execute(job_workers.insert().values(id=number, heard_at=_now()))
            return number

    def beat(self, worker: int) -> bool:
        """See `Queue`."""
        alive = job_workers.update().where(job_workers.c.id == worker).values(heard_at=_now())
        with self._database.write() as connection:
            return connection.execute(alive).rowcount == 1

    def leave(self, worker: int) -> None:
        """See `Queue`."""
        gone = datetime.fromtimestamp(0, UTC)
        with self._database.write() as connection:
            connection.execute(job_workers.update().where(job_workers.c.id == worker).values(heard_at=gone))

    def put(self, connection: sa.Connection, call_id: str, stage: Stage, *, priority: int = 0) -> bool:
        """See `Queue`."""
        if connection.scalar(sa.select(_waiting(call_id).where(jobs.c.stage == stage).exists())):
            return False
        row = {"call_id": call_id, "stage": stage, "queue": QUEUE_OF[stage], "priority": priority}
        connection.execute(jobs.insert().values({**row, "run_at": _now(), "turn": 0}))
        return True

    def take(self, connection: sa.Connection, worker: int, queues: Collection[QueueName]) -> Job | None:
        """See `Queue`."""
        other = jobs.alias()
        running = sa.select(other.c.id).where(other.c.call_id == jobs.c.call_id, other.c.worker.is_not(None))
        due = (
            sa.select(jobs.c.id)
            .where(jobs.c.queue.in_(list(queues)), jobs.c.worker.is_(None), jobs.c.run_at <= _now(), ~running.exists())
            .order_by(jobs.c.priority.desc(), jobs.c.id)
            .limit(1)
        )
        taken = jobs.update().where(jobs.c.id == due.scalar_subquery()).values(worker=worker).returning(*_JOB)
        row = connection.execute(taken).one_or_none()
        return None if row is None else Job(*row)

    def holds(self, connection: sa.Connection, job: Job) -> bool:
        """See `Queue`."""
        mine = (jobs.c.id == job.id, jobs.c.worker == job.worker, jobs.c.turn == job.turn)
        return bool(connection.scalar(sa.select(sa.select(jobs.c.id).where(*mine).exists())))

    def finish(self, connection: sa.Connection, job: Job) -> None:
        """See `Queue`."""
        connection.execute(jobs.delete().where(jobs.c.id == job.id))

    def put_back(self, connection: sa.Connection, job: Job, at: datetime) -> None:
        """See `Queue`."""
        back = {"worker": None, "run_at": at, "turn": jobs.c.turn + 1}
        connection.execute(jobs.update().where(jobs.c.id == job.id).values(back))

    def reclaim(self, connection: sa.Connection, at: datetime) -> tuple[Job, ...]:
        """See `Queue`."""
        silent = sa.select(job_workers.c.id).where(job_workers.c.heard_at < _now() - self._lease)
        lost = tuple(Job(*row) for row in connection.execute(sa.select(*_JOB).where(jobs.c.worker.in_(silent))))
        for job in lost:
            self.put_back(connection, job, at)
        forgotten = job_workers.c.heard_at < _now() - timedelta(seconds=FORGET_SECONDS)
        connection.execute(job_workers.delete().where(forgotten))
        return lost

    def drop(self, connection: sa.Connection, call_id: str) -> None:
        """See `Queue`."""
        connection.execute(jobs.delete().where(jobs.c.call_id == call_id, jobs.c.worker.is_(None)))

    def waits(self, connection: sa.Connection, call_id: str) -> bool:
        """See `Queue`."""
        return bool(connection.scalar(sa.select(_waiting(call_id).exists())))

    def depth(self, connection: sa.Connection, queue: QueueName, most: int) -> int:
        """See `Queue`."""
        some = sa.select(jobs.c.id).where(jobs.c.queue == queue, jobs.c.worker.is_(None)).limit(most).subquery()
        return int(connection.scalar(sa.select(sa.func.count()).select_from(some)) or 0)


_JOB = (jobs.c.id, jobs.c.call_id, jobs.c.stage, jobs.c.priority, jobs.c.turn, jobs.c.worker)


def _waiting(call_id: str) -> sa.Select[tuple[int]]:
    return sa.select(jobs.c.id).where(jobs.c.call_id == call_id, jobs.c.worker.is_(None))


def _now() -> datetime:
    return datetime.now(UTC)
