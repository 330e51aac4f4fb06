"""`callproof worker`: one process of many that work on the calls of a store."""

from __future__ import annotations

import logging
import signal
import sys

from api.cli.console import State
from api.tracing import observer, tracing_of
from pipeline.jobs import Jobs, QueueName, Worker, limits_of
from pipeline.store import Store


def work(state: State, queues: tuple[QueueName, ...], slots: int) -> None:
    """Work until told to end, then finish or give back what is at hand. Raises `ModelError` for missing weights."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    tracing = tracing_of(state.settings, "callproof-worker")
    with Store.of(state.settings, migrate=True) as store:
        jobs = Jobs(store, limits_of(state.settings))
        worker = Worker(jobs, state.settings, (queues,) * slots, observe=observer(tracing))
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.ask_to_stop())
        worker.start()
        worker.wait()
    if tracing is not None:
        tracing.close()
    if worker.failure is not None:
        raise worker.failure
