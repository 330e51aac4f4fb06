"""What the routes work with: one `Services` an app, and who calls."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Annotated, Literal, Protocol

import sqlalchemy as sa
from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant

from api.http.metrics import Metrics
from api.http.outlines import Outlines
from api.http.playback import Playback
from api.http.resumable import Uploads
from api.http.security.addresses import Guard
from api.http.security.passwords import Passwords
from api.http.security.rates import RateLimit
from api.http.security.roles import AccessRules
from configs.settings import Settings
from pipeline.analysis import Analyst
from pipeline.errors import ForbiddenError, InputError, NotFoundError, UnauthenticatedError
from pipeline.jobs import Jobs
from pipeline.store import Principal, Session, Store
from pipeline.store.access import secret_hash

SESSION_COOKIE = "callproof_session"
CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
GUESSES_PER_MINUTE = 20
LINK_SECONDS = 3600.0


class LoginLinks:
    """One-time login links: each token works once, for an hour, in this process."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def issue(self, user: str) -> str:
        """A token that signs `user` in."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._open[secret_hash(token)] = (user, time.monotonic() + LINK_SECONDS)
        return token

    def redeem(self, token: str) -> str:
        """The user of a token, which is then used up. Raises `UnauthenticatedError`."""
        with self._lock:
            user, until = self._open.pop(secret_hash(token), ("", 0.0))
        if time.monotonic() >= until:
            raise UnauthenticatedError("this login link was used or is too old; restart the server for another")
        return user


class Work(Protocol):
    """What gives calls to workers: `Jobs`, or a worker of this process, which then wakes."""

    def enqueue(self, connection: sa.Connection, call_id: str) -> None:
        """Let a call be worked on: a new one, or one whose application has changed."""

    def enqueue_first(self, connection: sa.Connection, call_id: str) -> None:
        """`enqueue` for somebody who waits before a screen."""

    def replay(self, call_id: str, *, by: Principal) -> bool:
        """Work on a call once more; False where it is being worked on already."""


@dataclass
class Services:
    """Everything that the routes share."""

    store: Store
    settings: Settings
    jobs: Jobs
    work: Work
    rules: AccessRules
    guard: Guard
    metrics: Metrics = field(default_factory=Metrics)
    links: LoginLinks = field(default_factory=LoginLinks)
    media_types: dict[str, str] = field(default_factory=dict)
    streams: int = 0
    stopping: bool = False
    guesses: RateLimit = field(default_factory=lambda: RateLimit(GUESSES_PER_MINUTE))

    @cached_property
    def passwords(self) -> Passwords:
        return Passwords(self.rules)

    @cached_property
    def limit(self) -> RateLimit:
        return RateLimit(self.settings.requests_per_minute)

    @cached_property
    def playback(self) -> Playback:
        return Playback(self.store, self.settings)

    @cached_property
    def outlines(self) -> Outlines:
        return Outlines(self.store, self.settings)

    @cached_property
    def uploads(self) -> Uploads:
        return Uploads(self.store, self.settings)

    @cached_property
    def analyst(self) -> Analyst:
        return Analyst(self.settings.configs)

    @property
    def https(self) -> bool:
        return (self.settings.public_url or "").startswith("https://")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks and what that one may; `session` is set where a person asks by a browser."""

    principal: Principal
    permissions: frozenset[str]
    kind: Literal["key", "session"]
    session: Session | None = None

    def may(self, permission: str) -> bool:
        return permission in self.permissions

    def require(self, permission: str) -> None:
        """Raises `ForbiddenError`."""
        if permission not in self.permissions:
            raise ForbiddenError(f"{permission} is needed; role {self.principal.role} or this key's scopes lack it")


def services_of(request: Request) -> Services:
    """The app's services."""
    found: Services = request.app.state.services
    return found


def address_of(request: Request) -> str:
    """Where a request comes from, for counting guesses."""
    return request.client.host if request.client else "unknown"


def caller_of(request: Request) -> Caller:
    """Who asks. Raises `UnauthenticatedError`, `TooManyRequestsError`, and `ForbiddenError` for a forged request."""
    services = services_of(request)
    header = request.headers.get("Authorization")
    if header is not None:
        caller = by_key(services, header, address_of(request))
    elif token := request.cookies.get(SESSION_COOKIE):
        caller = by_session(services, token)
        if request.method not in SAFE_METHODS:
            check_forgery(request, caller)
    else:
        raise UnauthenticatedError("give Authorization: Bearer KEY, or sign in")
    services.limit.take(caller.principal.name)
    return caller


