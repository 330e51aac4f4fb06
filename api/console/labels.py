"""The rules in force in people's words: for pages that show them beside what they found."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from api.console.findings import Reader
from api.console.formats import NOTHING
from api.console.texts import Texts
from pipeline.findings import load_finding_rules
from pipeline.reconcile import load_field_rules


class Labels(Reader):
    """`Reader`, with the rules themselves; a name that the rules do not have stands for itself."""

    def __init__(self, texts: Texts, own: Path | None) -> None:
        super().__init__(texts, own)
        self.fields = load_field_rules(own)
        self.findings_rules = load_finding_rules(own)
        self._known = {rule.field for rule in self.fields.fields}

    def of(self, label: Any) -> str:
        """A label of the rules."""
        return self._word(label)

    def field(self, path: str) -> str:
        """What a field is called."""
        return super().field(path) if path in self._known else path

    def item(self, code: str) -> str:
        """What a script item is called."""
        return self._t.of_code("item", code)

    def value(self, path: str, value: Any) -> str:
        """A value of a field, as on paper; nothing where there is none."""
        return NOTHING if value is None else super().value(path, value)


@lru_cache(maxsize=8)
def labels_of(texts: Texts, own: Path | None) -> Labels:
    """The labels of one language, made once: `own` is the folder of a lender's own rules."""
    return Labels(texts, own)
