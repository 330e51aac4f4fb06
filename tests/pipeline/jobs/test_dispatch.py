"""What becomes of a call: its status, its jobs, its events and its webhooks go together."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from pipeline.errors import QueueFullError
from pipeline.jobs import Job, JobLostError, Jobs
from pipeline.jobs.tables import call_events
from pipeline.store import SYSTEM, CallMetadata, Store
from tests.pipeline.store.calls import application, transcript

SAID = (("agent", "您好"), ("customer", "你好"))


def call(jobs: Jobs, name: str = "C1", **more: object) -> str:
    """A stored recording whose work waits."""
    metadata = CallMetadata(call_id=name)
    return jobs.store.put_recording(name.encode(), metadata, by=SYSTEM, then=jobs.enqueue, **more).call_id  # type: ignore[arg-type]


def take(jobs: Jobs, worker: int | None = None) -> Job:
    job = jobs.take(worker or jobs.queue.join(), ("gpu", "cpu"))
    assert job is not None
    return job


def hear(jobs: Jobs, job: Job) -> None:
    with jobs.settling(job) as connection:
        jobs.store.add_transcript(connection, job.call_id, transcript(*SAID), SYSTEM, {})
        jobs.stage_done(connection, job, "analyze")


def finish(jobs: Jobs, job: Job) -> None:
    with jobs.settling(job) as connection:
        jobs.stage_done(connection, job, None)


def state(jobs: Jobs, call_id: str = "C1") -> tuple[str, str | None]:
    record = jobs.store.call(call_id, by=SYSTEM)
    return record.status, record.status_reason


def kinds(jobs: Jobs, call_id: str = "C1") -> list[str]:
    return [event.kind for event in jobs.events(call_id=call_id)]


def test_a_call_goes_through_both_stages_to_done(jobs: Jobs) -> None:
    call(jobs)
    assert state(jobs) == ("queued", None)
    first = take(jobs)
    assert first.stage == "transcribe"
    assert state(jobs)[0] == "running"
    hear(jobs, first)
    second = take(jobs)
    assert second.stage == "analyze"
    finish(jobs, second)
    assert state(jobs) == ("done", None)
    assert kinds(jobs) == ["queued", "started", "stage_done", "started", "stage_done", "done"]
    assert jobs.take(jobs.queue.join(), ("gpu", "cpu")) is None


def test_a_call_that_comes_as_a_transcript_is_analysed_alone(jobs: Jobs) -> None:
    jobs.store.put_transcript_call(transcript(*SAID), None, CallMetadata(), by=SYSTEM, then=jobs.enqueue)
    assert take(jobs).stage == "analyze"


def test_the_same_call_twice_is_one_job(jobs: Jobs) -> None:
    call(jobs)
    call(jobs)
    take(jobs)
    assert jobs.take(jobs.queue.join(), ("gpu", "cpu")) is None


def test_a_full_queue_takes_neither_call_nor_job(jobs: Jobs) -> None:
    for number in range(jobs.limits.capacity):
        call(jobs, f"C{number}")
    with pytest.raises(QueueFullError):
        call(jobs, "C99")
    with pytest.raises(Exception, match="not found"):
        jobs.store.call("C99", by=SYSTEM)
    take(jobs)
    call(jobs, "C99")
    assert jobs.depth() == {"gpu": jobs.limits.capacity, "cpu": 0}


def test_a_corrected_application_is_analysed_again_and_not_transcribed(jobs: Jobs) -> None:
    call(jobs)
    hear(jobs, take(jobs))
    finish(jobs, take(jobs))
    jobs.store.set_application("C1", application(income={"monthly": 9500}), by=SYSTEM, then=jobs.enqueue)
    assert state(jobs)[0] == "queued"
    again = take(jobs)
    assert again.stage == "analyze"
    finish(jobs, again)
    assert state(jobs)[0] == "done"


def test_an_application_corrected_during_the_analysis_gets_its_own(jobs: Jobs) -> None:
    call(jobs)
    hear(jobs, take(jobs))
    running = take(jobs)
    jobs.store.set_application("C1", application(income={"monthly": 9500}), by=SYSTEM, then=jobs.enqueue)
    assert state(jobs)[0] == "running"
    finish(jobs, running)
    assert state(jobs)[0] == "queued"
    assert "done" not in kinds(jobs)
    finish(jobs, take(jobs))
    assert state(jobs)[0] == "done"


def test_an_application_corrected_while_the_sound_waits_adds_nothing(jobs: Jobs) -> None:
    call(jobs)
    jobs.store.set_application("C1", application(income={"monthly": 9500}), by=SYSTEM, then=jobs.enqueue)
    assert take(jobs).stage == "transcribe"
    assert jobs.take(jobs.queue.join(), ("gpu", "cpu")) is None


def test_failures_are_tried_again_and_then_quarantined(jobs: Jobs) -> None:
    call(jobs)
    for attempt in range(1, jobs.limits.attempts + 1):
        job = take(jobs)
        jobs.fail(job, "time_limit", final=False)
        last = attempt == jobs.limits.attempts
        assert state(jobs) == ("quarantined" if last else "queued", "time_limit")
        time.sleep(0.04)
    assert jobs.take(jobs.queue.join(), ("gpu", "cpu")) is None
    assert kinds(jobs) == ["queued", "started", "retried", "started", "retried", "started", "quarantined"]


def test_waits_grow_up_to_the_longest(jobs: Jobs) -> None:
    delays = [jobs.limits.delay(failures).total_seconds() for failures in (1, 2, 8)]
    assert 0.005 <= delays[0] <= 0.015
    assert all(0.01 <= delay <= 0.03 for delay in delays[1:])


def test_what_cannot_be_read_fails_at_once_and_can_be_replayed(jobs: Jobs) -> None:
    call(jobs)
    jobs.fail(take(jobs), "no_speech", final=True)
    assert state(jobs) == ("failed", "no_speech")
    assert jobs.replay("C1", by=SYSTEM)
    assert not jobs.replay("C1", by=SYSTEM)
    assert state(jobs)[0] == "queued"
    assert take(jobs).stage == "transcribe"
    assert "call.replay" in [entry.action for entry in jobs.store.ledger.entries()]


def test_a_replay_forgets_failures_before_it(jobs: Jobs) -> None:
    call(jobs)
    for _ in range(jobs.limits.attempts):
        jobs.fail(take(jobs), "worker_crashed", final=False)
        time.sleep(0.04)
    jobs.replay("C1", by=SYSTEM)
    jobs.fail(take(jobs), "worker_crashed", final=False)
    assert state(jobs)[0] == "queued"


def test_a_released_job_is_no_failed_attempt(jobs: Jobs) -> None:
    call(jobs)
    for _ in range(jobs.limits.attempts + 2):
        jobs.release(take(jobs))
    assert state(jobs) == ("queued", None)


def test_a_worker_that_lost_its_job_changes_nothing(jobs: Jobs) -> None:
    call(jobs)
    gone = jobs.queue.join()
    late = take(jobs, gone)
    jobs.queue.leave(gone)
    assert jobs.reclaim() == 1
    assert state(jobs) == ("queued", "worker_lost")
    hear(jobs, take(jobs))
    with pytest.raises(JobLostError), jobs.settling(late) as connection:
        jobs.store.add_transcript(connection, "C1", transcript(("agent", "late")), SYSTEM, {})
    with pytest.raises(JobLostError):
        jobs.fail(late, "time_limit", final=False)
    assert jobs.store.call("C1", by=SYSTEM).transcript_version == 1


def test_a_call_that_workers_keep_vanishing_under_is_quarantined(jobs: Jobs) -> None:
    call(jobs)
    for _ in range(jobs.limits.losses):
        worker = jobs.queue.join()
        take(jobs, worker)
        jobs.queue.leave(worker)
        jobs.reclaim()
    assert state(jobs) == ("quarantined", "worker_lost")
    assert jobs.take(jobs.queue.join(), ("gpu", "cpu")) is None


def test_webhooks_are_told_in_the_transaction_that_ends_the_call(jobs: Jobs) -> None:
    hook = jobs.store.webhooks.add("https://example.com/hook", ["call.done", "call.failed"], "secret", by=SYSTEM)
    call(jobs)
    hear(jobs, take(jobs))
    job = take(jobs)
    with jobs.settling(job) as connection:
        jobs.stage_done(connection, job, None)
        connection.get_transaction().rollback()  # type: ignore[union-attr]
    assert jobs.store.webhooks.deliveries(hook.id) == ()
    finish(jobs, job)
    (delivery,) = jobs.store.webhooks.deliveries(hook.id)
    assert (delivery.event, delivery.payload) == ("call.done", {"call_id": "C1", "status": "done", "code": None})


def test_progress_keeps_one_row_and_goes_with_the_stage(jobs: Jobs) -> None:
    call(jobs)
    job = take(jobs)
    for done in range(3):
        jobs.progress(job, done, 3)
    last = jobs.events(call_id="C1")[-1]
    assert (last.kind, last.done, last.total) == ("progress", 2, 3)
    hear(jobs, job)
    assert "progress" not in kinds(jobs)
    jobs.progress(job, 3, 3)
    assert "progress" not in kinds(jobs)


def test_whoever_was_told_of_progress_hears_of_the_end(jobs: Jobs) -> None:
    call(jobs)
    job = take(jobs)
    jobs.progress(job, 1, 3)
    told = jobs.events(call_id="C1")[-1].id
    hear(jobs, job)
    assert [event.kind for event in jobs.events(told, call_id="C1")] == ["stage_done"]


def test_events_are_read_from_where_one_stopped(jobs: Jobs) -> None:
    call(jobs, "C1")
    call(jobs, "C2")
    first = jobs.events()
    assert [event.call_id for event in first] == ["C1", "C2"]
    take(jobs)
    (started,) = jobs.events(first[-1].id)
    assert (started.kind, started.call_id, started.stage) == ("started", "C1", "transcribe")


def test_concurrent_uploads_of_one_recording_are_one_job(jobs: Jobs) -> None:
    def upload(_: int) -> str:
        return jobs.store.put_recording(b"same", CallMetadata(), by=SYSTEM, then=jobs.enqueue).call_id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(upload, range(16)))) == 1
    take(jobs)
    assert jobs.take(jobs.queue.join(), ("gpu", "cpu")) is None


def test_no_row_of_the_queue_holds_what_was_said(jobs: Jobs, store: Store) -> None:
    call(jobs, application=application(identity={"name": "王建国"}))
    hear(jobs, take(jobs))
    with store.database.read() as connection:
        rows = str(connection.execute(sa.select(call_events)).all())
    assert "王建国" not in rows
