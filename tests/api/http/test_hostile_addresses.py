"""Webhooks never lead inside, whatever a name resolves to."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from api.http.security.addresses import Guard
from pipeline.errors import InputError

from ..conftest import Server

REFUSED = [
    "127.0.0.1", "127.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
    "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "100.100.100.200", "168.63.129.16", "::1", "::",
    "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a9fe:a9fe::", "2001:0:1::1", "::127.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("address", REFUSED)
def test_a_name_that_leads_inside_is_refused(address: str) -> None:
    with pytest.raises(InputError) as caught:
        Guard(resolve=lambda host, port: [address]).check("https://hooks.example.com/x")
    assert caught.value.code == "address_refused"


def test_one_inner_address_among_public_ones_refuses() -> None:
    with pytest.raises(InputError):
        Guard(resolve=lambda host, port: ["93.184.216.34", "10.0.0.1"]).check("https://hooks.example.com/")


@pytest.mark.parametrize(
    "url",
    ["http://a.example/", "ftp://a.example/", "file:///etc/passwd", "https://user:pw@a.example/", "https:///x", "x",
     "https://a.example/#f", "gopher://a.example/", "https://[::1", "https://a.example/\r\nX: y", "https://a:99999/"],
)  # fmt: skip
def test_urls_that_are_none(url: str) -> None:
    with pytest.raises(InputError) as caught:
        Guard(resolve=lambda host, port: ["93.184.216.34"]).check(url)
    assert caught.value.code == "bad_url"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "0x7f000001", "2130706433", "017700000001", "localhost", "[::1]", "127.1"]
)
def test_spellings_of_the_loopback(host: str) -> None:
    with pytest.raises(InputError) as caught:
        Guard().check(f"https://{host}/")
    assert caught.value.code in ("address_refused", "host_unknown")


def test_named_networks_are_meant_but_metadata_never() -> None:
    guard = Guard(("10.1.0.0/16", "169.254.0.0/16"), resolve=lambda host, port: [host])
    assert guard.check("http://10.1.2.3:8080/hook").address == "10.1.2.3"
    for host in ("10.2.0.1", "169.254.169.254", "169.254.1.1"):
        with pytest.raises(InputError):
            guard.check(f"https://{host}/")


def test_what_was_checked_is_what_is_called(make_server: Callable[..., Server]) -> None:
    """A name that answers inside at the second question (DNS rebinding) never gets that question."""
    received: list[dict[str, Any]] = []
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(20)
    port = listener.getsockname()[1]

    def receiver() -> None:
        for _ in range(2):
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                data = b""
                while b"\r\n\r\n" not in data or not data.endswith(b"}"):
                    data += connection.recv(65_536)
                head, _, body = data.partition(b"\r\n\r\n")
                lines = head.decode().split("\r\n")
                headers = {key.lower(): value for key, value in (line.split(": ", 1) for line in lines[1:])}
                received.append({"headers": headers, "body": body})
                connection.sendall(
                    b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
                )

    server = make_server(webhook_networks=("127.0.0.1/32",))
    client = server.client()
    hook = client.post(
        "/v1/webhooks", json={"url": f"http://127.0.0.1:{port}/hook?a=1", "events": ["call.done"]}
    ).json()
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    server.app.state.services.guard._resolve = lambda host, port: next(answers)
    thread = threading.Thread(target=receiver, daemon=True)
    thread.start()
    first = client.post(f"/v1/webhooks/{hook['webhook']['id']}/test").json()
    assert first == {"delivered": False, "status": "302"}
    second = client.post(f"/v1/webhooks/{hook['webhook']['id']}/test").json()
    assert second == {"delivered": False, "status": "address_refused"}
    listener.close()
    from api.http.security.signing import verify

    assert len(received) == 1
    assert verify(hook["secret"], received[0]["headers"], received[0]["body"])
    assert not verify(hook["secret"], received[0]["headers"], received[0]["body"] + b" ")
    assert json.loads(received[0]["body"])["type"] == "webhook.test"


def test_private_webhooks_are_refused_when_registered(server: Server) -> None:
    for url in ("https://127.0.0.1/", "https://169.254.169.254/latest/meta-data", "http://localhost/"):
        answer = server.client().post("/v1/webhooks", json={"url": url, "events": ["call.done"]})
        assert answer.status_code == 422
