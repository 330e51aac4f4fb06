"""Simplified characters out of traditional ones, with words kept in step."""

from __future__ import annotations

from models.hear.script import simplified, simplified_words
from pipeline.types import Word


def words(*texts: str) -> tuple[Word, ...]:
    return tuple(Word(text, index, index + 1, 0.9) for index, text in enumerate(texts))


def test_traditional_text_is_simplified() -> None:
    assert simplified("貸款買車") == "贷款买车"


def test_simplified_text_stays() -> None:
    assert simplified("我买的是秦PLUS") == "我买的是秦PLUS"


def test_words_join_to_the_simplified_text() -> None:
    changed = simplified_words(words("貸", "款", "買", "Model", "Y"))
    assert "".join(word.text for word in changed) == "贷款买ModelY"
    assert [(word.start, word.end) for word in changed] == [(index, index + 1) for index in range(5)]
