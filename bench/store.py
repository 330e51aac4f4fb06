"""`python -m bench.store [--database URL] [--calls N] [--turns N]`: search, lists and mismatches over a large store.

Builds calls of the labelled test calls' sentences with names, dealers and amounts of their own, on SQLite in a folder
of its own unless a database is named, then times first pages as a reader asks for them, ledger row included.
"""

from __future__ import annotations

import argparse
import functools
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from bench.table import print_table
from configs import read_text
from pipeline.contract import Report, Transcript, field_paths
from pipeline.store import (
    CallFilters,
    KeyRing,
    MismatchFilters,
    Principal,
    SearchFilters,
    SearchQuery,
    Store,
    cipher,
    projection,
    schema,
)
from pipeline.store.core import key_owner, now

READER = Principal("bench", "qa")
SENTENCES = Path(__file__).parents[1] / "tests" / "cases" / "calls" / "tuned"
FIRST_DAY = datetime(2025, 1, 1, tzinfo=UTC)
DEALERS = [f"经销商{number:03}" for number in range(200)]
AGENTS = [f"{number:04}" for number in range(300)]
SIGNALS = ("evasive", "coached", "straw_buyer", "undisclosed_loan", "broker_involved")
FIELDS = [f"{section}.{name}" for section, name in field_paths()]
BATCH = 500


def sentences() -> list[tuple[str, str]]:
    """(speaker, text) of the labelled calls."""
    speakers = {"A": "agent", "C": "customer", "T": "third_party"}
    return [
        (speakers[label], text.split(" #")[0])
        for path in sorted(SENTENCES.rglob("*.yaml"))
        for turn in yaml.safe_load(path.read_text(encoding="utf-8"))["turns"]
        for label, text in turn.items()
        if label in speakers and isinstance(text, str)
    ]


def names() -> list[str]:
    """Names as people have them: surname and given name."""
    surnames, given = (
        [
            word
            for line in read_text(f"lexicon/{name}.txt").splitlines()
            if not line.startswith("#")
            for word in line.split()
        ]
        for name in ("surnames", "given_names")
    )
    chance = random.Random(1)
    return [chance.choice(surnames[:100]) + chance.choice(given) for _ in range(20_000)]


def make_transcript(chance: random.Random, pool: list[tuple[str, str]], people: list[str], turns: int) -> Transcript:
    """A call of `turns` turns; one in five names somebody."""
    said = []
    for number in range(turns):
        speaker, text = chance.choice(pool)
        if chance.random() < 0.2:
            text = f"{text}我叫{chance.choice(people)}"
        start = 4.0 * number
        said.append({"id": number, "speaker": speaker, "start": start, "end": start + 3, "text": text})
    return Transcript.model_validate({"schema": "callproof.transcript/1", "call_id": "x", "turns": said})


def make_report(chance: random.Random) -> Report:
    """A report: every field with an outcome, one in eight of them a mismatch."""
    kinds = ("match", "match", "match", "not_stated", "not_stated", "unclear", "not_applied", "mismatch")
    fields = [
        {
            "field": field,
            "outcome": chance.choice(kinds),
            "severity": chance.choice(("critical", "major", "minor")),
            "confidence": 0.9,
            "applied": 9500,
            "stated": {"value": 6500, "text": "六千五", "polarity": "stated"},
            "explanation": "stated ¥6,500 a month, applied ¥9,500, outside 10 %",
            "explanation_zh": "电话中6500，申请表9500，超出10%",
            "evidence": [{"turn": 3, "start": 12.0, "end": 15.0, "speaker": "customer", "quote": "一个月六千五"}],
        }
        for field in FIELDS
    ]
    signals = [{"code": code, "severity": "major", "confidence": 0.8} for code in SIGNALS if chance.random() < 0.05]
    return Report.model_validate(
        {
            "call_id": "x",
            "application_id": None,
            "roles": {"agent": "agent", "customer": "customer", "third_party": "third_party"},
            "disposition": chance.choice(("pass", "review", "callback", "escalate")),
            "risk": {
                "score": round(chance.random(), 2),
                "band": chance.choice(("low", "medium", "high")),
                "reasons": [],
            },
            "fields": fields,
            "signals": signals,
            "compliance": [],
            "coverage": {"required": 10, "settled": 8, "missing": []},
            "conduct": {},
            "next_steps": [],
            "versions": {"callproof": "0.1.0", "asr": None, "rules": "sha256:0"},
        }
    )


