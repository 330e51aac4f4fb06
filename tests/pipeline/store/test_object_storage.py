"""Recordings in S3-compatible storage: a store on a real S3 server, reached over HTTP by the client that users have."""

from __future__ import annotations

import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import BlobMissingError, KeysError, StoreError
from pipeline.store import SYSTEM, CallMetadata, Store
from pipeline.store.backup import back_up, check, restore
from pipeline.store.blobs import ObjectBlobs
from pipeline.store.cipher import SEALED_SEGMENT
from tests.pipeline.store.conftest import Opener

pytest.importorskip("obstore")
pytest.importorskip("moto.server")
SOUND = secrets.token_bytes(700_000)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Address of an S3 server (moto) in a process of its own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet) as process:
        url = f"http://127.0.0.1:{port}"
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{url}/moto-api/", timeout=5).close()
                break
            except (OSError, urllib.error.URLError):
                assert process.poll() is None
                time.sleep(0.1)
        yield url
        process.terminate()


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """URL of an empty bucket, its keys and endpoint in the environment as an operator sets them."""
    name = f"b{secrets.token_hex(8)}"
    urllib.request.urlopen(urllib.request.Request(f"{server}/{name}", method="PUT"), timeout=20).close()
    for variable, value in (
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL", server),
        ("AWS_ALLOW_HTTP", "true"),
    ):
        monkeypatch.setenv(variable, value)
    return f"s3://{name}/recordings"


@pytest.fixture
def store(open_store: Opener, bucket: str) -> Store:
    return open_store(blobs=bucket)


def heard(store: Store, call_id: str, span: tuple[int, int | None] | None = None) -> bytes:
    return b"".join(store.open_audio(call_id, span, by=SYSTEM).content)


def test_a_recording_goes_there_sealed_and_comes_back(store: Store, bucket: str, tmp_path: Path) -> None:
    store.put_recording(SOUND, CallMetadata("C1"), by=SYSTEM)
    assert heard(store, "C1") == SOUND
    assert heard(store, "C1", (300_000, 300_010)) == SOUND[300_000:300_010]
    ((name, _),) = list(store.blobs.names())
    there = ObjectBlobs(bucket).read(name, 0, SEALED_SEGMENT)
    assert SOUND[:64] not in there
    assert not [path for path in (tmp_path / "data").rglob("*") if path.is_file() and SOUND[:64] in path.read_bytes()]
    assert store.put_recording(SOUND, CallMetadata(), by=SYSTEM).call_id == "C1"
    assert len(list(store.blobs.names())) == 1


def test_what_was_changed_there_is_noticed(store: Store, bucket: str, tmp_path: Path) -> None:
    store.put_recording(SOUND, CallMetadata("C1"), by=SYSTEM)
    store.put_recording(SOUND[::-1], CallMetadata("C2"), by=SYSTEM)
    first, second = (name for name, _ in store.blobs.names())
    (tmp_path / "other").write_bytes(store.blobs.read(second, 0, 10_000_000))
    store.blobs.put(first, tmp_path / "other")
    with pytest.raises(KeysError):
        heard(store, "C1"), heard(store, "C2")


def test_an_erased_recording_is_gone_there(store: Store) -> None:
    store.put_recording(SOUND, CallMetadata("C1"), by=SYSTEM)
    ((name, _),) = list(store.blobs.names())
    store.erase("C1", "asked", by=SYSTEM)
    assert list(store.blobs.names()) == []
    with pytest.raises(BlobMissingError):
        store.blobs.read(name, 0, 10)


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_backup_holds_what_lies_there(store: Store, tmp_path: Path) -> None:
    store.put_recording(SOUND, CallMetadata("C1"), by=SYSTEM)
    manifest = back_up(store, tmp_path / "backup", by=SYSTEM)
    restore(tmp_path / "backup", tmp_path / "new")
    place = f"sqlite:///{tmp_path / 'new' / 'callproof.db'}"
    with Store.open(place, keys=store.keys, folder=tmp_path / "new") as again:
        found = check(again, manifest.ledger_head)
        assert (found.sound, found.recordings) == (True, 1)
        assert heard(again, "C1") == SOUND


def test_a_store_that_is_not_there_is_one_clear_error(open_store: Opener, bucket: str) -> None:
    store = open_store(blobs="s3://no-such-bucket/x")
    with pytest.raises(StoreError) as caught:
        store.put_recording(SOUND, CallMetadata("C1"), by=SYSTEM)
    assert caught.value.code == "object_storage"
    assert len(caught.value.message.splitlines()) == 1
    assert store.calls(by=SYSTEM).items == ()
    assert list(store._staging.iterdir()) == []
