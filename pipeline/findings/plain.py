"""A turn's text made plain for patterns: no blanks, every mark or pause a comma, 。 or ?."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.language.per_call import remembered
from pipeline.language.sieve import compiled

_STOPS = {**dict.fromkeys("。.！!;；…\n", "。"), **dict.fromkeys("？?", "?")}
_BLANK = re.compile(r"\s")
# Unpunctuated transcripts part clauses by blanks; others part words, and a trailing 不 / 没有 may govern what follows.
_PAUSE = re.compile(
    r"(?<=[\u3400-\u9fffA-Za-z0-9]{3})(?<!没有)(?<!不是)(?<!不会)(?<![不没别未])[^\S\n](?=[^\S\n]*[\u3400-\u9fff]{3})"
)
_WORDY = re.compile(r"[\u3400-\u9fffA-Za-z0-9]")


class _PlainLetters(dict[int, str]):
    """What stands for a character: itself, or one of the three marks."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        self[code] = character if _WORDY.match(character) else _STOPS.get(character, ",")
        return self[code]


_PLAIN = _PlainLetters()


@dataclass(frozen=True, slots=True)
class Plain:
    """A turn's text without blanks, every mark or pause a comma, 。 or ?; `places` are the original offsets."""

    text: str
    places: Sequence[int]


@remembered(2048)
def plain_of(text: str) -> Plain:
    """`text` made plain for patterns."""
    if _BLANK.search(text) is None:
        return Plain(text.translate(_PLAIN), range(len(text)))
    letters, places = [], []
    pauses = {found.start() for found in _PAUSE.finditer(text)}
    for place, character in enumerate(text):
        if _BLANK.match(character) and character != "\n" and place not in pauses:
            continue
        letters.append(_PLAIN[ord(character)])
        places.append(place)
    return Plain("".join(letters), tuple(places))


def holds_any(patterns: Sequence[str], text: str) -> bool:
    """Whether one of `patterns` is found in the plain `text`."""
    return bool(patterns) and compiled(_any_of(tuple(patterns))).search(text) is not None


@functools.cache
def _any_of(patterns: tuple[str, ...]) -> str:
    return "|".join(f"(?:{pattern})" for pattern in patterns).replace("(?P<said>", "(?:")
