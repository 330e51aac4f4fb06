"""What a queue is: waiting jobs in the store's database, each taken by one worker at a time.

Every method that is given a connection works inside that transaction. So a call and its job come into being together,
and a job ends together with what it made: there is no moment at which a crash could lose or repeat either.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol

import sqlalchemy as sa

Stage = Literal["transcribe", "analyze"]
QueueName = Literal["gpu", "cpu"]

QUEUES: Final[tuple[QueueName, ...]] = ("gpu", "cpu")
QUEUE_OF: Final[Mapping[Stage, QueueName]] = {"transcribe": "gpu", "analyze": "cpu"}
LEASE_SECONDS: Final = 60.0
"""A worker that has not been heard of for so long has lost its jobs."""
FORGET_SECONDS: Final = 3600.0
"""A worker that has not been heard of for so long is forgotten."""


@dataclass(frozen=True, slots=True)
class Job:
    """One stage of one call, held by `worker`; `turn` counts how often the job was put back before."""

    id: int
    call_id: str
    stage: Stage
    priority: int
    turn: int
    worker: int


class Queue(Protocol):
    """Jobs by priority (the higher first), then in the order they came; never two of one call at a time."""

    def join(self) -> int:
        """A new worker, heard of now; its number."""
        ...

    def beat(self, worker: int) -> bool:
        """The worker is alive: it keeps its jobs. False where it was forgotten and must join anew."""
        ...

    def leave(self, worker: int) -> None:
        """The worker is gone; what it still holds counts as lost."""
        ...

    def put(self, connection: sa.Connection, call_id: str, stage: Stage, *, priority: int = 0) -> bool:
        """Let a stage of a call wait; False where it waits already. The caller holds the call's row."""
        ...

    def take(self, connection: sa.Connection, worker: int, queues: Collection[QueueName]) -> Job | None:
        """The next job that is due, now held by `worker`."""
        ...

    def holds(self, connection: sa.Connection, job: Job) -> bool:
        """Whether the job is still its worker's, and so for the rest of this transaction."""
        ...

    def finish(self, connection: sa.Connection, job: Job) -> None:
        """End a job that `holds` was true for in this transaction."""
        ...

    def put_back(self, connection: sa.Connection, job: Job, at: datetime) -> None:
        """Let a job that `holds` was true for in this transaction wait again, until `at`."""
        ...

    def reclaim(self, connection: sa.Connection, at: datetime) -> tuple[Job, ...]:
        """Put back the jobs of workers that are gone or silent, until `at`; which ones they were."""
        ...

    def drop(self, connection: sa.Connection, call_id: str) -> None:
        """Remove what waits for a call."""
        ...

    def waits(self, connection: sa.Connection, call_id: str) -> bool:
        """Whether something waits for a call."""
        ...

    def depth(self, connection: sa.Connection, queue: QueueName, most: int) -> int:
        """How many jobs wait, counted up to `most`."""
        ...
