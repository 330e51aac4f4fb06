"""Signing in by OpenID Connect, where the settings name an issuer: authorization code with PKCE, by Authlib."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import secrets
import time
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from api.http.routes.session import open_session
from api.http.security.secrets import OIDC_VARIABLE, secret_of
from api.http.services import Services, Uses, address_of
from pipeline.errors import KeysError, NotFoundError, SettingsError, UnauthenticatedError
from pipeline.store import cipher

router = APIRouter(prefix="/login/oidc", tags=["access"])
COOKIE = "callproof_oidc"
WAIT_SECONDS = 600
LEEWAY_SECONDS = 60
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
_CONTEXT = cipher.associated("oidc", "login")
log = logging.getLogger("callproof.oidc")
_REFUSED = "the issuer's answer cannot be used; sign in again"


@router.get("", summary="Sign in at the issuer", status_code=303, response_class=RedirectResponse)
async def begin(request: Request, services: Uses) -> Response:
    """To the issuer's page; 404 where the settings name no issuer."""
    services.guesses.check(address_of(request))
    known = await _configuration(services)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    async with _client(services) as client:
        address, _ = client.create_authorization_url(
            known["authorization_endpoint"],
            state=state,
            nonce=nonce,
            code_challenge=challenge,
            code_challenge_method="S256",
        )
    kept = json.dumps([state, nonce, verifier, int(time.time()) + WAIT_SECONDS]).encode()
    sealed = cipher.seal(services.store.system_key("system"), kept, _CONTEXT)
    response = RedirectResponse(address, 303)
    response.set_cookie(
        COOKIE,
        base64.urlsafe_b64encode(sealed).decode(),
        max_age=WAIT_SECONDS,
        path="/login/oidc",
        secure=services.https,
        httponly=True,
        samesite="lax",
    )
    return response


@router.get("/back", summary="Back from the issuer", status_code=303, response_class=RedirectResponse)
async def back(
    request: Request,
    services: Uses,
    code: Annotated[str, Query(max_length=4000)],
    state: Annotated[str, Query(max_length=200)],
) -> Response:
    """The user whose `oidc_subject` is the token's `sub` is signed in; nobody is added by signing in."""
    services.guesses.check(address_of(request))
    expected, nonce, verifier = _kept(services, request)
    if not secrets.compare_digest(state.encode(), expected.encode()):
        raise UnauthenticatedError(_REFUSED, code="oidc_failed")
    subject = await _subject(services, code, nonce, verifier)
    try:
        user = await to_thread.run_sync(services.store.users.of_subject, subject)
    except NotFoundError:
        services.guesses.take(address_of(request))
        raise UnauthenticatedError("no user has this account; an administrator adds it", code="oidc_unknown") from None
    if not user.active:
        raise UnauthenticatedError("this user is not active", code="oidc_unknown")
    await to_thread.run_sync(lambda: services.store.users.note_login(user.name, success=True))
    response = RedirectResponse("/", 303)
    await to_thread.run_sync(lambda: open_session(services, response, user))
    response.delete_cookie(COOKIE, path="/login/oidc")
    return response


async def _subject(services: Services, code: str, nonce: str, verifier: str) -> str:
    """The subject of the ID token, its signature, issuer, audience, times and nonce checked."""
    from authlib.common.errors import AuthlibBaseError
    from httpx import HTTPError
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    known, audience = await _configuration(services), services.settings.oidc_client_id or ""
    required = jwt.JWTClaimsRegistry(
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": known["issuer"]},
        aud={"essential": True, "value": audience},
        nonce={"essential": True, "value": nonce},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
    )
    try:
        async with _client(services) as client:
            token = await client.fetch_token(known["token_endpoint"], code=code, code_verifier=verifier)
        keys = KeySet.import_key_set(await _fetched(known["jwks_uri"]))  # type: ignore[arg-type]
        claims = jwt.decode(token["id_token"], keys, algorithms=ALGORITHMS).claims
        required.validate(claims)
        if claims.get("azp", audience) != audience or not isinstance(claims["sub"], str):
            raise ValueError
        return f"{known['issuer']}#{claims['sub']}"
    except (AuthlibBaseError, JoseError, HTTPError, KeyError, ValueError, TypeError) as error:
        log.warning("a sign-in at the issuer was refused (%s)", type(error).__name__)
        raise UnauthenticatedError(_REFUSED, code="oidc_failed") from None


async def _configuration(services: Services) -> dict[str, Any]:
    from httpx import HTTPError

    issuer = services.settings.oidc_issuer
    if issuer is None or services.settings.oidc_client_id is None:
        raise NotFoundError("signing in by OpenID Connect is not set up", code="oidc_not_set_up")
    try:
        known = await _fetched(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if known["issuer"] != issuer:
            raise ValueError
        return known
    except (HTTPError, ValueError, KeyError, TypeError):
        raise UnauthenticatedError("the issuer does not answer as it should; try later", code="oidc_failed") from None


async def _fetched(url: str) -> dict[str, Any]:
    from httpx import AsyncClient

    async with AsyncClient(timeout=10, trust_env=False) as client:
        found: dict[str, Any] = (await client.get(url)).raise_for_status().json()
    return found


def _client(services: Services) -> Any:
    try:
        from authlib.integrations.httpx_client import AsyncOAuth2Client
    except ImportError as error:
        raise SettingsError("OpenID Connect needs Authlib: pip install 'callproof[oidc]'") from error
    base = services.settings.public_url
    if base is None:
        raise SettingsError("OpenID Connect needs the setting public_url")
    return AsyncOAuth2Client(
        client_id=services.settings.oidc_client_id,
        client_secret=secret_of(OIDC_VARIABLE),
        scope="openid",
        redirect_uri=f"{base.rstrip('/')}/login/oidc/back",
        timeout=10,
        trust_env=False,
    )


def _kept(services: Services, request: Request) -> tuple[str, str, str]:
    try:
        sealed = base64.urlsafe_b64decode(request.cookies[COOKIE])
        key = services.store.system_key("system")
        state, nonce, verifier, until = json.loads(cipher.unseal(key, sealed, _CONTEXT))
    except (KeyError, ValueError, KeysError):
        raise UnauthenticatedError(_REFUSED, code="oidc_failed") from None
    if time.time() > until:
        raise UnauthenticatedError(_REFUSED, code="oidc_failed")
    return state, nonce, verifier
