"""Spaces between words: recognisers that write 我 一个 月 八千 mean 我一个月八千.

In a transcript whose spaces part words, they are left out for reading; where they are few, each is a pause and stays.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.types import Turn

_BETWEEN = re.compile(r"(?<=[\u3400-\u9fff]) +(?=[\u3400-\u9fff])")
_SPACES = re.compile(r"(?<=[^\x00-\x7f]) +(?=\S)|(?<=\S) +(?=[^\x00-\x7f])|(?<=\S) +(?=[,.?!;:])|(?<=[,.?!;:]) +(?=\S)")
_HAN = re.compile("[\u3400-\u9fff]")
PARTS_WORDS = 0.25
"""So many spaces a Chinese character part words: words have 1.5 characters on average, clauses seven or more."""
LEAST = 3
"""Fewer spaces in a whole call tell nothing."""


def without_word_spaces(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """The turns as they are to be read; `heard` and `origins` of each that is changed lead to what was heard."""
    spaces = sum(len(_BETWEEN.findall(turn.text)) for turn in turns)
    if spaces < LEAST or spaces < PARTS_WORDS * sum(len(_HAN.findall(turn.text)) for turn in turns):
        return tuple(turns)
    return tuple(
        turn.without({place for found in _SPACES.finditer(turn.text) for place in range(*found.span())})
        for turn in turns
    )
