"""A turn's text with its values put away: 首付三万对吧 reads like 首付五万对吧."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

from pipeline.types import Mention

MARKS = MappingProxyType(
    {
        "money": "\ue000",
        "ratio": "\ue001",
        "duration": "\ue002",
        "digits": "\ue003",
        "vehicle": "\ue004",
        "name": "\ue005",
    }
)
INSTALMENTS = "\ue006"
NAME_FRAMES = frozenset({"strong", "asking", "called"})


def mask(text: str, mentions: Iterable[Mention]) -> str:
    """A folded text with one private-use character in the place of each value."""
    pieces: list[str] = []
    place = 0
    for mention in sorted(mentions, key=lambda each: (each.start, each.start - each.end)):
        mark = _mark(mention)
        if mention.start < place or not mark:
            continue
        pieces += [text[place : mention.start], mark]
        place = mention.end
    return "".join([*pieces, text[place:]])


def _mark(mention: Mention) -> str:
    attributes = mention.attributes
    if mention.kind == "duration" and attributes.get("unit") == "instalment":
        return INSTALMENTS
    if mention.kind == "vehicle" and "weak" in attributes:
        return ""
    if mention.kind == "name" and attributes.get("frame") not in NAME_FRAMES:
        return ""
    return MARKS.get(mention.kind, "")
