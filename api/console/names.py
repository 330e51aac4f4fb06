"""Who did something, as people call each other: by the shown name, programs by what they are."""

from __future__ import annotations

from typing import Final

from api.console.texts import Texts
from api.http.services import Services

PROGRAMS: Final = frozenset({"worker", "system", "ingest", "watch"})


class Names:
    """Names of principals in words; an unknown one stands for itself."""

    def __init__(self, services: Services, texts: Texts) -> None:
        self.t = texts
        self._shown = {user.name: user.display_name or user.name for user in services.store.users.all()}

    def __call__(self, name: str | None) -> str:
        if name is None:
            return ""
        if name in PROGRAMS and name not in self._shown:
            return self.t(f"shell.by_{name}")
        if name.startswith("key:"):
            return self.t("shell.by_key", id=name.removeprefix("key:"))
        return self._shown.get(name, name)
