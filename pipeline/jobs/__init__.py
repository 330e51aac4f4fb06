"""Jobs: stored calls become finished calls, each exactly once, whatever crashes.

    worker = EmbeddedWorker(store, settings)      worker of this process: `start()`, `stop()`, `enqueue`, `replay`
    Worker(jobs, settings, slots)                 one of many processes: `callproof worker`
    jobs = Jobs(store, limits_of(settings))       the work on a store's calls, without a worker
    store.put_recording(…, then=jobs.enqueue)     the call and its job in one transaction; `QueueFullError` is 429
    store.set_application(…, then=jobs.enqueue)   a corrected application: analysed again, not transcribed again
    jobs.enqueue_first, jobs.enqueue_at(priority) the same before everything else, or with a priority
    jobs.replay(call_id, by=…)                    once more, after `failed` or `quarantined`
    jobs.depth(), jobs.events(after, call_id=…)   for metrics, and for server-sent events

Names are imported when they are first asked for: a worker's child, which is of this package too, needs no database.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pipeline.jobs.dispatch import JobLimits, JobLostError, Jobs, open_queue
    from pipeline.jobs.events import ANNOUNCED, CallEvent
    from pipeline.jobs.queue import QUEUES, Job, Queue, QueueName, Stage
    from pipeline.jobs.worker import EmbeddedWorker, Worker, limits_of

_MODULES: Final = {
    "dispatch": ("JobLimits", "JobLostError", "Jobs", "open_queue"),
    "events": ("ANNOUNCED", "CallEvent"),
    "queue": ("QUEUES", "Job", "Queue", "QueueName", "Stage"),
    "worker": ("EmbeddedWorker", "Worker", "limits_of"),
}
_MODULE_OF: Final = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "ANNOUNCED",
    "QUEUES",
    "CallEvent",
    "EmbeddedWorker",
    "Job",
    "JobLimits",
    "JobLostError",
    "Jobs",
    "Queue",
    "QueueName",
    "Stage",
    "Worker",
    "limits_of",
    "open_queue",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
