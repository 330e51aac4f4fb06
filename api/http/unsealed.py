"""A stored recording for a decoder: in a file without a name, gone when it is closed or the process dies."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from configs.settings import Settings
from pipeline.audio import DecodeLimits
from pipeline.store import Principal, Store


def unnamed_file(folder: Path) -> BinaryIO:
    """A file in the data folder that has no name: nothing of it is left once it is closed or the process dies."""
    staging = folder / "staging"
    staging.mkdir(parents=True, exist_ok=True, mode=0o700)
    return cast(BinaryIO, tempfile.TemporaryFile(dir=staging))


@contextmanager
def unsealed(store: Store, settings: Settings, call_id: str, by: Principal) -> Iterator[Path]:
    """A path at which a call's recording can be read meanwhile. Raises as `Store.open_audio`."""
    with unnamed_file(settings.data) as file:
        for chunk in store.open_audio(call_id, by=by).content:
            file.write(chunk)
        file.flush()
        yield Path(f"/proc/self/fd/{file.fileno()}")


def decode_limits(settings: Settings) -> DecodeLimits:
    """What decoding may take."""
    return DecodeLimits(max_seconds=settings.longest_call_seconds, memory_bytes=settings.decode_memory_mb << 20)
