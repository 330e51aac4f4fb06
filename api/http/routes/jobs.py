"""Jobs, quarantine, and what happens to calls as it happens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Literal

import sqlalchemy as sa
from anyio import to_thread
from fastapi import APIRouter, Header, Query, Request
from pydantic import BaseModel
from starlette.responses import Response, StreamingResponse

from api.http.services import Caller, ManagesJobs, ReadsCalls, Services, Uses
from api.http.shapes import Accepted, CallPage, Cursor, Limit
from pipeline.errors import ConflictError, InputError
from pipeline.jobs import CallEvent
from pipeline.jobs.tables import call_events
from pipeline.store import CallFilters, schema

router = APIRouter(prefix="/v1", tags=["jobs"])
POLL_SECONDS = 1.0
BEAT_SECONDS = 15.0
STREAM_SECONDS = 900.0
MOST_STREAMS = 200
_STREAM = {
    "description": "server-sent events",
    "content": {"text/event-stream": {"schema": {"type": "string"}}},
}


class JobState(BaseModel):
    """Jobs that wait by queue, and calls by status."""

    waiting: dict[str, int]
    calls: dict[str, int]


@router.get("/jobs", summary="What waits", response_model=JobState)
def job_state(services: Uses, caller: ManagesJobs) -> JobState:
    """Of every unit for whoever may see all, else calls of one's own units."""
    calls = schema.calls.c
    query = sa.select(calls.status, sa.func.count()).group_by(calls.status)
    if caller.principal.units is not None:
        query = query.where(calls.unit.in_(sorted(caller.principal.units)))
    with services.store.database.read() as connection:
        counted = {str(status): int(number) for status, number in connection.execute(query)}
    return JobState(waiting={str(name): depth for name, depth in services.jobs.depth().items()}, calls=counted)


@router.get("/quarantine", summary="Calls that could not be finished", response_model=CallPage)
def quarantine(
    services: Uses,
    caller: ManagesJobs,
    status: Literal["quarantined", "failed"] = "quarantined",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> CallPage:
    """`status_reason` says why."""
    page = services.store.calls(CallFilters(status=status), cursor, limit, by=caller.principal)
    return CallPage(items=list(page.items), next=page.next)


@router.post("/calls/{call_id}/replay", summary="Work on a call again", status_code=202, response_model=Accepted)
def replay(services: Uses, caller: ManagesJobs, call_id: str) -> Accepted:
    """Of a call that is done, failed or quarantined."""
    if not services.work.replay(call_id, by=caller.principal):
        raise ConflictError(f"call {call_id}: is being worked on", code="in_work")
    return Accepted(call_id=call_id, status=services.store.call(call_id, by=caller.principal).status)


@router.get("/events", summary="What happens to calls", response_class=Response, responses={200: _STREAM})
async def events(
    request: Request,
    services: Uses,
    caller: ReadsCalls,
    call_id: Annotated[str | None, Query(max_length=200)] = None,
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID", max_length=20)] = None,
    once: Annotated[bool, Query(description="end after what there is now")] = False,
) -> StreamingResponse:
    """Server-sent events, one a change of status or progress; after `Last-Event-ID`, else from now on."""
    if last_event_id is not None and not (last_event_id.isascii() and last_event_id.isdigit()):
        raise InputError("Last-Event-ID: a number that an event had", code="bad_request")
    if call_id is not None:
        await to_thread.run_sync(lambda: services.store.call(call_id, by=caller.principal))
    if services.streams >= MOST_STREAMS:
        raise InputError("too many open streams; ask for lists instead", code="busy")
    after = int(last_event_id) if last_event_id is not None else await to_thread.run_sync(_newest, services, call_id)
    return StreamingResponse(_stream(request, services, caller, call_id, after, once), media_type="text/event-stream")


async def _stream(
    request: Request, services: Services, caller: Caller, call_id: str | None, after: int, once: bool
) -> AsyncIterator[str]:
    clock = asyncio.get_running_loop().time
    began = beat = clock()
    services.streams += 1
    try:
        yield "retry: 2000\n\n"
        while not services.stopping and clock() - began < STREAM_SECONDS and not await request.is_disconnected():
            found: tuple[CallEvent, ...] = await to_thread.run_sync(
                lambda last: services.jobs.events(last, call_id=call_id), after
            )
            for event in found:
                after = event.id
                if caller.principal.may_see(event.unit):
                    yield _message(event)
                    beat = clock()
            if once and not found:
                return
            if clock() - beat > BEAT_SECONDS:
                yield ": still here\n\n"
                beat = clock()
            if not found:
                await asyncio.sleep(POLL_SECONDS)
    finally:
        services.streams -= 1


def _message(event: CallEvent) -> str:
    value = {
        "call_id": event.call_id,
        "at": event.at.isoformat(),
        "kind": event.kind,
        "stage": event.stage,
        "code": event.code,
        "done": event.done,
        "total": event.total,
    }
    return f"id: {event.id}\nevent: {event.kind}\ndata: {json.dumps(value, ensure_ascii=False)}\n\n"


def _newest(services: Services, call_id: str | None) -> int:
    """The number of the last event; of one call the whole story is told, so its first comes next."""
    if call_id is not None:
        return 0
    with services.store.database.read() as connection:
        return int(connection.scalar(sa.select(sa.func.max(call_events.c.id))) or 0)
