"""Errors as RFC 9457 problem documents with a stable `code`; nothing of the request's content stands in one."""

from __future__ import annotations

import logging
import traceback
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from configs import read_yaml
from pipeline.errors import (
    CallproofError,
    ConflictError,
    DatabaseError,
    EngineError,
    ErasedError,
    ForbiddenError,
    InputError,
    NotFoundError,
    QueueFullError,
    RangeError,
    TooManyRequestsError,
    UnauthenticatedError,
)
from pipeline.store.database import out_of_reach

MEDIA_TYPE = "application/problem+json"
STATUS_BY_CODE = {
    "too_large": 413,
    "too_slow": 408,
    "bad_range": 416,
    "key_not_valid": 401,
    "session_not_valid": 401,
    "user_locked": 429,
    "busy": 503,
    "wrong_offset": 409,
    "wrong_media_type": 415,
}
STATUS_BY_KIND: tuple[tuple[type[CallproofError], int], ...] = (
    (UnauthenticatedError, 401),
    (ForbiddenError, 403),
    (TooManyRequestsError, 429),
    (ErasedError, 410),
    (NotFoundError, 404),
    (ConflictError, 409),
    (QueueFullError, 429),
    (InputError, 422),
    (EngineError, 500),
    (CallproofError, 503),
)
CODE_BY_STATUS = {404: "no_such_route", 405: "method_not_allowed", 400: "bad_request", 413: "too_large"}
log = logging.getLogger("callproof.http")


class Problem(BaseModel):
    """RFC 9457: what went wrong. `code` is stable; `detail` says what, where and how to mend it."""

    type: str = Field(examples=["urn:callproof:problem:call_not_found"])
    title: str = Field(examples=["找不到"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["call 'C1': not found"])
    code: str = Field(examples=["call_not_found"])
    errors: list[dict[str, Any]] | None = Field(default=None, description="places of a request that do not fit")


def status_of(error: CallproofError) -> int:
    """The HTTP status that an error is answered with."""
    if error.code in STATUS_BY_CODE:
        return STATUS_BY_CODE[error.code]
    return next(status for kind, status in STATUS_BY_KIND if isinstance(error, kind))


def problem(error: CallproofError, status: int | None = None, **more: Any) -> JSONResponse:
    """The answer to `error`."""
    number = status or status_of(error)
    headers = {}
    if isinstance(error, TooManyRequestsError | QueueFullError | DatabaseError):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, RangeError):
        headers["Content-Range"] = f"bytes */{error.size}"
    if number == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="callproof"'
    return _document(number, error.code, error.message, headers, more)


def _document(
    status: int, code: str, detail: str, headers: dict[str, str] | None = None, more: dict[str, Any] | None = None
) -> JSONResponse:
    texts = read_yaml("messages.yaml")
    title = texts.get(f"error_{code}", texts["error_request"])["zh"]
    body = {"type": f"urn:callproof:problem:{code}", "title": title, "status": status, "detail": detail, "code": code}
    return JSONResponse({**body, **(more or {})}, status, headers, MEDIA_TYPE)


def handle_errors(app: FastAPI) -> None:
    """Make every error of `app` a problem document."""

    @app.exception_handler(CallproofError)
    async def known(_: Request, error: CallproofError) -> Response:
        answer = problem(error)
        if answer.status_code >= 500:
            log.error("%s %s", type(error).__name__, error.code)
        return answer

    @app.exception_handler(RequestValidationError)
    async def misfit(_: Request, error: RequestValidationError) -> Response:
        places = [
            {"where": ".".join(str(part) for part in one["loc"])[:200], "message": _plain(one)}
            for one in error.errors()[:20]
        ]
        detail = f"{places[0]['where']}: {places[0]['message']}" if places else "the request does not fit"
        return _document(422, "bad_request", detail, more={"errors": places})

    @app.exception_handler(HTTPException)
    async def http(_: Request, error: HTTPException) -> Response:
        code = CODE_BY_STATUS.get(error.status_code, "bad_request")
        return _document(error.status_code, code, str(error.detail), dict(error.headers or {}))


def unforeseen(error: Exception) -> Response:
    """The answer to a failure of the program, or of the database to answer.

    The log says where, not with what: messages may quote a call.
    """
    if (why := out_of_reach(error)) is not None:
        log.error("the database cannot be used: %s", why)
        return problem(DatabaseError("the database cannot be used now; try again later"))
    frames = reversed(traceback.extract_tb(error.__traceback__)[-6:])
    places = " < ".join(f"{frame.filename}:{frame.lineno}" for frame in frames)
    log.error("unforeseen %s at %s", type(error).__name__, places)
    return _document(500, "internal", "the server failed; its log says where")


def _plain(one: dict[str, Any]) -> str:
    if one["type"] in ("value_error", "assertion_error"):
        return "does not fit"
    return str(one["msg"])[:200]
