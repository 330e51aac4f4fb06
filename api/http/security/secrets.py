"""Secrets from the environment or from files, and those that are none."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from api.http.security.roles import AccessRules
from configs.settings import Settings
from pipeline.errors import SettingsError

BOOTSTRAP_VARIABLE = "CALLPROOF_BOOTSTRAP_KEY"
OIDC_VARIABLE = "CALLPROOF_OIDC_CLIENT_SECRET"


def secret_of(variable: str) -> str | None:
    """The secret in the environment's `variable`, or in the file that `variable_FILE` names; None without either.

    Raises `SettingsError` where the file cannot be read.
    """
    if value := os.environ.get(variable):
        return value
    if name := os.environ.get(f"{variable}_FILE"):
        try:
            return Path(name).read_text(encoding="utf-8").strip() or None
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{variable}_FILE: {name} cannot be read ({type(error).__name__})") from error
    return None


def refuse_defaults(settings: Settings, rules: AccessRules) -> None:
    """Raises `SettingsError` where a store of several machines, or the issuer, is guarded by a default password."""
    if settings.database is not None:
        _refuse_known("database", unquote(urlsplit(settings.database).password or ""), rules)
    if settings.oidc_issuer is not None:
        _refuse_known(OIDC_VARIABLE, secret_of(OIDC_VARIABLE) or "", rules)


def _refuse_known(name: str, secret: str, rules: AccessRules) -> None:
    if secret.casefold() in rules.weak_secrets:
        raise SettingsError(f"{name}: has a default password; set a random one", code="weak_secret")


def check_strength(variable: str, secret: str, rules: AccessRules) -> None:
    """Raises `SettingsError` for a secret that is short, well known, or one character over and over."""
    known = secret.casefold() in rules.weak_secrets
    if known or len(secret) < rules.shortest_secret or len(set(secret)) < 8:
        raise SettingsError(
            f"{variable}: a default or weak secret; set one of at least {rules.shortest_secret} random characters "
            "(python3 -c 'import secrets; print(secrets.token_urlsafe(32))')",
            code="weak_secret",
        )
