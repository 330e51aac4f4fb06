"""Which characters of what was heard stand for which characters of what was said."""

from __future__ import annotations

import unicodedata

from rapidfuzz.distance import Levenshtein


def spoken(text: str) -> str:
    """The characters of `text` that are spoken: letters and digits, Latin ones in lower case."""
    kept = (character for character in text if unicodedata.category(character)[0] in "LN")
    return "".join(kept).lower()


def matches(said: str, heard: str) -> tuple[int, ...]:
    """For each character of `heard` the place of the character of `said` that it stands for rightly, or -1.

    Both are taken as they are; the fewest edits decide (Levenshtein).
    """
    places = [-1] * len(heard)
    for block in Levenshtein.opcodes(said, heard):
        if block.tag == "equal":
            for offset in range(block.src_end - block.src_start):
                places[block.dest_start + offset] = block.src_start + offset
    return tuple(places)
