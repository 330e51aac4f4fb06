"""Backup of a running store into a folder, restore from it, and a check of the whole.

The folder holds the database (a copy made by SQLite's backup, or pg_dump's custom format), every sealed recording, and
a manifest with the ledger's signed head. The keys are not in it: a backup without keys shows nothing, and both in one
place would undo the encryption.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from pipeline.contract import Application, Report, Shape, Transcript
from pipeline.errors import BlobMissingError, ErasedError, InputError, KeysError, NotFoundError, StoreError
from pipeline.store import cipher, schema
from pipeline.store.core import now
from pipeline.store.documents import Kind
from pipeline.store.ledger import Head, Verdict
from pipeline.store.records import Principal
from pipeline.store.store import DATABASE_NAME, Store

MANIFEST: Final = "manifest.json"
DUMP_NAME: Final = "database.dump"
_PIECE: Final = 8 << 20
_SHAPES: Final[dict[Kind, type[Shape]]] = {"application": Application, "transcript": Transcript, "report": Report}


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds."""

    made_at: str
    revision: str
    database: str
    database_sha256: str
    recordings: int
    ledger_head: Head | None


@dataclass(frozen=True, slots=True)
class Findings:
    """What a check found: how much there is, and what is missing or does not open (kind and call)."""

    calls: int
    documents: int
    recordings: int
    faults: tuple[str, ...]
    ledger: Verdict

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return self.ledger.whole and not self.faults


def back_up(store: Store, folder: Path, *, by: Principal) -> Manifest:
    """Copy a store, which may be in use, into an empty folder. Raises `InputError`, `StoreError`."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder}: is not empty; name a new folder for the backup", code="folder_not_empty")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    store.ledger.append(by.name, "store.backup", "store", {"folder": folder.name})
    head = store.ledger.head()
    database = folder / (DATABASE_NAME if store.database.sqlite else DUMP_NAME)
    if store.database.sqlite:
        _copy_sqlite(str(store.database.url.database), database)
    else:
        _run_postgres("pg_dump", store.database.url, "--format=custom", "--no-owner", f"--file={database}")
    database.chmod(0o600)
    count = sum(1 for _ in _copy_recordings(store, folder / "blobs"))
    revision = store.database.revision() or ""
    manifest = Manifest(now().isoformat(), revision, database.name, _sha256(database), count, head)
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a backup. Raises `InputError` where there is none or its database copy is another."""
    try:
        value: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        head = value["ledger_head"]
        manifest = Manifest(**{**value, "ledger_head": Head(*head) if head else None})
        intact = _sha256(folder / manifest.database) == manifest.database_sha256
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{folder}: no backup, or cut short ({type(error).__name__})", code="not_a_backup") from error
    if not intact:
        raise InputError(f"{folder}: its database copy was changed since the backup", code="not_a_backup")
    return manifest


def restore(folder: Path, data: Path, database: str | None = None) -> Manifest:
    """Put a backup into an empty data folder, and into an empty PostgreSQL database where it came from one.

    The keys must be put in place too; then `Store.open` migrates to this version, and `check` says whether all is
    there. Raises `InputError`, `StoreError`.
    """
    manifest = read_manifest(folder)
    if (data / DATABASE_NAME).exists() or (data / "blobs").exists():
        raise InputError(f"{data}: holds a store already; restore into an empty folder", code="folder_not_empty")
    if (manifest.database == DUMP_NAME) != (database is not None):
        kind = "PostgreSQL: name the empty database (--database)" if database is None else "SQLite: name only a folder"
        raise InputError(f"{folder}: this backup is of {kind}", code="usage")
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    if database is None:
        shutil.copyfile(folder / manifest.database, data / DATABASE_NAME)
        (data / DATABASE_NAME).chmod(0o600)
    else:
        url = sa.make_url(database)
        _run_postgres("pg_restore", url, "--no-owner", "--exit-on-error", str(folder / manifest.database))
    if (folder / "blobs").exists():
        shutil.copytree(folder / "blobs", data / "blobs")
    return manifest


def check(store: Store, kept: Head | None = None) -> Findings:
    """Open everything that the store holds, and verify the ledger, which must contain the head `kept`."""
    faults: list[str] = []
    documents = recordings = count = last = 0
    while True:
        calls, table = schema.calls, schema.documents
        with store.database.read() as connection:
            query = sa.select(calls).where(calls.c.seq > last, calls.c.erased_at.is_(None))
            rows = connection.execute(query.order_by(calls.c.seq).limit(200)).all()
            for call in rows:
                versions = sa.select(table.c.kind, table.c.version).where(table.c.call_seq == call.seq)
                for kind, version in connection.execute(versions).all():
                    documents += 1
                    with _noting(faults, f"{kind} {version} of call {call.call_id}"):
                        store.open_document(connection, call, kind, version, _SHAPES[kind])
                if call.audio_blob is not None:
                    recordings += 1
                    with _noting(faults, f"recording of call {call.call_id}"):
                        for _ in store.audio_of(connection, call):
                            pass
        count += len(rows)
        if len(rows) < 200:
            break
        last = rows[-1].seq
    return Findings(count, documents, recordings, tuple(faults), store.ledger.verify(kept))


@contextlib.contextmanager
def _noting(faults: list[str], what: str) -> Iterator[None]:
    try:
        yield
    except (BlobMissingError, KeysError, NotFoundError, ErasedError, ValueError) as error:
        faults.append(f"{what}: {getattr(error, 'code', 'unreadable')}")


def _copy_sqlite(source: str, target: Path) -> None:
    with contextlib.closing(sqlite3.connect(source)) as old, contextlib.closing(sqlite3.connect(target)) as new:
        old.backup(new)


def _copy_recordings(store: Store, folder: Path) -> Iterator[str]:
    """Copy the recordings of the calls as they stand now, after the database: none of the copy lacks its own."""
    table, last = schema.calls, 0
    while True:
        with store.database.read() as connection:
            query = sa.select(table.c.seq, table.c.audio_blob, table.c.audio_bytes).where(table.c.seq > last)
            rows = connection.execute(query.order_by(table.c.seq).limit(1000)).all()
        for row in rows:
            if row.audio_blob is not None:
                with contextlib.suppress(BlobMissingError):
                    _copy_blob(store, row.audio_blob, cipher.sealed_length(row.audio_bytes), folder)
                    yield row.audio_blob
        if len(rows) < 1000:
            return
        last = rows[-1].seq


def _copy_blob(store: Store, name: str, length: int, folder: Path) -> None:
    first = store.blobs.read(name, 0, min(_PIECE, length))
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with target.open("wb") as file:
        file.write(first)
        for start in range(_PIECE, length, _PIECE):
            file.write(store.blobs.read(name, start, min(start + _PIECE, length)))


def _run_postgres(program: str, url: sa.URL, *arguments: str) -> None:
    plain = url.set(drivername="postgresql", password=None)
    target = f"--dbname={plain.render_as_string(hide_password=False)}"
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    try:
        done = subprocess.run(
            [program, target, *arguments], env=environment, capture_output=True, text=True, check=False
        )
    except FileNotFoundError as error:
        raise StoreError(f"{program}: not installed; it comes with PostgreSQL's client (postgresql-client)") from error
    if done.returncode:
        line = (done.stderr.strip().splitlines() or ["no message"])[0]
        raise StoreError(f"{program} failed: {line}")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
