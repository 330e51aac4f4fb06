"""A recording on its way in: hashed and sealed as it comes, so that nothing of it lies on a disk in the clear."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pipeline.store import blobs, cipher


class Arriving(io.RawIOBase):
    """Written to its end, then read anywhere. `name` is the blob's, `key` its data key, `path` the sealed file."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.name, self.key, self.path = blobs.new_name(), cipher.new_data_key(), path
        self.size = 0
        self._file = file
        self._hash = hashlib.sha256()
        self._sealer = cipher.Sealer(self.key, self.context)
        self._ended = False
        self._position = 0

    @property
    def context(self) -> bytes:
        """What the recording is sealed to."""
        return audio_context(self.name)

    def write(self, chunk: bytes | bytearray | memoryview) -> int:  # type: ignore[override]
        """Take more of it."""
        self._hash.update(chunk)
        self._file.write(self._sealer.add(chunk))
        self.size += len(chunk)
        return len(chunk)

    def end(self) -> str:
        """Nothing more comes: the SHA-256 of all that came."""
        if not self._ended:
            self._file.write(self._sealer.end())
            self._file.flush()
            self._ended = True
        return self._hash.hexdigest()

    def seekable(self) -> bool:
        """It is, once it has ended."""
        return True

    def readable(self) -> bool:
        """It is, once it has ended."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Where the next `read` begins."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def read(self, size: int | None = -1, /) -> bytes:
        """Up to `size` bytes, unsealed."""
        self.end()
        start = self._position
        stop = self.size if size is None or size < 0 else min(start + size, self.size)
        if start >= stop:
            return b""
        self._position = stop
        parts = cipher.unseal_segments(self.key, self._sealed, self.size, start, stop, self.context)
        return b"".join(parts)

    def _sealed(self, start: int, stop: int) -> bytes:
        return os.pread(self._file.fileno(), stop - start, start)


def audio_context(blob: str) -> bytes:
    """What a recording is sealed to."""
    return cipher.associated("audio", blob)


@contextmanager
def arriving(folder: Path) -> Iterator[Arriving]:
    """A recording to be written into `folder`; what was not moved elsewhere is removed at the end."""
    with blobs.staged(folder) as (path, file):
        yield Arriving(path, file)
