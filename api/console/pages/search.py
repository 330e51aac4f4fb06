"""Search in what was said: the whole query language, facets, hits by call, snippets to hear."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Annotated, Any, Final, get_args
from urllib.parse import urlencode

from fastapi import Depends, Query, Request
from markupsafe import Markup
from starlette.responses import HTMLResponse

from api.console import dates
from api.console.labels import labels_of
from api.console.page import Page, page_router
from api.console.view import is_part, render, texts_of
from api.http.routes.search import FACET_HITS, Facets, facets_of
from api.http.services import Caller, Searches, Services, Uses
from api.http.shapes import Cursor
from pipeline.contract import Disposition, Outcome, Role, SignalCode
from pipeline.errors import InputError
from pipeline.store import CallRecord, Hit, SearchFilters, SearchQuery, parse_query

router = page_router()
PAGE = Page("search", "/search", "search", router)
HITS: Final = 30
NARROWING: Final = ("speaker", "disposition", "agent", "dealer", "month")
Text = Annotated[str, Query(max_length=500)]
Day = Annotated[str, Query(max_length=10, pattern=r"^(\d{4}-\d{2}-\d{2})?$")]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asks for, as it stands in the address; nothing narrows where nothing is named."""

    q: str = ""
    within: str = "turn"
    speaker: str = ""
    from_: str = ""
    to: str = ""
    agent: str = ""
    dealer: str = ""
    field: str = ""
    outcome: str = ""
    signal: str = ""
    disposition: str = ""
    call_id: str = ""

    def parameters(self) -> dict[str, str]:
        """The parts that are named, by their name in the address."""
        given = {part.name.rstrip("_"): getattr(self, part.name) for part in fields(self)}
        return {name: value for name, value in given.items() if value and (name, value) != ("within", "turn")}

    def address(self, path: str = "/search", **more: str) -> str:
        """An address that asks for the same."""
        return f"{path}?{urlencode({**self.parameters(), **more})}"

    @property
    def narrowed(self) -> int:
        """How many filters are set beside the words."""
        return len(self.parameters().keys() - {"q", "within"})

    def query(self) -> SearchQuery:
        """The words. Raises `InputError`."""
        return parse_query(self.q, "call" if self.within == "call" else "turn")

    def filters(self, timezone: str) -> SearchFilters:
        """What narrows. Raises `InputError`."""
        first, last = _day(self.from_), _day(self.to)
        if first and last and last < first:
            raise InputError("from, to: the first before the second", code="bad_dates")
        return SearchFilters(
            speaker=_one_of(self.speaker, Role),
            since=dates.beginning(first, timezone),
            until=dates.end(last, timezone),
            agent_part=self.agent.strip() or None,
            dealer_part=self.dealer.strip() or None,
            field=self.field or None,
            outcome=_one_of(self.outcome, Outcome),
            signal=_one_of(self.signal, SignalCode),
            disposition=_one_of(self.disposition, Disposition),
            call_id=self.call_id or None,
        )


def _asked(
    q: Text = "",
    within: Text = "turn",
    speaker: Text = "",
    since: Annotated[str, Query(alias="from", max_length=10, pattern=r"^(\d{4}-\d{2}-\d{2})?$")] = "",
    to: Day = "",
    agent: Text = "",
    dealer: Text = "",
    field: Text = "",
    outcome: Text = "",
    signal: Text = "",
    disposition: Text = "",
    call_id: Text = "",
) -> Asked:
    return Asked(q, within, speaker, since, to, agent, dealer, field, outcome, signal, disposition, call_id)


Searched = Annotated[Asked, Depends(_asked)]


@dataclass(frozen=True, slots=True)
class Group:
    """Hits in one call."""

    call: CallRecord
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What was found: hits by call, the cursor of those after them, and with the first page where hits are; `narrower`
    has each kind's values with their counts and the addresses that narrow to them."""

    groups: tuple[Group, ...]
    after: str | None
    facets: Facets | None = None
    narrower: Mapping[str, Sequence[tuple[str, int, str]]] = field(default_factory=dict)


