"""The features of an agent's turn: runs of its characters and syllables, and what was spoken of before it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.language import sounds

LONGEST_RUN = 4
SYLLABLE_RUNS = (2, 3)
CONTEXT = 3
START, END = "\ue010", "\ue011"
_NOT_SAID = re.compile(r"[\s,。?!、;…~.()\"'“”:-]+")


def features(masked: str, recent: Sequence[str]) -> set[str]:
    """Features of a folded turn whose values are masked (`pipeline.language.masking`), after fields `recent`.

    Runs of one to four characters, of two and three toneless syllables (what sounds alike is misheard alike), and the
    fields spoken of last, newest first. Punctuation and spaces do not count: recognisers set them as they please.
    """
    text = START + _NOT_SAID.sub("", masked) + END
    found = {
        text[place : place + length] for length in range(1, LONGEST_RUN + 1) for place in range(len(text) - length + 1)
    }
    spoken = tuple(map(sounds.syllable, text))
    for length in SYLLABLE_RUNS:
        found.update("~" + " ".join(spoken[place : place + length]) for place in range(len(spoken) - length + 1))
    found.update(f"after {field}" for field in recent[:CONTEXT])
    if recent:
        found.add(f"right after {recent[0]}")
    return found
