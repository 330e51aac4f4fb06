"""Signing in and out, and who one is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from starlette.responses import RedirectResponse, Response

from api.http.services import (
    SESSION_COOKIE,
    Anyone,
    Caller,
    Services,
    Uses,
    address_of,
    check_origin,
)
from api.http.shapes import Login, Me, NewPassword
from pipeline.errors import ForbiddenError, NotFoundError, TooManyRequestsError, UnauthenticatedError
from pipeline.store import User

router = APIRouter(tags=["access"])


class Access(BaseModel):
    """Roles, what each may do, and why findings are confirmed or overridden."""

    permissions: dict[str, str]
    roles: dict[str, list[str]]


class Reasons(BaseModel):
    """Reason codes of reviews with their labels."""

    items: dict[str, dict[str, str]]


@router.post("/v1/session", summary="Sign in", response_model=Me)
def sign_in(request: Request, services: Uses, body: Login, response: Response) -> Me:
    """Sets the session's cookie; changes then need its `csrf_token` in the header X-CSRF-Token."""
    check_origin(request)
    user = authenticate(services, body.name, body.password, address_of(request))
    return open_session(services, response, user)


@router.get("/v1/session", summary="Who am I", response_model=Me)
def who_am_i(caller: Anyone) -> Me:
    """The user or key, its role, units and permissions."""
    return describe(caller)


@router.delete("/v1/session", summary="Sign out", status_code=204)
def sign_out(request: Request, services: Uses, caller: Anyone, response: Response) -> None:
    """Ends the session; a key has none to end."""
    if caller.session is not None:
        services.store.sessions.close(request.cookies[SESSION_COOKIE])
        response.delete_cookie(SESSION_COOKIE, path="/")


@router.put("/v1/session/password", summary="Change my password", response_model=Me)
def change_password(request: Request, services: Uses, caller: Anyone, body: NewPassword, response: Response) -> Me:
    """Ends every session of the user and opens a new one. The current password is needed where there is one."""
    if caller.session is None:
        raise ForbiddenError("a key has no password")
    user = services.store.users.get(caller.session.user.name)
    if user.password_hash is not None:
        services.guesses.check(address_of(request))
        if not services.passwords.matches(user.password_hash, body.current or ""):
            services.guesses.take(address_of(request))
            raise UnauthenticatedError("current: not the current password", code="bad_login")
    hashed = services.passwords.hash(body.password, user.name)
    changed = services.store.users.change(user.name, by=caller.principal, password_hash=hashed)
    return open_session(services, response, changed)


@router.get("/login/once", summary="Sign in by a one-time link", status_code=303, response_class=RedirectResponse)
def sign_in_once(
    request: Request, services: Uses, token: Annotated[str, Query(min_length=20, max_length=100)]
) -> RedirectResponse:
    """The link that the embedded server prints when it starts; it works once."""
    services.guesses.check(address_of(request))
    try:
        name = services.links.redeem(token)
    except UnauthenticatedError:
        services.guesses.take(address_of(request))
        raise
    user = services.store.users.note_login(name, success=True)
    response = RedirectResponse("/", 303)
    open_session(services, response, user)
    return response


@router.get("/v1/access", summary="Roles and permissions", response_model=Access)
def access(services: Uses, caller: Anyone) -> Access:
    """What every role may do."""
    return Access(
        permissions=services.rules.permissions,
        roles={role: sorted(granted) for role, granted in services.rules.roles.items()},
    )


@router.get("/v1/review-reasons", summary="Reason codes of reviews", response_model=Reasons)
def review_reasons(services: Uses, caller: Anyone) -> Reasons:
    """Codes that a review may name."""
    return Reasons(items=services.rules.review_reasons)


def authenticate(services: Services, name: str, password: str, address: str) -> User:
    """The user of a name and password. Raises `UnauthenticatedError`, `TooManyRequestsError`."""
    services.guesses.check(address)
    try:
        user = services.store.users.get(name)
    except NotFoundError:
        user = None
    if user is not None and user.locked_until is not None and user.locked_until > datetime.now(UTC):
        raise TooManyRequestsError("this user is locked after failed sign-ins; try again later", code="user_locked")
    right = services.passwords.matches(user.password_hash if user else None, password)
    if user is None or not right or not user.active:
        services.guesses.take(address)
        if user is not None:
            services.store.users.note_login(name, success=False)
        raise UnauthenticatedError("name or password is wrong", code="bad_login")
    return services.store.users.note_login(name, success=True)


def open_session(services: Services, response: Response, user: User) -> Me:
    """Open a session for `user` and set its cookie on `response`."""
    lifetime = timedelta(hours=services.settings.session_hours)
    token, session = services.store.sessions.open(user, lifetime)
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=int(lifetime.total_seconds()),
        path="/",
        secure=services.https,
        httponly=True,
        samesite="lax",
    )
    return describe(Caller(user.principal, services.rules.granted(user.role), "session", session))


def describe(caller: Caller) -> Me:
    """Who a caller is, as the API says it."""
    who = caller.principal
    return Me(
        name=who.name,
        role=who.role,
        units=None if who.units is None else sorted(who.units),
        permissions=sorted(caller.permissions),
        csrf_token=caller.session.csrf_token if caller.session else None,
    )
