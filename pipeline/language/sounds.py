"""How a character sounds: toneless pinyin (pypinyin), and a coarser key that folds what people mix."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

from pipeline.language.per_call import remembered

_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"))


@lru_cache(maxsize=16384)
def syllable(character: str) -> str:
    """Toneless pinyin of one character by its commonest reading; the character itself where it has none."""
    if character.isascii():
        return _DIGITS.get(character, character)
    spoken = lazy_pinyin(character, style=Style.NORMAL)
    return spoken[0] if spoken else character


@lru_cache(maxsize=16384)
def key(character: str) -> str:
    """The syllable with zh/z, ch/c, sh/s, n/l and -ng/-n folded together."""
    sound = syllable(character)
    if character.isascii():
        return sound
    for strict, loose in _INITIALS:
        if sound.startswith(strict):
            sound = loose + sound[len(strict) :]
            break
    return sound[:-1] if sound.endswith("ng") else sound


_DIGITS = dict(zip("0123456789", ["ling", "yi", "er", "san", "si", "wu", "liu", "qi", "ba", "jiu"], strict=True))


Codes = Callable[[str], str]
_FIRST_CODE = 0xE100  # the private area of the basic plane, behind the marks of masked values
_CODES: dict[str, str] = {}


def code_of(sound: str) -> str:
    """One private character that stands for a syllable or key, so that sounds are searched like letters."""
    return sound if len(sound) == 1 else _CODES.setdefault(sound, chr(_FIRST_CODE + len(_CODES)))


def syllable_code(character: str) -> str:
    """The code of a character's syllable."""
    return _SYLLABLE_CODES[ord(character)]


def key_code(character: str) -> str:
    """The code of a character's key."""
    return _KEY_CODES[ord(character)]


class _Codes(dict[int, str]):
    """The code of every character met so far, by what it is a code of."""

    def __init__(self, sound: Callable[[str], str]) -> None:
        self._sound = sound

    def __missing__(self, character: int) -> str:
        self[character] = code_of(self._sound(chr(character)))
        return self[character]


_SYLLABLE_CODES, _KEY_CODES = _Codes(syllable), _Codes(key)


@remembered(4096)
def syllable_codes(text: str) -> str:
    """The codes of every character's syllable; several books search the same turn."""
    return text.translate(_SYLLABLE_CODES)


@remembered(4096)
def key_codes(text: str) -> str:
    """The codes of every character's key."""
    return text.translate(_KEY_CODES)
