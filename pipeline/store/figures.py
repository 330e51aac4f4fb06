"""What figures over many calls are made of; what each one counts stands at its dataclass.

Times are UTC inside; days are those of a fixed offset from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureFilters:
    """Which calls are counted: those made at or after `since` and before `until`; `offset` shifts days from UTC."""

    since: datetime
    until: datetime
    unit: str | None = None
    offset: timedelta = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class DayFigures:
    """One day: calls received by status, finished ones by disposition, and the recogniser's mean word probability."""

    day: str
    calls: int
    statuses: dict[str, int]
    dispositions: dict[str, int]
    confidence: float | None


@dataclass(frozen=True, slots=True)
class Rate:
    """`part` of `whole` under a name: fields that differ of those compared, or calls with a difference of all."""

    name: str
    part: int
    whole: int

    @property
    def share(self) -> float | None:
        """None where nothing was counted."""
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True)
class AgentFigures:
    """One agent: finished calls, those with a difference, script faults by item, and mean conduct."""

    agent_id: str
    calls: int
    with_mismatch: int
    faults: dict[str, int]
    agent_talk_ratio: float | None
    silence_ratio: float | None
    interruptions: float | None
    agent_chars_per_minute: float | None


@dataclass(frozen=True, slots=True)
class Recognition:
    """How recognition went: of `ended` calls `recognised` have a transcript; of their `turns` people set some right.

    `confidence` is the mean over calls of the recogniser's mean word probability. It is no rate of right words: that
    needs calls whose words are known (`callproof evaluate --manifest`).
    """

    ended: int
    recognised: int
    turns: int
    corrected_turns: int
    confidence: float | None


@dataclass(frozen=True, slots=True)
class Saved:
    """Minutes that nobody had to spend, against hearing every finished call in full.

    `passed_minutes`: calls that passed and that nobody decided about; `handled_minutes`: calls that somebody decided
    about within an hour of claiming them, and `handling_minutes` from claim to (last) decision. Saved is passed plus
    handled less handling. Calls that still wait, and decisions without a claim, count neither way.
    """

    passed_calls: int
    passed_minutes: float
    handled_calls: int
    handled_minutes: float
    handling_minutes: float

    @property
    def minutes(self) -> float:
        """What was saved; below zero where handling took longer than hearing."""
        return self.passed_minutes + self.handled_minutes - self.handling_minutes


@dataclass(frozen=True, slots=True)
class Age:
    """How long ago a call of the queue came in: from `over` up to `within` hours, None without end."""

    name: str
    over: int
    within: int | None

    def since(self, moment: datetime) -> datetime | None:
        """The earliest time of receipt at `moment`; None where there is none."""
        return None if self.within is None else moment - timedelta(hours=self.within)

    def until(self, moment: datetime) -> datetime | None:
        """The time of receipt from which a call is younger; None where none is."""
        return moment - timedelta(hours=self.over) if self.over else None


AGES: Final = (
    Age("hour", 0, 1),
    Age("four_hours", 1, 4),
    Age("day", 4, 24),
    Age("three_days", 24, 72),
    Age("older", 72, None),
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Calls that wait now, whatever the dates: flagged ones by work state, open ones by `AGES`, and the oldest open."""

    states: dict[str, int]
    ages: dict[str, int]
    oldest_at: datetime | None
    queued: int
    oldest_queued_at: datetime | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that a dashboard shows."""

    days: tuple[DayFigures, ...]
    fields: tuple[Rate, ...]
    dealers: tuple[Rate, ...]
    agents: tuple[AgentFigures, ...]
    script: tuple[Rate, ...]
    recognition: Recognition
    saved: Saved
    waiting: Waiting
