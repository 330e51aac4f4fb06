"""The sound of a call, whole or in ranges, as it is or with numbers bleeped."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query
from starlette.responses import JSONResponse, Response, StreamingResponse

from api.http.services import Caller, Listens, Services, Uses
from pipeline.audio.containers import HEAD_BYTES, identify
from pipeline.contract import Outline
from pipeline.errors import RangeError

router = APIRouter(prefix="/v1/calls/{call_id}", tags=["audio"])
MEDIA_TYPES = {
    "wav": "audio/wav",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "matroska": "audio/webm",
    "mov": "audio/mp4",
    "amr": "audio/amr",
    "mp3": "audio/mpeg",
    "aac": "audio/aac",
    "gsm": "audio/x-gsm",
}
MOST_REMEMBERED = 100_000
_RANGE = re.compile(r"bytes=(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))")
_BYTES = {"schema": {"type": "string", "format": "binary"}}
_SOUND: dict[str, Any] = {"description": "the sound, or the range of it", "content": {"audio/*": _BYTES}}


@router.get("/audio", summary="The recording", response_class=Response, responses={200: _SOUND, 206: _SOUND})
def get_audio(
    services: Uses,
    caller: Listens,
    call_id: str,
    masked: Annotated[bool, Query(description="bleep the digits of identity, phone and card numbers")] = False,
    form: Annotated[
        Literal["stored", "wav"], Query(alias="format", description="`wav`: decoded, for players that lack its codec")
    ] = "stored",
    range_header: Annotated[str | None, Header(alias="Range", max_length=100)] = None,
) -> Response:
    """One range of bytes at most. Without `personal.read` it is always masked; what is masked is WAV."""
    masked = masked or not caller.may("personal.read")
    if masked or form == "wav":
        decoded = services.playback.masked if masked else services.playback.plain
        sound = decoded(call_id, by=caller.principal)
        part = _range(range_header, len(sound))
        start, stop = part or (0, len(sound))
        return _answer([sound[start:stop]], start, stop, len(sound), "audio/wav", part is not None)
    record = services.store.call(call_id, by=caller.principal)
    part = None if record.audio_bytes is None else _range(range_header, record.audio_bytes)
    kind = _media_type(services, caller, call_id)
    audio = services.store.open_audio(call_id, part, by=caller.principal)
    return _answer(audio.content, audio.start, audio.stop, audio.size, kind, part is not None)


@router.get("/waveform", summary="How the recording looks", responses={200: {"model": Outline}})
def get_waveform(services: Uses, caller: Listens, call_id: str) -> JSONResponse:
    """Peaks by channel (0 to 255) and where somebody speaks, to draw a player without the sound."""
    return JSONResponse(services.outlines.get(call_id, by=caller.principal))


def _answer(content: Iterable[bytes], start: int, stop: int, size: int, kind: str, partial: bool) -> Response:
    headers = {"Accept-Ranges": "bytes", "Content-Length": str(stop - start), "Content-Disposition": "inline"}
    if partial:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    return StreamingResponse(content, 206 if partial else 200, headers, kind)


def _range(header: str | None, size: int) -> tuple[int, int] | None:
    """Start and end (not included) of what is asked for; None where the whole is given (RFC 9110, 14.2): no range,
    several, another unit, or one that ends before it starts. Raises `RangeError` for what lies behind the end."""
    found = None if header is None else _RANGE.fullmatch(header.strip())
    if found is None:
        return None
    first, last, suffix = found.groups()
    if last and int(last) < int(first):
        return None
    start = max(0, size - int(suffix)) if suffix else int(first)
    stop = min(size, int(last) + 1) if last else size
    if not start < stop:
        raise RangeError(size)
    return start, stop


def _media_type(services: Services, caller: Caller, call_id: str) -> str:
    """By content; looked at once a call, for the look itself is an access that the ledger records."""
    known = services.media_types.get(call_id)
    if known is None:
        head = b"".join(services.store.open_audio(call_id, (0, HEAD_BYTES), by=caller.principal).content)
        known = MEDIA_TYPES.get(identify(io.BytesIO(head)).demuxer, "application/octet-stream")
        if len(services.media_types) >= MOST_REMEMBERED:
            services.media_types.clear()
        services.media_types[call_id] = known
    return known
