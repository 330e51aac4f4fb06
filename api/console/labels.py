"""What people call fields, signals and vocabulary values, in their language, from the rules in force."""

from __future__ import annotations

from typing import Any, Protocol

from api.console.texts import Texts
from api.http.services import Services
from pipeline.findings import load_finding_rules
from pipeline.reconcile import load_field_rules


class _Worded(Protocol):
    zh: str
    en: str


class Labels:
    """Labels in one language; a code that the rules do not have stands for itself."""

    def __init__(self, services: Services, texts: Texts) -> None:
        own = services.settings.configs
        self._texts = texts
        self.fields = load_field_rules(own)
        self.findings = load_finding_rules(own)
        self._fields = {rule.field: rule.label for rule in self.fields.fields}
        self._signals = {rule.code: rule.label for rule in self.findings.signals.signals}

    def of(self, label: _Worded) -> str:
        """A label's word."""
        return label.zh if self._texts.language == "zh" else label.en

    def field(self, name: str) -> str:
        """A field's label."""
        return self.of(self._fields[name]) if name in self._fields else name

    def signal(self, code: str) -> str:
        """A signal's label."""
        return self.of(self._signals[code]) if code in self._signals else code

    def item(self, code: str) -> str:
        """A script item's label."""
        return self._texts.of_code("item", code)

    def words(self, field: str) -> dict[str, str]:
        """The values that a field may have with their labels; none where it is free."""
        rule = next((one for one in self.fields.fields if one.field == field), None)
        if rule is None or rule.words is None:
            return {}
        return {value: self.of(word) for value, word in self.fields.words[rule.words].items()}

    def value(self, field: str, value: Any) -> str:
        """A field's value for reading."""
        if value is None:
            return "—"
        code = str(value).lower() if isinstance(value, bool) else str(value)
        return self.words(field).get(code, code)
