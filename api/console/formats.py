"""Dates, money, durations and shares as people of a language write them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from api.console.texts import Language

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
TEN_THOUSAND = 10_000
NOTHING = "—"


class Formats:
    """Everything in one language and time zone."""

    def __init__(self, language: Language, timezone: str) -> None:
        self._zh = language == "zh"
        self._zone = ZoneInfo(timezone)

    @property
    def offset(self) -> str:
        """How far the time zone is from UTC now: `+08:00`."""
        return datetime.now(self._zone).isoformat(timespec="seconds")[-6:]

    def date(self, at: datetime | None) -> str:
        """`2026年11月20日`, `20 Nov 2026`."""
        if at is None:
            return NOTHING
        local = at.astimezone(self._zone)
        if self._zh:
            return f"{local.year}年{local.month}月{local.day}日"
        return f"{local.day} {MONTHS[local.month - 1]} {local.year}"

    def moment(self, at: datetime | None) -> str:
        """Day and minute, the year only where it is not this one: `11月20日 10:02`, `20 Nov 10:02`."""
        if at is None:
            return NOTHING
        local = at.astimezone(self._zone)
        if local.year != datetime.now(self._zone).year:
            return f"{self.date(at)} {local:%H:%M}"
        day = f"{local.month}月{local.day}日" if self._zh else f"{local.day} {MONTHS[local.month - 1]}"
        return f"{day} {local:%H:%M}"

    def written(self, at: datetime | None) -> str:
        """Day with its year and minute, for paper that is read years later: `2026年11月20日 10:02`."""
        return NOTHING if at is None else f"{self.date(at)} {at.astimezone(self._zone):%H:%M}"

    def exact(self, at: datetime | None) -> str:
        """Sortable, to the second, for rows that are compared with other records: `2026-11-20 10:02:11`."""
        return NOTHING if at is None else f"{at.astimezone(self._zone):%Y-%m-%d %H:%M:%S}"

    def iso(self, at: datetime | None) -> str:
        """ISO 8601 in the local zone, for `<time datetime>`."""
        return "" if at is None else at.astimezone(self._zone).isoformat(timespec="seconds")

    def ago(self, at: datetime | None) -> str:
        """How long ago, in the largest unit that fits: `3小时`, `3 h`."""
        if at is None:
            return NOTHING
        minutes = max(0, int((datetime.now(UTC) - at).total_seconds() // 60))
        for size, zh, en in ((1440, "天", "d"), (60, "小时", "h"), (1, "分钟", "min")):
            if minutes >= size:
                return f"{minutes // size}{zh}" if self._zh else f"{minutes // size} {en}"
        return "不到1分钟" if self._zh else "under 1 min"

    def clock(self, seconds: float | None) -> str:
        """A place in a recording: `1:05`, `1:00:05`."""
        if seconds is None:
            return NOTHING
        whole = int(seconds)
        hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
        return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"

    def money(self, amount: float | None) -> str:
        """CNY: `12万元`, `9500元`; `¥120,000`. As `pipeline.reconcile.wording` writes values of fields."""
        if amount is None:
            return NOTHING
        if not self._zh:
            return f"¥{self.number(amount)}"
        if amount >= TEN_THOUSAND and amount % 100 == 0:
            return f"{amount / TEN_THOUSAND:.10g}万元"
        return f"{amount:.10g}元"

    def number(self, value: float | None, digits: int = 0) -> str:
        """Grouped by thousands; decimals only where they say something."""
        if value is None:
            return NOTHING
        text = f"{value:,.{max(digits, 2)}f}" if digits or value % 1 else f"{value:,.0f}"
        return text.rstrip("0").rstrip(".") if "." in text else text

    def share(self, value: float | None) -> str:
        """A ratio as per cent: `58%`."""
        return NOTHING if value is None else f"{value * 100:.0f}%"

    def size(self, count: int | None) -> str:
        """Bytes: `3.2 MB`."""
        if count is None:
            return NOTHING
        return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.0f} kB"
