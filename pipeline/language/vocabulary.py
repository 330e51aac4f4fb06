"""Answers from a fixed vocabulary: married or single, how somebody lives, whether a car is new."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.language.phrases import PhraseBook
from pipeline.language.resources import labelled, table
from pipeline.types import Mention, MentionKind

ASKING = "asking"
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
        self._phrases = PhraseBook(labelled(content["phrases"]))

    def read(self, text: str) -> list[Mention]:
        """Mentions of a folded text; `value` is the word of the contract."""
        return [
            Mention(self._kind, hit.start, hit.end, text[hit.start : hit.end], None, hit.label)
            for hit in self._phrases.find(text)
            if hit.label != ASKING
        ]
