"""Applications: what was applied for, held against what was said, and corrected."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Query, Request
from starlette.responses import HTMLResponse

from api.console.labels import Labels, labels_of
from api.console.names import Names
from api.console.page import Page, page_router
from api.console.view import is_part, render, texts_of
from api.http.reading import application_of, report_of
from api.http.services import Caller, ReadsCalls, ReadsDocuments, Services, Uses
from api.http.shapes import Cursor
from pipeline.contract import field_paths
from pipeline.errors import NotFoundError
from pipeline.store import CallFilters, CallRecord, DocumentVersion

router = page_router()
PAGE = Page("applications", "/applications", "calls.read", router)
ROWS: Final = 50
SECTIONS: Final = tuple(dict.fromkeys(section for section, _ in field_paths()))


@router.get("/applications")
def applications(
    request: Request,
    services: Uses,
    caller: ReadsCalls,
    begins: Annotated[str, Query(max_length=200)] = "",
    cursor: Cursor = None,
) -> HTMLResponse:
    """Applications by id."""
    page = services.store.applications(begins.strip() or None, cursor, ROWS, by=caller.principal)
    template = "parts/application_rows.html" if is_part(request) else "applications.html"
    return render(
        request, template, caller, page="applications", items=page.items, after=page.next, begins=begins.strip()
    )


@router.get("/applications/of")
def application(
    request: Request,
    services: Uses,
    caller: ReadsDocuments,
    call: Annotated[str, Query(min_length=1, max_length=200)],
    version: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
) -> HTMLResponse:
    """The application of a call in one of its versions, with what the call says of each field."""
    store, by = services.store, caller.principal
    record = store.call(call, by=by)
    document = application_of(services, caller, call, version)
    before = application_of(services, caller, call, version - 1) if version and version > 1 else None
    labels = labels_of(texts_of(request), services.settings.configs)
    return render(
        request,
        "application.html",
        caller,
        page="applications",
        call=record,
        version=version or record.application_version,
        versions=_versions(services, caller, call),
        sections=_sections(labels, document, before),
        said=_said(services, caller, call),
        labels=labels,
        names=Names(services, texts_of(request)),
        others=[one for one in _same(services, caller, record.application_id) if one.call_id != record.call_id],
        may_edit=caller.may("applications.write") and caller.may("personal.read"),
    )


def _versions(services: Services, caller: Caller, call_id: str) -> tuple[DocumentVersion, ...]:
    return tuple(reversed(services.store.versions(call_id, "application", by=caller.principal)))


def _same(services: Services, caller: Caller, application_id: str | None) -> tuple[CallRecord, ...]:
    if application_id is None:
        return ()
    filters = CallFilters(application_id=application_id)
    return services.store.calls(filters, limit=20, by=caller.principal).items


def _said(services: Services, caller: Caller, call_id: str) -> dict[str, dict[str, Any]]:
    try:
        report = report_of(services, caller, call_id)
    except NotFoundError:
        return {}
    return {outcome["field"]: outcome for outcome in report["fields"]}


def _sections(labels: Labels, now: dict[str, Any], before: dict[str, Any] | None) -> list[tuple[str, list[Any]]]:
    kinds = {rule.field: rule.type for rule in labels.fields.fields}
    found = []
    for section in SECTIONS:
        rows = []
        for part, name in field_paths():
            path = f"{part}.{name}"
            if part == section:
                value = now[part][name]
                old = None if before is None else before[part][name]
                rows.append(
                    {
                        "path": path,
                        "value": value,
                        "old": old,
                        "changed": before is not None and old != value,
                        "kind": kinds.get(path, "text"),
                        "yes_no": kinds.get(path) == "yes_no",
                        "words": {} if kinds.get(path) == "yes_no" else labels.choices(path),
                    }
                )
        found.append((section, rows))
    return found
