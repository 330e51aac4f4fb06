"""Simplified Chinese out of what a recogniser wrote, character by character where it can be."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace

import opencc

from pipeline.types import Word


@functools.cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def simplified(text: str) -> str:
    """`text` in simplified characters (OpenCC t2s)."""
    return str(_converter().convert(text))


def simplified_words(words: Sequence[Word]) -> tuple[Word, ...]:
    """The words in simplified characters, so that joined they equal the simplified text wherever lengths agree."""
    joined = "".join(word.text for word in words)
    whole = simplified(joined)
    if whole == joined:
        return tuple(words)
    if len(whole) != len(joined):
        return tuple(replace(word, text=simplified(word.text)) for word in words)
    converted, offset = [], 0
    for word in words:
        converted.append(replace(word, text=whole[offset : offset + len(word.text)]))
        offset += len(word.text)
    return tuple(converted)
