"""What a row of the ledger says beside who, what and when, in words: codes become what the console calls them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from api.console.findings import Reader
from api.console.names import Names
from api.console.texts import Texts
from api.http.security.roles import AccessRules

LONGEST: Final = 80
HASH_SHOWN: Final = 16


class Details:
    """Details of rows in one language; what it has no word for stands as it was written."""

    def __init__(self, texts: Texts, reader: Reader, names: Names, rules: AccessRules) -> None:
        self.t = texts
        self._reader = reader
        self._names = names
        self._rules = rules

    def of(self, action: str, details: dict[str, Any]) -> list[tuple[str, str]]:
        """Each detail's name and value."""
        return [(self._name(name), self._value(action, name, value)) for name, value in details.items()]

    def _name(self, name: str) -> str:
        return self.t(f"ledger.detail_{name}") if self.t.has(f"ledger.detail_{name}") else name

    def _value(self, action: str, name: str, value: Any) -> str:
        if value is None:
            return self.t("account.all_units") if name == "units" else "—"
        if isinstance(value, bool):
            return self.t("applications.has" if value else "applications.has_not")
        if isinstance(value, list):
            return _short(", ".join(self._value(action, name, one) for one in value) or "—")
        if not isinstance(value, str):
            return _short(json.dumps(value, ensure_ascii=False))
        return self._word(action, name, value)

    def _word(self, action: str, name: str, code: str) -> str:
        if name == "sha256":
            return f"{code[:HASH_SHOWN]}…"
        if name == "name" and action.startswith("review."):
            return self._reader.flags([code])[0]
        if name == "reason":
            return str(self._rules.review_reasons.get(code, {}).get(self.t.language, _short(code)))
        if name == "target":
            labels = {**self._rules.documents, **self._rules.conclusions}.get(code, {})
            return str(labels.get(self.t.language) or self._known((f"call.team_{code}",), code))
        if name in ("from", "to"):
            return self._known((f"call.work_{code}",), self._names(code))
        if name == "stage" and self.t.has(f"ledger.stage_{code}"):
            return self.t(f"ledger.stage_{code}")
        if name == "subject" and self.t.has(f"ledger.subject_{code}"):
            return self.t(f"ledger.subject_{code}")
        return self._known(self._keys(name, code), _short(code))

    def _keys(self, name: str, code: str) -> Iterable[str]:
        kinds = {
            "decision": "call.decided_",
            "state": "call.state_",
            "role": "shell.role_",
            "events": "administration.event_",
            "scopes": "account.permission_",
        }
        return (f"{kinds[name]}{code.replace('.', '_')}",) if name in kinds else ()

    def _known(self, keys: Iterable[str], otherwise: str) -> str:
        return next((self.t(key) for key in keys if self.t.has(key)), otherwise)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
