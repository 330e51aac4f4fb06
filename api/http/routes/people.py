"""Users, API keys and the audit ledger."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from api.http.services import Caller, ManagesKeys, ManagesUsers, ReadsLedger, Services, Uses
from api.http.shapes import Unit, UserName
from pipeline.contract import Identifier, Moment, Shape
from pipeline.errors import ForbiddenError, InputError
from pipeline.store import ApiKey, User

router = APIRouter(prefix="/v1")
Role = Literal["qa", "lead", "risk", "service", "auditor", "admin"]
Password = Annotated[str, Field(min_length=1, max_length=1000)]
Units = Annotated[list[Unit], Field(max_length=1000)]
Name = Annotated[str, Path(max_length=200)]
MOST_ROWS = 500


class UserItem(BaseModel):
    """A user, without what signs him in."""

    name: str
    display_name: str | None
    role: str
    units: list[str] | None
    active: bool
    has_password: bool
    locked_until: datetime | None
    created_at: datetime


class UserList(BaseModel):
    """Users, by name."""

    items: list[UserItem]


class NewUser(Shape):
    """A new user. `units` null: all of them."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "zhangwei", "role": "qa", "units": ["hefei"], "password": "…"}]},
    )

    name: UserName
    role: Role
    display_name: Identifier | None = None
    units: Units | None = None
    password: Password | None = None
    oidc_subject: Annotated[str, Field(min_length=1, max_length=300)] | None = None


class UserChange(Shape):
    """What of a user changes; what is not named stays."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"role": "lead", "units": ["hefei", "wuhan"]}, {"active": False}]}
    )

    role: Role | None = None
    display_name: Identifier | None = None
    units: Units | None = None
    password: Password | None = None
    oidc_subject: Annotated[str, Field(min_length=1, max_length=300)] | None = None
    active: bool | None = None


class NewKey(Shape):
    """A new API key. `scopes` narrow its role; none: all that the role may."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"name": "dialler", "role": "service", "scopes": ["calls.write", "calls.read"]}]
        },
    )

    name: Identifier
    role: Role
    scopes: Annotated[list[Annotated[str, Field(max_length=50)]], Field(max_length=50)] = Field(default_factory=list)
    units: Units | None = None
    expires_at: Moment | None = None


class KeyMade(BaseModel):
    """A new key; its secret is shown this once."""

    key: ApiKey
    secret: str


class KeyList(BaseModel):
    """Keys, the newest first, without their secrets."""

    items: list[ApiKey]


class LedgerPage(BaseModel):
    """Rows of the ledger in order; `next` goes into `after`, or into `before` where the newest come first."""

    items: list[dict[str, Any]]
    next: int | None


class LedgerState(BaseModel):
    """Whether the ledger is whole; where it is not, at which row and why."""

    whole: bool
    rows: int
    broken_at: int | None
    fault: str | None
    public_key: str


@router.get("/users", tags=["users"], summary="Users", response_model=UserList)
def list_users(services: Uses, caller: ManagesUsers) -> UserList:
    """Those whose units are within reach."""
    return UserList(items=[_item(user) for user in services.store.users.all() if _within(caller, user.units)])


@router.post("/users", tags=["users"], summary="Add a user", status_code=201, response_model=UserItem)
def add_user(services: Uses, caller: ManagesUsers, body: NewUser) -> UserItem:
    """Nobody can be given more than the giver has."""
    _check_grant(services, caller, body.role, (), body.units)
    hashed = services.passwords.hash(body.password, body.name) if body.password is not None else None
    user = services.store.users.add(
        body.name,
        body.role,
        by=caller.principal,
        display_name=body.display_name,
        units=body.units,
        password_hash=hashed,
        oidc_subject=body.oidc_subject,
    )
    return _item(user)


@router.patch("/users/{name}", tags=["users"], summary="Change a user", response_model=UserItem)
def change_user(services: Uses, caller: ManagesUsers, name: Name, body: UserChange) -> UserItem:
    """The user's open sessions end. One's own role and state somebody else changes."""
    user = services.store.users.get(name)
    _check_grant(services, caller, user.role, (), user.units)
    changes = {key: getattr(body, key) for key in body.model_fields_set}
    if user.name == caller.principal.name and changes.keys() & {"role", "active", "units"}:
        raise ForbiddenError("one's own role, units and state are changed by somebody else", code="own_account")
    if changes.get("role", "") is None or changes.get("active", "") is None:
        raise InputError("role, active: cannot be null", code="bad_change")
    role, units = changes.get("role", user.role), changes.get("units", user.units)
    _check_grant(services, caller, role, (), units)
    if (password := changes.pop("password", None)) is not None:
        changes["password_hash"] = services.passwords.hash(password, name)
    return _item(services.store.users.change(name, by=caller.principal, **changes))


