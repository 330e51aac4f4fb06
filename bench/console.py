"""How fast the console shows: `python -m bench.console [--calls N] [--minutes N]`.

A real server process and a real Chromium on loopback. First contentful paint of the inbox over a store of many calls,
as the browser reports it; and, for a call of an hour with its sound, the time until its page has loaded, and until its
waveform is drawn and the sound can play. Medians of `--times`, each in a new context: nothing is cached.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from argon2 import PasswordHasher

from bench.table import print_table
from pipeline.analysis import Analyst
from pipeline.contract import Application, Transcript
from pipeline.store import SYSTEM, CallMetadata, Store, schema
from pipeline.store.core import now

NAME, PASSWORD = "bench", "bench-of-the-console-4711"
RATE = 8_000
LINES = (
    "您每个月收入多少钱",
    "一个月六七千吧",
    "这台车主要是谁来开",
    "我自己开上下班用",
    "还有没有别的贷款没还清",
    "没有什么贷款都没有",
)
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
LOADED = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
DRAWN = "performance.getEntriesByName(location.origin + '/v1/calls/LONG/waveform').length > 0"
READY = f"document.readyState !== 'loading' && document.querySelector('#sound').readyState >= 1 && {DRAWN}"


def main() -> None:
    """Fill a store, serve it, and look at it."""
    parser = argparse.ArgumentParser(prog="python -m bench.console", description=__doc__)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--times", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        with Store.open(data) as store:
            store.users.add(NAME, "lead", by=SYSTEM, password_hash=PasswordHasher().hash(PASSWORD))
            fill(store, options.calls)
            turns = long_call(store, options.minutes)
        with serving(data) as url, browsing(url) as open_page:
            inbox = [measured(open_page, "/inbox", PAINT) for _ in range(options.times)]
            every = [measured(open_page, "/inbox?view=all&risk=high", PAINT) for _ in range(options.times)]
            opened = [open_long_call(open_page) for _ in range(options.times + 1)][1:]
    rows = [
        ["inbox, first contentful paint", f"{options.calls:,} calls", *spread(inbox)],
        ["all calls of high risk, first contentful paint", f"{options.calls:,} calls", *spread(every)],
        ["call page, loaded", f"{options.minutes:g} min, {turns:,} turns", *spread([one[0] for one in opened])],
        ["call page, waveform drawn, sound ready", f"{options.minutes:g} min", *spread([one[1] for one in opened])],
    ]
    print_table("Console on loopback", ["what", "over", "median ms", "worst ms"], rows)


def fill(store: Store, count: int) -> None:
    """Finished calls as lists know them."""
    chance = random.Random(7)
    bands = {"escalate": "high", "review": "medium", "callback": "low", "pass": "low"}
    moment = now()
    rows = []
    for number in range(count):
        disposition = chance.choices(list(bands), (5, 25, 10, 60))[0]
        at = moment - timedelta(minutes=10 * number)
        rows.append(
            {
                "call_id": f"B{number:07}",
                "unit": "default",
                "status": "done",
                "status_at": at,
                "at": at,
                "received_at": at,
                "agent_id": f"{chance.randrange(300):04}",
                "dealer": f"经销商{chance.randrange(200):03}",
                "duration": chance.uniform(40, 400),
                "loan_amount": chance.randrange(30, 300) * 1000,
                "disposition": disposition,
                "risk_score": chance.random(),
                "risk_band": bands[disposition],
                "work_state": None if disposition == "pass" else "open",
                "application_version": 0,
                "transcript_version": 0,
                "report_version": 0,
                "retention_class": "standard",
            }
        )
    with store.database.write() as connection:
        for start in range(0, count, 5000):
            connection.execute(schema.calls.insert(), rows[start : start + 5000])


def long_call(store: Store, minutes: float) -> int:
    """A call of so many minutes, with words, sound and report; how many turns it has."""
    seconds = minutes * 60
    turns: list[dict[str, Any]] = []
    at = 0.5
    while at < seconds - 5:
        text = LINES[len(turns) % len(LINES)]
        step = 2.2 / len(text)
        words = [
            {"text": sign, "start": at + step * place, "end": at + step * (place + 1), "probability": 0.9}
            for place, sign in enumerate(text)
        ]
        speaker = "agent" if len(turns) % 2 == 0 else "customer"
        turns.append({"id": len(turns), "speaker": speaker, "start": at, "end": at + 2.2, "text": text, "words": words})
        at += 2.6
    transcript = Transcript.model_validate(
        {"schema": "callproof.transcript/1", "call_id": "LONG", "duration": seconds, "turns": turns}
    )
    application = Application.model_validate({"schema": "callproof.application/1", "income": {"monthly": 9500}})
    metadata = CallMetadata("LONG", recorded_at=datetime(2026, 1, 1, tzinfo=UTC))
    store.put_recording(sound(seconds), metadata, by=SYSTEM, application=application)
    store.set_status("LONG", "running", by=SYSTEM)
    store.save_transcript("LONG", transcript, by=SYSTEM)
    store.save_report("LONG", Analyst().analyse(transcript, application), by=SYSTEM)
    store.set_status("LONG", "done", by=SYSTEM)
    return len(turns)


def sound(seconds: float) -> bytes:
    """A WAV file of so many seconds: a tone that comes and goes."""
    times = np.arange(int(seconds * RATE)) / RATE
    samples = 0.3 * np.sin(2 * np.pi * 220 * times) * (np.sin(2 * np.pi * times / 5) > 0)
    with tempfile.TemporaryFile() as file:
        with wave.open(file, "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(RATE)
            out.writeframes((samples * 32767).astype("<i2").tobytes())
        file.seek(0)
        return file.read()


@contextmanager
def serving(data: Path) -> Iterator[str]:
    """The address of a server on `data`, without a worker."""
    command = [sys.executable, "-m", "api.cli", "serve", "--no-worker", "--port", "0", "--data", str(data)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert found is not None
        time.sleep(1)
        yield found[0]
    finally:
        process.terminate()
        process.wait(30)


Opened = Callable[[], Any]


@contextmanager
def browsing(url: str) -> Iterator[Opened]:
    """`open_page()`: a page of a new context that is signed in."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        first = browser.new_context(base_url=url)
        page = first.new_page()
        page.goto("/login")
        page.fill("input[name=name]", NAME)
        page.fill("input[name=password]", PASSWORD)
        page.click("button.primary")
        page.wait_for_selector("#queue")
        kept = first.storage_state()
        yield lambda: browser.new_context(base_url=url, storage_state=kept).new_page()
        browser.close()


def measured(open_page: Opened, path: str, what: str) -> float:
    """Milliseconds that the browser says of a page."""
    page = open_page()
    page.goto(path)
    for _ in range(200):
        if value := float(page.evaluate(what)):
            page.context.close()
            return value
        page.wait_for_timeout(20)
    raise AssertionError("nothing was painted")


def open_long_call(open_page: Opened) -> tuple[float, float]:
    """Milliseconds until the page is loaded, and until its waveform is drawn and the sound can play."""
    page = open_page()
    page.goto("/calls/LONG")
    while not page.evaluate(READY):
        page.wait_for_timeout(5)
    values = float(page.evaluate(LOADED)), float(page.evaluate("performance.now()"))
    page.context.close()
    return values


def spread(values: list[float]) -> list[str]:
    """Median and worst."""
    return [f"{statistics.median(values):.0f}", f"{max(values):.0f}"]


if __name__ == "__main__":
    main()
