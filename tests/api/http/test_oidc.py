"""Signing in at an OpenID Connect issuer: a local one that behaves, and all the ways in which one may not."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from pipeline.store import SYSTEM

from ..conftest import Server

pytest.importorskip("authlib")
CLIENT_ID, CLIENT_SECRET = "callproof", "secret-of-the-client"
MINE, OTHERS = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
Change = Callable[["Issuer", dict[str, Any]], None]


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def public_key() -> dict[str, str]:
    numbers = MINE.public_key().public_numbers()
    parts = {name: encoded(value.to_bytes(-(-value.bit_length() // 8))) for name, value in
             (("n", numbers.n), ("e", numbers.e))}  # fmt: skip
    return {"kty": "RSA", "kid": "k1", "use": "sig", "alg": "RS256", **parts}


class Issuer:
    """An issuer: discovery, keys, and tokens for codes that `allow` has given out. `change` makes it misbehave."""

    def __init__(self) -> None:
        self.change: Change = lambda issuer, claims: None
        self.sign: Callable[[bytes], bytes] = lambda data: MINE.sign(data, padding.PKCS1v15(), hashes.SHA256())
        self.algorithm = "RS256"
        self.name: str | None = None
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(issuer.get(self.path))

            def do_POST(self) -> None:
                form = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self._answer(issuer.token(parse_qs(form), self.headers.get("Authorization", "")))

            def _answer(self, found: tuple[int, dict[str, Any]]) -> None:
                self.send_response(found[0])
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(found[1]).encode())

            def log_message(self, format: str, *values: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        self.asked.append(path)
        if path == "/.well-known/openid-configuration":
            places = {name: f"{self.url}/{name}" for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
            return 200, {"issuer": self.name or self.url, **places}
        return (200, {"keys": [public_key()]}) if path == "/jwks_uri" else (404, {})

    def allow(self, address: str, subject: str) -> tuple[str, str]:
        """What the issuer's page does once somebody has signed in there: a code, and the state as it came."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert address.startswith(f"{self.url}/authorization_endpoint?")
        assert (asked["response_type"], asked["client_id"], asked["scope"]) == ("code", CLIENT_ID, "openid")
        assert (asked["code_challenge_method"], asked["redirect_uri"]) == ("S256", "http://testserver/login/oidc/back")
        code = secrets.token_urlsafe(16)
        self.codes[code] = {**asked, "sub": subject}
        return code, asked["state"]

    def token(self, form: dict[str, list[str]], authorization: str) -> tuple[int, dict[str, Any]]:
        known = self.codes.pop(form["code"][0], None)
        verifier = form.get("code_verifier", [""])[0]
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if known is None or authorization != f"Basic {basic}" or form["redirect_uri"] != [known["redirect_uri"]]:
            return 400, {"error": "invalid_grant"}
        if encoded(hashlib.sha256(verifier.encode()).digest()) != known["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT_ID, "sub": known["sub"], "nonce": known["nonce"]}
        claims |= {"iat": now, "exp": now + 300}  # type: ignore[dict-item]
        self.change(self, claims)
        head = {"alg": self.algorithm, "kid": "k1"}
        signed = ".".join(encoded(json.dumps(part).encode()) for part in (head, claims)).encode()
        token = f"{signed.decode()}.{encoded(self.sign(signed))}"
        return 200, {"access_token": "a", "token_type": "Bearer", "expires_in": 300, "id_token": token}


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    made = Issuer()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def server(make_server: Callable[..., Server], issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setenv("CALLPROOF_OIDC_CLIENT_SECRET", CLIENT_SECRET)
    made = make_server(oidc_issuer=issuer.url, oidc_client_id=CLIENT_ID, public_url="http://testserver")
    made.store.users.add("li.na", "qa", by=SYSTEM, oidc_subject=f"{issuer.url}#u1")
    return made


def begin(server: Server, issuer: Issuer, subject: str = "u1") -> tuple[Any, str, str]:
    """A browser on its way back from the issuer: it, the code and the state."""
    browser = server.client(None)
    answer = browser.get("/login/oidc", follow_redirects=False)
    assert answer.status_code == 303, answer.text
    code, state = issuer.allow(answer.headers["Location"], subject)
    return browser, code, state


def come_back(browser: Any, code: str, state: str) -> Any:
    return browser.get("/login/oidc/back", params={"code": code, "state": state}, follow_redirects=False)


def test_who_signs_in_at_the_issuer_is_signed_in(server: Server, issuer: Issuer) -> None:
    browser, code, state = begin(server, issuer)
    answer = come_back(browser, code, state)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    me = browser.get("/v1/session").json()
    assert (me["name"], me["role"]) == ("li.na", "qa")
    assert issuer.asked.count("/jwks_uri") == 1
    again = come_back(browser, code, state)
    assert (again.status_code, again.json()["code"]) == (401, "oidc_failed")


def claim(**values: Any) -> Change:
    return lambda issuer, claims: claims.update(values)


def without(name: str) -> Change:
    return lambda issuer, claims: claims.pop(name)


def signed_by_another(issuer: Issuer, claims: dict[str, Any]) -> None:
    issuer.sign = lambda data: OTHERS.sign(data, padding.PKCS1v15(), hashes.SHA256())


def unsigned(issuer: Issuer, claims: dict[str, Any]) -> None:
    issuer.algorithm, issuer.sign = "none", lambda data: b""


def signed_with_the_public_key(issuer: Issuer, claims: dict[str, Any]) -> None:
    """The old trick: the public key, which everybody has, as the secret of an HMAC."""
    pem = MINE.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def sign(data: bytes) -> bytes:
        digest = hmac.HMAC(pem, hashes.SHA256())
        digest.update(data)
        return digest.finalize()

    issuer.algorithm, issuer.sign = "HS256", sign


CHANGES: dict[str, Change] = {
    "another nonce": claim(nonce="n"),
    "no nonce": without("nonce"),
    "another audience": claim(aud="other"),
    "no audience": without("aud"),
    "another issuer": claim(iss="https://issuer.example"),
    "expired": lambda issuer, claims: claims.update(exp=int(time.time()) - 600, iat=int(time.time()) - 900),
    "never expires": without("exp"),
    "nobody": without("sub"),
    "made in the future": lambda issuer, claims: claims.update(iat=int(time.time()) + 9000),
    "signed by another": signed_by_another,
    "unsigned": unsigned,
    "signed with the public key": signed_with_the_public_key,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_token_that_is_not_what_it_must_be_signs_nobody_in(server: Server, issuer: Issuer, change: Change) -> None:
    issuer.change = change
    browser, code, state = begin(server, issuer)
    answer = come_back(browser, code, state)
    assert (answer.status_code, answer.json()["code"]) == (401, "oidc_failed")
    assert browser.get("/v1/session").status_code == 401


def test_a_code_works_only_in_the_browser_that_began(server: Server, issuer: Issuer) -> None:
    mine, my_code, my_state = begin(server, issuer)
    _, foreign_code, foreign_state = begin(server, issuer)
    for code, state in ((foreign_code, foreign_state), (foreign_code, my_state)):
        answer = come_back(mine, code, state)  # another state; then my state and a code of another challenge
        assert (answer.status_code, answer.json()["code"]) == (401, "oidc_failed")
    assert come_back(server.client(None), my_code, my_state).json()["code"] == "oidc_failed"
    assert mine.get("/v1/session").status_code == 401


def test_signing_in_adds_nobody_and_opens_to_nobody_who_was_put_out(server: Server, issuer: Issuer) -> None:
    browser, code, state = begin(server, issuer, subject="u2")
    assert come_back(browser, code, state).json()["code"] == "oidc_unknown"
    assert [user.name for user in server.store.users.all()] == ["li.na"]
    server.store.users.change("li.na", by=SYSTEM, active=False)
    browser, code, state = begin(server, issuer)
    assert come_back(browser, code, state).json()["code"] == "oidc_unknown"
    assert browser.get("/v1/session").status_code == 401


def test_an_issuer_that_says_it_is_another_is_not_asked(server: Server, issuer: Issuer) -> None:
    issuer.name = "https://issuer.example"
    answer = server.client(None).get("/login/oidc", follow_redirects=False)
    assert (answer.status_code, answer.json()["code"]) == (401, "oidc_failed")
