"""The dashboard: where things go well and where they do not, down to the calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Final, get_args
from urllib.parse import urlencode

from fastapi import Query, Request
from starlette.responses import HTMLResponse

from api.console import charts, dates
from api.console.charts import Column
from api.console.labels import labels_of
from api.console.page import Page, page_router
from api.console.view import is_part, render, texts_of
from api.http.routes.figures import MOST_DAYS
from api.http.services import ReadsFigures, Uses
from api.http.shapes import Cursor
from pipeline.contract import ComplianceItem, Disposition
from pipeline.errors import InputError
from pipeline.store import CallFilters, FigureFilters
from pipeline.store.figures import AGES, DayFigures

router = page_router()
PAGE = Page("dashboard", "/dashboard", "figures.read", router)
DISPOSITIONS: Final[tuple[str, ...]] = get_args(Disposition)
PERIODS: Final = (7, 30, 90, 365)
DAYS_ALONE: Final = 92
ROWS: Final = 50
Text = Annotated[str, Query(max_length=500)]
Day = Annotated[str, Query(max_length=10, pattern=r"^(\d{4}-\d{2}-\d{2})?$")]
From = Annotated[str, Query(alias="from", max_length=10, pattern=r"^(\d{4}-\d{2}-\d{2})?$")]


@dataclass(frozen=True, slots=True)
class Span:
    """Days that are looked at, both included, and the unit where one is named."""

    first: date
    last: date
    unit: str

    def link(self, **more: str) -> str:
        """The calls within, narrowed."""
        given = {"from": str(self.first), "to": str(self.last), "unit": self.unit, **more}
        return "/dashboard/calls?" + urlencode({name: value for name, value in given.items() if value})


@dataclass(frozen=True, slots=True)
class Bucket:
    """Some days together, under the first one's name."""

    first: str
    last: str
    days: Sequence[DayFigures]

    @property
    def dispositions(self) -> dict[str, int]:
        """Finished calls by disposition."""
        return {name: sum(day.dispositions.get(name, 0) for day in self.days) for name in DISPOSITIONS}

    @property
    def calls(self) -> int:
        """All calls."""
        return sum(day.calls for day in self.days)

    @property
    def other(self) -> int:
        """Calls without a report."""
        return max(0, self.calls - sum(self.dispositions.values()))

    @property
    def confidence(self) -> float | None:
        """The mean of the days that have one, by their finished calls."""
        known = [(day.confidence, sum(day.dispositions.values())) for day in self.days if day.confidence is not None]
        whole = sum(number for _, number in known)
        return sum(value * number for value, number in known) / whole if whole else None


@router.get("/dashboard")
def dashboard(
    request: Request,
    services: Uses,
    caller: ReadsFigures,
    days: Annotated[int, Query(ge=1, le=MOST_DAYS)] = 30,
    since: From = "",
    to: Day = "",
    unit: Text = "",
) -> HTMLResponse:
    """Figures of the last `days`, or from one day to another."""
    zone = services.settings.timezone
    span = _span(since, to, unit, days, dates.today(zone))
    first, until = dates.beginning(span.first, zone), dates.end(span.last, zone)
    assert first is not None
    assert until is not None
    filters = FigureFilters(since=first, until=until, unit=unit or None, offset=dates.offset(zone))
    figures = services.store.figures(filters, by=caller.principal)
    texts = texts_of(request)
    buckets = _buckets(figures.days)
    known = [bucket.confidence for bucket in buckets if bucket.confidence is not None]
    low, high = (max(0.0, min(known) - 0.02), min(1.0, max(known) + 0.02)) if known else (0.0, 1.0)
    return render(
        request,
        "dashboard.html",
        caller,
        page="dashboard",
        span=span,
        periods=PERIODS,
        chosen_days=(span.last - span.first).days + 1 if span.last == dates.today(zone) else 0,
        figures=figures,
        total=sum(bucket.calls for bucket in buckets),
        finished={name: sum(bucket.dispositions[name] for bucket in buckets) for name in DISPOSITIONS},
        buckets=buckets,
        volume=charts.stacked([_column(texts, span, bucket) for bucket in buckets]),
        drift=charts.line([bucket.confidence for bucket in buckets], low, high),
        drift_range=(low, high),
        highest=max((bucket.calls for bucket in buckets), default=0),
        bar=charts.bar,
        labels=labels_of(texts, services.settings.configs),
        items=len(get_args(ComplianceItem)),
        waiting_ages=AGES,
        units=sorted(caller.principal.units) if caller.principal.units is not None else None,
    )


