"""Search in what was said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Query
from fastapi.dependencies.utils import get_dependant
from pydantic import BaseModel, ConfigDict, Field

from api.http.services import Searches, Services, Uses
from api.http.shapes import Cursor, Limit
from pipeline.contract import Disposition, Identifier, Moment, Outcome, Role, Shape, SignalCode
from pipeline.errors import InputError
from pipeline.store import CallRecord, Hit, HitPage, SearchFilters, SearchQuery, parse_query
from pipeline.store.saved_searches import SavedSearch

router = APIRouter(prefix="/v1", tags=["search"])
Text = Annotated[str | None, Query(max_length=500)]
PartOfName = Annotated[str | None, Query(max_length=500, description="a part of the name; a whole name is that one")]
FACET_HITS = 500
MOST_VALUES = 20
SavedNumber = Annotated[int, Path(ge=1, le=1 << 53)]


class Hits(BaseModel):
    """Turns that have what was looked for, the newest call first."""

    hits: list[Hit]
    next: str | None


class Facets(BaseModel):
    """Counts over the newest hits; `complete` where these are all. Of agents and dealers the twenty with most calls."""

    hits: int
    calls: int
    complete: bool
    speaker: dict[str, int]
    disposition: dict[str, int]
    agent: dict[str, int]
    dealer: dict[str, int]
    month: dict[str, int]


class NewSavedSearch(Shape):
    """A search to keep: its parameters, as `GET /v1/search` takes them."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "网约车", "search": {"q": "滴滴|网约车", "speaker": "customer"}}]},
    )

    name: Identifier
    search: Annotated[dict[str, Annotated[str, Field(max_length=500)]], Field(min_length=1, max_length=20)]


class SavedSearchList(BaseModel):
    """One's own saved searches, by name."""

    items: list[SavedSearch]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a search asks for."""

    query: SearchQuery
    filters: SearchFilters


def asked(
    q: Annotated[
        str,
        Query(
            max_length=500,
            description='`滴滴 贷款` both, `滴滴|货拉拉` either, `-自用` not, `"您好"` exactly, `~王建国` sounds so',
            openapi_examples={"either": {"value": "滴滴|货拉拉"}, "sound": {"value": "~wangjianguo"}},
        ),
    ],
    within: Annotated[Literal["turn", "call"], Query(description="where the words must meet")] = "turn",
    speaker: Role | None = None,
    since: Annotated[Moment | None, Query(alias="from", description="at or after, ISO 8601")] = None,
    until: Annotated[Moment | None, Query(alias="to", description="before, ISO 8601")] = None,
    agent: PartOfName = None,
    dealer: PartOfName = None,
    unit: Text = None,
    field: Text = None,
    outcome: Annotated[Outcome | None, Query(description="of `field`")] = None,
    signal: SignalCode | None = None,
    disposition: Disposition | None = None,
    call_id: Text = None,
) -> Asked:
    """The query language and the filters of every search."""
    filters = SearchFilters(
        speaker=speaker,
        since=since,
        until=until,
        agent_part=agent,
        dealer_part=dealer,
        unit=unit,
        field=field,
        outcome=outcome,
        signal=signal,
        disposition=disposition,
        call_id=call_id,
    )
    return Asked(parse_query(q, within), filters)


Asks = Annotated[Asked, Depends(asked)]
PARAMETERS = frozenset(field.alias for field in get_dependant(path="/", call=asked).query_params)


@router.get("/search", summary="Find what was said", response_model=Hits)
def search(services: Uses, caller: Searches, ask: Asks, cursor: Cursor = None, limit: Limit = 20) -> dict[str, Any]:
    """Snippets with the second to seek to. Long numbers are masked in the index and so in snippets."""
    page = services.store.search(ask.query, ask.filters, cursor, limit, by=caller.principal)
    return {"hits": list(page.items), "next": page.next}


@router.get("/search/facets", summary="Where the hits are", response_model=Facets)
def search_facets(services: Uses, caller: Searches, ask: Asks) -> Facets:
    """Calls with hits by disposition, agent, dealer and month, and hits by speaker, over the newest 500 hits."""
    found = services.store.search(ask.query, ask.filters, None, FACET_HITS, by=caller.principal)
    return facets_of(
        found, services.store.calls_named({hit.call_id for hit in found.items}, by=caller.principal), services
    )


def facets_of(found: HitPage, calls: Mapping[str, CallRecord], services: Services) -> Facets:
    """Counts over the hits that were counted, in `calls` by their id, each kind with the most frequent first."""
    records = calls.values()
    zone = ZoneInfo(services.settings.timezone)
    return Facets(
        hits=len(found.counted),
        calls=len(records),
        complete=found.complete,
        speaker=_counted(hit.speaker for hit in found.counted),
        disposition=_counted(record.disposition for record in records),
        agent=_counted(record.agent_id for record in records),
        dealer=_counted(record.dealer for record in records),
        month=_counted(f"{record.at.astimezone(zone):%Y-%m}" for record in records),
    )


def _counted(values: Iterable[str | None]) -> dict[str, int]:
    return dict(Counter(value for value in values if value is not None).most_common(MOST_VALUES))


@router.get("/saved-searches", summary="My saved searches", response_model=SavedSearchList)
def list_saved(services: Uses, caller: Searches) -> SavedSearchList:
    """Nobody else sees them; they lie sealed."""
    return SavedSearchList(items=list(services.store.saved_searches.all(by=caller.principal)))


@router.post("/saved-searches", summary="Save a search", status_code=201, response_model=SavedSearch)
def save_search(services: Uses, caller: Searches, body: NewSavedSearch) -> SavedSearch:
    """One of the same name is replaced. Refused is what `GET /v1/search` would not take."""
    if unknown := sorted(body.search.keys() - PARAMETERS):
        raise InputError(
            f"search.{unknown[0][:50]}: not known here; known: {', '.join(sorted(PARAMETERS))}",
            code="unknown_parameter",
        )
    if not body.search.get("q", "").strip():
        raise InputError("search.q: what is looked for", code="bad_query")
    return services.store.saved_searches.save(body.name, dict(body.search), by=caller.principal)


@router.delete("/saved-searches/{saved}", summary="Forget a saved search", status_code=204)
def delete_saved(services: Uses, caller: Searches, saved: SavedNumber) -> None:
    """One's own."""
    services.store.saved_searches.delete(saved, by=caller.principal)
