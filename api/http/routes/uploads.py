"""Resumable uploads of large recordings: begin, add pieces at their offsets, complete."""

from __future__ import annotations

from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Header, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

from api.http import intake
from api.http.resumable import LARGEST_PIECE
from api.http.routes.calls import IdempotencyKey, answer, store_recording
from api.http.services import Uses, WritesCalls
from api.http.shapes import Accepted, Metadata
from pipeline.contract import Application, Shape
from pipeline.errors import InputError
from pipeline.store import Stored

router = APIRouter(prefix="/v1/uploads", tags=["uploads"])
UploadId = Annotated[str, Path(max_length=64)]
_PIECE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class NewUpload(Shape):
    """A recording that will come in pieces."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"size": 104857600}]})

    size: Annotated[int, Field(ge=1, le=1 << 53, description="bytes in all")]


class UploadState(BaseModel):
    """How far an upload is: the next piece begins at `offset`. Completed, it has become the call `call_id`."""

    upload_id: str
    size: int
    offset: int
    largest_piece: int = LARGEST_PIECE
    call_id: str | None = None


class Completion(Shape):
    """What belongs to the recording."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "application": {"schema": "callproof.application/1", "income": {"monthly": 9500}},
                    "metadata": {"call_id": "C1", "agent_id": "036"},
                }
            ]
        }
    )

    application: Application | None = None
    metadata: Metadata | None = None


@router.post("", summary="Begin an upload", status_code=201, response_model=UploadState)
def begin_upload(services: Uses, caller: WritesCalls, body: NewUpload) -> UploadState:
    """It is kept for a day."""
    upload = services.uploads.begin(body.size, by=caller.principal)
    return UploadState(upload_id=upload.id, size=upload.size, offset=upload.offset)


@router.get("/{upload_id}", summary="How far an upload is", response_model=UploadState)
def get_upload(services: Uses, caller: WritesCalls, upload_id: UploadId) -> UploadState:
    """After a broken connection, go on from `offset`."""
    upload = services.uploads.get(upload_id, by=caller.principal)
    return UploadState(upload_id=upload.id, size=upload.size, offset=upload.offset, call_id=upload.call_id)


@router.patch("/{upload_id}", summary="Add a piece", response_model=UploadState, openapi_extra=_PIECE)
async def add_piece(
    request: Request,
    services: Uses,
    caller: WritesCalls,
    upload_id: UploadId,
    offset: Annotated[int, Header(alias="Upload-Offset", ge=0, le=1 << 53)],
) -> UploadState:
    """At most 16 MB, at the offset where the upload stands; 409 says where that is."""
    piece = bytearray()
    async for chunk in intake.unhurried(request, services.settings):
        piece += chunk
        if len(piece) > LARGEST_PIECE:
            raise InputError(f"a piece has at most {LARGEST_PIECE >> 20} MB", code="too_large")
    upload = await to_thread.run_sync(
        lambda: services.uploads.add(upload_id, offset, bytes(piece), by=caller.principal)
    )
    return UploadState(upload_id=upload.id, size=upload.size, offset=upload.offset)


@router.post(
    "/{upload_id}/complete",
    summary="Complete an upload",
    status_code=202,
    response_model=Accepted,
    responses={200: {"model": Accepted, "description": "the same content is stored already"}},
)
def complete_upload(
    services: Uses, caller: WritesCalls, upload_id: UploadId, body: Completion, idempotency_key: IdempotencyKey = None
) -> JSONResponse:
    """From here on as `POST /v1/calls`. An upload that is completed already gives 200 and its call."""
    if (call_id := services.uploads.get(upload_id, by=caller.principal).call_id) is not None:
        return answer(Stored(call_id, False), services.store.call(call_id, by=caller.principal).status)
    with services.uploads.whole(upload_id, by=caller.principal) as recording:
        application = body.application.model_dump(by_alias=True) if body.application else None
        metadata = body.metadata.model_dump() if body.metadata else None
        stored, status = store_recording(services, caller, recording, application, metadata, idempotency_key)
    services.uploads.completed(upload_id, stored.call_id, by=caller.principal)
    return answer(stored, status)


@router.delete("/{upload_id}", summary="Give an upload up", status_code=204)
def drop_upload(services: Uses, caller: WritesCalls, upload_id: UploadId) -> None:
    """Its pieces are removed."""
    services.uploads.drop(upload_id, by=caller.principal)
