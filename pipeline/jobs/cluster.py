"""The queue of several machines: Procrastinate's tables and functions on PostgreSQL, called in our transactions.

Procrastinate's own worker runs tasks in its process; ours must be killable and must end a job in the transaction that
stores its output. So only its queue is used (https://procrastinate.readthedocs.io): jobs are fetched with SKIP LOCKED,
a call's id is their `lock`, workers are heard by their heartbeat. Its shell and dashboards show these jobs as well.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from pipeline.errors import JobsError
from pipeline.jobs.queue import FORGET_SECONDS, LEASE_SECONDS, QUEUE_OF, Job, QueueName, Stage
from pipeline.store.database import Database

_SCHEMA_LOCK: Final = 0x63616C6C6A6F6273
_FACT: Final = "procrastinate_migration"
_PUT: Final = """
SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(%(queue)s, %(task)s, %(priority)s, %(call)s, NULL, %(args)s::jsonb,
       NULL)::procrastinate_job_to_defer_v1])
"""
_TAKE: Final = """
SELECT id, lock, task_name, priority, attempts, worker_id FROM procrastinate_fetch_job_v2(%(queues)s, %(worker)s)
"""
_HOLDS: Final = """
SELECT 1 FROM procrastinate_jobs
WHERE id = %(id)s AND status = 'doing' AND worker_id = %(worker)s AND attempts = %(turn)s FOR UPDATE
"""
_LOST: Final = """
SELECT id, lock, task_name, priority, attempts, COALESCE(worker_id, 0) FROM procrastinate_jobs job
WHERE status = 'doing' AND NOT EXISTS (
  SELECT 1 FROM procrastinate_workers worker
  WHERE worker.id = job.worker_id AND worker.last_heartbeat >= now() - make_interval(secs => %(lease)s))
FOR UPDATE SKIP LOCKED
"""
_DEPTH: Final = """
SELECT count(*) FROM (
  SELECT 1 FROM procrastinate_jobs WHERE queue_name = %(queue)s AND status = 'todo' LIMIT %(most)s) AS waiting
