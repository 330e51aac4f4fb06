"""Coming in: the first page, signing in, and setting up."""

from __future__ import annotations

import re
from typing import Annotated, Final

from fastapi import Form, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.console.errors import sign_in_first
from api.console.page import page_router
from api.console.view import render
from api.http.problems import status_of
from api.http.routes.session import authenticate, open_session
from api.http.services import (
    SESSION_COOKIE,
    Anyone,
    Caller,
    Services,
    Uses,
    address_of,
    by_key,
    by_session,
    check_origin,
)
from pipeline.errors import CallproofError, ConflictError, ForbiddenError, InputError, NotFoundError
from pipeline.store import User

router = page_router()
USER_NAME: Final = re.compile(r"[\w.@+-]+")
Secret = Annotated[str, Form(max_length=1000)]
Next = Annotated[str, Query(alias="next", max_length=2000)]


@router.get("/")
def first_page(request: Request, caller: Anyone) -> Response:
    """The first page that the caller may see; whoever came by the one-time link chooses a password first."""
    from api.console.pages import PAGES

    if caller.session is not None and not _can_return(caller.session.user):
        return RedirectResponse("/setup", 303)
    for page in PAGES:
        if page.in_navigation and caller.may(page.permission):
            return RedirectResponse(page.path, 303)
    raise ForbiddenError("no page is open to this role")


@router.get("/login")
def sign_in_page(request: Request, services: Uses, after: Next = "/") -> HTMLResponse:
    """Name and password, or the organisation's own sign-in where it is set up."""
    return _sign_in(request, services, after)


@router.post("/login")
def sign_in(
    request: Request,
    services: Uses,
    name: Annotated[str, Form(max_length=200)] = "",
    password: Secret = "",
    after: Annotated[str, Form(alias="next", max_length=2000)] = "/",
) -> Response:
    """Opens a session and goes on to what was asked for."""
    check_origin(request)
    try:
        user = authenticate(services, name, password, address_of(request))
    except CallproofError as error:
        if status_of(error) not in (401, 429):
            raise
        return _sign_in(request, services, after, error, name)
    response = RedirectResponse(local_path(after), 303)
    open_session(services, response, user)
    return response


@router.get("/setup")
def set_up_page(request: Request, services: Uses) -> Response:
    """Choose the first administrator's password: after the one-time link, or with an administrator's key."""
    caller = _whoever(request, services)
    if caller is None and _somebody_can_sign_in(services):
        return sign_in_first(request)
    return _set_up(request, services, caller)


@router.post("/setup")
def set_up(
    request: Request,
    services: Uses,
    password: Secret = "",
    again: Secret = "",
    name: Annotated[str, Form(max_length=200)] = "",
    key: Secret = "",
) -> Response:
    """Sets the password of whoever came by the link, or adds the first administrator where a key allows it."""
    check_origin(request)
    caller = _whoever(request, services)
    try:
        if password != again:
            raise InputError("again: the two passwords differ", code="passwords_differ")
        user = (
            _own_password(services, caller, password) if caller else _first_user(request, services, name, password, key)
        )
    except CallproofError as error:
        return _set_up(request, services, caller, error, name)
    response = RedirectResponse("/", 303)
    open_session(services, response, user)
    return response


def local_path(path: str) -> str:
    """`path` where it leads to this server and nowhere else, else the first page."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() else "/"


def _whoever(request: Request, services: Services) -> Caller | None:
    """Whose session it is. A form cannot send the session's token in a header: its origin is checked instead."""
    token = request.cookies.get(SESSION_COOKIE)
    try:
        return by_session(services, token) if token else None
    except NotFoundError:
        return None


def _can_return(user: User) -> bool:
    return user.password_hash is not None or user.oidc_subject is not None


def _somebody_can_sign_in(services: Services) -> bool:
    return any(user.active and _can_return(user) for user in services.store.users.all())


def _own_password(services: Services, caller: Caller, password: str) -> User:
    if caller.session is None or _can_return(caller.session.user):
        raise ConflictError("this user has a password; it is changed under the account", code="set_up_already")
    hashed = services.passwords.hash(password, caller.session.user.name)
    return services.store.users.change(caller.session.user.name, by=caller.principal, password_hash=hashed)


def _first_user(request: Request, services: Services, name: str, password: str, key: str) -> User:
    """The first administrator, added by whoever has an administrator's key."""
    if _somebody_can_sign_in(services):
        raise ConflictError("somebody can sign in already", code="set_up_already")
    caller = by_key(services, f"Bearer {key or '-'}", address_of(request))
    caller.require("users.manage")
    if not USER_NAME.fullmatch(name) or len(name) > 200:
        raise InputError("name: letters, digits and . _ - @ +", code="bad_name")
    hashed = services.passwords.hash(password, name)
    return services.store.users.add(name, "admin", by=caller.principal, password_hash=hashed)


def _sign_in(
    request: Request, services: Services, after: str, error: CallproofError | None = None, name: str = ""
) -> HTMLResponse:
    return render(
        request,
        "login.html",
        status=200 if error is None else status_of(error),
        after=local_path(after),
        error=None if error is None else error.code,
        name=name,
        by_issuer=services.settings.oidc_issuer is not None,
        first_time=not _somebody_can_sign_in(services),
    )


def _set_up(
    request: Request, services: Services, caller: Caller | None, error: CallproofError | None = None, name: str = ""
) -> HTMLResponse:
    return render(
        request,
        "setup.html",
        status=200 if error is None else status_of(error),
        user=caller.session.user if caller is not None and caller.session is not None else None,
        error=None if error is None else error.code,
        name=name,
        shortest=services.rules.shortest_password,
    )
