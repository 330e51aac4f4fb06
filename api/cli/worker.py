"""`callproof worker`: one process of many that work on the calls of a store."""

from __future__ import annotations

import signal

from api.cli import console
from api.cli.console import State
from api.http.security.roles import AccessRules
from api.http.security.secrets import refuse_defaults
from api.tracing import observer, tracing_of
from pipeline.jobs import Jobs, QueueName, Worker, limits_of
from pipeline.store import Store


def work(state: State, queues: tuple[QueueName, ...], slots: int) -> None:
    """Work until told to end, then finish or give back what is at hand. Raises `ModelError`, `SettingsError`."""
    refuse_defaults(state.settings, AccessRules.load(state.settings.configs))
    console.start_logging()
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
