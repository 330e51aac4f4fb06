"""The real server as a process: from an upload to a report, a search, a bundle and a ledger that is whole."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "samples"
KEY = "a-key-of-the-tests-4711-xyz"


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CALLPROOF_")}
    return {**kept, "PYTHONPATH": str(ROOT), "CALLPROOF_THREADS": "1", **more}


@contextmanager
def serving(data: Path, *options: str, **more: str) -> Iterator[tuple[str, list[str]]]:
    """The server's address and what it has printed; it is stopped as an operator stops it."""
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--data", str(data), *options]
    with (data.parent / "server.log").open("w+") as log:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment(**more), cwd=data.parent
        )
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline()]
            found = re.search(r"http://127\.0\.0\.1:\d+", lines[0])
            assert found, (data.parent / "server.log").read_text()
            if "CALLPROOF_BOOTSTRAP_KEY" not in more:
                lines.append(process.stdout.readline())
            for _ in range(200):
                try:
                    if httpx.get(f"{found[0]}/health", timeout=2).json() == {"status": "ok"}:
                        break
                except httpx.HTTPError:
                    time.sleep(0.1)
            yield found[0], lines
        finally:
            process.send_signal(signal.SIGTERM)
            ended = process.wait(60)
        assert ended == 0, "the worker's jobs were not given back"


@pytest.mark.audio
def test_from_an_upload_to_a_ledger_that_is_whole(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(data, CALLPROOF_BOOTSTRAP_KEY=KEY) as (url, _):
        client = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {KEY}"}, timeout=60)
        with (SAMPLES / "mismatch.opus").open("rb") as sound:
            application = (SAMPLES / "mismatch.application.json").read_text()
            files = {"recording": ("../../x.opus", sound), "application": (None, application)}
            answer = client.post("/v1/calls", files=files)
        assert (answer.status_code, answer.json()["status"]) == (202, "queued"), answer.text
        call_id = answer.json()["call_id"]
        for _ in range(900):
            record = client.get(f"/v1/calls/{call_id}").json()
            if record["status"] not in ("queued", "running"):
                break
            time.sleep(0.2)
        assert record["status"] == "done", record
        report = client.get(f"/v1/calls/{call_id}/report").json()
        assert report["disposition"] == "escalate"
        assert "income.monthly mismatch" in report["risk"]["reasons"]
        transcript = client.get(f"/v1/calls/{call_id}/transcript").json()
        turn = next(one for one in transcript["turns"] if len(one["text"]) > 8)
        phrase = re.findall(r"[\u4e00-\u9fff]{3,}", turn["text"])[0][:3]
        hits = client.get("/v1/search", params={"q": f'"{phrase}"'}).json()["hits"]
        assert any(hit["turn"] == turn["id"] and hit["start"] == pytest.approx(turn["start"]) for hit in hits)
        masked = client.get(f"/v1/calls/{call_id}/audio", params={"masked": True})
        assert masked.content[:4] == b"RIFF"
        events = client.get("/v1/events", params={"call_id": call_id, "once": True}).text
        assert "event: done" in events
        (tmp_path / "bundle.zip").write_bytes(client.get(f"/v1/calls/{call_id}/bundle").content)
        assert client.get("/v1/ledger/verify").json()["whole"] is True
        figures = client.get("/metrics").text
        assert figures.count('route="/v1/calls"') > 0
        for line in (
            'calls{status="done"} 1.0',
            'jobs_waiting{queue="gpu"} 0.0',
            'webhook_messages{state="failed"} 0.0',
        ):
            assert f"callproof_{line}" in figures
        assert httpx.get(f"{url}/v1/calls").status_code == 401
    log = (tmp_path / "server.log").read_text()
    for personal in (*json.loads(application)["identity"].values(), phrase, KEY):
        assert str(personal) not in log
    for command in (["verify", str(tmp_path / "bundle.zip")], ["ledger", "verify", "--data", str(data)]):
        done = subprocess.run(
            [sys.executable, "-m", "api.cli", *command], env=environment(), capture_output=True, text=True, cwd=tmp_path
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_without_a_key_a_link_signs_in_once(tmp_path: Path) -> None:
    with serving(tmp_path / "data", "--no-worker") as (url, lines):
        link = re.search(r"http://\S+", lines[1])
        assert link
        browser = httpx.Client(base_url=url)
        assert browser.get(link[0]).status_code == 303
        me = browser.get("/v1/session").json()
        assert (me["name"], me["role"]) == ("admin", "admin")
        assert httpx.get(link[0]).status_code == 401
        weak = browser.put(
            "/v1/session/password", json={"password": "password"}, headers={"X-CSRF-Token": me["csrf_token"]}
        )
        assert weak.json()["code"] == "weak_password"


@pytest.mark.parametrize(
    ("options", "key", "code"),
    [(["--host", "0.0.0.0"], "changeme", "weak_secret"), (["--host", "0.0.0.0"], "a" * 40, "weak_secret")],
)
def test_a_weak_secret_refuses_to_start(tmp_path: Path, options: list[str], key: str, code: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--data", str(tmp_path / "d"), *options],
        env=environment(CALLPROOF_BOOTSTRAP_KEY=key),
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=60,
    )
    assert done.returncode == 2
    assert f"[{code}]" in done.stderr
    assert key not in done.stderr


@pytest.mark.parametrize(
    ("command", "secrets"),
    [
        (["serve", "--port", "0"], {"CALLPROOF_DATABASE": "postgresql://callproof:ChangeMe@127.0.0.1:1/x"}),
        (["worker"], {"CALLPROOF_DATABASE": "postgresql://callproof:postgres@127.0.0.1:1/x"}),
        (
            ["serve", "--port", "0"],
            {"CALLPROOF_OIDC_ISSUER": "https://id.example", "CALLPROOF_OIDC_CLIENT_SECRET": "secret"},
        ),
    ],
)
def test_a_default_password_refuses_to_start(tmp_path: Path, command: list[str], secrets: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "api.cli", "--lang", "en", *command, "--data", str(tmp_path / "d")],
        env=environment(CALLPROOF_BOOTSTRAP_KEY=KEY, **secrets),
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=60,
    )
    assert (done.returncode, "[weak_secret]" in done.stderr) == (2, True), done.stderr
    assert not re.search("ChangeMe|postgres@", done.stderr)


def test_an_open_stream_does_not_hold_up_the_stop(tmp_path: Path) -> None:
    with serving(tmp_path / "data", CALLPROOF_BOOTSTRAP_KEY=KEY) as (url, _):
        client = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {KEY}"}, timeout=60)
        stream = client.send(client.build_request("GET", "/v1/events"), stream=True)
        assert next(stream.iter_lines()) == "retry: 2000"
    told = (tmp_path / "server.log").read_text()
    assert "graceful shutdown exceeded" not in told
    assert "Traceback" not in told
