"""The features of an agent's turn: runs of its characters and syllables, and what was spoken of before it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from operator import add

from pipeline.language import sounds

LONGEST_RUN = 4
SYLLABLE_RUNS = (2, 3)
CONTEXT = 3
START, END = "\ue010", "\ue011"
_SYLLABLES, _SPACE = "~", " "
_NOT_SAID = re.compile(r"[\s,。?!、;…~.()\"'“”:-]+")


def features(masked: str, recent: Sequence[str]) -> set[str]:
    """Features of a folded turn whose values are masked (`pipeline.language.masking`), after fields `recent`.

    Runs of one to four characters, of two and three toneless syllables (what sounds alike is misheard alike), and the
    fields spoken of last, newest first. Punctuation and spaces do not count: recognisers set them as they please.
    """
    text = START + spoken(masked) + END
    found = set(text)
    runs: Iterable[str] = text
    for length in range(1, LONGEST_RUN):
        runs = list(map(add, runs, text[length:]))
        found.update(runs)
    syllables = list(map(sounds.syllable, text))
    later = list(map(_SPACE.__add__, syllables))
    said = list(map(_SYLLABLES.__add__, syllables))
    for length in range(1, max(SYLLABLE_RUNS)):
        said = list(map(add, said, later[length:]))
        if length + 1 in SYLLABLE_RUNS:
            found.update(said)
    found.update(map(after, recent[:CONTEXT]))
    found.update(map(right_after, recent[:1]))
    return found


def after(field: str) -> str:
    """The feature of a turn said soon after one about `field`."""
    return f"after {field}"


def right_after(field: str) -> str:
    """The feature of a turn said right after one about `field`."""
    return f"right after {field}"


def syllables_of(name: str) -> list[str]:
    """The syllables of a feature that is a run of them; none for any other feature."""
    return name[1:].split(_SPACE) if name[0] == _SYLLABLES and _SPACE in name else []


def spoken(text: str) -> str:
    """`text` without punctuation and spaces: texts that differ in nothing else have the same features."""
    return _NOT_SAID.sub("", text)
