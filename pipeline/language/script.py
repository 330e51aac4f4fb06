"""Folds the spellings of a text together without moving a character."""

from __future__ import annotations

import unicodedata

STOPS = frozenset("。!?;,.、…\n:")
CLAUSE_END = frozenset("。!?;,、…\n")
SENTENCE_END = frozenset("。!?;…\n")


def fold(text: str) -> str:
    """Full-width to half-width, capitals to small: the same length as `text`, so offsets hold in both."""
    return "".join(map(_fold_character, text))


def _fold_character(character: str) -> str:
    if "一" <= character <= "鿿":
        return character
    folded = unicodedata.normalize("NFKC", character).lower()
    return folded if len(folded) == 1 else character


def is_han(character: str) -> bool:
    """Whether this is a Chinese character."""
    return "㐀" <= character <= "鿿" or character == "〇"


def is_latin(character: str) -> bool:
    """Whether this is a small ASCII letter (text is folded first)."""
    return "a" <= character <= "z"


def is_digit(character: str) -> bool:
    """Whether this is an ASCII digit."""
    return "0" <= character <= "9"
