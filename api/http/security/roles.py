"""What each role may do, read from `configs/access.yaml`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from configs import read_yaml
from pipeline.errors import InputError, SettingsError
from pipeline.store.access import ROLES


@dataclass(frozen=True, slots=True)
class AccessRules:
    """Permissions by role, codes of reviews and actions, and what a secret must be."""

    permissions: dict[str, str]
    roles: dict[str, frozenset[str]]
    review_reasons: dict[str, dict[str, str]]
    documents: dict[str, dict[str, str]]
    conclusions: dict[str, dict[str, str]]
    weak_secrets: frozenset[str]
    shortest_secret: int
    shortest_password: int

    @classmethod
    def load(cls, own: Path | None = None) -> Self:
        """The rules in force. Raises `SettingsError` where a role is missing or names an unknown permission."""
        value: dict[str, Any] = read_yaml("access.yaml", own)
        permissions = value["permissions"]
        roles = {name: frozenset(granted) for name, granted in value["roles"].items()}
        for name in ROLES:
            unknown = roles.get(name, frozenset({"nothing at all"})) - permissions.keys()
            if unknown:
                raise SettingsError(f"access.yaml: role {name} is missing or has unknown permissions")
        return cls(
            permissions,
            roles,
            value["review_reasons"],
            value["documents"],
            value["conclusions"],
            frozenset(str(secret).casefold() for secret in value["weak_secrets"]),
            value["shortest_secret"],
            value["shortest_password"],
        )

    def granted(self, role: str, scopes: Collection[str] = ()) -> frozenset[str]:
        """What a role may do; `scopes`, where there are any, narrow it and never widen it."""
        every = self.roles.get(role, frozenset())
        return every & frozenset(scopes) if scopes else every

    def check_scopes(self, role: str, scopes: Collection[str]) -> None:
        """Raises `InputError` for a scope that the role does not have."""
        beyond = sorted(set(scopes) - self.roles.get(role, frozenset()))
        if beyond:
            raise InputError(
                f"scopes: role {role} has no {beyond[0][:50]}; it has those of GET /v1/access", code="bad_scope"
            )
