"""Lists across calls, and one call."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse

from api.http.masking import mask_outcome
from api.http.services import ReadsCalls, ReadsDocuments, Uses
from api.http.shapes import CallPage, Cursor, Limit, MismatchPage
from pipeline.contract import Disposition, Moment, Severity, SignalCode, to_json
from pipeline.store import CallFilters, CallRecord, MismatchFilters
from pipeline.store.acting import WorkState
from pipeline.store.records import Status

router = APIRouter(prefix="/v1")
Text = Annotated[str | None, Query(max_length=500)]
ReceivedSince = Annotated[
    Moment | None, Query(alias="received_from", description="came in at or after, ISO 8601; `from` is when it was held")
]
ReceivedUntil = Annotated[Moment | None, Query(alias="received_to", description="came in before, ISO 8601")]
Amount = Annotated[float | None, Query(ge=0, le=1e12, description="loan amount, CNY")]


@router.get("/calls", tags=["calls"], summary="Calls, the newest first", response_model=CallPage)
def list_calls(
    services: Uses,
    caller: ReadsCalls,
    status: Status | None = None,
    disposition: Disposition | None = None,
    risk_band: Literal["low", "medium", "high"] | None = None,
    agent: Text = None,
    dealer: Text = None,
    unit: Text = None,
    signal: SignalCode | None = None,
    field: Text = None,
    outcome: Text = None,
    amount_from: Amount = None,
    amount_to: Amount = None,
    since: Annotated[Moment | None, Query(alias="from", description="at or after, ISO 8601")] = None,
    until: Annotated[Moment | None, Query(alias="to", description="before, ISO 8601")] = None,
    received_since: ReceivedSince = None,
    received_until: ReceivedUntil = None,
    claimed_by: Text = None,
    assigned_to: Text = None,
    application_id: Text = None,
    unclaimed: bool = False,
    work_state: Annotated[WorkState | None, Query(description="where the work on a flagged call stands")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> CallPage:
    """What lists show names no customer. Filters narrow together."""
    filters = CallFilters(
        status=status,
        disposition=disposition,
        risk_band=risk_band,
        agent_id=agent,
        dealer=dealer,
        unit=unit,
        signal=signal,
        field=field,
        outcome=outcome,
        amount_from=amount_from,
        amount_to=amount_to,
        since=since,
        until=until,
        received_since=received_since,
        received_until=received_until,
        claimed_by=claimed_by,
        assigned_to=assigned_to,
        application_id=application_id,
        unclaimed=unclaimed,
        work_state=work_state,
    )
    page = services.store.calls(filters, cursor, limit, by=caller.principal)
    return CallPage(items=list(page.items), next=page.next)


@router.get("/calls/{call_id}", tags=["calls"], summary="One call and how far it is", response_model=CallRecord)
def get_call(services: Uses, caller: ReadsCalls, call_id: str) -> CallRecord:
    """`status` is queued, running, done, failed or quarantined; `status_reason` says why."""
    return services.store.call(call_id, by=caller.principal)


@router.get(
    "/mismatches",
    tags=["calls"],
    summary="Where calls differ from applications",
    responses={200: {"model": MismatchPage}},
)
def list_mismatches(
    services: Uses,
    caller: ReadsDocuments,
    field: Text = None,
    severity: Severity | None = None,
    outcome: Literal["mismatch", "contradicted"] | None = None,
    dealer: Text = None,
    agent: Text = None,
    unit: Text = None,
    since: Annotated[Moment | None, Query(alias="from", description="at or after, ISO 8601")] = None,
    until: Annotated[Moment | None, Query(alias="to", description="before, ISO 8601")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> JSONResponse:
    """Fields whose outcome is mismatch or contradicted, across calls, with evidence; the newest first."""
    filters = MismatchFilters(
        field=field,
        severity=severity,
        outcome=outcome,
        dealer=dealer,
        agent_id=agent,
        unit=unit,
        since=since,
        until=until,
    )
    page = services.store.mismatches(filters, cursor, limit, by=caller.principal)
    items = []
    for one in page.items:
        found: dict[str, Any] = to_json(one.outcome)
        items.append(
            {
                "call_id": one.call_id,
                "at": one.at.isoformat(),
                "unit": one.unit,
                "agent_id": one.agent_id,
                "dealer": one.dealer,
                "outcome": found if caller.may("personal.read") else mask_outcome(found),
            }
        )
    return JSONResponse({"items": items, "next": page.next})
