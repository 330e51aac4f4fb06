"""A value that is only asked back before another is told: 八千?谁说的,我才五千."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.types import Mention

KINDS = frozenset({"money", "duration"})
WITHIN = 4


def is_asked_back(mention: Mention, said: Sequence[Mention], text: str) -> bool:
    """Whether a sum or term at the head of a folded text is only a question, and one that is none follows it."""
    if mention.kind not in KINDS or mention.start > WITHIN or not text.startswith("?", mention.end):
        return False
    return any(m.kind == mention.kind and m.start > mention.end and text.find("?", m.end) < 0 for m in said)
