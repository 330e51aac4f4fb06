"""One call: its sound, what was said, how that stands against the application, and what people decide."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from fastapi import Request
from starlette.responses import HTMLResponse

from api.console.findings import TONES, Findings, Reader, reader_of
from api.console.history import Happened, timeline
from api.console.names import Names
from api.console.page import Page, page_router
from api.console.transcripts import packed, silences, turns_of
from api.console.view import render, texts_of
from api.http.reading import application_of, report_of, transcript_of
from api.http.routes.reviewing import list_reviews
from api.http.services import Caller, ReadsCalls, ReadsDocuments, Services, Uses
from pipeline.errors import NotFoundError
from pipeline.store import CallRecord, Review

router = page_router()
PAGE = Page("call", "/calls", "documents.read", router, in_navigation=False)
FIRST_TURNS: Final = 60
"""Turns that the page shows at once; later ones are put in when the browser has shown these."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What both the page and the printed report show of a call. Documents that are not there yet are None."""

    record: CallRecord
    report: dict[str, Any] | None
    application: dict[str, Any] | None
    reviews: tuple[Review, ...]
    findings: Findings | None
    reader: Reader
    happened: tuple[Happened, ...]
    names: Names


@router.get("/calls/{call_id}")
def call_page(request: Request, services: Uses, caller: ReadsDocuments, call_id: str) -> HTMLResponse:
    """The page that an analyst settles a call on."""
    shown = _shown(request, services, caller, call_id)
    transcript = None
    if shown.record.transcript_version:
        transcript = transcript_of(services, caller, call_id)
    turns = turns_of(transcript, shown.report)
    return render(
        request,
        "call.html",
        caller,
        page="call",
        style_nonce=True,
        shown=shown,
        call=shown.record,
        report=shown.report,
        findings=shown.findings,
        reader=shown.reader,
        names=shown.names,
        turns=turns,
        first_turns=FIRST_TURNS,
        tones=TONES,
        reasons=services.rules.review_reasons,
        rules=services.rules,
        data=_data(shown, turns, caller),
    )


@router.get("/calls/{call_id}/print")
def printed(request: Request, services: Uses, caller: ReadsDocuments, call_id: str) -> HTMLResponse:
    """The report of a call on paper: what was compared, what came of it, what proves it, who decided."""
    shown = _shown(request, services, caller, call_id)
    if shown.report is None:
        raise NotFoundError(f"call {call_id}: has no report", code="report_not_found")
    return render(
        request,
        "call_print.html",
        caller,
        page="call",
        shown=shown,
        call=shown.record,
        report=shown.report,
        findings=shown.findings,
        reader=shown.reader,
        names=shown.names,
        tones=TONES,
        reasons=services.rules.review_reasons,
    )


@router.get("/calls/{call_id}/state")
def state(request: Request, services: Uses, caller: ReadsCalls, call_id: str) -> HTMLResponse:
    """How far a call is, for a page that waits."""
    record = services.store.call(call_id, by=caller.principal)
    return render(request, "parts/call_state.html", caller, page="call", call=record, tones=TONES)


def _shown(request: Request, services: Services, caller: Caller, call_id: str) -> Shown:
    record = services.store.call(call_id, by=caller.principal)
    report = report_of(services, caller, call_id) if record.report_version else None
    application = application_of(services, caller, call_id) if record.application_version else None
    reviews = tuple(list_reviews(services, caller, call_id).items)
    texts = texts_of(request)
    reader = reader_of(texts, services.settings.configs)
    names = Names(services, texts)
    return Shown(
        record,
        report,
        application,
        reviews,
        None if report is None else reader.findings(report, [one for one in reviews if _of_now(one, report, record)]),
        reader,
        timeline(services, caller, call_id, reviews, reader, texts, names),
        names,
    )


def _of_now(review: Review, report: dict[str, Any], record: CallRecord) -> bool:
    """Whether a decision was about what the last report says too, not about a finding that has changed since."""
    if review.report_version == record.report_version:
        return True
    items = report["fields"] if review.subject == "field" else report["signals"]
    name = "field" if review.subject == "field" else "code"
    now = next((one for one in items if one[name] == review.name), None)
    return now is not None and _essence(now) == _essence(review.machine)


def _essence(finding: dict[str, Any]) -> tuple[Any, ...]:
    stated = finding.get("stated") or {}
    return (finding.get("outcome"), finding.get("severity"), finding.get("applied"), stated.get("value"))


def _data(shown: Shown, turns: list[dict[str, Any]], caller: Caller) -> dict[str, Any]:
    """What the page's scripts work with."""
    record = shown.record
    return {
        "call_id": record.call_id,
        "status": record.status,
        "duration": record.duration,
        "transcript_version": record.transcript_version,
        "audio": record.audio_bytes is not None and record.audio_erased_at is None and caller.may("audio.read"),
        "may": sorted(caller.permissions),
        "turns": [packed(turn) for turn in turns],
        "silences": silences([(turn["start"], turn["end"]) for turn in turns], record.duration),
        "choices": {row.name: shown.reader.choices(row.name) for row in _fields(shown)},
        "kinds": {row.name: shown.reader.kind(row.name) for row in _fields(shown)},
    }


def _fields(shown: Shown) -> Iterable[Any]:
    return (row for row in shown.findings.flags if row.subject == "field") if shown.findings is not None else ()