def fill(store: Store, calls: int, turns: int) -> None:
    """Put `calls` calls with `turns` turns in all into the store: its own terms, seals and rows, in large batches."""
    chance, pool, people = random.Random(7), sentences(), names()
    reports = [make_report(chance) for _ in range(200)]
    analyser = store.index.analyser
    store.index.analyser.index_terms = functools.lru_cache(maxsize=8192)(analyser.index_terms)  # type: ignore[method-assign]
    postgres = not store.database.sqlite
    with store.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if postgres:
            for table in ("search_chunks", "search_rows"):
                connection.exec_driver_sql(f"DROP INDEX ix_{table}_terms")
        for first in range(1, calls + 1, BATCH):
            numbers = range(first, min(first + BATCH, calls + 1))
            add_calls(store, chance, numbers, pool, people, turns // calls, reports)
        if postgres:
            for table in ("search_chunks", "search_rows"):
                connection.exec_driver_sql(f"CREATE INDEX ix_{table}_terms ON {table} USING gin (terms)")
            connection.exec_driver_sql("SELECT setval(pg_get_serial_sequence('calls', 'seq'), max(seq)) FROM calls")
            connection.exec_driver_sql("VACUUM ANALYZE")
    store.database.look_over(anew=True)


def add_calls(
    store: Store,
    chance: random.Random,
    numbers: range,
    pool: list[tuple[str, str]],
    people: list[str],
    turns: int,
    reports: list[Report],
) -> None:
    """Calls as they stand once they are done, in one transaction."""
    with store.database.write() as connection:
        connection.execute(schema.calls.insert(), [call_row(chance, number) for number in numbers])
        written = schema.calls.select().where(schema.calls.c.seq.in_(numbers)).order_by(schema.calls.c.seq)
        for call in connection.execute(written).all():
            key, report = cipher.new_data_key(), chance.choice(reports)
            sealed = cipher.wrap(store.keys, key, key_owner(call.call_id, "text"))
            connection.execute(
                schema.data_keys.insert().values(
                    call_seq=call.seq, purpose="text", master_key=sealed.master_key, wrapped=sealed.wrapped
                )
            )
            outcomes = [projection.outcome_row(call, key, outcome) for outcome in report.fields]
            connection.execute(schema.field_outcomes.insert(), outcomes)
            signals = [
                {"call_seq": call.seq, "code": signal.code, "severity": signal.severity, "at": call.at}
                for signal in report.signals
            ]
            if signals:
                connection.execute(schema.call_signals.insert(), signals)
            store.index.add(connection, call, key, make_transcript(chance, pool, people, turns), report)


def call_row(chance: random.Random, number: int) -> dict[str, Any]:
    """A call that is done, at some time within 600 days."""
    moment = now()
    return {
        "seq": number,
        "call_id": f"C{number:07}",
        "unit": chance.choice(("north", "south", "east", "west")),
        "content_hash": f"{number:064x}",
        "status": "done",
        "status_at": moment,
        "at": FIRST_DAY + timedelta(seconds=chance.randrange(600 * 86_400)),
        "received_at": moment,
        "agent_id": chance.choice(AGENTS),
        "dealer": chance.choice(DEALERS),
        "loan_amount": chance.randrange(50, 400) * 1000,
        "disposition": chance.choice(("pass", "review", "callback", "escalate")),
        "risk_band": chance.choice(("low", "medium", "high")),
        "claimed_by": chance.choice((None, None, None, "li.na", "wang.fang")),
        "retention_class": "standard",
        "transcript_version": 0,
        "report_version": 0,
    }


def searches(people: list[str], chance: random.Random) -> Iterator[tuple[str, SearchQuery, SearchFilters]]:
    """Kinds of searches, each with words of its own."""
    name = chance.choice(people)
    day = FIRST_DAY + timedelta(days=chance.randrange(500))
    none = SearchFilters()
    yield "two characters, common", SearchQuery(all=(chance.choice(("贷款", "多少", "工作", "一个")),)), none
    yield "two characters, rare", SearchQuery(all=(chance.choice(("套现", "背户", "装修", "周转")),)), none
    yield "one character", SearchQuery(all=(chance.choice("车账钱名"),)), none
    yield "three characters", SearchQuery(all=(chance.choice(("身份证", "网约车", "货拉拉", "营业部")),)), none
    yield "a name", SearchQuery(all=(name,)), none
    yield "a name by sound", SearchQuery(sounds=(name,)), none
    yield "a phrase", SearchQuery(all=(chance.choice(("本次通话有录音", "一个月多少", "请问您贵姓")),)), none
    yield "nothing to find", SearchQuery(all=("魑魅魍魉",)), none
    yield "two words", SearchQuery(all=("一个月", chance.choice(("工资", "还款", "收入")))), none
    yield "either of two", SearchQuery(any=("滴滴", "货拉拉")), none
    yield "one and not another", SearchQuery(all=("贷款",), none=("录音",)), none
    yield "two words in a call", SearchQuery(all=("贷款", "网约车"), within="call"), none
    yield "by a speaker", SearchQuery(all=("身份证",)), SearchFilters(speaker="customer")
    yield "by a third party", SearchQuery(all=("车",)), SearchFilters(speaker="third_party")
    yield "of a dealer", SearchQuery(all=("贷款",)), SearchFilters(dealer_part=chance.choice(DEALERS))
    yield "of an agent", SearchQuery(all=("一个",)), SearchFilters(agent_part=chance.choice(AGENTS))
    yield "in a week", SearchQuery(all=("工作",)), SearchFilters(since=day, until=day + timedelta(days=7))
    yield "with an outcome", SearchQuery(all=("车",)), SearchFilters(field="loan.purpose", outcome="mismatch")
    yield "with a signal", SearchQuery(all=("钱",)), SearchFilters(signal="coached", dealer_part=chance.choice(DEALERS))


def lists(chance: random.Random) -> Iterator[tuple[str, CallFilters]]:
    """Kinds of lists of calls."""
    day = FIRST_DAY + timedelta(days=chance.randrange(500))
    yield "calls: all", CallFilters()
    yield "calls: disposition", CallFilters(disposition="escalate")
    yield "calls: dealer", CallFilters(dealer=chance.choice(DEALERS))
    yield "calls: agent and disposition", CallFilters(agent_id=chance.choice(AGENTS), disposition="review")
    yield "calls: unit and band", CallFilters(unit="north", risk_band="high")
    yield "calls: signal", CallFilters(signal="coached")
    yield "calls: signal and dealer", CallFilters(signal="coached", dealer=chance.choice(DEALERS))
    yield "calls: field outcome", CallFilters(field="income.monthly", outcome="mismatch")
    yield "calls: amount", CallFilters(amount_from=390_000, amount_to=395_000)
    yield "calls: a week", CallFilters(since=day, until=day + timedelta(days=7))
    yield "calls: claimed by", CallFilters(claimed_by="li.na", disposition="pass")
    yield "calls: nobody's", CallFilters(claimed_by="nobody")


def mismatches(chance: random.Random) -> Iterator[tuple[str, MismatchFilters]]:
    """Kinds of lists of mismatches."""
    day = FIRST_DAY + timedelta(days=chance.randrange(500))
    yield "mismatches: all", MismatchFilters()
    yield "mismatches: field", MismatchFilters(field="income.monthly")
    yield "mismatches: severity", MismatchFilters(severity="critical")
    yield "mismatches: field and dealer", MismatchFilters(field="loan.purpose", dealer=chance.choice(DEALERS))
    yield "mismatches: agent and severity", MismatchFilters(agent_id=chance.choice(AGENTS), severity="critical")
    yield "mismatches: unit, a week", MismatchFilters(unit="north", since=day, until=day + timedelta(days=7))
    yield "mismatches: contradicted", MismatchFilters(outcome="contradicted")


def measure(rounds: int, kinds: Callable[[], Iterator[tuple[str, Callable[[], object]]]]) -> dict[str, list[float]]:
    """Milliseconds of every kind of question, `rounds` times each, after one round that is not counted."""
    times: dict[str, list[float]] = {}
    for turn in range(rounds + 1):
        for kind, ask in kinds():
            start = time.perf_counter()
            ask()
            if turn:
                times.setdefault(kind, []).append(1000 * (time.perf_counter() - start))
    return times


def show(title: str, times: dict[str, list[float]]) -> None:
    """The times of each kind, and of all of them together."""
    everything = [value for values in times.values() for value in values]
    rows = [
        (kind, len(values), *(f"{value:.1f}" for value in figures(values)))
        for kind, values in [*times.items(), ("all", everything)]
    ]
    print_table(title, ("question", "asked", "p50 ms", "p95 ms", "max ms"), rows)


def figures(values: list[float]) -> tuple[float, float, float]:
    """Median, 95th percentile and greatest."""
    return statistics.median(values), statistics.quantiles(values, n=20, method="inclusive")[-1], max(values)


def bench_store(store: Store, calls: int, turns: int, rounds: int) -> None:
    """Fill the store where it is empty, then print the tables."""
    if not store.calls(limit=1, by=READER).items:
        start = time.perf_counter()
        fill(store, calls, turns)
        print(f"{calls:,} calls, {turns:,} turns stored in {time.perf_counter() - start:.0f} s")
    people, chance = names(), random.Random(11)

    def asked_searches() -> Iterator[tuple[str, Callable[[], object]]]:
        for kind, query, filters in searches(people, chance):
            yield kind, functools.partial(store.search, query, filters, by=READER)

    def asked_lists() -> Iterator[tuple[str, Callable[[], object]]]:
        for kind, filters in lists(chance):
            yield kind, functools.partial(store.calls, filters, by=READER)
        for kind, narrowed in mismatches(chance):
            yield kind, functools.partial(store.mismatches, narrowed, by=READER)

    database = "SQLite" if store.database.sqlite else "PostgreSQL"
    show(f"Search, first page of 20, {database}", measure(rounds, asked_searches))
    show(f"Lists, first page of 50, {database}", measure(rounds, asked_lists))


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(prog="python -m bench.store", description=__doc__)
    parser.add_argument("--database", help="URL; a folder of its own with SQLite unless given")
    parser.add_argument("--folder", type=Path, help="data folder, kept; filled once, measured as often as you like")
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--turns", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=20, help="of every kind of query; at least 2")
    options = parser.parse_args()
    if options.rounds < 2:
        parser.error("--rounds: a percentile needs at least 2")
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        place = options.database or folder
        with Store.open(place, keys=KeyRing.embedded(folder), folder=folder) as store:
            bench_store(store, options.calls, options.turns, options.rounds)


if __name__ == "__main__":
    main()
