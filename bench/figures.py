"""`python -m bench.figures [--database URL] [--calls N]`: a dashboard's figures over many calls.

Fills a store with finished calls' rows (no documents, which figures do not open), on SQLite in a folder of its own
unless a database is named, then times each part of `Store.figures`, and the whole, right after a change and while
nothing changes, over all 600 days and over thirty.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

from bench.store import BATCH, FIRST_DAY, READER, call_row, make_report
from bench.table import print_table
from pipeline.contract import ComplianceItem
from pipeline.store import FigureFilters, KeyRing, Store, schema
from pipeline.store.counting import Counting
from pipeline.store.projection import COMPARED

ITEMS = get_args(ComplianceItem)
PARTS = ("days", "dispositions", "fields", "script", "recognition", "saved", "waiting", "agents", "dealers")


def rows_of(chance: random.Random, call: dict[str, Any], kinds: list[dict[str, Any]]) -> dict[str, Any]:
    """A call's rows by table, as `projection` writes them."""
    common = {"call_seq": call["seq"], "at": call["at"], "unit": call["unit"], "agent_id": call["agent_id"]}
    outcomes = [{**common, "dealer": call["dealer"], **kind} for kind in kinds]
    figures_row = {
        **common,
        "dealer": call["dealer"],
        "disposition": call["disposition"],
        "duration": chance.uniform(60, 600),
        "compared": sum(kind["outcome"] in COMPARED for kind in kinds),
        "mismatches": sum(kind["outcome"] in schema.DISAGREEING for kind in kinds),
        "turns": chance.randrange(20, 120),
        "corrected_turns": chance.choice((0, 0, 0, 1)),
        "confidence": chance.uniform(0.6, 0.95),
        "agent_talk_ratio": chance.uniform(0.4, 0.7),
        "silence_ratio": chance.uniform(0.05, 0.3),
        "interruptions": chance.randrange(5),
        "agent_chars_per_minute": chance.uniform(200, 320),
    }
    faults = [{**common, "item": item, "status": "missing"} for item in ITEMS if chance.random() < 0.2]
    return {"field_outcomes": outcomes, "call_figures": [figures_row], "script_faults": faults}


def fill(store: Store, calls: int) -> None:
    """Put finished calls in, one in five of them decided about."""
    chance = random.Random(11)
    reports = [
        [
            {"field": one.field, "outcome": one.outcome, "severity": one.severity, "confidence": one.confidence}
            for one in make_report(chance).fields
        ]
        for _ in range(200)
    ]
    for first in range(1, calls + 1, BATCH):
        made = [call_row(chance, number) for number in range(first, min(first + BATCH, calls + 1))]
        for call in made:
            call["work_state"] = "open" if call["disposition"] != "pass" else None
        parts = [rows_of(chance, call, chance.choice(reports)) for call in made]
        with store.database.write() as connection:
            connection.execute(schema.calls.insert(), made)
            for name in ("field_outcomes", "call_figures", "script_faults"):
                connection.execute(schema.metadata.tables[name].insert(), [row for part in parts for row in part[name]])
            decided = [review_row(chance, call) for call in made if chance.random() < 0.2]
            connection.execute(schema.reviews.insert(), decided)
    with store.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if store.database.sqlite else "VACUUM ANALYZE")


def review_row(chance: random.Random, call: dict[str, Any]) -> dict[str, Any]:
    """A decision about a call."""
    return {
        "call_seq": call["seq"],
        "report_version": 1,
        "subject": "field",
        "name": "income.monthly",
        "decision": "confirm",
        "reason": "heard_as_reported",
        "severity": "major",
        "state": "final",
        "reviewer": "li.na",
        "at": call["at"],
        "handling_seconds": chance.uniform(20, 400),
    }


def milliseconds(times: list[float]) -> tuple[str, str]:
    """Median and slowest."""
    return f"{1000 * statistics.median(times):.0f}", f"{1000 * max(times):.0f}"


def measure(store: Store, filters: FigureFilters, rounds: int) -> list[tuple[str, str, str]]:
    """Each part of the figures; all of them after a change, and again while nothing changes."""
    found = []
    for part in PARTS:
        times = []
        for _ in range(rounds):
            with store.database.read() as connection:
                count = Counting(connection, filters, READER, sqlite=store.database.sqlite)
                began = time.perf_counter()
                counted(count, part)
                times.append(time.perf_counter() - began)
        found.append((part, *milliseconds(times)))
    for title, changed in (("all of it, after a change", True), ("all of it, nothing changed", False)):
        times = []
        for _ in range(rounds):
            if changed:
                store.ledger.append("bench", "call.settle", "B0000001")
            began = time.perf_counter()
            store.figures(filters, by=READER)
            times.append(time.perf_counter() - began)
        found.append((title, *milliseconds(times)))
    return found


def counted(count: Counting, part: str) -> object:
    """One part of the figures."""
    if part == "agents":
        return count.agents(count.people("agent_id", 50))
    if part == "dealers":
        return count.people("dealer", 50)
    return count.days({}) if part == "days" else getattr(count, part)()


def main() -> None:
    """Fill and measure."""
    parser = argparse.ArgumentParser(prog="python -m bench.figures", description=__doc__)
    parser.add_argument("--database", help="URL of an empty PostgreSQL database")
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        Store.open(options.database or folder, keys=KeyRing.new(), folder=Path(folder)) as store,
    ):
        fill(store, options.calls)
        last = FIRST_DAY + timedelta(days=600)
        for days in (600, 30):
            filters = FigureFilters(since=last - timedelta(days=days), until=last)
            title = f"{options.calls:,} calls, figures of {days} days ({store.database.engine.dialect.name})"
            print_table(title, ("part", "median ms", "slowest ms"), measure(store, filters, options.rounds))


if __name__ == "__main__":
    main()
