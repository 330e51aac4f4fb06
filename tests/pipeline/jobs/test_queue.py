"""One suite over both queues: what any queue must do."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.jobs import Job, Queue, QueueName, Stage, open_queue
from pipeline.store import KeyRing, Store

SOON = timedelta(seconds=0.2)


@pytest.fixture
def queue(store: Store) -> Queue:
    return open_queue(store, lease=0.3)


def put(store: Store, queue: Queue, call_id: str, stage: Stage = "transcribe", priority: int = 0) -> bool:
    with store.database.write() as connection:
        return queue.put(connection, call_id, stage, priority=priority)


def take(store: Store, queue: Queue, worker: int, *queues: QueueName) -> Job | None:
    with store.database.write() as connection:
        return queue.take(connection, worker, queues or ("gpu", "cpu"))


def finish(store: Store, queue: Queue, job: Job) -> bool:
    with store.database.write() as connection:
        held = queue.holds(connection, job)
        if held:
            queue.finish(connection, job)
        return held


def reclaim(store: Store, queue: Queue) -> tuple[Job, ...]:
    with store.database.write() as connection:
        return queue.reclaim(connection, datetime.now(UTC))


def test_jobs_come_by_priority_then_by_age(store: Store, queue: Queue) -> None:
    for call_id, priority in (("a", 0), ("b", 5), ("c", 0), ("d", 5), ("e", -1)):
        put(store, queue, call_id, priority=priority)
    worker = queue.join()
    order = [job.call_id for _ in range(5) if (job := take(store, queue, worker))]
    assert order == ["b", "d", "a", "c", "e"]
    assert take(store, queue, worker) is None


def test_each_worker_sees_its_queues_alone(store: Store, queue: Queue) -> None:
    put(store, queue, "heard", "analyze")
    put(store, queue, "sound", "transcribe")
    worker = queue.join()
    first = take(store, queue, worker, "gpu")
    assert first is not None
    assert (first.call_id, first.stage) == ("sound", "transcribe")
    assert take(store, queue, worker, "gpu") is None
    second = take(store, queue, worker, "cpu")
    assert second is not None
    assert (second.call_id, second.stage) == ("heard", "analyze")


def test_a_job_of_a_rolled_back_transaction_never_was(store: Store, queue: Queue) -> None:
    with store.database.write() as connection:
        queue.put(connection, "a", "transcribe")
        connection.get_transaction().rollback()  # type: ignore[union-attr]
    assert take(store, queue, queue.join()) is None


def test_what_waits_already_is_not_put_again(store: Store, queue: Queue) -> None:
    assert put(store, queue, "a", "analyze")
    assert not put(store, queue, "a", "analyze")
    worker = queue.join()
    assert take(store, queue, worker) is not None
    assert put(store, queue, "a", "analyze"), "the first is being worked on, so its input may be old"
    assert take(store, queue, worker) is None, "two jobs of one call do not run at once"


def test_a_finished_job_makes_room_for_the_next_of_its_call(store: Store, queue: Queue) -> None:
    put(store, queue, "a", "transcribe")
    worker = queue.join()
    job = take(store, queue, worker)
    assert job is not None
    put(store, queue, "a", "analyze")
    assert finish(store, queue, job)
    assert not finish(store, queue, job)
    following = take(store, queue, worker)
    assert following is not None
    assert following.stage == "analyze"


def test_a_job_put_back_waits_its_time_and_counts_its_turns(store: Store, queue: Queue) -> None:
    put(store, queue, "a")
    worker = queue.join()
    job = take(store, queue, worker)
    assert job is not None
    with store.database.write() as connection:
        assert queue.holds(connection, job)
        queue.put_back(connection, job, datetime.now(UTC) + SOON)
    assert take(store, queue, worker) is None
    time.sleep(SOON.total_seconds() + 0.05)
    again = take(store, queue, worker)
    assert again is not None
    assert (again.id, again.turn) == (job.id, job.turn + 1)
    assert not finish(store, queue, job), "the first turn is over, also for the same worker"
    assert finish(store, queue, again)


@pytest.mark.parametrize("leaves", [True, False])
def test_jobs_of_a_vanished_worker_are_taken_back(store: Store, queue: Queue, leaves: bool) -> None:
    put(store, queue, "a")
    gone, alive = queue.join(), queue.join()
    job = take(store, queue, gone)
    assert job is not None
    assert reclaim(store, queue) == ()
    if leaves:
        queue.leave(gone)
    else:
        time.sleep(0.35)
        queue.beat(alive)
    assert [lost.call_id for lost in reclaim(store, queue)] == ["a"]
    assert reclaim(store, queue) == ()
    again = take(store, queue, alive)
    assert again is not None
    assert not finish(store, queue, job), "the late worker must find its job gone"
    assert finish(store, queue, again)


def test_a_worker_that_beats_keeps_its_jobs(store: Store, queue: Queue) -> None:
    put(store, queue, "a")
    worker = queue.join()
    assert take(store, queue, worker)
    for _ in range(4):
        time.sleep(0.1)
        queue.beat(worker)
    assert reclaim(store, queue) == ()


def test_a_worker_that_was_forgotten_hears_of_it(store: Store, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("local", "cluster"):
        monkeypatch.setattr(f"pipeline.jobs.{module}.FORGET_SECONDS", 0.1)
    worker = queue.join()
    assert queue.beat(worker)
    time.sleep(0.15)
    reclaim(store, queue)
    assert not queue.beat(worker)
    assert queue.join() != worker


def test_what_waits_can_be_counted_and_dropped(store: Store, queue: Queue) -> None:
    for number in range(4):
        put(store, queue, f"c{number}")
    with store.database.write() as connection:
        assert queue.depth(connection, "gpu", 100) == 4
        assert queue.depth(connection, "gpu", 3) == 3
        assert queue.depth(connection, "cpu", 3) == 0
        assert queue.waits(connection, "c1")
        queue.drop(connection, "c1")
        assert not queue.waits(connection, "c1")
        assert queue.depth(connection, "gpu", 100) == 3


def test_many_workers_share_the_jobs_without_taking_one_twice(store: Store, queue: Queue) -> None:
    wanted = {f"c{number}" for number in range(60)}
    for call_id in wanted:
        put(store, queue, call_id)
    done: list[str] = []
    lock = threading.Lock()

    def work() -> None:
        worker = queue.join()
        while (job := take(store, queue, worker)) is not None:
            assert finish(store, queue, job)
            with lock:
                done.append(job.call_id)

    with ThreadPoolExecutor(6) as pool:
        for future in [pool.submit(work) for _ in range(6)]:
            future.result()
    assert sorted(done) == sorted(wanted)


def test_one_of_two_reclaimers_takes_a_lost_job_back(store: Store, queue: Queue) -> None:
    put(store, queue, "a")
    worker = queue.join()
    assert take(store, queue, worker)
    queue.leave(worker)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: len(reclaim(store, queue)), range(4)))
    assert sum(found) == 1


def test_the_queue_is_prepared_once_by_many(empty_place: str, keys: KeyRing, tmp_path: Path) -> None:
    with Store.open(empty_place, keys=keys, folder=tmp_path) as store, ThreadPoolExecutor(4) as pool:
        queues = list(pool.map(lambda _: open_queue(store), range(4)))
        assert put(store, queues[0], "a")
        assert not put(store, queues[3], "a")


@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
def test_procrastinate_sees_the_same_jobs(store: Store, queue: Queue) -> None:
    from procrastinate import App, SyncPsycopgConnector

    put(store, queue, "a", priority=3)
    conninfo = store.database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with App(connector=SyncPsycopgConnector(conninfo=conninfo)).open() as app:
        (job,) = app.job_manager.list_jobs()
    assert (job.queue, job.task_name, job.task_kwargs, job.priority) == ("gpu", "transcribe", {"call_id": "a"}, 3)


@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
def test_old_queue_tables_are_brought_up_to_date(store: Store, queue: Queue) -> None:
    name = {"name": "procrastinate_migration"}
    with store.database.write() as connection:
        newest = connection.scalar(sa.text("SELECT value FROM store_facts WHERE name = :name"), name)
        connection.execute(sa.text("UPDATE store_facts SET value = 'zz.sql' WHERE name = :name"), name)
    with pytest.raises(Exception, match="newer than the installed Procrastinate"):
        open_queue(store)
    assert newest is not None
    with store.database.write() as connection:
        connection.execute(sa.text("UPDATE store_facts SET value = :old WHERE name = :name"), {**name, "old": newest})
    open_queue(store)
