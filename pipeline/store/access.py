"""Who may come in: users, API keys and sessions. Secrets are stored as hashes only."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from pipeline.errors import ConflictError, InputError, NotFoundError
from pipeline.store import schema
from pipeline.store.core import Core, insert_or_ignore, now
from pipeline.store.records import Principal

ROLES: Final = ("qa", "lead", "risk", "service", "auditor", "admin")
KEY_PREFIX: Final = "cpk_"
_SEEN_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class User:
    """A person. `password_hash` is what the caller's password hasher made (argon2); None where OIDC signs in."""

    id: int
    name: str
    display_name: str | None
    role: str
    units: list[str] | None
    password_hash: str | None
    oidc_subject: str | None
    active: bool
    failed_logins: int
    locked_until: datetime | None
    created_at: datetime

    def __repr__(self) -> str:
        return f"User(id={self.id}, role={self.role!r}, active={self.active})"

    @property
    def principal(self) -> Principal:
        """This user as the one who acts."""
        return Principal(self.name, self.role, None if self.units is None else frozenset(self.units))


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of a program, without its secret."""

    id: str
    name: str
    role: str
    scopes: list[str]
    units: list[str] | None
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    @property
    def principal(self) -> Principal:
        """This key as the one who acts."""
        return Principal(f"key:{self.id}", self.role, None if self.units is None else frozenset(self.units))


@dataclass(frozen=True, slots=True)
class Session:
    """A user's session; the token itself only its owner has."""

    user: User
    csrf_token: str
    created_at: datetime
    expires_at: datetime


class Users:
    """The people."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def add(
        self,
        name: str,
        role: str,
        *,
        by: Principal,
        display_name: str | None = None,
        units: Collection[str] | None = None,
        password_hash: str | None = None,
        oidc_subject: str | None = None,
    ) -> User:
        """A new user. Raises `ConflictError` where the name or the OIDC subject is taken."""
        row = {
            "name": name,
            "display_name": display_name,
            "role": _role(role),
            "units": None if units is None else sorted(units),
            "password_hash": password_hash,
            "oidc_subject": oidc_subject,
            "active": True,
            "failed_logins": 0,
            "created_at": now(),
        }
        with self._core.database.write() as connection:
            insert = insert_or_ignore(connection, schema.users).values(row).returning(schema.users.c.id)
            if connection.execute(insert).scalar_one_or_none() is None:
                raise ConflictError("a user of this name or OIDC subject exists", code="user_exists")
            self._core.record(connection, by, "user.add", name, {"role": role, "units": row["units"]})
            return _user(connection, schema.users.c.name == name)

    def get(self, name: str) -> User:
        """The user of a name. Raises `NotFoundError`."""
        with self._core.database.read() as connection:
            return _user(connection, schema.users.c.name == name)

    def of_subject(self, oidc_subject: str) -> User:
        """The user whom OIDC calls so. Raises `NotFoundError`."""
        with self._core.database.read() as connection:
            return _user(connection, schema.users.c.oidc_subject == oidc_subject)

    def all(self) -> tuple[User, ...]:
        """Every user, by name."""
        with self._core.database.read() as connection:
            rows = connection.execute(sa.select(schema.users).order_by(schema.users.c.name)).all()
        return tuple(User(*row) for row in rows)

    def change(self, name: str, *, by: Principal, **changes: Any) -> User:
        """Change role, units, password hash, display name, OIDC subject or `active`; open sessions then end."""
        known = {"role", "units", "password_hash", "display_name", "oidc_subject", "active"}
        if not changes or not set(changes) <= known:
            raise InputError(f"user: what can be changed is {', '.join(sorted(known))}", code="bad_change")
        if "role" in changes:
            _role(changes["role"])
        if changes.get("units") is not None:
            changes["units"] = sorted(changes["units"])
        if "password_hash" in changes:
            changes |= {"failed_logins": 0, "locked_until": None}
        with self._core.database.write() as connection:
            user = _user(connection, schema.users.c.name == name)
            connection.execute(schema.users.update().where(schema.users.c.id == user.id).values(changes))
            connection.execute(schema.sessions.delete().where(schema.sessions.c.user_id == user.id))
            said = {key: value for key, value in changes.items() if key in ("role", "units", "active")}
            self._core.record(connection, by, "user.change", name, {"changed": sorted(known & set(changes)), **said})
            return _user(connection, schema.users.c.name == name)

    def note_login(
        self, name: str, success: bool, *, allowed: int = 10, lock: timedelta = timedelta(minutes=15)
    ) -> User:
        """Count failed logins; after `allowed` in a row the user is locked for a while. A success starts anew."""
        table = schema.users
        with self._core.database.write() as connection:
            query = sa.select(table.c.failed_logins).where(table.c.name == name).with_for_update()
            failed = connection.execute(query).scalar_one_or_none()
            if failed is None:
                raise NotFoundError("user: not found", code="user_not_found")
            count = 0 if success else failed + 1
            locked = now() + lock if count and count % allowed == 0 else None
            values: dict[str, Any] = {"failed_logins": count}
            if success or locked is not None:
                values["locked_until"] = locked
            connection.execute(table.update().where(table.c.name == name).values(values))
            self._core.record(connection, Principal(name), "login.success" if success else "login.failure", name)
            return _user(connection, table.c.name == name)


class ApiKeys:
    """The keys of programs."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def add(
        self,
        name: str,
        role: str,
        *,
        by: Principal,
        scopes: Collection[str] = (),
        units: Collection[str] | None = None,
        expires_at: datetime | None = None,
        secret: str | None = None,
    ) -> tuple[ApiKey, str]:
        """A new key and its secret, which is shown this once; `secret` sets it (a bootstrap key).

        A given secret that is known already gives the key that it belongs to.
        """
        told = secret or KEY_PREFIX + secrets.token_urlsafe(32)
        table = schema.api_keys
        row = {
            "id": secrets.token_hex(6),
            "name": name,
            "secret_hash": secret_hash(told),
            "role": _role(role),
            "scopes": sorted(scopes),
            "units": None if units is None else sorted(units),
            "created_by": by.name,
            "created_at": now(),
            "expires_at": expires_at,
        }
        with self._core.database.write() as connection:
            new = connection.execute(insert_or_ignore(connection, table).values(row)).rowcount == 1
            if new:
                details = {"name": name, "role": role, "scopes": row["scopes"], "units": row["units"]}
                self._core.record(connection, by, "key.add", f"key:{row['id']}", details)
            found = connection.execute(sa.select(*_KEY).where(table.c.secret_hash == row["secret_hash"])).one()
        return ApiKey(*found), told

    def authenticate(self, secret: str) -> ApiKey:
        """The key of a secret. Raises `NotFoundError` where there is none, or it has expired or was revoked."""
        table = schema.api_keys
        with self._core.database.read() as connection:
            row = connection.execute(sa.select(*_KEY).where(table.c.secret_hash == secret_hash(secret))).one_or_none()
        moment = now()
        if row is None or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= moment):
            raise NotFoundError("this API key is not valid: unknown, expired or revoked", code="key_not_valid")
        if row.last_used_at is None or moment - row.last_used_at > _SEEN_EVERY:
            with self._core.database.write() as connection:
                connection.execute(table.update().where(table.c.id == row.id).values(last_used_at=moment))
        return ApiKey(*row)

    def all(self) -> tuple[ApiKey, ...]:
        """Every key, the newest first."""
        with self._core.database.read() as connection:
            rows = connection.execute(sa.select(*_KEY).order_by(schema.api_keys.c.created_at.desc())).all()
        return tuple(ApiKey(*row) for row in rows)

    def revoke(self, key_id: str, *, by: Principal) -> None:
        """End a key at once. Raises `NotFoundError`."""
        table = schema.api_keys
        with self._core.database.write() as connection:
            ended = connection.execute(
                table.update().where(table.c.id == key_id, table.c.revoked_at.is_(None)).values(revoked_at=now())
            )
            if ended.rowcount != 1:
                raise NotFoundError(f"API key {key_id!r}: not found, or revoked already", code="key_not_found")
            self._core.record(connection, by, "key.revoke", f"key:{key_id}")