"""
_TUNING: Final = (
    "CREATE INDEX IF NOT EXISTS callproof_jobs_lock ON procrastinate_jobs (lock) WHERE status IN ('todo', 'doing')",
    # A session keeps the plan it made while the queue was short; with thousands waiting that plan reads them all.
    "ALTER FUNCTION procrastinate_fetch_job_v2 SET plan_cache_mode = force_custom_plan",
    "ALTER TABLE procrastinate_jobs SET (autovacuum_analyze_scale_factor = 0.02)",
    """
    CREATE OR REPLACE FUNCTION callproof_waits(call text, task text) RETURNS boolean LANGUAGE sql STABLE
    SET enable_seqscan = off AS $$
      SELECT EXISTS (SELECT 1 FROM procrastinate_jobs
                     WHERE lock = call AND status = 'todo' AND (task IS NULL OR task_name = task))
    $$
    """,
)
_WAITS: Final = "SELECT callproof_waits(%(call)s::text, %(task)s::text)"


class ClusterQueue:
    """`Queue` on PostgreSQL. Raises `JobsError` where Procrastinate is not installed."""

    def __init__(self, database: Database, *, lease: float = LEASE_SECONDS) -> None:
        self._database = database
        self._lease = lease
        _prepare(database)

    def join(self) -> int:
        """See `Queue`."""
        with self._database.write() as connection:
            return int(_run(connection, "SELECT worker_id FROM procrastinate_register_worker_v1()").scalar_one())

    def beat(self, worker: int) -> bool:
        """See `Queue`."""
        alive = "UPDATE procrastinate_workers SET last_heartbeat = now() WHERE id = %(worker)s"
        with self._database.write() as connection:
            return _run(connection, alive, worker=worker).rowcount == 1

    def leave(self, worker: int) -> None:
        """See `Queue`."""
        with self._database.write() as connection:
            _run(connection, "SELECT procrastinate_unregister_worker_v1(%(worker)s)", worker=worker)

    def put(self, connection: sa.Connection, call_id: str, stage: Stage, *, priority: int = 0) -> bool:
        """See `Queue`."""
        if _run(connection, _WAITS, call=call_id, task=stage).scalar_one():
            return False
        args = json.dumps({"call_id": call_id})
        _run(connection, _PUT, queue=QUEUE_OF[stage], task=stage, priority=priority, call=call_id, args=args)
        return True

    def take(self, connection: sa.Connection, worker: int, queues: Collection[QueueName]) -> Job | None:
        """See `Queue`."""
        row = _run(connection, _TAKE, queues=list(queues), worker=worker).one()
        return None if row.id is None else _job(row)

    def holds(self, connection: sa.Connection, job: Job) -> bool:
        """See `Queue`."""
        return _run(connection, _HOLDS, id=job.id, worker=job.worker, turn=job.turn).first() is not None

    def finish(self, connection: sa.Connection, job: Job) -> None:
        """See `Queue`."""
        _run(connection, "SELECT procrastinate_finish_job_v1(%(id)s, 'succeeded', true)", id=job.id)

    def put_back(self, connection: sa.Connection, job: Job, at: datetime) -> None:
        """See `Queue`."""
        _run(connection, "SELECT procrastinate_retry_job_v2(%(id)s, %(at)s, NULL, NULL, NULL)", id=job.id, at=at)

    def reclaim(self, connection: sa.Connection, at: datetime) -> tuple[Job, ...]:
        """See `Queue`."""
        lost = tuple(_job(row) for row in _run(connection, _LOST, lease=self._lease))
        for job in lost:
            self.put_back(connection, job, at)
        _run(connection, "SELECT procrastinate_prune_stalled_workers_v1(%(after)s)", after=FORGET_SECONDS)
        return lost

    def drop(self, connection: sa.Connection, call_id: str) -> None:
        """See `Queue`."""
        _run(connection, "DELETE FROM procrastinate_jobs WHERE lock = %(call)s AND status = 'todo'", call=call_id)

    def waits(self, connection: sa.Connection, call_id: str) -> bool:
        """See `Queue`."""
        return bool(_run(connection, _WAITS, call=call_id, task=None).scalar_one())

    def depth(self, connection: sa.Connection, queue: QueueName, most: int) -> int:
        """See `Queue`."""
        return int(_run(connection, _DEPTH, queue=queue, most=most).scalar_one())


def _job(row: Any) -> Job:
    return Job(*row)


def _run(connection: sa.Connection, statement: str, **values: Any) -> sa.CursorResult[Any]:
    return connection.exec_driver_sql(statement, values)


def _prepare(database: Database) -> None:
    """Make Procrastinate's tables, or bring them to the installed release by its own migrations."""
    try:
        from procrastinate.schema import SchemaManager
    except ImportError as error:
        raise JobsError("jobs on PostgreSQL need Procrastinate: pip install 'callproof[cluster]'") from error
    files = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    with database.write() as connection:
        _run(connection, "SELECT pg_advisory_xact_lock(%(lock)s)", lock=_SCHEMA_LOCK)
        stands = _run(connection, "SELECT value FROM store_facts WHERE name = %(name)s", name=_FACT).scalar()
        if stands == files[-1].name:
            return
        if stands is None:
            statements = [SchemaManager.get_schema()]
        elif stands > files[-1].name:
            raise JobsError(
                f"the queue's tables ({stands}) are newer than the installed Procrastinate {version('procrastinate')}: "
                "update it"
            )
        else:
            statements = [file.read_text(encoding="utf-8") for file in files if file.name > stands]
        for statement in statements:
            _raw(connection, statement)
        for statement in _TUNING:
            _raw(connection, statement)
        _run(connection, "DELETE FROM store_facts WHERE name = %(name)s", name=_FACT)
        _run(connection, "INSERT INTO store_facts VALUES (%(name)s, %(value)s)", name=_FACT, value=files[-1].name)


def _raw(connection: sa.Connection, script: str) -> None:
    """Several statements at once, percent signs and all: the driver must see no parameters."""
    driver: Any = connection.connection.driver_connection
    driver.execute(script)
