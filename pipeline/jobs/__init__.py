"""Jobs: stored calls become finished calls, each exactly once, whatever crashes.

jobs = Jobs(store)
store.put_recording(…, then=jobs.enqueue)          the call and its job in one transaction; `QueueFullError` is 429
store.set_application(…, then=jobs.enqueue)        a corrected application: analysed again, not transcribed again
jobs.enqueue_at(priority)                          the same with a priority
jobs.replay(call_id, by=…)                         once more, after `failed` or `quarantined`
jobs.depth(), jobs.events(after, call_id=…)        for metrics, and for server-sent events
"""

from pipeline.jobs.dispatch import JobLimits, JobLostError, Jobs, open_queue
from pipeline.jobs.events import ANNOUNCED, CallEvent
from pipeline.jobs.queue import QUEUES, Job, Queue, QueueName, Stage

__all__ = [
    "ANNOUNCED",
    "QUEUES",
    "CallEvent",
    "Job",
    "JobLimits",
    "JobLostError",
    "Jobs",
    "Queue",
    "QueueName",
    "Stage",
    "open_queue",
]
