"""Identity and telephone numbers: a stated part is compared with the same part of the applied number."""

from __future__ import annotations

import re

from rapidfuzz.distance import Indel

from pipeline.reconcile.comparison import Comparison, Held
from pipeline.reconcile.rules import Level

_FRONT_HINT = re.compile(r"前[三四五六七八九十3-9]|开头|打头|头[三四六346]")
_BACK_HINT = re.compile(r"[后末][三四五六七八3-8]|尾号|末尾|最后")
_WRITTEN_X = str.maketrans("xＸｘ叉*＊", "XXXX**")
_TAILS = (4, 6)
_READ_DIGITS = str.maketrans("零〇洞一幺二两三四五六七拐八九０１２３４５６７８９", "0001122345677890123456789")


def digit_string(value: object) -> str:
    """Digits, X and mask stars of a written or read number; +86 and separators are dropped."""
    text = re.sub(r"^\s*(?:\+|00)86", "", str(value)).translate(_WRITTEN_X).translate(_READ_DIGITS)
    return re.sub(r"[^0-9X*]", "", text)


def full_number(comparison: Comparison, level: Level) -> Held | None:
    """The whole number was said and agrees."""
    said, applied = digit_string(comparison.said), digit_string(comparison.applied)
    return _held(comparison, said) if said and len(said) == len(applied) and _agree(said, applied) else None


def last_digits(comparison: Comparison, level: Level) -> Held | None:
    """At least `minimum` digits were said and the applied number ends with them."""
    said, applied = digit_string(comparison.said), digit_string(comparison.applied)
    if not _part(said, applied, level) or not _agree(said, applied[-len(said) :]):
        return None
    return _held(comparison, said)


def first_digits(comparison: Comparison, level: Level) -> Held | None:
    """The applied number begins with the digits said: `minimum` of them, or three where 前 / 开头 was heard."""
    said, applied = digit_string(comparison.said), digit_string(comparison.applied)
    enough = 3 if _FRONT_HINT.search(comparison.heard) else level.minimum or 6
    if _BACK_HINT.search(comparison.heard) or not enough <= len(said) < len(applied):
        return None
    return _held(comparison, said) if _agree(said, applied[: len(said)]) else None


def inner_digits(comparison: Comparison, level: Level) -> Held | None:
    """A long run from the middle of the applied number was said (a birth date in an ID number)."""
    said, applied = digit_string(comparison.said), digit_string(comparison.applied)
    if _BACK_HINT.search(comparison.heard) or not _part(said, applied, level) or said not in applied:
        return None
    return _held(comparison, said)


def few_digits(comparison: Comparison, level: Level) -> Held | None:
    """Fewer digits than `minimum` were heard: they neither prove nor disprove."""
    said = digit_string(comparison.said)
    return _held(comparison, said) if len(said) < (level.minimum or 4) else None


def lost_digit(comparison: Comparison, level: Level) -> Held | None:
    """The whole number, or the part of it at its end, with one digit lost or doubled, as recognisers do; never a number
    of the right length.
    """
    said, applied = digit_string(comparison.said), digit_string(comparison.applied)
    if len(said) in (len(applied) - 1, len(applied) + 1) and Indel.distance(said, applied) == 1:
        return _held(comparison, said)
    for heard in map(digit_string, comparison.heard.split(" ")):
        if len(heard) - 1 in _TAILS and _is_doubled(heard, applied[1 - len(heard) :]):  # 七七三三三 for 7733
            return _held(comparison, said)
    return None


def _is_doubled(heard: str, part: str) -> bool:
    """Whether `heard` is `part` with one digit said twice."""
    return any(
        heard[place] == heard[place + 1] and heard[:place] + heard[place + 1 :] == part
        for place in range(len(heard) - 1)
    )


def _part(said: str, applied: str, level: Level) -> bool:
    return (level.minimum or 4) <= len(said) < len(applied)


def _agree(said: str, applied: str) -> bool:
    """Digit by digit; a masked applied digit agrees with any, but not all of them may be masked."""
    visible = [(a, b) for a, b in zip(said, applied, strict=True) if b != "*"]
    return bool(visible) and all(a == b for a, b in visible)


def _held(comparison: Comparison, said: str) -> Held:
    return Held(said, {"digits": str(len(said))})
