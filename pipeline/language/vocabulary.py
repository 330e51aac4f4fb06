"""Answers from a fixed vocabulary: married or single, how somebody lives, whether a car is new."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from pipeline.language.phrases import Hit, PhraseBook
from pipeline.language.resources import labelled, table, word_list
from pipeline.types import Mention, MentionKind

ASKING = "asking"
NEGATIONS = ("不是",)
FILES: Mapping[MentionKind, str] = {
    "marital_status": "language/marital_status.yaml",
    "residence_type": "language/residence_types.yaml",
    "condition": "language/conditions.yaml",
}


class VocabularyReader:
    """Finds the phrases of one vocabulary; what is listed under `asking` names no value and hides what is in it."""

    def __init__(self, kind: MentionKind, own: Path | None = None) -> None:
        content: Mapping[str, Any] = table(FILES[kind], own)
        self._kind = kind
        labels: Mapping[str, str] = content.get("labels") or {}
        combined = ((word, labels.get(label, label)) for word, label in _combined(content.get("combined") or {}))
        self._phrases = PhraseBook([*labelled(content["phrases"]), *combined])
        self._weak = frozenset(word_list(content.get("weak")))
        self.order = word_list(content.get("order"))

    def read(self, text: str) -> list[Mention]:
        """Mentions of a folded text; `value` is the word of the contract, `weak` marks what other talk holds too."""
        return [
            Mention(self._kind, hit.start, hit.end, text[hit.start : hit.end], None, hit.label, self._attributes(hit))
            for hit in self._phrases.find(text)
            if hit.label != ASKING and not text.startswith(NEGATIONS, hit.start - 2, hit.start)
        ]

    def _attributes(self, hit: Hit) -> Mapping[str, str]:
        return {"weak": "yes"} if hit.phrase in self._weak else {}


def _combined(groups: Mapping[str, Sequence[Sequence[str]]]) -> Iterator[tuple[str, str]]:
    """Every word of the first list with every one of the second and the third, by label."""
    for label, parts in groups.items():
        for words in product(*parts):
            yield "".join(words), label
