"""The inbox: calls that wait for a person, what comes in, and who takes what."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode

from fastapi import Query, Request
from starlette.responses import HTMLResponse

from api.console.findings import TONES, reader_of
from api.console.names import Names
from api.console.page import Page, page_router
from api.console.view import is_part, render, texts_of
from api.http.routes.samples import samples_welcome
from api.http.services import Caller, ReadsCalls, Services, Uses
from api.http.shapes import Cursor
from pipeline.store import CallFilters, User
from pipeline.store.figures import AGES as WAITING_AGES

router = page_router()
PAGE = Page("inbox", "/inbox", "calls.read", router)
FIRST_ROWS: Final = 25
MORE_ROWS: Final = 50
"""The page shows what fits on a screen; more comes as it is scrolled to."""
Text = Annotated[str, Query(max_length=500)]
Amount = Annotated[str, Query(max_length=20, pattern=r"^\d*(\.\d+)?$")]


@dataclass(frozen=True, slots=True)
class View:
    """A part of the calls, shown as a tab; `filters` says which."""

    name: str
    filters: CallFilters


VIEWS: Final = (
    View("open", CallFilters(work_state="open")),
    View("escalate", CallFilters(work_state="open", disposition="escalate")),
    View("review", CallFilters(work_state="open", disposition="review")),
    View("callback", CallFilters(work_state="open", disposition="callback")),
    View("risk", CallFilters(work_state="risk")),
    View("service", CallFilters(work_state="service")),
    View("document", CallFilters(work_state="document")),
    View("settled", CallFilters(work_state="settled")),
    View("pass", CallFilters(disposition="pass")),
    View("queued", CallFilters(status="queued")),
    View("running", CallFilters(status="running")),
    View("failed", CallFilters(status="failed")),
    View("quarantined", CallFilters(status="quarantined")),
    View("all", CallFilters()),
)
BY_NAME: Final = {view.name: view for view in VIEWS}
ViewName = Literal[
    "open",
    "escalate",
    "review",
    "callback",
    "risk",
    "service",
    "document",
    "settled",
    "pass",
    "queued",
    "running",
    "failed",
    "quarantined",
    "all",
]
Waits = Literal["", "hour", "four_hours", "day", "three_days", "older"]
Age = Literal["", "day", "week", "month", "older_day", "older_three", "older_week"]
AGES: Final[dict[str, tuple[int | None, int | None]]] = {
    "day": (1, None),
    "week": (7, None),
    "month": (30, None),
    "older_day": (None, 1),
    "older_three": (None, 3),
    "older_week": (None, 7),
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a person has chosen, as it stands in the address."""

    view: str
    risk: str
    agent: str
    dealer: str
    amount_from: str
    amount_to: str
    age: str
    waits: str
    claimed_by: str

    @property
    def narrowed(self) -> bool:
        """Whether more is chosen than a tab."""
        return any(getattr(self, part.name) for part in fields(self) if part.name != "view")

    def address(self, **changes: str) -> str:
        """The inbox's address with these choices and `changes`."""
        given = {part.name: getattr(self, part.name) for part in fields(self)} | changes
        return "/inbox?" + urlencode({name: value for name, value in given.items() if value})

    def filters(self, caller: Caller) -> CallFilters:
        """The store's filters."""
        newest, oldest = AGES.get(self.age, (None, None))
        now = datetime.now(UTC)
        waits = next((age for age in WAITING_AGES if age.name == self.waits), None)
        return replace(
            BY_NAME[self.view].filters,
            risk_band=self.risk or None,
            agent_part=self.agent or None,
            dealer_part=self.dealer or None,
            amount_from=_amount(self.amount_from),
            amount_to=_amount(self.amount_to),
            since=now - timedelta(days=newest) if newest else None,
            until=now - timedelta(days=oldest) if oldest else None,
            received_since=waits.since(now) if waits else None,
            received_until=waits.until(now) if waits else None,
            claimed_by=_person(self.claimed_by, caller),
            assigned_to=caller.principal.name if self.claimed_by == "assigned" else None,
            unclaimed=self.claimed_by == "nobody",
        )