@router.get("/keys", tags=["keys"], summary="API keys", response_model=KeyList)
def list_keys(services: Uses, caller: ManagesKeys) -> KeyList:
    """Those whose units are within reach."""
    return KeyList(items=[key for key in services.store.api_keys.all() if _within(caller, key.units)])


@router.post("/keys", tags=["keys"], summary="Make an API key", status_code=201, response_model=KeyMade)
def add_key(services: Uses, caller: ManagesKeys, body: NewKey) -> KeyMade:
    """The secret is in this answer and nowhere else. No key can do more than its maker."""
    services.rules.check_scopes(body.role, body.scopes)
    _check_grant(services, caller, body.role, body.scopes, body.units)
    if body.expires_at is not None and body.expires_at <= datetime.now(UTC):
        raise InputError("expires_at: lies in the past", code="bad_expiry")
    key, secret = services.store.api_keys.add(
        body.name, body.role, by=caller.principal, scopes=body.scopes, units=body.units, expires_at=body.expires_at
    )
    return KeyMade(key=key, secret=secret)


@router.delete("/keys/{key_id}", tags=["keys"], summary="End an API key", status_code=204)
def revoke_key(services: Uses, caller: ManagesKeys, key_id: Name) -> None:
    """At once."""
    known = {key.id: key for key in services.store.api_keys.all()}
    if key_id in known and not _within(caller, known[key_id].units):
        raise ForbiddenError("this key belongs to units that are not yours")
    services.store.api_keys.revoke(key_id, by=caller.principal)


@router.get("/ledger", tags=["ledger"], summary="The audit ledger", response_model=LedgerPage)
def read_ledger(
    services: Uses,
    caller: ReadsLedger,
    subject: Annotated[str | None, Query(max_length=200, description="a call's id, a user, `key:…`")] = None,
    actor: Annotated[str | None, Query(max_length=200)] = None,
    action: Annotated[str | None, Query(max_length=100)] = None,
    after: Annotated[int, Query(ge=0, le=1 << 53)] = 0,
    newest: Annotated[bool, Query(description="the newest first, those before `before`")] = False,
    before: Annotated[int | None, Query(ge=1, le=1 << 53)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 100,
) -> LedgerPage:
    """Who did and saw what. Whoever has only some units sees the rows of calls in them."""
    ledger = services.store.ledger
    rows = ledger.entries(subject=subject, actor=actor, action=action, after=after)
    units = caller.principal.units
    if units is not None:
        if subject is None:
            raise InputError("subject: name a call; the whole ledger needs all units", code="subject_needed")
        services.store.call(subject, by=caller.principal)
    if newest:
        found = list(ledger.newest(limit + 1, subject=subject, actor=actor, action=action, before=before))
    else:
        found = list(islice(rows, limit + 1))
    more = found[limit - 1].seq if len(found) > limit else None
    return LedgerPage(items=[entry.as_json() for entry in found[:limit]], next=more)


@router.get("/ledger/verify", tags=["ledger"], summary="Is the ledger whole", response_model=LedgerState)
def verify_ledger(services: Uses, caller: ReadsLedger) -> LedgerState:
    """Every row's hash, signature and place."""
    verdict = services.store.ledger.verify()
    return LedgerState(**verdict._asdict(), public_key=services.store.keys.public_key.hex())


def _check_grant(
    services: Services, caller: Caller, role: str, scopes: Collection[str], units: Collection[str] | None
) -> None:
    """Raises `ForbiddenError` where more would be given, or changed, than the caller has."""
    if not services.rules.granted(role, scopes) <= caller.permissions:
        raise ForbiddenError(f"role {role} may do more than you; somebody who may as much has to do this")
    if not _within(caller, units):
        raise ForbiddenError("units: some are not within your reach")


def _within(caller: Caller, units: Collection[str] | None) -> bool:
    own = caller.principal.units
    return own is None or (units is not None and set(units) <= own)


def _item(user: User) -> UserItem:
    return UserItem(
        name=user.name,
        display_name=user.display_name,
        role=user.role,
        units=user.units,
        active=user.active,
        has_password=user.password_hash is not None,
        locked_until=user.locked_until,
        created_at=user.created_at,
    )
