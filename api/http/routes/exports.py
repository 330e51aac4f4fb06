"""Lists as files, and evidence bundles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, BinaryIO, Literal

from fastapi import APIRouter, Query
from fastapi.encoders import jsonable_encoder
from starlette.background import BackgroundTask
from starlette.responses import Response, StreamingResponse

from api.bundle import DOCUMENTS, write_bundle
from api.http.masking import mask_outcome
from api.http.routes.search import Asks
from api.http.services import Caller, Exports, Services, Uses
from api.http.tables import MEDIA_TYPES, Format, write_table
from api.http.unsealed import unnamed_file
from pipeline.contract import Disposition, Moment, Severity, to_json
from pipeline.errors import NotFoundError
from pipeline.store import CallFilters, CallRecord, Hit, MismatchFilters
from pipeline.store.records import Status

router = APIRouter(prefix="/v1", tags=["exports"])
Text = Annotated[str | None, Query(max_length=500)]
Since = Annotated[Moment | None, Query(alias="from", description="at or after, ISO 8601")]
Until = Annotated[Moment | None, Query(alias="to", description="before, ISO 8601")]
Most = Annotated[int, Query(ge=1, le=50_000, description="how many rows at most")]
CALL_COLUMNS = tuple(CallRecord.__dataclass_fields__)
MISMATCH_COLUMNS = (
    "call_id",
    "at",
    "unit",
    "agent_id",
    "dealer",
    "field",
    "outcome",
    "severity",
    "confidence",
    "applied",
    "stated",
    "said",
    "explanation",
    "explanation_zh",
    "turn",
    "start",
    "end",
    "quote",
)
HIT_COLUMNS = tuple(name for name in Hit.__dataclass_fields__ if name != "highlights")
PAGE = 500
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "the file",
        "content": {kind.partition(";")[0]: {"schema": {"type": "string"}} for kind in MEDIA_TYPES.values()},
    }
}
_ZIP: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "the bundle",
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get("/exports/calls", summary="Calls as a file", response_class=Response, responses=_FILE)
def export_calls(
    services: Uses,
    caller: Exports,
    form: Annotated[Format, Query(alias="format")] = "csv",
    status: Status | None = None,
    disposition: Disposition | None = None,
    agent: Text = None,
    dealer: Text = None,
    unit: Text = None,
    since: Since = None,
    until: Until = None,
    most: Most = 10_000,
) -> Response:
    """Cells that a spreadsheet could take for a formula begin with an apostrophe."""
    filters = CallFilters(
        status=status, disposition=disposition, agent_id=agent, dealer=dealer, unit=unit, since=since, until=until
    )

    def rows() -> Iterator[dict[str, Any]]:
        cursor, left = None, most
        while left > 0:
            page = services.store.calls(filters, cursor, min(PAGE, left), by=caller.principal)
            yield from (asdict(record) for record in page.items)
            cursor, left = page.next, left - len(page.items)
            if cursor is None:
                return

    return _file(services, caller, form, "calls", CALL_COLUMNS, rows())


@router.get("/exports/mismatches", summary="Mismatches as a file", response_class=Response, responses=_FILE)
def export_mismatches(
    services: Uses,
    caller: Exports,
    form: Annotated[Format, Query(alias="format")] = "csv",
    field: Text = None,
    severity: Severity | None = None,
    outcome: Literal["mismatch", "contradicted"] | None = None,
    agent: Text = None,
    dealer: Text = None,
    unit: Text = None,
    since: Since = None,
    until: Until = None,
    most: Most = 10_000,
) -> Response:
    """With what was applied for, what was said, and the seconds that prove it; masked without `personal.read`."""
    filters = MismatchFilters(
        field=field,
        severity=severity,
        outcome=outcome,
        agent_id=agent,
        dealer=dealer,
        unit=unit,
        since=since,
        until=until,
    )

    def rows() -> Iterator[dict[str, Any]]:
        cursor, left = None, most
        while left > 0:
            page = services.store.mismatches(filters, cursor, min(PAGE, left), by=caller.principal)
            for one in page.items:
                found = to_json(one.outcome)
                found = found if caller.may("personal.read") else mask_outcome(found)
                yield {
                    "call_id": one.call_id,
                    "at": one.at,
                    "unit": one.unit,
                    "agent_id": one.agent_id,
                    "dealer": one.dealer,
                    **_flat(found),
                }
            cursor, left = page.next, left - len(page.items)
            if cursor is None:
                return

    return _file(services, caller, form, "mismatches", MISMATCH_COLUMNS, rows())


@router.get("/exports/search", summary="Hits of a search as a file", response_class=Response, responses=_FILE)
def export_search(
    services: Uses,
    caller: Exports,
    ask: Asks,
    form: Annotated[Format, Query(alias="format")] = "csv",
    most: Annotated[int, Query(ge=1, le=5_000, description="how many hits at most")] = 1_000,
) -> Response:
    """Each hit with its call, the second to seek to and the snippet; long numbers are masked, as in every search."""
    caller.require("search")

    def rows() -> Iterator[dict[str, Any]]:
        cursor, left = None, most
        while left > 0:
            page = services.store.search(ask.query, ask.filters, cursor, min(PAGE, left), by=caller.principal)
            yield from (asdict(hit) for hit in page.items)
            cursor, left = page.next, left - len(page.items)
            if cursor is None:
                return

    return _file(services, caller, form, "search", HIT_COLUMNS, rows())


@router.get("/calls/{call_id}/bundle", summary="Evidence bundle", response_class=Response, responses=_ZIP)
def export_bundle(
    services: Uses,
    caller: Exports,
    call_id: str,
    audio: Annotated[bool, Query(description="with the recording")] = True,
) -> Response:
    """Recording, transcript, report, application, reviews and the ledger's rows: `callproof verify` checks it offline.

    Needs `personal.read`, for what is masked proves nothing.
    """
    caller.require("personal.read")
    if audio:
        caller.require("audio.read")
    file = unnamed_file(services.settings.data)
    try:
        _bundle(services, caller, call_id, audio, file)
    except BaseException:
        file.close()
        raise
    size = file.seek(0, 2)
    file.seek(0)
    headers = {"Content-Length": str(size), "Content-Disposition": 'attachment; filename="evidence.zip"'}
    chunks = iter(lambda: file.read(1 << 20), b"")
    return StreamingResponse(chunks, 200, headers, "application/zip", BackgroundTask(file.close))


def _bundle(services: Services, caller: Caller, call_id: str, with_audio: bool, file: BinaryIO) -> None:
    store, by = services.store, caller.principal
    record = store.call(call_id, by=by)
    read = {"transcript": store.transcript, "report": store.report, "application": store.application}
    documents: dict[str, tuple[int, dict[str, Any]]] = {}
    for kind in DOCUMENTS:
        version = getattr(record, f"{kind}_version")
        if version:
            documents[kind] = (version, to_json(read[kind](call_id, version, by=by)))
    reviews = jsonable_encoder(list(store.reviews(call_id, by=by)))
    sound = None
    if with_audio and record.audio_bytes is not None and record.audio_erased_at is None:
        sound = store.open_audio(call_id, by=by).content
    if not documents and sound is None:
        raise NotFoundError(f"call {call_id}: has nothing to prove yet", code="nothing_yet")
    store.ledger.append(by.name, "bundle.export", call_id, {"audio": sound is not None, "kinds": sorted(documents)})
    write_bundle(
        file,
        call_id=call_id,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        documents=documents,
        reviews=reviews,
        entries=list(store.ledger.entries(subject=call_id)),
        audio=sound,
        public_key=store.keys.public_key,
        sign=store.keys.signer.sign,
    )


def _flat(outcome: dict[str, Any]) -> dict[str, Any]:
    stated, evidence = outcome["stated"] or {}, (outcome["evidence"] or [{}])[0]
    return {
        **{key: outcome[key] for key in ("field", "outcome", "severity", "confidence", "applied")},
        "stated": stated.get("value"),
        "said": stated.get("text"),
        "explanation": outcome["explanation"],
        "explanation_zh": outcome["explanation_zh"],
        **{key: evidence.get(key) for key in ("turn", "start", "end", "quote")},
    }


def _file(
    services: Services,
    caller: Caller,
    form: Format,
    name: str,
    columns: tuple[str, ...],
    rows: Iterator[dict[str, Any]],
) -> Response:
    services.store.ledger.append(caller.principal.name, "export", name, {"format": form})
    headers = {"Content-Disposition": f'attachment; filename="callproof-{name}.{form}"'}
    return Response(write_table(form, name, columns, rows), 200, headers, MEDIA_TYPES[form])
