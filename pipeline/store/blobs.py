"""Where sealed recordings lie: a folder, or any S3-compatible storage (obstore). A blob is written once, whole."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from pipeline.errors import BlobMissingError, StoreError


class Blobs(Protocol):
    """Storage of whole blobs under names such as `3f/3f0c…`."""

    def put(self, name: str, file: Path) -> None:
        """Store the content of `file` durably; it is there in full when this returns. The file may be moved."""

    def read(self, name: str, start: int, stop: int) -> bytes:
        """Bytes `start` to `stop` of a blob. Raises `BlobMissingError`."""

    def delete(self, name: str) -> None:
        """Remove a blob; nothing happens where there is none."""

    def names(self) -> Iterator[tuple[str, float]]:
        """Every blob's name and its time of writing (seconds since 1970)."""


def new_name() -> str:
    """A blob name that says nothing about its content."""
    name = secrets.token_hex(16)
    return f"{name[:2]}/{name}"


class DiskBlobs:
    """Blobs in a folder, readable by its owner alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def put(self, name: str, file: Path) -> None:
        target = self._path(name)
        target.parent.mkdir(exist_ok=True, mode=0o700)
        with file.open("rb+") as handle:
            os.fsync(handle.fileno())
        try:
            file.replace(target)
        except OSError:
            partial = target.with_suffix(".part")
            shutil.copyfile(file, partial)
            with partial.open("rb+") as handle:
                os.fsync(handle.fileno())
            partial.replace(target)
        _sync_folder(target.parent)

    def read(self, name: str, start: int, stop: int) -> bytes:
        try:
            with self._path(name).open("rb") as file:
                file.seek(start)
                return file.read(stop - start)
        except FileNotFoundError:
            raise BlobMissingError(
                f"recording {name}: not in {self.folder}; every process needs the same folder (CALLPROOF_BLOBS), "
                "or restore it from the backup"
            ) from None

    def delete(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)

    def names(self) -> Iterator[tuple[str, float]]:
        for path in self.folder.glob("??/*"):
            if path.suffix != ".part":
                yield f"{path.parent.name}/{path.name}", path.stat().st_mtime

    def _path(self, name: str) -> Path:
        return self.folder / name


class ObjectBlobs:
    """Blobs in S3-compatible storage (`s3://bucket/prefix`); keys and endpoint as obstore reads them (AWS_…).

    Every method raises `StoreError` where the storage does not do what it should.
    """

    def __init__(self, url: str, **options: Any) -> None:
        try:
            from obstore.store import from_url
        except ImportError as error:
            raise StoreError("object storage needs obstore: pip install 'callproof[s3]'") from error
        with _answering():
            self._store = from_url(url, **options)

    def put(self, name: str, file: Path) -> None:
        import obstore

        with _answering():
            obstore.put(self._store, name, file)
        file.unlink()

    def read(self, name: str, start: int, stop: int) -> bytes:
        import obstore

        with _answering():
            try:
                return bytes(obstore.get_range(self._store, name, start=start, end=stop))
            except FileNotFoundError:
                raise BlobMissingError(
                    f"recording {name}: not in the object storage; restore it from the backup"
                ) from None

    def delete(self, name: str) -> None:
        import obstore

        with _answering(), suppress(FileNotFoundError):
            obstore.delete(self._store, name)

    def names(self) -> Iterator[tuple[str, float]]:
        import obstore

        with _answering():
            for batch in obstore.list(self._store):
                for item in batch:
                    yield str(item["path"]), item["last_modified"].timestamp()


@contextmanager
def _answering() -> Iterator[None]:
    """Turns what the storage refuses into `StoreError`."""
    from obstore.exceptions import BaseError

    try:
        yield
    except (BaseError, OSError) as error:
        raise StoreError(
            f"the object storage does not answer as it should ({type(error).__name__}): check its address and keys",
            code="object_storage",
        ) from error


def open_blobs(place: str | Path) -> Blobs:
    """The blobs at a folder's path or an object storage's URL."""
    if isinstance(place, str) and "://" in place and not place.startswith("file://"):
        return ObjectBlobs(place)
    return DiskBlobs(Path(str(place).removeprefix("file://")))


@contextmanager
def staged(folder: Path) -> Iterator[tuple[Path, BinaryIO]]:
    """A private file to write a blob into; whatever is left of it at the end is removed."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / secrets.token_hex(16)
    try:
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield path, file
    finally:
        path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
