"""Folds the spellings of a text together without moving a character."""

from __future__ import annotations

import re
import unicodedata

from pipeline.language.per_call import Memory

STOPS = frozenset("。!?;,.、…\n:")
CLAUSE_END = frozenset("。!?;,、…\n")
SENTENCE_END = frozenset("。!?;…\n")


def fold(text: str) -> str:
    """Full-width to half-width, capitals to small: the same length as `text`, so offsets hold in both."""
    known = _KNOWN.get(text)
    if known is None:
        known = text.translate(_FOLDED)
        known = _KNOWN[text] = _FULL_STOP.sub("。", known) if "." in known else known
    return known


# A full stop behind a Chinese character is none of a number: 二十一万整.隔壁还报二十四万.
_FULL_STOP = re.compile(r"(?<=[\u3400-\u9fff])\.(?![.0-9零〇一二三四五六七八九])")
_KNOWN: Memory[str, str] = Memory(4096)


class _Folded(dict[int, str]):
    """What each character folds to, found out once."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        folded = unicodedata.normalize("NFKC", character).lower()
        self[code] = folded if len(folded) == 1 else character
        return self[code]


_FOLDED = _Folded((code, chr(code)) for code in range(0x4E00, 0xA000))


def is_han(character: str) -> bool:
    """Whether this is a Chinese character."""
    return "㐀" <= character <= "鿿" or character == "〇"


def is_latin(character: str) -> bool:
    """Whether this is a small ASCII letter (text is folded first)."""
    return "a" <= character <= "z"


def is_digit(character: str) -> bool:
    """Whether this is an ASCII digit."""
    return "0" <= character <= "9"
