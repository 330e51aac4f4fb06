"""What the API takes and gives beside the contract's transcript, application and report."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from pipeline.contract import Application, FieldOutcome, Identifier, Moment, Shape, Transcript
from pipeline.errors import InputError
from pipeline.store import CallRecord, DocumentVersion, Review


def _fits_a_path(value: str) -> str:
    if value in (".", "..") or "/" in value or "\\" in value:
        raise ValueError("must not contain / or \\")
    return value


CallId = Annotated[Identifier, AfterValidator(_fits_a_path)]
Unit = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[\w.-]+$")]
UserName = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\w.@+-]+$")]
Status = Literal["queued", "running", "done", "failed", "quarantined"]
Cursor = Annotated[str | None, Query(max_length=500, description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=500, description="how many on a page")]

CALL_EXAMPLE: Final[dict[str, Any]] = {"call_id": "C20261120-4f1c2a9b7d10", "status": "queued"}


class Metadata(Shape):
    """What is known of a call when it is uploaded."""

    call_id: CallId | None = Field(None, description="your own id; one is made where there is none")
    agent_id: Identifier | None = None
    dealer: Identifier | None = None
    recorded_at: Moment | None = None
    channels: Annotated[int, Field(ge=1, le=2)] | None = None
    unit: Unit | None = Field(None, description="organisation unit; needed where the key or user has several")
    retention_class: Annotated[str, Field(min_length=1, max_length=50, pattern=r"^[\w-]+$")] = "standard"


def metadata_of(value: Any) -> Metadata:
    """The metadata that came with a call, as decoded JSON; None is none. Raises `InputError`."""
    try:
        return Metadata.model_validate(value if value is not None else {})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the object"
        known = ", ".join(Metadata.model_fields)
        unknown = first["type"] == "extra_forbidden"
        message = f"unknown field; known: {known}" if unknown else first["msg"].removeprefix("Value error, ")
        raise InputError(f"metadata: {place[:100]}: {message}", code="bad_metadata") from None


class TranscriptCall(Shape):
    """A call that comes as a transcript, without audio."""

    transcript: Transcript
    application: Application | None = None
    metadata: Metadata | None = None


class Accepted(BaseModel):
    """A call that is stored."""

    model_config = ConfigDict(json_schema_extra={"examples": [CALL_EXAMPLE]})

    call_id: str
    status: Status


class CallPage(BaseModel):
    """Calls, the newest first; `next` is the cursor of the next page."""

    items: list[CallRecord]
    next: str | None


class MismatchItem(BaseModel):
    """One field of one call that differs from the application."""

    call_id: str
    at: datetime
    unit: str
    agent_id: str | None
    dealer: str | None
    outcome: FieldOutcome


class MismatchPage(BaseModel):
    """Mismatches across calls, the newest first."""

    items: list[MismatchItem]
    next: str | None


class Version(BaseModel):
    """The number of a stored version."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": 2}]})

    version: int


class CorrectionMade(BaseModel):
    """The version of the transcript that holds the correction, and the call's status now."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": 2, "status": "queued"}]})

    version: int
    status: Status


class Versions(BaseModel):
    """Every stored version of a document."""

    items: list[DocumentVersion]


class NewReview(Shape):
    """A decision about one field or one signal of the last report."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"field": "income.monthly", "decision": "override", "reason": "misheard", "note": "客户说的是九千五"},
                {"signal": "evasive", "decision": "confirm", "reason": "heard_as_reported"},
            ]
        },
    )

    field: Annotated[str, Field(max_length=100)] | None = None
    signal: Annotated[str, Field(max_length=100)] | None = None
    decision: Literal["confirm", "override"]
    reason: Annotated[str, Field(min_length=1, max_length=100)] = Field(description="a code of GET /v1/review-reasons")
    note: Annotated[str, Field(max_length=5000)] | None = None
    value: str | int | float | bool | None = Field(None, description="what holds instead, with override")


class SecondReview(Shape):
    """The second person's word on a critical decision."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"agree": True}]})

    agree: bool


class ReviewList(BaseModel):
    """Decisions about a call; the machine's value stays beside each."""

    items: list[Review]


class Assignment(Shape):
    """Who shall work on a call; null: nobody in particular."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"to": "zhangwei"}]})

    to: UserName | None


class Me(BaseModel):
    """Who asks."""

    name: str
    role: str
    units: list[str] | None
    permissions: list[str]
    csrf_token: str | None = Field(None, description="to send as X-CSRF-Token with every change; sessions only")


class Login(Shape):
    """A user's name and password."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "zhangwei", "password": "…"}]})

    name: Annotated[str, Field(min_length=1, max_length=200)]
    password: Annotated[str, Field(min_length=1, max_length=1000)]


class NewPassword(Shape):
    """A new password; the current one where there is one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"password": "…", "current": "…"}]})

    password: Annotated[str, Field(min_length=1, max_length=1000)]
    current: Annotated[str, Field(max_length=1000)] | None = None


def expected_version(if_match: str | None) -> int | None:
    """The version in an `If-Match` header. Raises `InputError`."""
    if if_match is None:
        return None
    stated = if_match.strip().strip('"')
    if not stated.isdecimal():
        raise InputError("If-Match: the number of a version", code="bad_request")
    return int(stated)


def plain(value: Any) -> Any:
    """A mapping without the keys whose value is None."""
    return {key: one for key, one in value.items() if one is not None}
