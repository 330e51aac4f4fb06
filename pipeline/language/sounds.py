"""How a character sounds: toneless pinyin (pypinyin), and a coarser key that folds what people mix."""

from __future__ import annotations

from functools import lru_cache

from pypinyin import Style, lazy_pinyin

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


@lru_cache(maxsize=8)
def syllables(text: str) -> tuple[str, ...]:
    """The syllable of every character of a text; several books search the same turn."""
    return tuple(map(syllable, text))


@lru_cache(maxsize=8)
def keys(text: str) -> tuple[str, ...]:
    """The key of every character of a text."""
    return tuple(map(key, text))
