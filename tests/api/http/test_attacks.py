"""What hostile requests get: a clear refusal, and nothing else happens."""

from __future__ import annotations

import io
import json
import socket
import struct
import threading
import time
import wave
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from api.http.security.addresses import Guard
from pipeline.errors import InputError
from pipeline.store import SYSTEM

from ..conftest import SAMPLES, Server

SOUND = (SAMPLES / "mismatch.opus").read_bytes()


def sent(client: Any, content: bytes, name: str = "call.wav") -> Any:
    return client.post("/v1/calls", files={"recording": (name, content)})


def zip_bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("xl/worksheets/sheet1.xml", b"0" * 50_000_000)
    return buffer.getvalue()


PLAYLIST = "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\n{target}\n#EXT-X-ENDLIST\n"
EXPLOITS = {
    "hls_file": (PLAYLIST.format(target="file:///etc/passwd").encode(), "playlist"),
    "hls_concat": (PLAYLIST.format(target="concat:http://169.254.169.254/|file:///etc/passwd").encode(), "playlist"),
    "ffconcat": (b"ffconcat version 1.0\nfile /etc/passwd\n", "playlist"),
    "sdp": (b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nc=IN IP4 169.254.169.254\r\nm=audio 5000 RTP/AVP 0\r\n", "playlist"),
    "dash": (b'<?xml version="1.0"?><MPD><BaseURL>file:///etc/passwd</BaseURL></MPD>', "playlist"),
    "avi_gab2": (b"RIFF\x00\x10\x00\x00AVI LIST" + b"GAB2" + PLAYLIST.encode(), "video"),
    "zip_bomb": (zip_bomb(), "not_audio"),
    "xlsx_bomb": (zip_bomb(), "not_audio"),
    "elf": (b"\x7fELF\x02\x01\x01" + b"\x00" * 100, "not_audio"),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>', "not_audio"),
    "html": (b"<html><script>alert(1)</script></html>", "not_audio"),
    "empty": (b"", "file_empty"),
}


@pytest.mark.parametrize("name", EXPLOITS)
def test_what_is_no_recording_is_refused_before_it_is_stored(server: Server, name: str) -> None:
    content, code = EXPLOITS[name]
    client = server.client()
    answer = sent(client, content, "call.wav")
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert "root:" not in answer.text
    assert client.get("/v1/calls").json()["items"] == []
    assert [path for path in (server.app.state.services.settings.data / "blobs").rglob("*") if path.is_file()] == []


def test_a_wav_that_claims_hours_is_refused_by_its_decoded_length(server: Server, tmp_path: Path) -> None:
    """Decoding happens under limits in the worker's child; this is what it says of such a file."""
    from pipeline.audio import DecodeLimits
    from pipeline.audio.decode import decode
    from pipeline.errors import RecordingError

    path = tmp_path / "long.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(b"\x80" * 8000 * 30)
    with pytest.raises(RecordingError) as caught:
        decode(path, limits=DecodeLimits(max_seconds=10))
    assert caught.value.code == "too_long"
    data = bytearray(path.read_bytes())
    data[40:44] = struct.pack("<I", 0xFFFFFFF0)
    path.write_bytes(bytes(data))
    with pytest.raises(RecordingError):
        decode(path, limits=DecodeLimits(max_seconds=10))


def test_too_large_is_413_by_statement_and_by_count(make_server: Callable[..., Server]) -> None:
    server = make_server(upload_limit_mb=1)
    client = server.client()
    large = b"RIFF" + b"\x00" * (6 << 20)
    assert (sent(client, large).status_code, sent(client, large).json()["code"]) == (413, "too_large")

    def chunked() -> Any:
        yield b'--b\r\nContent-Disposition: form-data; name="recording"; filename="a"\r\n\r\n'
        for _ in range(80):
            yield b"x" * 65_536

    answer = client.post("/v1/calls", content=chunked(), headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    small = client.put("/v1/calls/none/application", content=b'{"a":"' + b"x" * (2 << 20) + b'"}')
    assert (small.status_code, small.json()["code"]) == (413, "too_large")
    part = client.post("/v1/calls", files={"application": (None, "x" * (2 << 20))})
    assert (part.status_code, part.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data; name=recording\r\n\r\nRIFF"),
        ("multipart/form-data; boundary=b", b"no boundary at all"),
        ("multipart/form-data", b"--b--"),
        ("multipart/form-data; boundary=b", b"--b\r\n" + b"A: b\r\n" * 5000),
        ("text/plain", b"x"),
        ("application/json", b"[" * 100_000),
        ("application/json", b'{"transcript": NaN}'),
    ],
)
def test_broken_bodies_are_refused(server: Server, kind: str, body: bytes) -> None:
    answer = server.client().post("/v1/calls", content=body, headers={"Content-Type": kind})
    assert answer.status_code in (415, 422)
    assert answer.json()["code"] in ("bad_request", "wrong_media_type", "not_json")


@pytest.mark.parametrize(
    "poison", ["' OR 1=1 --", '"; DROP TABLE calls; --', "%' UNION SELECT * FROM users --", "\u0000"]
)
def test_sql_is_only_text(server: Server, poison: str) -> None:
    server.sample("T1")
    client = server.client()
    for url, params in (
        ("/v1/calls", {"dealer": poison}),
        ("/v1/calls", {"application_id": poison}),
        ("/v1/mismatches", {"field": poison}),
        ("/v1/search", {"q": poison}),
        ("/v1/ledger", {"subject": poison}),
    ):
        answer = client.get(url, params=params)
        assert answer.status_code < 500
        assert not answer.json().get("items")
        assert not answer.json().get("hits")
    assert client.get("/v1/calls", params={"cursor": poison}).json()["code"] == "bad_cursor"
    assert len(client.get("/v1/calls").json()["items"]) == 1


@pytest.mark.parametrize("path", ["../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e%2f", "....//", "C1%00"])
def test_paths_lead_nowhere(server: Server, path: str) -> None:
    for suffix in ("", "/report", "/audio"):
        answer = server.client().get(f"/v1/calls/{path}{suffix}")
        assert answer.status_code in (404, 422)
        assert "root:" not in answer.text


# --- where webhooks may go ---

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


# --- who asks ---


def signed_in(server: Server, role: str = "qa") -> tuple[Any, str]:
    services = server.app.state.services
    server.store.users.add(f"u-{role}", role, by=SYSTEM, password_hash=services.passwords.hash("Fern-Lake-88!x", "u"))
    client = server.client(None)
    me = client.post("/v1/session", json={"name": f"u-{role}", "password": "Fern-Lake-88!x"}).json()
    return client, me["csrf_token"]


def test_a_session_needs_its_token_and_its_site(server: Server) -> None:
    server.sample("T1")
    client, token = signed_in(server)
    assert client.get("/v1/calls").status_code == 200
    assert client.post("/v1/calls/T1/claim").json()["code"] == "csrf"
    assert client.post("/v1/calls/T1/claim", headers={"X-CSRF-Token": "x" * 43}).json()["code"] == "csrf"
    mine = {"X-CSRF-Token": token}
    assert client.post("/v1/calls/T1/claim", headers=mine | {"Origin": "https://evil.example"}).json()["code"] == "csrf"
    assert client.post("/v1/calls/T1/claim", headers=mine | {"Sec-Fetch-Site": "cross-site"}).json()["code"] == "csrf"
    assert client.post("/v1/calls/T1/claim", headers=mine).status_code == 200
    cookie = client.cookies.jar
    assert all(one.has_nonstandard_attr("HttpOnly") for one in cookie)
    assert client.delete("/v1/session", headers=mine).status_code == 204
    assert client.get("/v1/calls").status_code == 401


def test_guessing_is_slowed_and_says_nothing(server: Server) -> None:
    signed_in(server)
    client = server.client(None)
    wrong = {"name": "u-qa", "password": "wrong"}
    known = client.post("/v1/session", json=wrong)
    unknown = client.post("/v1/session", json={"name": "nobody", "password": "wrong"})
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    codes = [client.post("/v1/session", json=wrong).status_code for _ in range(25)]
    assert codes[-1] == 429
    assert "retry-after" in client.post("/v1/session", json=wrong).headers


def test_requests_are_limited_by_caller(make_server: Callable[..., Server]) -> None:
    server = make_server(requests_per_minute=5)
    client = server.client()
    codes = [client.get("/v1/session").status_code for _ in range(7)]
    assert codes[:5] == [200] * 5
    assert codes[-1] == 429
    assert server.client().get("/v1/session").status_code == 200


def test_units_part_what_each_sees(server: Server) -> None:
    server.sample("H1", unit="hefei")
    server.sample("W1", name="clean", unit="wuhan")
    hefei = server.client("lead", units=["hefei"])
    assert [one["call_id"] for one in hefei.get("/v1/calls").json()["items"]] == ["H1"]
    for path in ("", "/report", "/transcript", "/application", "/reviews", "/bundle"):
        assert hefei.get(f"/v1/calls/W1{path}").status_code == 404
    assert hefei.get("/v1/events", params={"call_id": "W1", "once": True}).status_code == 404
    assert {one["call_id"] for one in hefei.get("/v1/mismatches").json()["items"]} <= {"H1"}
    body = {
        "transcript": {"schema": "callproof.transcript/1", "call_id": "N", "turns": []},
        "metadata": {"unit": "wuhan"},
    }
    assert hefei.post("/v1/calls", json=body).status_code == 404


def test_nobody_gives_more_than_he_has(server: Server) -> None:
    narrow = server.client("admin", scopes=["keys.manage", "calls.read"])
    assert narrow.post("/v1/keys", json={"name": "x", "role": "admin"}).json()["code"] == "forbidden"
    assert narrow.post("/v1/keys", json={"name": "x", "role": "qa", "scopes": ["calls.read"]}).status_code == 201
    local = server.client("admin", units=["hefei"])
    assert local.post("/v1/users", json={"name": "a", "role": "qa"}).json()["code"] == "forbidden"
    assert local.post("/v1/users", json={"name": "a", "role": "qa", "units": ["hefei"]}).status_code == 201
    wide = server.client()
    assert (
        wide.post("/v1/keys", json={"name": "x", "role": "qa", "scopes": ["users.manage"]}).json()["code"]
        == "bad_scope"
    )


def test_keys_expire_and_end(server: Server) -> None:
    admin = server.client()
    made = admin.post("/v1/keys", json={"name": "x", "role": "qa"}).json()
    client = server.client(None)
    header = {"Authorization": f"Bearer {made['secret']}"}
    assert client.get("/v1/calls", headers=header).status_code == 200
    assert admin.delete(f"/v1/keys/{made['key']['id']}").status_code == 204
    assert client.get("/v1/calls", headers=header).json()["code"] == "key_not_valid"
    assert (
        admin.post("/v1/keys", json={"name": "x", "role": "qa", "expires_at": "2001-01-01T00:00:00Z"}).status_code
        == 422
    )


def test_what_is_personal_is_masked_without_the_right(server: Server) -> None:
    server.sample("T1")
    application = json.loads((SAMPLES / "mismatch.application.json").read_text())
    personal = [application["identity"][name] for name in ("name", "id_number", "mobile", "residence")]
    masked, plain = server.client("service"), server.client("qa")
    for path in ("application", "report", "transcript"):
        text = masked.get(f"/v1/calls/T1/{path}").text
        assert not [value for value in personal if value in text], path
    assert personal[1] in plain.get("/v1/calls/T1/application").text
    narrow = server.client("auditor", scopes=["exports", "documents.read", "audio.read"])
    assert narrow.get("/v1/calls/T1/bundle").status_code == 403
    assert personal[0] not in narrow.get("/v1/exports/mismatches?format=json").text


def test_without_a_ledger_nothing_is_shown(server: Server) -> None:
    server.sample("T1")
    client = server.client()
    before = server.store.ledger.head()
    assert client.get("/v1/calls/T1/transcript").status_code == 200
    after = server.store.ledger.head()
    assert before is not None
    assert after is not None
    assert after.seq == before.seq + 1
    with server.store.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE ledger RENAME TO ledger_gone")
    for path in ("transcript", "report", "application"):
        answer = client.get(f"/v1/calls/T1/{path}")
        assert (answer.status_code, answer.json()["code"]) == (503, "ledger_failed")
        assert "turns" not in answer.text
    assert client.get("/v1/mismatches").status_code == 503


def test_every_answer_carries_the_headers(server: Server) -> None:
    for url in ("/health", "/v1/calls", "/nowhere", "/v1/openapi.json"):
        headers = server.client(None).get(url).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")
        assert headers["cache-control"] == "no-store"


def test_a_slow_upload_is_ended(make_server: Callable[..., Server]) -> None:
    server = make_server(upload_idle_seconds=0.5)
    key = server.key()
    running = uvicorn.Server(uvicorn.Config(server.app, port=0, log_level="error"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.02)
    port = running.servers[0].sockets[0].getsockname()[1]
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(
            f"POST /v1/calls HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\nContent-Length: 100000\r\n"
            "Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n".encode()
        )
        answer = connection.recv(65_536)
    running.should_exit = True
    thread.join(20)
    assert b" 408 " in answer.split(b"\r\n")[0]
