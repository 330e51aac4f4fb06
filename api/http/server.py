"""The HTTP server itself: what it answers to bytes that are no request, and what is told when it is to stop."""

from __future__ import annotations

from collections.abc import Callable
from types import FrameType
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from api.http.problems import MEDIA_TYPE, problem
from api.http.security.headers import HEADERS
from pipeline.errors import InputError

LARGEST_HEAD: Final = 64 << 10
_PHRASES: Final = {400: "Bad Request", 431: "Request Header Fields Too Large"}
_NO_REQUEST: Final = InputError(
    "this is no HTTP request; in an address everything but ASCII is written as %XX of its UTF-8 bytes (滴滴 is "
    "%E6%BB%B4%E6%BB%B4)",
    code="not_http",
)
_HEAD_TOO_LARGE: Final = InputError(
    f"the request's line and headers are larger than {LARGEST_HEAD} bytes", code="head_too_large"
)


class Protocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """Whichever parser is installed (httptools or h11), with problem documents for what it cannot read.

    httptools keeps a head of any length, so its length is counted here; h11 counts for itself.
    """

    _in_head = False
    _head_size = 0

    def data_received(self, data: bytes) -> None:
        """Feed the parser, unless the head that it waits for is too large already."""
        if self._in_head:
            self._head_size += len(data)
            if self._head_size > LARGEST_HEAD:
                self._refuse(_HEAD_TOO_LARGE, 431)
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """httptools: a head begins."""
        self._in_head, self._head_size = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """httptools: the head has ended."""
        self._in_head = False
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer bytes that are no request."""
        self._refuse(_NO_REQUEST, 400)

    def _refuse(self, error: InputError, status: int) -> None:
        body = bytes(problem(error, status).body)
        headers = {
            **HEADERS,
            "Cache-Control": "no-store",
            "Content-Type": MEDIA_TYPE,
            "Content-Length": str(len(body)),
            "Connection": "close",
        }
        lines = [f"HTTP/1.1 {status} {_PHRASES[status]}", *(f"{name}: {value}" for name, value in headers.items())]
        self.transport.write("\r\n".join([*lines, "", ""]).encode("ascii") + body)
        self.transport.close()


class Server(uvicorn.Server):
    """A server that tells of the signal to stop at once, before it waits for requests under way."""

    def __init__(self, config: uvicorn.Config, *, on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_stop = on_stop

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """See `uvicorn.Server`."""
        self._on_stop()
        super().handle_exit(sig, frame)


def configuration_of(app: Any, *, backlog: int, graceful_seconds: int) -> uvicorn.Config:
    """How the server runs: no log of its own, nothing of proxies believed."""
    return uvicorn.Config(
        app,
        http=Protocol,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=graceful_seconds,
        limit_concurrency=backlog,
        h11_max_incomplete_event_size=LARGEST_HEAD,
        proxy_headers=False,
    )
