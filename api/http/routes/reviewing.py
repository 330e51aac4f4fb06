"""What people decide, and who works on what."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path as Folder
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from api.http.masking import MASK, PERSONAL, mask_outcome
from api.http.services import Assigns, Caller, Claims, ReadsDocuments, Reviews, SecondReviews, Services, Uses
from api.http.shapes import Assignment, CallId, NewReview, ReviewList, SecondReview, UserName
from pipeline.contract import Disposition, Moment, Shape
from pipeline.errors import ConflictError, InputError, NotFoundError
from pipeline.reconcile import FieldRules, load_field_rules
from pipeline.store import CallFilters, CallRecord, Principal, Review, schema

router = APIRouter(prefix="/v1", tags=["reviews"])
ReviewNumber = Annotated[int, Path(ge=1, le=1 << 53)]
MOST_KEYS_BETWEEN = 8
ORDER: tuple[Disposition, ...] = ("escalate", "review", "callback")


class PendingReview(BaseModel):
    """A critical decision that waits for its second person."""

    review: int
    call_id: str


class PendingReviews(BaseModel):
    """Critical decisions that wait for a second person, the oldest first."""

    items: list[PendingReview]


class BulkAssignment(Shape):
    """Several calls for one person."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"call_ids": ["C1", "C2"], "to": "zhangwei"}]})

    call_ids: Annotated[list[CallId], Field(min_length=1, max_length=500)]
    to: UserName | None


class Assigned(BaseModel):
    """How many calls were assigned."""

    assigned: int


