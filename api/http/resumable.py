"""Large uploads in pieces: each is sealed as it comes and lies in the data folder until the upload is completed.

A completed upload is remembered for a day with its call alone, so that a client which missed the answer gets it again.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from configs.settings import Settings
from pipeline.errors import ConflictError, InputError, NotFoundError
from pipeline.store import Principal, Store, cipher
from pipeline.store.arriving import Arriving

LARGEST_PIECE: Final = 16 << 20
KEPT_SECONDS: Final = 24 * 3600
MOST_OPEN: Final = 1_000
_NAME: Final = re.compile(r"[0-9a-f]{32}")
_ABOUT: Final = "about.json"
_LENGTH_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload: `offset` bytes of `size` have come; completed, it has become the call `call_id`."""

    id: str
    owner: str
    size: int
    offset: int
    call_id: str | None = None


class Uploads:
    """The uploads of a store, of the last day; each belongs to whoever began it."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._folder = settings.data / "uploads"
        self._settings = settings

    def begin(self, size: int, *, by: Principal) -> Upload:
        """A new upload. Raises `InputError` where it is too large or too many are open."""
        limit = self._settings.upload_limit_mb
        if not 0 < size <= limit << 20:
            raise InputError(f"size: from 1 byte to {limit} MB", code="too_large")
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._sweep() >= MOST_OPEN:
            raise InputError("too many uploads are open; complete them first", code="busy")
        upload = Upload(secrets.token_hex(16), by.name, size, 0)
        (self._folder / upload.id).mkdir(mode=0o700)
        self._put_down(upload)
        return upload

    def get(self, upload_id: str, *, by: Principal) -> Upload:
        """How far an upload is. Raises `NotFoundError`, also for somebody else's."""
        folder = self._folder / upload_id
        if not _NAME.fullmatch(upload_id) or not (folder / _ABOUT).is_file():
            raise _not_found()
        upload = Upload(**json.loads((folder / _ABOUT).read_text(encoding="utf-8")))
        if upload.owner != by.name:
            raise _not_found()
        if upload.call_id is not None:
            return upload
        return replace(upload, offset=sum(size for _, size, _ in self._pieces(folder)))

    def add(self, upload_id: str, offset: int, piece: bytes, *, by: Principal) -> Upload:
        """Add bytes at `offset`. Raises `ConflictError` where the upload stands elsewhere."""
        upload = self.get(upload_id, by=by)
        if offset != upload.offset:
            raise ConflictError(f"Upload-Offset: the upload stands at {upload.offset}", code="wrong_offset")
        if not piece or len(piece) > LARGEST_PIECE or offset + len(piece) > upload.size:
            raise InputError(
                f"a piece has from 1 byte to {LARGEST_PIECE >> 20} MB and stays within the stated size",
                code="too_large",
            )
        folder = self._folder / upload_id
        sealed = cipher.seal(self._store.system_key("system"), piece, _context(upload_id, offset))
        partial = folder / f"{secrets.token_hex(8)}.part"
        partial.write_bytes(len(piece).to_bytes(_LENGTH_BYTES, "big") + sealed)
        try:
            (folder / f"{offset:016d}.sealed").hardlink_to(partial)
        except FileExistsError:
            raise ConflictError("Upload-Offset: another request has added this piece", code="wrong_offset") from None
        finally:
            partial.unlink(missing_ok=True)
        return self.get(upload_id, by=by)

    @contextmanager
    def whole(self, upload_id: str, *, by: Principal) -> Iterator[Arriving]:
        """The recording. Raises `ConflictError` before everything has come."""
        upload = self.get(upload_id, by=by)
        if upload.offset != upload.size:
            raise ConflictError(f"{upload.offset} of {upload.size} bytes have come", code="upload_incomplete")
        key = self._store.system_key("system")
        with self._store.receiving() as recording:
            try:
                for offset, _, path in self._pieces(self._folder / upload_id):
                    recording.write(cipher.unseal(key, path.read_bytes()[_LENGTH_BYTES:], _context(upload_id, offset)))
            except FileNotFoundError:
                raise ConflictError("another request has completed or dropped it", code="upload_in_work") from None
            yield recording

    def completed(self, upload_id: str, call_id: str, *, by: Principal) -> None:
        """The upload has become a call: its pieces go."""
        self._put_down(replace(self.get(upload_id, by=by), call_id=call_id))
        for _, _, path in list(self._pieces(self._folder / upload_id)):
            path.unlink(missing_ok=True)

    def drop(self, upload_id: str, *, by: Principal) -> None:
        """Give an upload up."""
        self.get(upload_id, by=by)
        shutil.rmtree(self._folder / upload_id, ignore_errors=True)

    def _pieces(self, folder: Path) -> Iterator[tuple[int, int, Path]]:
        """(offset, size, file) of the pieces that follow each other from the start."""
        expected = 0
        for path in sorted(folder.glob("*.sealed")):
            if int(path.stem) != expected:
                return
            with path.open("rb") as file:
                size = int.from_bytes(file.read(_LENGTH_BYTES), "big")
            yield expected, size, path
            expected += size

    def _put_down(self, upload: Upload) -> None:
        about = self._folder / upload.id / _ABOUT
        partial = about.with_name(f"{secrets.token_hex(8)}.part")
        partial.write_text(json.dumps(asdict(upload)), encoding="utf-8")
        partial.replace(about)

    def _sweep(self) -> int:
        """Remove what was given up a day ago; how many are left."""
        left = 0
        for folder in self._folder.iterdir():
            if folder.stat().st_mtime < time.time() - KEPT_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
            else:
                left += 1
        return left


def _context(upload_id: str, offset: int) -> bytes:
    return cipher.associated("upload", upload_id, offset)


def _not_found() -> NotFoundError:
    return NotFoundError("upload: not found, or of more than a day ago", code="upload_not_found")