class Sessions:
    """The open sessions of users."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def open(self, user: User, lifetime: timedelta) -> tuple[str, Session]:
        """A new session and its token, which only the user's browser keeps."""
        token, csrf, moment = secrets.token_urlsafe(32), secrets.token_urlsafe(32), now()
        row = {
            "token_hash": secret_hash(token),
            "user_id": user.id,
            "csrf_token": csrf,
            "created_at": moment,
            "seen_at": moment,
            "expires_at": moment + lifetime,
        }
        with self._core.database.write() as connection:
            connection.execute(schema.sessions.delete().where(schema.sessions.c.expires_at <= moment))
            connection.execute(schema.sessions.insert().values(row))
        return token, Session(user, csrf, moment, moment + lifetime)

    def get(self, token: str, *, idle: timedelta | None = None) -> Session:
        """The session of a token. Raises `NotFoundError` where it ended, was idle too long, or the user is inactive."""
        table, users, moment = schema.sessions, schema.users, now()
        with self._core.database.read() as connection:
            row = connection.execute(sa.select(table).where(table.c.token_hash == secret_hash(token))).one_or_none()
            user = _user(connection, users.c.id == row.user_id) if row is not None else None
        if (
            row is None
            or user is None
            or not user.active
            or row.expires_at <= moment
            or (idle is not None and moment - row.seen_at > idle)
        ):
            raise NotFoundError("the session has ended; sign in again", code="session_not_valid")
        if moment - row.seen_at > _SEEN_EVERY:
            with self._core.database.write() as connection:
                connection.execute(table.update().where(table.c.token_hash == row.token_hash).values(seen_at=moment))
        return Session(user, row.csrf_token, row.created_at, row.expires_at)

    def close(self, token: str) -> None:
        """End a session; nothing happens where it has ended."""
        with self._core.database.write() as connection:
            connection.execute(schema.sessions.delete().where(schema.sessions.c.token_hash == secret_hash(token)))


_KEY = tuple(schema.api_keys.c[part.name] for part in fields(ApiKey))


def secret_hash(secret: str) -> str:
    """SHA-256 of a random secret of 256 bits (a slow hash would add nothing to one that cannot be guessed)."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _role(role: str) -> str:
    if role not in ROLES:
        raise InputError(f"role: one of {', '.join(ROLES)}", code="bad_role")
    return role


def _user(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> User:
    row = connection.execute(sa.select(schema.users).where(condition)).one_or_none()
    if row is None:
        raise NotFoundError("user: not found", code="user_not_found")
    return User(*row)
