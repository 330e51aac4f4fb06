"""What could not be finished or delivered: seen, explained and tried again from the command line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Literal

from api.cli import console
from api.cli.console import State
from api.cli.stores import opened, operator
from pipeline.jobs import Jobs, limits_of
from pipeline.store import CallFilters, CallRecord, Store

MOST_EVENTS = 500


def list_calls(
    state: State, status: Literal["quarantined", "failed"], limit: int, cursor: str | None, as_json: bool
) -> None:
    """Calls with this status and the reason of each, the newest first."""
    with opened(state) as store:
        page = store.calls(CallFilters(status=status), cursor, limit, by=operator())
    if as_json:
        calls = [
            {"call_id": call.call_id, "reason": call.status_reason, "since": call.status_at.isoformat()}
            for call in page.items
        ]
        console.print_json({"calls": calls, "next": page.next})
        return
    for call in page.items:
        console.write_line(_line(call, state.language))
    if not page.items:
        console.write_line(console.text("quarantine_empty", state.language))
    if page.next is not None:
        console.write_line(console.text("search_more", state.language, cursor=page.next))


def show_call(state: State, call_id: str, as_json: bool) -> None:
    """A call's reason and what happened to it, in order. Raises `NotFoundError`."""
    with opened(state) as store:
        call = store.call(call_id, by=operator())
        events = _jobs(store, state).events(call_id=call_id, limit=MOST_EVENTS)
    if as_json:
        told = [{**asdict(event), "at": event.at.isoformat()} for event in events]
        console.print_json({"call_id": call_id, "status": call.status, "reason": call.status_reason, "events": told})
        return
    console.write_line(_line(call, state.language))
    for event in events:
        parts = (event.kind, event.stage, event.code)
        console.write_line(f"  {event.at.astimezone():%Y-%m-%d %H:%M:%S}  {'  '.join(part for part in parts if part)}")


def replay_calls(
    state: State, call_ids: Sequence[str] | None, status: Literal["quarantined", "failed"], reason: str | None
) -> bool:
    """Queue these calls again, or every one with the status (and reason); whether none was left out."""
    with opened(state) as store:
        jobs, replayed, left = _jobs(store, state), 0, 0
        for call_id in call_ids or list(_with_reason(store, status, reason)):
            if jobs.replay(call_id, by=operator()):
                replayed += 1
            else:
                left += 1
                console.write_line(console.text("replay_in_work", state.language, call=call_id))
    console.write_line(console.text("replayed", state.language, count=replayed))
    return left == 0


def list_failed(state: State, limit: int, as_json: bool) -> None:
    """Webhook messages that have failed, the newest first."""
    with opened(state) as store:
        found = store.webhooks.deliveries(limit=limit, state="failed")
        urls = {hook.id: hook.url for hook in store.webhooks.all()}
    if as_json:
        items = [
            {**asdict(one), "next_at": None, "created_at": one.created_at.isoformat(), "url": urls.get(one.webhook_id)}
            for one in found
        ]
        console.print_json({"deliveries": items})
        return
    for one in found:
        at = f"{one.created_at.astimezone():%Y-%m-%d %H:%M}"
        call = one.payload.get("call_id", "")
        console.write_line(f"{at}  {one.webhook_id}  {one.id}  {one.event}  {call}  {one.last_status}  ×{one.attempts}")
    if not found:
        console.write_line(console.text("webhooks_all_delivered", state.language))


def replay_webhook(state: State, webhook_id: str, delivery_id: str | None) -> None:
    """Let failed messages of a webhook wait again. Raises `NotFoundError`."""
    with opened(state) as store:
        store.webhooks.get(webhook_id)
        count = store.webhooks.replay(webhook_id, delivery_id, by=operator())
    console.write_line(console.text("webhooks_replayed", state.language, count=count))


def _jobs(store: Store, state: State) -> Jobs:
    return Jobs(store, limits_of(state.settings))


def _with_reason(store: Store, status: Literal["quarantined", "failed"], reason: str | None) -> Iterator[str]:
    cursor = None
    while True:
        page = store.calls(CallFilters(status=status), cursor, 500, by=operator())
        yield from (call.call_id for call in page.items if reason in (None, call.status_reason))
        if (cursor := page.next) is None:
            return


def _line(call: CallRecord, language: str) -> str:
    code = call.status_reason or ""
    meaning = console.text(f"reason_{code}", language) if console.has_text(f"reason_{code}") else ""
    parts = (f"{call.status_at.astimezone():%Y-%m-%d %H:%M}", call.call_id, call.status, code, meaning)
    return "  ".join(part for part in parts if part)
