"""Figures over many calls, for dashboards."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.http.services import ReadsFigures, Uses
from pipeline.contract import Moment
from pipeline.errors import InputError
from pipeline.store import FigureFilters, Figures

router = APIRouter(prefix="/v1", tags=["figures"])
MOST_DAYS = 800
USUAL_DAYS = 30


class FigureRate(BaseModel):
    """`part` of `whole`; `share` is null where nothing was counted."""

    name: str
    part: int
    whole: int
    share: float | None


class FigureDay(BaseModel):
    """One day: calls received by status, finished ones by disposition, the recogniser's mean word probability."""

    day: str
    calls: int
    statuses: dict[str, int]
    dispositions: dict[str, int]
    confidence: float | None


class FigureAgent(BaseModel):
    """One agent: finished calls, those with a difference, script faults by item, mean conduct."""

    agent_id: str
    calls: int
    with_mismatch: int
    faults: dict[str, int]
    agent_talk_ratio: float | None
    silence_ratio: float | None
    interruptions: float | None
    agent_chars_per_minute: float | None


class FigureRecognition(BaseModel):
    """Of `ended` calls with sound `recognised` have a transcript; of their `turns` people set some right."""

    ended: int
    recognised: int
    turns: int
    corrected_turns: int
    confidence: float | None


class FigureSaved(BaseModel):
    """Minutes not spent against hearing every finished call in full: passed, plus handled less handling."""

    minutes: float
    passed_calls: int
    passed_minutes: float
    handled_calls: int
    handled_minutes: float
    handling_minutes: float


class FigureWaiting(BaseModel):
    """What waits now: flagged calls by work state, open ones by age."""

    states: dict[str, int]
    ages: dict[str, int]
    oldest_at: datetime | None
    queued: int
    oldest_queued_at: datetime | None


class FigureList(BaseModel):
    """Figures of the calls made from `since` up to `until`."""

    since: datetime
    until: datetime
    days: list[FigureDay]
    fields: list[FigureRate]
    dealers: list[FigureRate]
    agents: list[FigureAgent]
    script: list[FigureRate]
    recognition: FigureRecognition
    saved: FigureSaved
    waiting: FigureWaiting


@router.get("/figures", summary="Volumes, rates, time saved, what waits", response_model=FigureList)
def get_figures(
    services: Uses,
    caller: ReadsFigures,
    since: Annotated[
        Moment | None, Query(alias="from", description="at or after, ISO 8601; 30 days ago unless given")
    ] = None,
    until: Annotated[Moment | None, Query(alias="to", description="before, ISO 8601; now unless given")] = None,
    unit: Annotated[str | None, Query(max_length=100)] = None,
    utc_offset: Annotated[int, Query(ge=-840, le=840, description="minutes that days begin before UTC")] = 480,
) -> dict[str, Any]:
    """Of the units within reach; the fifty dealers and agents with most calls. They name no customer."""
    filters = figure_filters(since, until, unit, timedelta(minutes=utc_offset))
    return as_json(filters, services.store.figures(filters, by=caller.principal))


def figure_filters(
    since: datetime | None, until: datetime | None, unit: str | None, offset: timedelta
) -> FigureFilters:
    """Filters with the usual dates where none are given. Raises `InputError`."""
    last = until or datetime.now(UTC)
    first = since or last - timedelta(days=USUAL_DAYS)
    if not timedelta(0) < last - first <= timedelta(days=MOST_DAYS):
        raise InputError(f"from, to: the first before the second, {MOST_DAYS} days at most", code="bad_dates")
    return FigureFilters(since=first, until=last, unit=unit, offset=offset)


def as_json(filters: FigureFilters, figures: Figures) -> dict[str, Any]:
    """Figures as the API gives them."""
    found = asdict(figures)
    for name in ("fields", "dealers", "script"):
        found[name] = [{**asdict(rate), "share": rate.share} for rate in getattr(figures, name)]
    found["saved"]["minutes"] = figures.saved.minutes
    return {"since": filters.since, "until": filters.until, **found}
