"""`callproof weights`: what is shipped, whether it is whole, and what is said where nothing can be fetched."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
import whisper

from models.weights.fetching import check_sums, fetch, write_sums
from pipeline.errors import ModelError
from tests.conftest import Command


def test_what_is_shipped_is_listed_and_whole(callproof: Command) -> None:
    listed = json.loads(callproof("weights", "list", "--json").stdout)
    assert {"recogniser", "questions", "purposes"} <= set(listed)
    assert all(len(entry["sha256"]) == 64 and entry["licence"] and entry["source"] for entry in listed.values())
    done = callproof("weights", "verify")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [f"{'ok':<8} {name}" for name in listed]


def test_a_fetched_folder_is_checked_by_its_sums(callproof: Command, tmp_path: Path) -> None:
    (tmp_path / "part").mkdir()
    for name in ("model.bin", "part/config.yaml", "gone.bin"):
        (tmp_path / name).write_text(name)
    write_sums(tmp_path)
    assert set(check_sums(tmp_path).values()) == {"ok"}
    (tmp_path / "model.bin").write_text("another")
    (tmp_path / "gone.bin").unlink()
    done = callproof("weights", "verify", tmp_path)
    assert done.returncode == 1
    assert dict(reversed(line.split()) for line in done.stdout.splitlines()) == {
        "gone.bin": "missing",
        "model.bin": "damaged",
        "part/config.yaml": "ok",
    }


@pytest.mark.parametrize("line", ["nonsense", f"{'0' * 64}  ../outside", f"{'0' * 64}  "])
def test_sums_that_are_none_are_said(tmp_path: Path, line: str) -> None:
    (tmp_path / "SHA256SUMS").write_text(line + "\n")
    with pytest.raises(ModelError, match="SHA256SUMS:1"):
        check_sums(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("fetch", "enormous"), "nor a hub repository"),
        (("fetch", "pyannote/speaker-diarization-community-1"), "set HF_TOKEN"),
        (("verify", "nowhere"), "SHA256SUMS"),
        (("convert", "nowhere.pt", "--output", "x"), "no such file"),
        (("convert", "embedded", "--output", "x", "--compute-type", "int3"), "int3"),
    ],
)
def test_what_cannot_be_done_is_said(
    callproof: Command, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], complaint: str
) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    done = callproof("weights", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert complaint in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


class Elsewhere(BaseHTTPRequestHandler):
    """A hub of one repository, and one file of weights as openai-whisper's makers keep theirs."""

    FILES: ClassVar = {"config.yaml": b"sample_rate: 16000\n", "parts/weights.bin": bytes(range(256)) * 40}
    COMMIT = "c0ffee" + "0" * 34
    TOKEN = "hf_of_the_tests"

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        if self.path.startswith(("/api/", "/maker/")) and self.headers.get("Authorization") != f"Bearer {self.TOKEN}":
            self.send_error(401)
            return
        content, etag = self._found(self.path.partition("?")[0])
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        for name, value in (("ETag", f'"{etag}"'), ("X-Repo-Commit", self.COMMIT), ("Content-Length", len(content))):
            self.send_header(name, str(value))
        self.end_headers()
        if body:
            self.wfile.write(content)

    def _found(self, path: str) -> tuple[bytes | None, str]:
        files = [{"type": "file", "path": name, "size": len(one), "oid": "0"} for name, one in self.FILES.items()]
        if path.startswith("/api/models/maker/pipeline/tree/"):
            return json.dumps(files).encode(), "tree"
        if path.startswith("/api/models/maker/pipeline"):
            siblings = [{"rfilename": name} for name in self.FILES]
            return json.dumps({"id": "maker/pipeline", "sha": self.COMMIT, "siblings": siblings}).encode(), "model"
        content = self.FILES.get(path.removeprefix(f"/maker/pipeline/resolve/{self.COMMIT}/"))
        if path.endswith("/tiny.pt"):
            content = self.FILES["parts/weights.bin"]
        return content, hashlib.sha256(content or b"").hexdigest()


@pytest.fixture
def elsewhere() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_repository_is_fetched_whole_with_its_sums(callproof: Command, tmp_path: Path, elsewhere: str) -> None:
    hub = {"HF_ENDPOINT": elsewhere, "HF_HOME": str(tmp_path / "home")}
    done = callproof("weights", "fetch", "maker/pipeline", "--output", "got", HF_TOKEN=Elsewhere.TOKEN, **hub)
    assert (done.returncode, done.stdout) == (0, "got\n"), done.stderr
    for name, content in Elsewhere.FILES.items():
        assert (tmp_path / "got" / name).read_bytes() == content
    assert check_sums(tmp_path / "got") == dict.fromkeys(Elsewhere.FILES, "ok")
    refused = callproof("weights", "fetch", "maker/pipeline", "--output", "not", HF_TOKEN="hf_another", **hub)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "could not be fetched" in refused.stderr
    assert "hf_another" not in refused.stderr


def test_a_whisper_model_is_fetched_and_its_hash_must_be_that_of_its_address(
    tmp_path: Path, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = Elsewhere.FILES["parts/weights.bin"]
    right = hashlib.sha256(content).hexdigest()
    monkeypatch.setitem(whisper._MODELS, "tiny", f"{elsewhere}/{right}/tiny.pt")
    assert fetch("tiny", tmp_path).read_bytes() == content
    monkeypatch.setitem(whisper._MODELS, "tiny", f"{elsewhere}/{'0' * 64}/tiny.pt")
    with pytest.raises(ModelError, match="could not be fetched"):
        fetch("tiny", tmp_path / "again")
