"""How long it takes to take in a 10 MB recording while 16 clients upload at once: `python -m bench.upload`.

A real server process without a worker on an empty data folder. Two tables: clients that send as fast as they can, and
clients that together send as many uploads a second as `--rate` says (a call centre's day is far below it). Times are
from the first byte sent to the answer's last, and from the last byte of the body to the answer.
"""

from __future__ import annotations

import argparse
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
import wave
from io import BytesIO
from pathlib import Path

from bench.table import print_table

KEY = secrets.token_urlsafe(24)
BOUNDARY = b"callproofbench"


def recording(size: int) -> bytes:
    """A WAV file of about `size` bytes that no other upload has."""
    buffer = BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(secrets.token_bytes(size))
    return buffer.getvalue()


def upload(port: int, sound: bytes) -> tuple[float, float]:
    """Seconds of one upload: in all, and after its last byte was sent."""
    head = b"--" + BOUNDARY + b'\r\nContent-Disposition: form-data; name="recording"; filename="a.wav"\r\n\r\n'
    tail = b"\r\n--" + BOUNDARY + b"--\r\n"
    length = len(head) + len(sound) + len(tail)
    began = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port), timeout=120) as connection:
        connection.sendall(
            f"POST /v1/calls HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {KEY}\r\nConnection: close\r\n"
            f"Content-Length: {length}\r\n"
            f"Content-Type: multipart/form-data; boundary={BOUNDARY.decode()}\r\n\r\n".encode()
        )
        for part in (head, sound, tail):
            connection.sendall(part)
        sent = time.perf_counter()
        answer = b""
        while chunk := connection.recv(65_536):
            answer += chunk
    ended = time.perf_counter()
    if b" 202 " not in answer.split(b"\r\n", 1)[0]:
        raise SystemExit(f"the upload was not accepted: {answer[:300]!r}")
    return ended - began, ended - sent


def load(port: int, clients: int, each: int, size: int, rate: float | None) -> tuple[list[tuple[float, float]], float]:
    """Times of all uploads, and the seconds that they took together."""
    times: list[tuple[float, float]] = []
    lock = threading.Lock()
    start = threading.Barrier(clients + 1)

    def client(number: int) -> None:
        sounds = [recording(size) for _ in range(each)]
        start.wait()
        began = time.perf_counter()
        for turn, sound in enumerate(sounds):
            if rate is not None:
                due = began + (turn * clients + number) / rate
                time.sleep(max(0.0, due - time.perf_counter()))
            found = upload(port, sound)
            with lock:
                times.append(found)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return times, time.perf_counter() - began


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of them lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--each", type=int, default=6)
    parser.add_argument("--megabytes", type=float, default=10)
    parser.add_argument("--rate", type=float, default=4.0)
    given = parser.parse_args()
    root = Path(__file__).parents[1]
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPATH": str(root), "CALLPROOF_BOOTSTRAP_KEY": KEY}
        command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--no-worker", "--data", f"{folder}/data"]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=folder)
        try:
            assert server.stdout is not None
            found = re.search(r":(\d+)", server.stdout.readline())
            assert found is not None
            port = int(found[1])
            upload(port, recording(100_000))
            rows = []
            for name, rate in (("as fast as they can", None), (f"{given.rate:g} uploads a second", given.rate)):
                times, took = load(port, given.clients, given.each, int(given.megabytes * 1e6), rate)
                whole, after = [one for one, _ in times], [one for _, one in times]
                rows.append(
                    [
                        name,
                        str(len(times)),
                        f"{len(times) / took:.1f}",
                        *(f"{percentile(whole, share) * 1000:.0f}" for share in (0.5, 0.95)),
                        *(f"{percentile(after, share) * 1000:.0f}" for share in (0.5, 0.95)),
                    ]
                )
        finally:
            server.terminate()
            server.wait(60)
    heads = ["clients send", "uploads", "a second", "whole p50 ms", "p95 ms", "after the body p50 ms", "p95 ms"]
    load_now = os.getloadavg()[0]
    title = f"{given.clients} clients, {given.megabytes:g} MB each, {os.cpu_count()} cores, machine load {load_now:.1f}"
    print_table(title, heads, rows)


if __name__ == "__main__":
    main()
