"""Loaded by every Python process of the offline test: writes down each attempt to reach a network."""

import os
import sys
from pathlib import Path

_log = os.environ["CALLPROOF_NETWORK_LOG"]
_WATCHED = {"socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event in _WATCHED and not (event != "socket.getaddrinfo" and isinstance(arguments[-1], str | bytes)):
        with Path(_log).open("a") as log:
            log.write(f"{event} {arguments[1:]!r} by {sys.argv[:1]}\n")


sys.addaudithook(_watch)
