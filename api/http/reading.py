"""Documents as a caller may see them: whole with `personal.read`, masked without. Each reading is in the ledger."""

from __future__ import annotations

from typing import Any

from api.http.masking import NAMES, mask_application, mask_report, mask_transcript
from api.http.services import Caller, Services
from pipeline.contract import to_json
from pipeline.errors import NotFoundError


def transcript_of(services: Services, caller: Caller, call_id: str, version: int | None = None) -> dict[str, Any]:
    """A transcript; masked are long numbers and the names on the application. Raises `NotFoundError`."""
    transcript = services.store.transcript(call_id, version, by=caller.principal)
    if caller.may("personal.read"):
        return to_json(transcript)
    return mask_transcript(transcript, _names(services, caller, call_id))


def report_of(services: Services, caller: Caller, call_id: str, version: int | None = None) -> dict[str, Any]:
    """A report; masked are values, quotes and explanations of personal fields. Raises `NotFoundError`."""
    report = services.store.report(call_id, version, by=caller.principal)
    return to_json(report) if caller.may("personal.read") else mask_report(report)


def application_of(services: Services, caller: Caller, call_id: str, version: int | None = None) -> dict[str, Any]:
    """An application; masked is what names the applicant. Raises `NotFoundError`."""
    application = services.store.application(call_id, version, by=caller.principal)
    return to_json(application) if caller.may("personal.read") else mask_application(application)


def _names(services: Services, caller: Caller, call_id: str) -> tuple[str, ...]:
    try:
        applied = services.store.application(call_id, by=caller.principal).applied()
    except NotFoundError:
        return ()
    return tuple(str(applied[path]) for path in NAMES if path in applied)
