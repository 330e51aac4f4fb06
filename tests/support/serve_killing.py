"""Servers killed while they take in calls and work on them; clients send each call until it is accepted."""

from __future__ import annotations

import io
import secrets
import socket
import threading
import time
import wave
from dataclasses import dataclass, field

import httpx

from tests.support.killing import LEASE, STEPS, Killing, _Process
from tests.support.queue_server import KEY, run_server

SERVER_STEPS = (*STEPS, "received:upload", "stored:upload")
CLIENTS = 3


@dataclass
class ServeKilling(Killing):
    """`workers` servers on one database, replaced as they are killed; their clients know every port."""

    retried: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _given_up: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _clients: list[threading.Thread] = field(default_factory=list)
    _failures: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.ports = [_free_port() for _ in range(self.workers)]

    def _feed(self) -> None:
        assert not self._failures, self._failures[0]
        if not self._clients:
            self._clients = [threading.Thread(target=self._send_calls, args=(n,), daemon=True) for n in range(CLIENTS)]
            for client in self._clients:
                client.start()

    def _start(self, step: str | None) -> _Process:
        port = next(port for port in self.ports if port not in {one.port for one in self._running})
        one = self._spawn(run_server, (self.database, self.folder, LEASE, self.pace, step, port), step)
        one.port = port
        return one

    def close(self) -> None:
        """Clients whose call was not accepted give up."""
        self._given_up.set()
        for client in self._clients:
            client.join(60)
        super().close()

    def _stop_feeding(self) -> None:
        self._stop.set()
        for client in self._clients:
            client.join(120)
            assert not client.is_alive(), "a client's call was never accepted"
        assert not self._failures, self._failures[0]

    def _send_calls(self, client: int) -> None:
        """Send one call after another, each until it is accepted, every third one also once more."""
        number = 0
        while not (self._stop.is_set() or self._given_up.is_set()):
            if self.jobs.depth()["gpu"] >= 10:
                time.sleep(0.1)
                continue
            number += 1
            content, key = _recording(), secrets.token_hex(8)
            accepted = {self._send(content, key) for _ in range(2 if number % 3 == 0 else 1)}
            with self._lock:
                self.calls += accepted
            time.sleep(0.05)

    def _send(self, content: bytes, key: str) -> str:
        headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": key}
        while not self._given_up.is_set():
            port = self.random.choice(self.ports)
            try:
                answer = httpx.post(
                    f"http://127.0.0.1:{port}/v1/calls", files={"recording": content}, headers=headers, timeout=20
                )
            except httpx.HTTPError:
                self.retried += 1
                time.sleep(0.05)
                continue
            if answer.status_code not in (200, 202):
                self._failures.append(f"{answer.status_code}: {answer.text[:200]}")
                self._stop.set()
                return ""
            return str(answer.json()["call_id"])
        return ""


def _recording() -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(secrets.token_bytes(4000))
    return buffer.getvalue()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
