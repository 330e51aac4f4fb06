"""Kill -9 of workers or servers under load, 200 times: every call must end exactly once.

    python -m bench.killing [--serve] [--kills 200] [--database URL]     SQLite; with a PostgreSQL server's URL, there

Two worker processes with a fast fake recogniser; a kill is at a random moment after a worker's first job, or (a fifth
of them, in turn) exactly at one of the boundaries of a stage. Calls keep coming, each tenth of them twice. With
`--serve` it is `callproof serve` with its embedded worker that is killed (one on SQLite, two on PostgreSQL), also just
before and after an upload is stored; clients send each call by HTTP until it is accepted.
"""

from __future__ import annotations

import argparse
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

import sqlalchemy as sa

from tests.support.killing import STEPS, Killing
from tests.support.serve_killing import SERVER_STEPS, ServeKilling

ENDING_SECONDS = 300.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--serve", action="store_true", help="kill `callproof serve` instead of workers")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--database", metavar="URL", help="PostgreSQL server, such as postgresql://postgres@127.0.0.1")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=60, help="after so many, no more kills are begun")
    asked = parser.parse_args()
    steps = cycle(SERVER_STEPS if asked.serve else STEPS)
    plan = [next(steps) if number % 5 == 0 else None for number in range(asked.kills)]
    with tempfile.TemporaryDirectory() as folder, stored_database(asked.database, Path(folder)) as url:
        started = time.monotonic()
        killing = (
            ServeKilling(url, Path(folder), seed=asked.seed, workers=2 if asked.database else 1)
            if asked.serve
            else Killing(url, Path(folder), seed=asked.seed)
        )
        try:
            killing.run(plan, most_seconds=asked.minutes * 60 + ENDING_SECONDS, kill_seconds=asked.minutes * 60)
            verdict = killing.verdict()
        finally:
            killing.close()
    what, base = "servers" if asked.serve else "workers", "PostgreSQL" if asked.database else "SQLite"
    print(f"{what} on {base}, {time.monotonic() - started:.0f} s, seed {asked.seed}")
    for name, count in {**verdict, **{f"  at {step}": times for step, times in sorted(killing.kills.items())}}.items():
        print(f"{name:<28}{count:>8}")
    wrong = [name for name in verdict if name not in ("kills", "calls", "done_once") and verdict[name]]
    if wrong or verdict["done_once"] != verdict["calls"]:
        raise SystemExit(f"not exactly once: {', '.join(wrong) or 'done_once'}")


@contextmanager
def stored_database(server: str | None, folder: Path) -> Iterator[str]:
    if server is None:
        yield f"sqlite:///{folder / 'callproof.db'}"
        return
    url = sa.make_url(server).set(drivername="postgresql+psycopg")
    name = f"callproof_bench_{secrets.token_hex(6)}"
    engine = sa.create_engine(url.set(database=url.database or "postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


if __name__ == "__main__":
    main()