@router.get("/dashboard/calls")
def dashboard_calls(
    request: Request,
    services: Uses,
    caller: ReadsFigures,
    since: From = "",
    to: Day = "",
    unit: Text = "",
    disposition: Text = "",
    agent: Text = "",
    dealer: Text = "",
    differs: Text = "",
    fault: Text = "",
    cursor: Cursor = None,
) -> HTMLResponse:
    """The calls that a figure is made of."""
    zone = services.settings.timezone
    span = _span(since, to, unit, 30, dates.today(zone))
    filters = CallFilters(
        since=dates.beginning(span.first, zone),
        until=dates.end(span.last, zone),
        unit=unit or None,
        disposition=disposition or None,
        agent_id=agent or None,
        dealer=dealer or None,
        differs=differs or None,
        fault=fault or None,
    )
    page = services.store.calls(filters, cursor, ROWS, by=caller.principal)
    texts = texts_of(request)
    labels = labels_of(texts, services.settings.configs)
    narrowed = [
        word
        for word in (
            texts.of_code("disposition", disposition) if disposition else "",
            agent,
            dealer,
            texts("dashboard.differs", field=labels.field(differs)) if differs else "",
            texts("dashboard.fault", item=labels.item(fault)) if fault else "",
        )
        if word
    ]
    following = None
    if page.next is not None:
        given = {"disposition": disposition, "agent": agent, "dealer": dealer, "differs": differs, "fault": fault}
        following = span.link(**given, cursor=page.next)
    template = "parts/call_rows.html" if is_part(request) else "dashboard_calls.html"
    return render(
        request,
        template,
        caller,
        page="dashboard",
        calls=page.items,
        after=following,
        span=span,
        narrowed=narrowed,
    )


def _span(since: str, to: str, unit: str, days: int, today: date) -> Span:
    try:
        last = date.fromisoformat(to) if to else today
        first = date.fromisoformat(since) if since else last - timedelta(days=days - 1)
    except ValueError as error:
        raise InputError("from, to: no such day", code="bad_dates") from error
    if not 0 <= (last - first).days < MOST_DAYS:
        raise InputError(f"from, to: the first before the second, {MOST_DAYS} days at most", code="bad_dates")
    return Span(first, last, unit)


def _buckets(days: Sequence[DayFigures]) -> list[Bucket]:
    size = 1 if len(days) <= DAYS_ALONE else 7
    parts = [days[place : place + size] for place in range(0, len(days), size)]
    return [Bucket(part[0].day, part[-1].day, part) for part in parts]


def _column(texts: Any, span: Span, bucket: Bucket) -> Column:
    named = {name: number for name, number in bucket.dispositions.items() if number}
    words = ", ".join(f"{texts.of_code('disposition', name)} {number}" for name, number in named.items())
    when = bucket.first if bucket.first == bucket.last else f"{bucket.first} – {bucket.last}"
    parts = tuple((name, float(bucket.dispositions[name])) for name in reversed(DISPOSITIONS))
    link = Span(date.fromisoformat(bucket.first), date.fromisoformat(bucket.last), span.unit).link()
    return Column((*parts, ("other", float(bucket.other))), f"{when}: {bucket.calls} ({words})", link)
