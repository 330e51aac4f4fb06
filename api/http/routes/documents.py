"""Documents of a call: application, transcript, report, and their versions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Header, Query
from starlette.responses import JSONResponse

from api.http.reading import application_of, report_of, transcript_of
from api.http.services import ReadsDocuments, Uses, WritesApplications
from api.http.shapes import Version, Versions, expected_version
from pipeline.contract import Application, Report, Transcript
from pipeline.documents import application_from

router = APIRouter(prefix="/v1/calls/{call_id}", tags=["documents"])
Number = Annotated[int | None, Query(ge=1, le=1_000_000, description="a version; the last where none is named")]
IfMatch = Annotated[
    str | None, Header(alias="If-Match", max_length=20, description="the version that the change is based on")
]
_APPLICATION = {
    "schema": "callproof.application/1",
    "application_id": "A2026-000123",
    "income": {"monthly": 9500},
    "loan": {"amount": 120000, "term_months": 36},
}


@router.get("/transcript", summary="What was said", responses={200: {"model": Transcript}})
def get_transcript(services: Uses, caller: ReadsDocuments, call_id: str, version: Number = None) -> JSONResponse:
    """The transcript. Masked without `personal.read`: long numbers and the names on the application."""
    return JSONResponse(transcript_of(services, caller, call_id, version))


@router.get("/report", summary="What it means, held against the application", responses={200: {"model": Report}})
def get_report(services: Uses, caller: ReadsDocuments, call_id: str, version: Number = None) -> JSONResponse:
    """The report. Every version is kept. It recommends; a person decides."""
    return JSONResponse(report_of(services, caller, call_id, version))


@router.get("/application", summary="What was applied for", responses={200: {"model": Application}})
def get_application(services: Uses, caller: ReadsDocuments, call_id: str, version: Number = None) -> JSONResponse:
    """The application, its last version where none is named."""
    return JSONResponse(application_of(services, caller, call_id, version))


@router.put("/application", summary="Correct the application", status_code=202, response_model=Version)
def put_application(
    services: Uses,
    caller: WritesApplications,
    call_id: str,
    body: Annotated[
        dict[str, Any],
        Body(openapi_examples={"correction": {"value": _APPLICATION}}, json_schema_extra={"x-schema": "Application"}),
    ],
    if_match: IfMatch = None,
) -> Version:
    """Store a new version; the call is reconciled again, not transcribed again. Equal content changes nothing."""
    application = application_from(body)
    version = services.store.set_application(
        call_id, application, by=caller.principal, then=services.work.enqueue, expected=expected_version(if_match)
    )
    return Version(version=version)


@router.get("/versions/{kind}", summary="Stored versions of a document", response_model=Versions)
def list_versions(
    services: Uses, caller: ReadsDocuments, call_id: str, kind: Literal["application", "transcript", "report"]
) -> Versions:
    """Each version with its hash, who stored it, and what it was made from."""
    return Versions(items=list(services.store.versions(call_id, kind, by=caller.principal)))