@router.get("/inbox")
def inbox(
    request: Request,
    services: Uses,
    caller: ReadsCalls,
    view: ViewName | None = None,
    risk: Literal["", "low", "medium", "high"] = "",
    agent: Text = "",
    dealer: Text = "",
    amount_from: Amount = "",
    amount_to: Amount = "",
    age: Age = "",
    waits: Waits = "",
    claimed_by: Text = "",
    cursor: Cursor = None,
) -> HTMLResponse:
    """The queue; a script that asks gets its rows only. Without a view it is the one that the role works on."""
    chosen = Chosen(
        view or _own_view(caller),
        risk,
        agent.strip(),
        dealer.strip(),
        amount_from.strip(),
        amount_to.strip(),
        age,
        waits,
        claimed_by.strip(),
    )
    page = services.store.calls(
        chosen.filters(caller), cursor, MORE_ROWS if cursor else FIRST_ROWS, by=caller.principal
    )
    reader = reader_of(texts_of(request), services.settings.configs)
    flags = services.store.flags_of([call.call_id for call in page.items], by=caller.principal)
    unexplained = [
        call.call_id for call in page.items if call.disposition in ("review", "callback") and call.call_id not in flags
    ]
    gaps = services.store.gaps_of(unexplained, reader.required, by=caller.principal) if unexplained else {}
    context: dict[str, Any] = {
        "chosen": chosen,
        "calls": page.items,
        "more": chosen.address(cursor=page.next) if page.next else None,
        "first": cursor is None,
        "flags": flags,
        "gaps": gaps,
        "names": Names(services, texts_of(request)),
        "reader": reader,
        "tones": TONES,
        "samples": not page.items and _takes_samples(services, caller),
    }
    if is_part(request):
        return render(request, "parts/inbox_rows.html", caller, page="inbox", **context)
    people = _people(services, caller) if caller.may("work.assign") else ()
    choices: dict[str, Any] = {"views": VIEWS, "ages": AGES, "waiting_ages": WAITING_AGES, "people": people}
    return render(request, "inbox.html", caller, page="inbox", **choices, **context)


@router.get("/inbox/counts")
def counts(
    request: Request,
    services: Uses,
    caller: ReadsCalls,
    view: ViewName = "open",
) -> HTMLResponse:
    """How many calls each tab has."""
    counted = services.store.count_calls(by=caller.principal)
    found = {
        one.name: sum(number for group, number in counted.items() if _belongs(one.filters, *group)) for one in VIEWS
    }
    return render(request, "parts/inbox_tabs.html", caller, page="inbox", views=VIEWS, chosen_view=view, counts=found)


def _own_view(caller: Caller) -> ViewName:
    return "risk" if caller.principal.role == "risk" else "open"


def _belongs(filters: CallFilters, status: str, work_state: str | None, disposition: str | None) -> bool:
    pairs = ((filters.status, status), (filters.work_state, work_state), (filters.disposition, disposition))
    return all(wanted is None or wanted == is_ for wanted, is_ in pairs)


def _takes_samples(services: Services, caller: Caller) -> bool:
    """Whether there is no call yet, and sample calls may be put in."""
    if not caller.may("calls.write") or not samples_welcome(services):
        return False
    return not services.store.calls(limit=1, by=caller.principal).items


def _people(services: Services, caller: Caller) -> tuple[User, ...]:
    """Those who can be given calls."""
    units = caller.principal.units
    return tuple(
        user
        for user in services.store.users.all()
        if user.active and "work.claim" in services.rules.granted(user.role) and _meet(user.units, units)
    )


def _meet(units: Collection[str] | None, own: Collection[str] | None) -> bool:
    return units is None or own is None or bool(set(units) & set(own))


def _person(chosen: str, caller: Caller) -> str | None:
    if chosen in ("", "nobody", "assigned"):
        return None
    return caller.principal.name if chosen == "me" else chosen


def _amount(text: str) -> float | None:
    """An amount as it is typed, in ten thousands of yuan."""
    return float(text) * 10_000 if text else None
