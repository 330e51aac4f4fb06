"""Messages between a worker and its child: a small JSON object each, with a file in memory where there is more.

They go over a Unix socket that keeps message boundaries; recordings and documents go beside them as descriptors of
files without a name (`memfd_create`), so that no voice and no application is ever written to a disk.
"""

from __future__ import annotations

import json
import os
import socket
from typing import Any, BinaryIO, Final

_LARGEST: Final = 64 * 1024


class Closed(Exception):  # noqa: N818
    """The other end is gone."""


def memory_file(content: bytes = b"") -> BinaryIO:
    """A file in memory that holds `content`, at its start."""
    file = os.fdopen(os.memfd_create("callproof"), "w+b")
    file.write(content)
    file.flush()
    file.seek(0)
    return file


def send(channel: socket.socket, message: dict[str, Any], file: BinaryIO | None = None) -> None:
    """Send a message, with a file where one is given. Raises `Closed`."""
    data = json.dumps(message, ensure_ascii=False).encode()
    try:
        socket.send_fds(channel, [data], [] if file is None else [file.fileno()])
    except OSError as error:
        raise Closed from error


def receive(channel: socket.socket) -> tuple[dict[str, Any], BinaryIO | None]:
    """The next message and the file that came with it. Raises `Closed`, `TimeoutError` as the channel is set."""
    try:
        data, descriptors, _, _ = socket.recv_fds(channel, _LARGEST, 1)
    except TimeoutError:
        raise
    except OSError as error:
        raise Closed from error
    files = [os.fdopen(descriptor, "rb") for descriptor in descriptors]
    if not data:
        raise Closed
    message: dict[str, Any] = json.loads(data)
    return message, files[0] if files else None