class NextCall(Shape):
    """What the next call is chosen from; everything that is flagged where nothing is named. `agent` and `dealer` are
    names or parts of them, amounts are those of the loan in CNY, `from` and `to` the time of the call."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"disposition": "escalate", "amount_from": 100000}, {}]})

    disposition: Disposition | None = None
    agent: Annotated[str, Field(max_length=200)] | None = None
    dealer: Annotated[str, Field(max_length=500)] | None = None
    risk_band: Literal["low", "medium", "high"] | None = None
    amount_from: Annotated[float, Field(ge=0)] | None = None
    amount_to: Annotated[float, Field(ge=0)] | None = None
    since: Moment | None = Field(None, alias="from", description="at or after, ISO 8601")
    until: Moment | None = Field(None, alias="to", description="before, ISO 8601")
    received_since: Moment | None = Field(None, alias="received_from", description="came in at or after, ISO 8601")
    received_until: Moment | None = Field(None, alias="received_to", description="came in before, ISO 8601")
    assigned_to_me: bool = False
    work_state: Literal["open", "risk", "service", "document"] | None = Field(
        None, description="whose work; `risk` for the role risk, else `open` where nothing is named"
    )


@router.post("/calls/{call_id}/reviews", summary="Confirm or override", status_code=201, response_model=Review)
def add_review(services: Uses, caller: Reviews, call_id: str, body: NewReview) -> Review:
    """The machine's value is kept. A critical finding's decision is pending until a second person agrees."""
    if (body.field is None) == (body.signal is None):
        raise InputError("field, signal: name one of them", code="bad_subject")
    if body.reason not in services.rules.review_reasons:
        raise InputError("reason: not a code of GET /v1/review-reasons", code="unknown_reason")
    if body.reason == "other" and not (body.note or "").strip():
        raise InputError("note: needed where the reason is other", code="note_needed")
    if body.value is not None and body.decision != "override":
        raise InputError("value: only an override has one", code="bad_decision")
    if body.value is not None and body.field is not None and not _takes(services, body.field, body.value):
        raise InputError(f"value: not one that {body.field} can have", code="bad_value")
    review = services.store.add_review(
        call_id,
        "field" if body.field is not None else "signal",
        body.field or body.signal or "",
        body.decision,
        body.reason,
        by=caller.principal,
        note=body.note,
        value=body.value,
    )
    return _shown(caller, review)


@router.get("/calls/{call_id}/reviews", summary="Decisions about a call", response_model=ReviewList)
def list_reviews(services: Uses, caller: ReadsDocuments, call_id: str) -> ReviewList:
    """Every decision, the first one first."""
    found = services.store.reviews(call_id, by=caller.principal)
    return ReviewList(items=[_shown(caller, review) for review in found])


@router.get("/reviews/pending", summary="Decisions that wait for a second person", response_model=PendingReviews)
def pending_reviews(services: Uses, caller: SecondReviews) -> PendingReviews:
    """Those that somebody else took."""
    found = services.store.pending_reviews(by=caller.principal)
    return PendingReviews(items=[PendingReview(review=number, call_id=call) for number, call in found])


@router.post("/reviews/{review}/second", summary="Agree or disagree as second person", response_model=Review)
def second_review(services: Uses, caller: SecondReviews, review: ReviewNumber, body: SecondReview) -> Review:
    """Four eyes: the first person, also behind a key of his own, cannot be the second."""
    table = schema.reviews
    with services.store.database.read() as connection:
        first = connection.execute(sa.select(table.c.reviewer).where(table.c.id == review)).scalar_one_or_none()
    if first is not None and _person(services, first) == _person(services, caller.principal.name):
        raise ConflictError(f"review {review}: a second person must agree", code="four_eyes")
    return _shown(caller, services.store.second_review(review, body.agree, by=caller.principal))


@router.post("/calls/{call_id}/claim", tags=["work"], summary="Take a call to work on", response_model=CallRecord)
def claim(services: Uses, caller: Claims, call_id: str) -> CallRecord:
    """409 where somebody else has it."""
    if not services.store.claim(call_id, by=caller.principal):
        raise ConflictError(f"call {call_id}: somebody else has it", code="claimed")
    return services.store.call(call_id, by=caller.principal)


@router.delete("/calls/{call_id}/claim", tags=["work"], summary="Give a call back", response_model=CallRecord)
def release(services: Uses, caller: Claims, call_id: str) -> CallRecord:
    """One's own; whoever may assign can also free another's."""
    if not services.store.release(call_id, by=caller.principal, force=caller.may("work.assign")):
        record = services.store.call(call_id, by=caller.principal)
        if record.claimed_by is not None:
            raise ConflictError(f"call {call_id}: somebody else has it", code="claimed")
        return record
    return services.store.call(call_id, by=caller.principal)


@router.post("/claims/next", tags=["work"], summary="Take the next call", response_model=CallRecord)
def claim_next(services: Uses, caller: Claims, body: NextCall) -> CallRecord:
    """The first unclaimed one: to escalate, then to review, then to call back. 404 where nothing waits."""
    for disposition in (body.disposition,) if body.disposition else ORDER:
        filters = CallFilters(
            status="done",
            disposition=disposition,
            agent_part=body.agent,
            dealer_part=body.dealer,
            risk_band=body.risk_band,
            amount_from=body.amount_from,
            amount_to=body.amount_to,
            since=body.since,
            until=body.until,
            received_since=body.received_since,
            received_until=body.received_until,
            assigned_to=caller.principal.name if body.assigned_to_me else None,
            unclaimed=True,
            work_state=body.work_state or ("risk" if caller.principal.role == "risk" else "open"),
        )
        for record in services.store.calls(filters, limit=50, by=caller.principal).items:
            free = record.assigned_to in (None, caller.principal.name)
            if free and services.store.claim(record.call_id, by=caller.principal):
                return services.store.call(record.call_id, by=caller.principal)
    raise NotFoundError("no call waits", code="nothing_waits")


@router.put("/calls/{call_id}/assignment", tags=["work"], summary="Assign a call", response_model=CallRecord)
def assign(services: Uses, caller: Assigns, call_id: str, body: Assignment) -> CallRecord:
    """Name a user, or null for nobody."""
    _check_user(services, body.to)
    services.store.assign([call_id], body.to, by=caller.principal)
    return services.store.call(call_id, by=caller.principal)


@router.post("/assignments", tags=["work"], summary="Assign several calls", response_model=Assigned)
def assign_several(services: Uses, caller: Assigns, body: BulkAssignment) -> Assigned:
    """All of them or, where one is not found, none."""
    _check_user(services, body.to)
    services.store.assign(body.call_ids, body.to, by=caller.principal)
    return Assigned(assigned=len(body.call_ids))


def _check_user(services: Services, name: str | None) -> None:
    if name is not None and not services.store.users.get(name).active:
        raise InputError("to: this user is not active", code="user_not_active")


def _person(services: Services, name: str) -> str:
    """Who stands behind a name: for a key, whoever made it."""
    makers = {Principal(f"key:{key.id}").name: key.created_by for key in services.store.api_keys.all()}
    for _ in range(MOST_KEYS_BETWEEN):
        if name not in makers:
            break
        if makers[name] == "system":
            return name
        name = makers[name]
    return name


def _takes(services: Services, field: str, value: str | float | bool) -> bool:
    """Whether a field can have a value; what the report has no field for is refused as that."""
    rules = _field_rules(services.settings.configs)
    return all(rule.field != field for rule in rules.fields) or rules.takes(field, value)


@lru_cache(maxsize=8)
def _field_rules(own: Folder | None) -> FieldRules:
    return load_field_rules(own)


def _shown(caller: Caller, review: Review) -> Review:
    if caller.may("personal.read"):
        return review
    machine: dict[str, Any] = review.machine
    personal = review.name in PERSONAL
    machine = mask_outcome({**machine}) if review.subject == "field" else {**machine, "evidence": []}
    hidden = MASK * 4 if personal and review.value is not None else review.value
    return type(review)(
        **{
            **{name: getattr(review, name) for name in review.__dataclass_fields__},
            "machine": machine,
            "value": hidden,
            "note": None if review.note is None else MASK * 4,
        }
    )
