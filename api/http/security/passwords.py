"""Passwords: argon2id (RFC 9106, the low-memory choice); few at a time, so that guessing cannot fill the memory."""

from __future__ import annotations

import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from api.http.security.roles import AccessRules
from pipeline.errors import InputError

LONGEST = 200
_AT_ONCE = threading.BoundedSemaphore(2)


class Passwords:
    """Hashes and checks passwords."""

    def __init__(self, rules: AccessRules) -> None:
        self._rules = rules
        self._hasher = PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_urlsafe(16))

    def hash(self, password: str, user: str) -> str:
        """The argon2id hash to store. Raises `InputError` for a password that is too weak or too long."""
        shortest = self._rules.shortest_password
        if not shortest <= len(password) <= LONGEST:
            raise InputError(f"password: from {shortest} to {LONGEST} characters", code="weak_password")
        plain = password.casefold()
        if plain in self._rules.weak_secrets or len(set(password)) < 5 or plain == user.casefold():
            raise InputError("password: too easy to guess; choose another", code="weak_password")
        with _AT_ONCE:
            return self._hasher.hash(password)

    def matches(self, stored: str | None, password: str) -> bool:
        """Whether `password` is the one hashed in `stored`; where there is none it takes as long and says no."""
        with _AT_ONCE:
            try:
                return self._hasher.verify(stored or self._nobody, password[: LONGEST + 1]) and stored is not None
            except (Argon2Error, InvalidHashError):
                return False
