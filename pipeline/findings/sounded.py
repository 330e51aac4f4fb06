"""Lines of text as they sound, in which phrases are found that were written by other characters."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.reconcile.sounds import plain_reading

LONG_PHRASE = 4
"""Phrases of so many characters are told by their sounds alone."""


def sound_line(text: str) -> str:
    """One blank before every character's sound, one after the last."""
    return text.translate(_SOUNDS) + " "


def heard_at(phrase: str, heard: str) -> Iterator[int]:
    """Places of the characters at which `phrase` sounds in the line `heard`."""
    sought = sound_line(phrase)
    character, reached, at = 0, 0, heard.find(sought)
    while at >= 0:
        character += heard.count(" ", reached, at)
        yield character
        reached, at = at, heard.find(sought, at + 1)


class _Sounds(dict[int, str]):
    """A blank and the sound of every character met so far."""

    def __missing__(self, code: int) -> str:
        self[code] = f" {plain_reading(chr(code))}"
        return self[code]


_SOUNDS = _Sounds()
