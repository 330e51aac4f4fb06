"""The outbox of webhooks: nothing told is lost by a crash, what fails is tried again, what is given up is replayed."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from api.http import delivery as delivering
from api.http.app import create_app
from api.http.delivery import RETRY_SECONDS, deliver, deliver_all
from api.http.security.signing import verify
from pipeline.jobs import Jobs
from pipeline.store import SYSTEM, Delivery, Store, schema

from ..conftest import Server

MakeServer = Callable[..., Server]


class Receiver:
    """A receiver that answers as told and keeps what it was sent."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.received: list[tuple[dict[str, str], bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
                self.end_headers()

            def log_message(self, format: str, *values: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def server(make_server: MakeServer) -> Server:
    return make_server(webhook_networks=("127.0.0.1/32",))


def hook_of(server: Server, receiver: Receiver) -> tuple[str, str]:
    made = server.client().post("/v1/webhooks", json={"url": receiver.url, "events": ["call.done"]}).json()
    return made["webhook"]["id"], made["secret"]


def take(store: Store) -> Delivery:
    (due,) = store.webhooks.due(datetime.now(UTC) + timedelta(minutes=2))
    return due


def state(server: Server, hook: str, **params: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = server.client().get(f"/v1/webhooks/{hook}/deliveries", params=params).json()["items"]
    return items


def test_what_a_server_had_at_hand_when_it_died_is_told_by_the_next(
    server: Server, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook, secret = hook_of(server, receiver)
    server.sample("C1")
    died_with = take(server.store)
    assert server.store.webhooks.due(datetime.now(UTC)) == ()
    folder = server.app.state.services.settings.data
    server.store.close()
    monkeypatch.setattr(delivering, "IDLE_SECONDS", 0.05)
    with Store.open(folder) as store:
        app = create_app(store, server.app.state.services.settings, Jobs(store))
        with store.database.write() as connection:  # its lease has run out
            connection.execute(schema.webhook_deliveries.update().values(next_at=datetime.now(UTC)))

        async def run() -> None:
            task = asyncio.create_task(deliver_all(app.state.services))
            for _ in range(200):
                await asyncio.sleep(0.05)
                if store.webhooks.deliveries(hook)[0].state == "delivered":
                    break
            task.cancel()

        asyncio.run(run())
        (told,) = store.webhooks.deliveries(hook)
    assert (told.state, told.attempts, told.id) == ("delivered", 2, died_with.id)
    ((headers, body),) = receiver.received
    assert headers["webhook-id"] == died_with.id
    assert verify(secret, headers, body)
    assert json.loads(body)["data"] == {"call_id": "C1", "status": "done", "code": None}


def test_what_fails_waits_longer_each_time_and_is_then_given_up_and_replayed(
    server: Server, receiver: Receiver
) -> None:
    hook, _ = hook_of(server, receiver)
    server.sample("C1")
    receiver.answers = [503] * (len(RETRY_SECONDS) + 1)
    for wait in RETRY_SECONDS:
        began = datetime.now(UTC)
        asyncio.run(deliver(server.app.state.services, take(server.store)))
        (after,) = server.store.webhooks.deliveries(hook)
        assert (after.state, after.last_status) == ("waiting", "503")
        assert after.next_at is not None
        assert 0.89 * wait < (after.next_at - began).total_seconds() < 1.11 * wait + 5
        assert server.store.webhooks.due(datetime.now(UTC)) == ()
        with server.store.database.write() as connection:
            connection.execute(schema.webhook_deliveries.update().values(next_at=began))
    asyncio.run(deliver(server.app.state.services, take(server.store)))
    (dead,) = state(server, hook, state="failed")
    assert (dead["attempts"], dead["last_status"]) == (len(RETRY_SECONDS) + 1, "503")
    assert server.store.webhooks.due(datetime.now(UTC)) == ()
    replay = server.client().post(f"/v1/webhooks/{hook}/deliveries/{dead['id']}/replay")
    assert (replay.status_code, replay.json()) == (200, {"replayed": 1})
    asyncio.run(deliver(server.app.state.services, take(server.store)))
    assert [one["state"] for one in state(server, hook)] == ["delivered"]
    assert len({headers["webhook-id"] for headers, _ in receiver.received}) == 1
    again = server.client().post(f"/v1/webhooks/{hook}/deliveries/{dead['id']}/replay")
    assert (again.status_code, again.json()["code"]) == (404, "delivery_not_found")
    assert server.client().post(f"/v1/webhooks/{hook}/replay").json() == {"replayed": 0}
    assert len(list(server.store.ledger.entries(action="webhook.replay"))) == 2


def test_gone_turns_the_webhook_off_and_one_that_is_off_is_told_nothing(server: Server, receiver: Receiver) -> None:
    hook, _ = hook_of(server, receiver)
    server.sample("C1")
    server.sample("C2", name="clean")
    receiver.answers = [410]
    first, _ = server.store.webhooks.due(datetime.now(UTC))
    asyncio.run(deliver(server.app.state.services, first))
    assert not server.store.webhooks.get(hook).active
    assert server.store.webhooks.due(datetime.now(UTC)) == ()
    server.client().patch(f"/v1/webhooks/{hook}", json={"active": True})
    asyncio.run(deliver(server.app.state.services, take(server.store)))
    assert sorted(one["state"] for one in state(server, hook)) == ["delivered", "failed"]


def test_a_change_that_is_rolled_back_tells_nobody(server: Server, receiver: Receiver) -> None:
    hook, _ = hook_of(server, receiver)
    jobs = server.app.state.services.jobs
    transcript = {"schema": "callproof.transcript/1", "call_id": "C1", "turns": []}
    server.client().post("/v1/calls", json={"transcript": transcript})
    job = jobs.take(jobs.queue.join(), ("cpu",))

    def break_off() -> None:
        with jobs.settling(job) as connection:
            jobs.stage_done(connection, job, None)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()
    assert server.store.call("C1", by=SYSTEM).status == "running"
    assert server.store.webhooks.deliveries(hook) == ()


def test_what_has_arrived_is_kept_for_a_while(server: Server, receiver: Receiver) -> None:
    hook, _ = hook_of(server, receiver)
    server.sample("C1")
    asyncio.run(deliver(server.app.state.services, take(server.store)))
    assert server.store.webhooks.forget(datetime.now(UTC) - timedelta(days=1)) == 0
    assert server.store.webhooks.forget(datetime.now(UTC)) == 1
    assert server.store.webhooks.deliveries(hook) == ()
