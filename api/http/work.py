"""What the API asks of the queue. `pipeline.jobs` does the work; without a queue, calls wait as queued."""

from __future__ import annotations

from typing import Protocol

import sqlalchemy as sa


class Work(Protocol):
    """Work on calls, put down in the transaction that makes it necessary."""

    def process(self, connection: sa.Connection, call_id: str) -> None:
        """Put a new call in the queue."""

    def reconcile(self, connection: sa.Connection, call_id: str) -> None:
        """Put a call, transcribed already, in the queue again for its report."""
