"""A multipart upload taken in as it arrives: sealed at once, with limits on size, time and parts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Final, cast

from anyio import to_thread
from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from configs.settings import Settings
from pipeline.errors import InputError
from pipeline.store import Store
from pipeline.store.arriving import Arriving

LARGEST_PART: Final = 1 << 20
SEALED_AT_ONCE: Final = 1 << 20
MOST_AT_ONCE: Final = 128
GRACE_SECONDS: Final = 60.0
SLOWEST_BYTES_PER_SECOND: Final = 2_000
KNOWN: Final = ("recording", "application", "metadata")


@dataclass
class Intake:
    """What an upload held. The `recording` is sealed, and disappears when closed unless it was stored."""

    recording: Arriving | None = None
    parts: dict[str, bytes] = field(default_factory=dict)
    kept: ExitStack = field(default_factory=ExitStack)

    def close(self) -> None:
        """Let go of the recording."""
        self.kept.close()


async def receive(request: Request, settings: Settings, store: Store) -> Intake:
    """The parts of a multipart request. Raises `InputError` for what is too large, too slow or not multipart."""
    kind, options = parse_options_header(request.headers.get("Content-Type", ""))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise InputError(
            "Content-Type: multipart/form-data with a recording, or application/json with a transcript",
            code="wrong_media_type",
        )
    limit = settings.upload_limit_mb << 20
    _check_stated(request, limit + 3 * LARGEST_PART, limit)
    assembler = _Assembler(store, limit)
    try:
        parser = MultipartParser(boundary, cast(Any, assembler.callbacks()))
        async for chunk in unhurried(request, settings):
            parser.write(chunk)
            if len(assembler.waiting) >= SEALED_AT_ONCE:
                await to_thread.run_sync(assembler.seal)
        parser.finalize()
        await to_thread.run_sync(assembler.seal)
    except FormParserError:
        assembler.intake.close()
        raise InputError("the request is not well-formed multipart/form-data", code="bad_request") from None
    except BaseException:
        assembler.intake.close()
        raise
    if not assembler.ended:
        assembler.intake.close()
        raise InputError("the request breaks off before its last boundary", code="bad_request")
    return assembler.intake


async def unhurried(request: Request, settings: Settings) -> AsyncIterator[bytes]:
    """The body's chunks. Raises `InputError` where they come too slowly or take too long."""
    clock = asyncio.get_running_loop().time
    began, received = clock(), 0
    stream = request.stream().__aiter__()
    while True:
        try:
            async with asyncio.timeout(settings.upload_idle_seconds):
                chunk = await anext(stream)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise _too_slow(f"nothing came for {settings.upload_idle_seconds:g} s") from None
        received += len(chunk)
        taken = clock() - began
        if taken > settings.upload_seconds:
            raise _too_slow(f"it took longer than {settings.upload_seconds:g} s")
        if taken > GRACE_SECONDS and received < taken * SLOWEST_BYTES_PER_SECOND:
            raise _too_slow(f"fewer than {SLOWEST_BYTES_PER_SECOND} bytes a second came")
        yield chunk


class _Assembler:
    """Puts the parser's events together to parts."""

    def __init__(self, store: Store, limit: int) -> None:
        self.intake = Intake()
        self.ended = False
        self.waiting = bytearray()
        self._size = 0
        self._store = store
        self._limit = limit
        self._name = ""
        self._header = b""
        self._value = b""
        self._headers: dict[bytes, bytes] = {}
        self._text = bytearray()

    def callbacks(self) -> dict[str, Any]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._finish,
        }

    def _begin(self) -> None:
        self._headers, self._header, self._value = {}, b"", b""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        if len(self._header) + len(self._value) > 8192 or len(self._headers) > 16:
            raise InputError("a part has too many headers", code="bad_request")

    def _header_end(self) -> None:
        self._headers[self._header.lower()] = self._value
        self._header, self._value = b"", b""

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        if self._name not in KNOWN:
            raise InputError(f"a part is not known; the parts are {', '.join(KNOWN)}", code="bad_request")
        if self._name in self.intake.parts or (self._name == "recording" and self.intake.recording is not None):
            raise InputError(f"{self._name}: given twice", code="bad_request")
        if self._name == "recording":
            self.intake.recording = self.intake.kept.enter_context(self._store.receiving())
        self._text = bytearray()

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._name != "recording":
            if len(self._text) + end - start > LARGEST_PART:
                raise InputError(f"{self._name}: larger than {LARGEST_PART} bytes", code="too_large")
            self._text += data[start:end]
            return
        self._size += end - start
        if self._size > self._limit:
            raise _too_large(self._limit)
        self.waiting += memoryview(data)[start:end]

    def _end(self) -> None:
        if self._name != "recording":
            self.intake.parts[self._name] = bytes(self._text)

    def _finish(self) -> None:
        self.ended = True

    def seal(self) -> None:
        """Seal what has come of the recording."""
        if self.intake.recording is not None:
            self.intake.recording.write(self.waiting)
        self.waiting = bytearray()


def _check_stated(request: Request, most: int, limit: int) -> None:
    stated = request.headers.get("Content-Length", "0")
    if not stated.isdigit() or int(stated) > most:
        raise _too_large(limit)


def _too_large(limit: int) -> InputError:
    return InputError(f"recording: larger than {limit >> 20} MB; the setting upload_limit_mb says so", code="too_large")


def _too_slow(why: str) -> InputError:
    return InputError(f"the upload was ended: {why}; resume large files by /v1/uploads", code="too_slow")
