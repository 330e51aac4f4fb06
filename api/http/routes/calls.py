"""Calls coming in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, BinaryIO, cast

from anyio import to_thread
from fastapi import APIRouter, Header, Request
from starlette.responses import JSONResponse

from api.http import intake
from api.http.intake import Intake
from api.http.services import Caller, Services, Uses, WritesCalls
from api.http.shapes import Accepted, TranscriptCall, metadata_of
from pipeline.audio.decode import require_audio
from pipeline.contract import Application
from pipeline.documents import application_from, parse_json, transcript_from
from pipeline.errors import ApplicationError, InputError, TranscriptError
from pipeline.store import CallMetadata, Principal, Stored
from pipeline.store.arriving import Arriving
from pipeline.store.records import DEFAULT_UNIT

router = APIRouter(prefix="/v1", tags=["calls"])
LARGEST_TRANSCRIPT = 64 << 20
_REFERENCE = "#/components/schemas/"
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["recording"],
                    "additionalProperties": False,
                    "properties": {
                        "recording": {
                            "type": "string",
                            "format": "binary",
                            "description": "WAV, MP3, M4A, AMR, Opus, …",
                        },
                        "application": {"$ref": f"{_REFERENCE}Application"},
                        "metadata": {"$ref": f"{_REFERENCE}Metadata"},
                    },
                },
                "example": {
                    "recording": "call.wav",
                    "application": {"schema": "callproof.application/1", "income": {"monthly": 9500}},
                    "metadata": {"call_id": "C1", "agent_id": "036", "dealer": "合肥恒信"},
                },
                "encoding": {
                    "application": {"contentType": "application/json"},
                    "metadata": {"contentType": "application/json"},
                },
            },
            "application/json": {
                "schema": {"$ref": f"{_REFERENCE}TranscriptCall"},
                "example": {
                    "transcript": {
                        "schema": "callproof.transcript/1",
                        "call_id": "C1",
                        "turns": [
                            {"id": 0, "speaker": "agent", "start": 0.4, "end": 2.1, "text": "您每个月收入多少?"},
                            {"id": 1, "speaker": "customer", "start": 2.6, "end": 4.0, "text": "六七千吧。"},
                        ],
                    },
                    "application": {"schema": "callproof.application/1", "income": {"monthly": 9500}},
                },
            },
        },
    }
}
IdempotencyKey = Annotated[
    str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200, description="a retry gives the same call")
]


@router.post(
    "/calls",
    summary="Upload a recording, or a transcript",
    status_code=202,
    response_model=Accepted,
    responses={200: {"model": Accepted, "description": "the same content is stored already"}},
    openapi_extra=_BODY,
)
async def create_call(
    request: Request, services: Uses, caller: WritesCalls, idempotency_key: IdempotencyKey = None
) -> JSONResponse:
    """Store a call once, however often it is sent, and queue it.

    The same content again, or the same `Idempotency-Key` again, is answered with 200 and the call that holds it.
    """
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        body = await _whole(request, services)
        stored, status = await to_thread.run_sync(_from_transcript, services, caller, body, idempotency_key)
    else:
        found = await intake.receive(request, services.settings, services.store)
        try:
            stored, status = await to_thread.run_sync(_from_recording, services, caller, found, idempotency_key)
        finally:
            found.close()
    return answer(stored, status)


def answer(stored: Stored, status: str) -> JSONResponse:
    """202 for a new call, 200 for one that was stored already."""
    location = {"Location": f"/v1/calls/{stored.call_id}"} if stored.call_id.isascii() else {}
    body = {"call_id": stored.call_id, "status": status}
    return JSONResponse(body, 202 if stored.created else 200, location)


async def _whole(request: Request, services: Services) -> bytes:
    body = bytearray()
    async for chunk in intake.unhurried(request, services.settings):
        body += chunk
        if len(body) > LARGEST_TRANSCRIPT:
            raise InputError(f"the request's body is larger than {LARGEST_TRANSCRIPT} bytes", code="too_large")
    return bytes(body)


def _from_transcript(services: Services, caller: Caller, body: bytes, key: str | None) -> tuple[Stored, str]:
    value = parse_json(body, "body", TranscriptError)
    if not isinstance(value, dict) or not value.keys() <= TranscriptCall.model_fields.keys():
        raise TranscriptError('body: an object of "transcript", "application" and "metadata"', code="wrong_shape")
    transcript = transcript_from(value.get("transcript"))
    application = _application(value.get("application"))
    metadata = _metadata(value.get("metadata"), caller.principal)
    _check_path(metadata.call_id or transcript.call_id)
    stored = services.store.put_transcript_call(
        transcript, application, metadata, by=caller.principal, idempotency_key=key, then=services.work.enqueue
    )
    return stored, _settled(services, caller, stored, application)


def _from_recording(services: Services, caller: Caller, found: Intake, key: str | None) -> tuple[Stored, str]:
    if found.recording is None:
        raise InputError("recording: missing; it is the part that holds the file", code="recording_missing")
    application = metadata = None
    if (text := found.parts.get("application")) is not None:
        application = parse_json(text, "application", ApplicationError)
    if (text := found.parts.get("metadata")) is not None:
        metadata = parse_json(text, "metadata", InputError)
    return store_recording(services, caller, found.recording, application, metadata, key)


def store_recording(
    services: Services, caller: Caller, recording: Arriving, application: Any, metadata: Any, key: str | None
) -> tuple[Stored, str]:
    """Check and store a recording with its decoded JSON parts; the call and its status."""
    applied, known = _application(application), _metadata(metadata, caller.principal)
    recording.end()
    require_audio(cast(BinaryIO, recording), Path("recording"))
    stored = services.store.put_recording(
        recording, known, by=caller.principal, application=applied, idempotency_key=key, then=services.work.enqueue
    )
    services.metrics.uploaded.inc(recording.size)
    return stored, _settled(services, caller, stored, applied)


def _settled(services: Services, caller: Caller, stored: Stored, application: Application | None) -> str:
    """The call's status; content that came without an application at first gets the one it comes with now."""
    if stored.created:
        return "queued"
    record = services.store.call(stored.call_id, by=caller.principal)
    if application is not None and record.application_version == 0 and caller.may("applications.write"):
        services.store.set_application(
            stored.call_id, application, by=caller.principal, then=services.work.enqueue, expected=0
        )
        record = services.store.call(stored.call_id, by=caller.principal)
    return record.status


def _application(value: Any) -> Application | None:
    return None if value is None else application_from(value)


def _metadata(value: Any, by: Principal) -> CallMetadata:
    given = metadata_of(value)
    values = {name: one for name, one in given.model_dump().items() if one is not None}
    return CallMetadata(**{**values, "unit": given.unit or _unit_of(by)})


def _unit_of(by: Principal) -> str:
    if by.units is None or DEFAULT_UNIT in by.units:
        return DEFAULT_UNIT
    if len(by.units) != 1:
        raise InputError("metadata: unit: name one; there are several within reach", code="unit_needed")
    return next(iter(by.units))


def _check_path(call_id: str) -> None:
    if call_id in (".", "..") or "/" in call_id or "\\" in call_id:
        raise InputError("call_id: must not contain / or \\", code="bad_call_id")