def by_key(services: Services, header: str, address: str) -> Caller:
    """Who asks by an `Authorization` header. Raises `UnauthenticatedError`, `NotFoundError`, `TooManyRequestsError`."""
    scheme, _, secret = header.partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise UnauthenticatedError("Authorization: Bearer KEY is the form")
    services.guesses.check(address)
    try:
        key = services.store.api_keys.authenticate(secret.strip())
    except NotFoundError:
        services.guesses.take(address)
        raise
    return Caller(key.principal, services.rules.granted(key.role, key.scopes), "key")


def by_session(services: Services, token: str) -> Caller:
    """Who asks by a session's token. Raises `NotFoundError` where it has ended."""
    idle = timedelta(minutes=services.settings.session_idle_minutes)
    session = services.store.sessions.get(token, idle=idle)
    return Caller(session.user.principal, services.rules.granted(session.user.role), "session", session)


def check_forgery(request: Request, caller: Caller) -> None:
    """Raises `ForbiddenError` where a session's request does not carry its CSRF token or comes from another site."""
    check_origin(request)
    given = request.headers.get(CSRF_HEADER, "")
    if caller.session is None or not secrets.compare_digest(given.encode(), caller.session.csrf_token.encode()):
        raise ForbiddenError(f"the header {CSRF_HEADER} must carry the session's token", code="csrf")


def check_origin(request: Request) -> None:
    """Raises `ForbiddenError` for a request that a page of another site makes."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        raise ForbiddenError("the request comes from another site", code="csrf")
    origin = request.headers.get("Origin")
    if origin is not None and origin.partition("://")[2] != request.headers.get("Host"):
        public = services_of(request).settings.public_url
        if public is None or origin != public.rstrip("/"):
            raise ForbiddenError("the request comes from another site", code="csrf")


class Allowed:
    """Dependency: the caller, who has the permission. None asks only for somebody who is known."""

    def __init__(self, permission: str | None) -> None:
        self.permission = permission

    def __call__(self, request: Request) -> Caller:
        caller = caller_of(request)
        if self.permission is not None:
            caller.require(self.permission)
        _check_parameters(request)
        return caller


def _check_parameters(request: Request) -> None:
    """Raises `InputError` for a query parameter that the route does not know: misspelt, it would filter nothing."""
    if not request.url.path.startswith("/v1/"):
        return
    known = sorted(_parameters(request.scope["route"].dependant))
    for name in request.query_params:
        if name not in known:
            of_route = ", ".join(known) or "none"
            raise InputError(f"query.{name[:50]}: not known here; known: {of_route}", code="unknown_parameter")


def _parameters(dependant: Dependant) -> set[str]:
    """Query parameters that a route and what it depends on take."""
    names = {field.alias for field in dependant.query_params}
    return names.union(*(_parameters(one) for one in dependant.dependencies))


Uses = Annotated[Services, Depends(services_of)]
Anyone = Annotated[Caller, Depends(Allowed(None))]
ReadsCalls = Annotated[Caller, Depends(Allowed("calls.read"))]
WritesCalls = Annotated[Caller, Depends(Allowed("calls.write"))]
ReadsDocuments = Annotated[Caller, Depends(Allowed("documents.read"))]
WritesApplications = Annotated[Caller, Depends(Allowed("applications.write"))]
CorrectsTranscripts = Annotated[Caller, Depends(Allowed("transcripts.write"))]
Listens = Annotated[Caller, Depends(Allowed("audio.read"))]
Reviews = Annotated[Caller, Depends(Allowed("reviews.write"))]
SecondReviews = Annotated[Caller, Depends(Allowed("reviews.second"))]
Claims = Annotated[Caller, Depends(Allowed("work.claim"))]
Assigns = Annotated[Caller, Depends(Allowed("work.assign"))]
Searches = Annotated[Caller, Depends(Allowed("search"))]
Exports = Annotated[Caller, Depends(Allowed("exports"))]
ReplaysRules = Annotated[Caller, Depends(Allowed("rules.replay"))]
ManagesJobs = Annotated[Caller, Depends(Allowed("jobs.manage"))]
ManagesWebhooks = Annotated[Caller, Depends(Allowed("webhooks.manage"))]
ManagesUsers = Annotated[Caller, Depends(Allowed("users.manage"))]
ManagesKeys = Annotated[Caller, Depends(Allowed("keys.manage"))]
ManagesRetention = Annotated[Caller, Depends(Allowed("retention.manage"))]
ReadsFigures = Annotated[Caller, Depends(Allowed("figures.read"))]
ReadsLedger = Annotated[Caller, Depends(Allowed("ledger.read"))]
ReadsMetrics = Annotated[Caller, Depends(Allowed("metrics.read"))]
