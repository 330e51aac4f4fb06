"""Files of training that are whole or not there, and plain words where the disk gives out."""

import errno
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import torch

from pipeline.errors import EngineError, InputError

_TORCH_WRITE_FAILURES = ("file write failed", "PytorchStreamWriter")


class DiskFullError(EngineError):
    """There is no room for what training writes."""

    code = "disk_full"


def write_whole(path: Path, write: Callable[[IO[bytes]], None]) -> None:
    """Let `write` fill a file that takes the place of `path` when it is complete: the old file or the new one, no half.

    Raises `DiskFullError` when there is no room; what stood at `path` stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, suffix=".part", delete=False) as unfinished:
        part = Path(unfinished.name)
        try:
            write(unfinished)
            unfinished.flush()
        except BaseException as error:
            unfinished.close()
            part.unlink(missing_ok=True)
            if is_disk_full(error):
                raise DiskFullError(
                    f"no room on the disk for {path}: make some and run the same command again, it continues"
                ) from error
            raise
    part.chmod(0o644)
    part.replace(path)


def is_disk_full(error: BaseException | None) -> bool:
    """Whether `error` or what caused it says that a disk or a quota is full; torch has its own words."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            return True
        if isinstance(error, RuntimeError) and (
            "file write failed" in str(error) or "PytorchStreamWriter" in str(error)
        ):
            return True
        error = error.__cause__ or error.__context__
    return False


def load_checkpoint(path: Path, key: str) -> dict[str, Any]:
    """A checkpoint that holds at least `key`. Raises `InputError` for a damaged file, or one of something else."""
    try:
        stored: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        stored[key]
    except Exception as error:  # an unpickler meets damage with whatever it stumbles over
        raise InputError(
            f"{path} is not the checkpoint that is expected here, or is damaged ({type(error).__name__}): move it away "
            "to begin anew, or put a whole one in its place"
        ) from error
    return stored
