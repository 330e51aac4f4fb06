"""Signing in by OpenID Connect, where the settings name an issuer: authorization code with PKCE, by Authlib."""

from __future__ import annotations

import base64
import hashlib
import json
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
_CONTEXT = cipher.associated("oidc", "login")
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
    from authlib.jose import JsonWebToken
    from authlib.oidc.core import CodeIDToken
    from httpx import HTTPError

    known = await _configuration(services)
    options = {
        "iss": {"essential": True, "value": known["issuer"]},
        "aud": {"essential": True, "value": services.settings.oidc_client_id},
        "nonce": {"essential": True, "value": nonce},
        "exp": {"essential": True},
        "sub": {"essential": True},
    }
    try:
        async with _client(services) as client:
            token = await client.fetch_token(known["token_endpoint"], code=code, code_verifier=verifier)
            keys = (await client.get(known["jwks_uri"], withhold_token=True)).json()
        claims = JsonWebToken(["RS256", "RS384", "RS512", "ES256", "ES384", "PS256", "EdDSA"]).decode(
            token["id_token"], keys, claims_cls=CodeIDToken, claims_options=options, claims_params={"nonce": nonce}
        )
        claims.validate(leeway=60)
        return f"{known['issuer']}#{claims['sub']}"
    except (AuthlibBaseError, HTTPError, KeyError, ValueError, TypeError):
        raise UnauthenticatedError(_REFUSED, code="oidc_failed") from None


async def _configuration(services: Services) -> dict[str, Any]:
    from httpx import AsyncClient, HTTPError

    issuer = services.settings.oidc_issuer
    if issuer is None or services.settings.oidc_client_id is None:
        raise NotFoundError("signing in by OpenID Connect is not set up", code="oidc_not_set_up")
    try:
        async with AsyncClient(timeout=10, trust_env=False) as client:
            answer = await client.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            known: dict[str, Any] = answer.raise_for_status().json()
        if known["issuer"] != issuer:
            raise ValueError
        return known
    except (HTTPError, ValueError, KeyError, TypeError):
        raise UnauthenticatedError("the issuer does not answer as it should; try later", code="oidc_failed") from None


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
