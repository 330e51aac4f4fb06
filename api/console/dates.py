"""Dates as people pick them: days of the server's time zone, both included."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def beginning(day: date | None, timezone: str) -> datetime | None:
    """The moment at which a day begins."""
    return None if day is None else datetime.combine(day, time(), ZoneInfo(timezone))


def end(day: date | None, timezone: str) -> datetime | None:
    """The moment at which a day is over."""
    return beginning(None if day is None else day + timedelta(days=1), timezone)


def today(timezone: str) -> date:
    """The day that it is there."""
    return datetime.now(ZoneInfo(timezone)).date()


def offset(timezone: str) -> timedelta:
    """How far the time zone is from UTC now."""
    return datetime.now(ZoneInfo(timezone)).utcoffset() or timedelta(0)
