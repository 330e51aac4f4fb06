"""Personal names: by characters, then by sound, then by the part that was said."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from pipeline.language.script import fold
from pipeline.language.spelled import SpelledReader
from pipeline.reconcile.comparison import Comparison, Held
from pipeline.reconcile.rules import Level
from pipeline.reconcile.sounds import sounding_characters, sounds_of

_TITLE = re.compile(r"(?:先生|女士|小姐|同志|师傅|老师|经理|总)$")


def name_sound(comparison: Comparison, level: Level) -> Held | None:
    """The two names sound the same (王建果 for 王建国, 章 for 张); the application's spelling is reported."""
    sounds = sounds_of(comparison.rules.sounds)
    same = sounds.same_name(comparison.said, str(comparison.applied))
    return Held(comparison.applied) if same and not is_told_otherwise(comparison) else None


def is_told_otherwise(comparison: Comparison) -> bool:
    """Whether a character that differs was told by other words: 立早章 for 张."""
    said, applied = sounding_characters(comparison.said), sounding_characters(str(comparison.applied))
    told = {each.character for each in _spelled(comparison.rules.own).read(fold(comparison.heard))}
    return any(one != other and one in told for one, other in zip(said, applied, strict=False))


@lru_cache(maxsize=8)
def _spelled(own: Path | None) -> SpelledReader:
    return SpelledReader(own)


def given_name(comparison: Comparison, level: Level) -> Held | None:
    """Only the given name, of two characters, was said (建国 for 王建国)."""
    sounds = sounds_of(comparison.rules.sounds)
    said = sounding_characters(comparison.said)
    _, given = sounds.surname_and_given(str(comparison.applied))
    return Held(comparison.stated.value) if len(said) >= 2 and sounds.same(said, given) else None


def surname_only(comparison: Comparison, level: Level) -> Held | None:
    """Only the right surname was said (姓王, 王先生): nobody is known by it, nobody ruled out."""
    sounds = sounds_of(comparison.rules.sounds)
    said = _TITLE.sub("", sounding_characters(comparison.said))
    surname, _ = sounds.surname_and_given(str(comparison.applied))
    return Held(comparison.stated.value) if said and sounds.same_surname(said, surname) else None
