"""Jobs per second through the queue: put, taken and finished, each in its own transaction, as workers do.

python -m bench.queue [--database URL] [--jobs 3000] [--workers 2] [--backlog 10000]
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from pathlib import Path

from bench.killing import stored_database
from pipeline.jobs import Queue, QueueName, open_queue
from pipeline.store import KeyRing, Store

QUEUE: tuple[QueueName, ...] = ("gpu",)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", metavar="URL", help="PostgreSQL server; without one, SQLite")
    parser.add_argument("--jobs", type=int, default=3000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--backlog", type=int, default=10_000, help="jobs that wait from before")
    asked = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder, stored_database(asked.database, Path(folder)) as url:
        with _opened(url, Path(folder)) as store:
            queue = open_queue(store)
            _fill(store, queue, asked.backlog)
        gate = context.Barrier(asked.workers + 1)
        share = asked.jobs // asked.workers
        workers = [context.Process(target=_work, args=(url, Path(folder), share, gate)) for _ in range(asked.workers)]
        for worker in workers:
            worker.start()
        gate.wait(300)
        moments = [time.perf_counter()]
        for _ in range(2):
            gate.wait(600)
            moments.append(time.perf_counter())
        for worker in workers:
            worker.join(30)
    done, put, taken = share * asked.workers, moments[1] - moments[0], moments[2] - moments[1]
    print(
        f"{'PostgreSQL' if asked.database else 'SQLite'}, {asked.workers} workers, {asked.backlog} jobs waiting behind"
    )
    print(f"put              {done / put:8.0f} jobs/s")
    print(f"take and finish  {done / taken:8.0f} jobs/s")
    print(f"all three        {done / (put + taken):8.0f} jobs/s")


def _opened(url: str, folder: Path) -> Store:
    return Store.open(url, folder=folder, keys=KeyRing.embedded(folder))


def _fill(store: Store, queue: Queue, count: int) -> None:
    with store.database.write() as connection:
        for number in range(count):
            queue.put(connection, f"behind-{number}", "transcribe", priority=-1)
    with store.database.write() as connection:
        connection.exec_driver_sql("ANALYZE")  # what PostgreSQL does by itself within a minute


def _work(url: str, folder: Path, count: int, gate: object) -> None:
    with _opened(url, folder) as store:
        queue = open_queue(store)
        worker = queue.join()
        gate.wait(300)  # type: ignore[attr-defined]
        for number in range(count):
            with store.database.write() as connection:
                queue.put(connection, f"call-{worker}-{number}", "transcribe")
        gate.wait(600)  # type: ignore[attr-defined]
        for _ in range(count):
            with store.database.write() as connection:
                job = queue.take(connection, worker, QUEUE)
            assert job is not None
            with store.database.write() as connection:
                assert queue.holds(connection, job)
                queue.finish(connection, job)
        gate.wait(600)  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
