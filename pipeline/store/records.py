"""What goes into the store and what comes out: small frozen records."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Generic, Literal, NamedTuple, TypeVar

from pipeline.contract import FieldOutcome
from pipeline.errors import InputError

T = TypeVar("T")

Status = Literal["queued", "running", "done", "failed", "quarantined"]
DEFAULT_UNIT: Final = "default"
MOST_ON_A_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Principal:
    """Who acts: the name that the ledger records, and the organisation units within reach (None: all)."""

    name: str
    role: str = "service"
    units: frozenset[str] | None = None

    def may_see(self, unit: str) -> bool:
        """Whether records of `unit` are within reach."""
        return self.units is None or unit in self.units


SYSTEM: Final = Principal("system")


@dataclass(frozen=True, slots=True)
class CallMetadata:
    """What is known of a call when it comes in. Everything is optional; `recorded_at` is aware."""

    call_id: str | None = None
    agent_id: str | None = None
    dealer: str | None = None
    recorded_at: datetime | None = None
    channels: int | None = None
    unit: str = DEFAULT_UNIT
    retention_class: str = "standard"


class Stored(NamedTuple):
    """The call that holds what was given, and whether it is new."""

    call_id: str
    created: bool


@dataclass(frozen=True, slots=True)
class CallRecord:
    """A call as lists show it: no word of it and nothing that names the customer. Times are aware, UTC."""

    call_id: str
    unit: str
    status: Status
    status_reason: str | None
    status_at: datetime
    at: datetime
    received_at: datetime
    recorded_at: datetime | None
    agent_id: str | None
    dealer: str | None
    channels: int | None
    duration: float | None
    application_id: str | None
    loan_amount: float | None
    disposition: str | None
    risk_score: float | None
    risk_band: str | None
    assigned_to: str | None
    claimed_by: str | None
    claimed_at: datetime | None
    work_state: str | None
    audio_bytes: int | None
    application_version: int
    transcript_version: int
    report_version: int
    retention_class: str
    legal_hold: str | None
    audio_erased_at: datetime | None
    erased_at: datetime | None


@dataclass(frozen=True, slots=True)
class DocumentVersion:
    """One stored version of an application, transcript or report; `made_from` names what it was made with."""

    kind: str
    version: int
    created_at: datetime
    created_by: str
    content_hash: str
    made_from: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilters:
    """What a list of calls is narrowed to; None does not narrow. `since` is inclusive, `until` is not.

    `differs` names a field that differs from the application, `fault` a script item that was not kept; `agent_part`
    and `dealer_part` are parts of a name, small or large letters alike; a whole name is that one alone.
    `received_since` and `received_until` narrow by when a call came in, the other two by when it was made.
    """

    status: str | None = None
    disposition: str | None = None
    risk_band: str | None = None
    agent_id: str | None = None
    dealer: str | None = None
    unit: str | None = None
    signal: str | None = None
    field: str | None = None
    outcome: str | None = None
    amount_from: float | None = None
    amount_to: float | None = None
    since: datetime | None = None
    until: datetime | None = None
    received_since: datetime | None = None
    received_until: datetime | None = None
    claimed_by: str | None = None
    assigned_to: str | None = None
    application_id: str | None = None
    unclaimed: bool = False
    work_state: str | None = None
    differs: str | None = None
    fault: str | None = None
    agent_part: str | None = None
    dealer_part: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MismatchFilters:
    """What a list of mismatches across calls is narrowed to. `outcome` is mismatch or contradicted; None is both."""

    field: str | None = None
    severity: str | None = None
    outcome: str | None = None
    dealer: str | None = None
    agent_id: str | None = None
    unit: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One field of one call that differs from the application, with its evidence."""

    call_id: str
    at: datetime
    unit: str
    agent_id: str | None
    dealer: str | None
    outcome: FieldOutcome


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items, and the cursor of those after them; None where these are the last."""

    items: tuple[T, ...]
    next: str | None = field(default=None)


def write_cursor(*position: object) -> str:
    """A cursor that stands for `position`; whoever is given it treats it as opaque."""
    plain = [part.astimezone(UTC).isoformat() if isinstance(part, datetime) else part for part in position]
    return base64.urlsafe_b64encode(json.dumps(plain, separators=(",", ":")).encode()).decode().rstrip("=")


def read_cursor(cursor: str, *kinds: type) -> tuple[Any, ...]:
    """The position in a cursor, its parts of these kinds. Raises `InputError` for anything else."""
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        position = tuple(
            datetime.fromisoformat(part) if kind is datetime else part for part, kind in zip(parts, kinds, strict=True)
        )
    except (ValueError, TypeError, binascii.Error, RecursionError):
        position = ()
    if len(position) != len(kinds) or any(type(part) is not kind for part, kind in zip(position, kinds, strict=True)):
        raise InputError("cursor: not one that a page gave; leave it out to start at the first page", code="bad_cursor")
    if any(isinstance(part, datetime) and part.tzinfo is None for part in position):
        raise InputError("cursor: not one that a page gave; leave it out to start at the first page", code="bad_cursor")
    return position


def checked_limit(limit: int) -> int:
    """`limit`, from 1 to 500. Raises `InputError`."""
    if not 1 <= limit <= MOST_ON_A_PAGE:
        raise InputError(f"limit: from 1 to {MOST_ON_A_PAGE}", code="bad_limit")
    return limit
