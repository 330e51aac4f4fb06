"""What a text is taken apart into: Chinese characters, and runs of Latin letters and figures, where they stand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final, NamedTuple

from pipeline.store.search.masking import MASK

HAN: Final = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_UNIT: Final = re.compile(rf"([{HAN}])|([^\W_{HAN}]+)|(\{MASK})")


class Unit(NamedTuple):
    """A Chinese character or a run of Latin letters and figures, and where it stands."""

    text: str
    start: int
    han: bool


class _Plain(dict[int, str]):
    """Plain forms of characters by code point, filled as they come: `str.translate` asks for each."""

    def __missing__(self, code: int) -> str:
        plain = unicodedata.normalize("NFKC", chr(code)).lower()
        self[code] = plain if len(plain) == 1 else chr(code)
        return self[code]


_PLAIN: Final = _Plain()


def normalise(text: str) -> str:
    """`text` in lower case and half-width forms, character for character: offsets hold."""
    return text.translate(_PLAIN)


def units(text: str) -> Iterator[Unit | None]:
    """The units of a normalised text; None stands for a masked figure, which parts them."""
    for found in _UNIT.finditer(text):
        if found[3]:
            yield None
        else:
            yield Unit(found[0], found.start(), bool(found[1]))