@router.get("/search")
def search(
    request: Request,
    services: Uses,
    caller: Searches,
    asked: Searched,
    cursor: Cursor = None,
) -> HTMLResponse:
    """The form, and hits where something is asked for; a part where a script asks for more."""
    found: Found | None = None
    error = None
    if asked.q.strip():
        try:
            found = _find(services, caller, asked, cursor)
        except InputError as failure:
            error = failure
    labels = labels_of(texts_of(request), services.settings.configs)
    shown: dict[str, Any] = {"asked": asked, "found": found, "marked": marked}
    if is_part(request) and cursor is not None:
        return render(request, "parts/search_hits.html", caller, page="search", **shown)
    return render(
        request,
        "search.html",
        caller,
        page="search",
        error=error,
        saved=services.store.saved_searches.all(by=caller.principal),
        labels=labels,
        choices={
            "speaker": get_args(Role),
            "disposition": get_args(Disposition),
            "outcome": get_args(Outcome),
            "signal": get_args(SignalCode),
            "field": [rule.field for rule in labels.fields.fields],
        },
        api_query="" if error else urlencode(_for_api(asked, services)),
        **shown,
    )


def _find(services: Services, caller: Caller, asked: Asked, cursor: str | None) -> Found:
    """A page of hits and, with the first one, where hits are: the store is asked once. Raises `InputError`."""
    filters = asked.filters(services.settings.timezone)
    count = 0 if cursor else FACET_HITS
    page = services.store.search(asked.query(), filters, cursor, HITS, by=caller.principal, count=count)
    calls = services.store.calls_named({hit.call_id for hit in page.counted}, by=caller.principal)
    if cursor or not page.items:
        return Found(grouped(calls, page.items), page.next)
    facets = facets_of(page, calls, services)
    narrower = {
        kind: [(value, number, _narrower(asked, kind, value)) for value, number in getattr(facets, kind).items()]
        for kind in NARROWING
    }
    return Found(grouped(calls, page.items), page.next, facets, narrower)


def grouped(calls: Mapping[str, CallRecord], hits: Sequence[Hit]) -> tuple[Group, ...]:
    """Hits by call, in the order in which they come."""
    order = dict.fromkeys(hit.call_id for hit in hits if hit.call_id in calls)
    return tuple(Group(calls[call_id], tuple(hit for hit in hits if hit.call_id == call_id)) for call_id in order)


def marked(hit: Hit) -> Markup:
    """The snippet with what was found in `<mark>`."""
    return Markup("").join(_pieces(hit))


def _pieces(hit: Hit) -> Iterator[Markup]:
    position = 0
    for start, stop in hit.highlights:
        yield Markup("{}<mark>{}</mark>").format(hit.snippet[position:start], hit.snippet[start:stop])
        position = stop
    yield Markup("{}").format(hit.snippet[position:])


def _narrower(asked: Asked, kind: str, value: str) -> str:
    if kind != "month":
        return replace(asked, **{kind: value}).address()
    year, month = (int(part) for part in value.split("-"))
    following = date(year + month // 12, month % 12 + 1, 1)
    last = date.fromordinal(following.toordinal() - 1)
    return replace(asked, from_=f"{value}-01", to=last.isoformat()).address()


def _for_api(asked: Asked, services: Services) -> dict[str, str]:
    """The same search as `/v1` takes it."""
    given = asked.parameters()
    zone = services.settings.timezone
    for name, moment in (("from", dates.beginning(_day(asked.from_), zone)), ("to", dates.end(_day(asked.to), zone))):
        if moment is not None:
            given[name] = moment.isoformat()
    return given


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InputError("date: no such day", code="bad_dates") from error


def _one_of(text: str, kind: Any) -> Any:
    if text and text not in get_args(kind):
        raise InputError("filter: not a value that it has", code="bad_request")
    return text or None
