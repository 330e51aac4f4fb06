"""What the commands share: settings, streams, progress and files written whole."""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from configs import read_yaml
from configs.settings import Loaded, Settings
from pipeline.errors import InputError

if TYPE_CHECKING:
    from pipeline.flow import Progress as ProgressCall


@dataclass
class State:
    """What the options before the command have set."""

    loaded: Loaded
    flags: dict[str, Any] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        return self.loaded.settings

    @property
    def language(self) -> str:
        return self.loaded.settings.language


def out() -> Console:
    """Standard output: colours on a terminal, plain and unwrapped when piped."""
    return Console(width=None if sys.stdout.isatty() else 160, highlight=False, emoji=False, markup=False)


def err() -> Console:
    """Standard error, for progress and messages."""
    return Console(stderr=True, highlight=False, emoji=False, markup=False)


def text(key: str, language: str, **values: object) -> str:
    """The message `key` of `configs/messages.yaml` in `language`, filled with `values`."""
    message: str = read_yaml("messages.yaml")[key][language]
    return message.format(**values)


def has_text(key: str) -> bool:
    """Whether `configs/messages.yaml` has the message `key`."""
    return key in read_yaml("messages.yaml")


def start_logging() -> None:
    """Log lines of a program that runs on, on standard error."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    for name in ("httpx", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)


def print_json(value: object, *, indent: int | None = 2) -> None:
    """`value` as JSON on standard output, UTF-8 whatever the terminal's locale."""
    write_line(json.dumps(value, ensure_ascii=False, indent=indent))


def write_line(line: str) -> None:
    """One line on standard output, UTF-8."""
    sys.stdout.buffer.write(line.encode("utf-8", "replace") + b"\n")
    sys.stdout.buffer.flush()


@contextmanager
def progress_bars(language: str) -> Iterator[ProgressCall]:
    """A progress callback that draws one bar a stage on standard error, and nothing where that is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    with Progress(
        *columns, TimeElapsedColumn(), console=err(), transient=True, disable=not sys.stderr.isatty()
    ) as bars:
        tasks: dict[str, Any] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(text(f"stage_{stage}", language), total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield report


@contextmanager
def whole_file(path: Path | None) -> Iterator[Path | None]:
    """A temporary path that becomes `path` if all goes well and disappears otherwise; None stays None.

    Raises `InputError` at once where `path` cannot be written, before any work is done.
    """
    if path is None:
        yield None
        return
    if path.is_dir():
        raise InputError(f"{path}: is a folder; name a file to write", code="file_is_directory")
    try:
        handle, name = tempfile.mkstemp(prefix=".callproof-", suffix=path.suffix, dir=path.parent)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror})", code="file_unwritable") from error
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644 & ~_umask())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
