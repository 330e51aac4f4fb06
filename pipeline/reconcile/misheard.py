"""What differs from the application and sounds much like it, where the recogniser may have misheard it.

秦岳劳务 is heard as 侵略劳务, 海蓝跨境 as 海拔挂境: a word that the recogniser does not know comes out as others of
a like sound, and it is seldom sure of them. Who says another firm's name says one that sounds otherwise, clearly.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.language.likeness import apart, sounds_in, unlikeness
from pipeline.language.script import is_han
from pipeline.reconcile.catalogue import bare_model
from pipeline.reconcile.comparison import Comparison, Held
from pipeline.reconcile.names import is_told_otherwise
from pipeline.reconcile.organisations import distinctive, is_generic
from pipeline.reconcile.rules import Level
from pipeline.reconcile.sounds import sounding_characters

_SHORTEST = 2
_IN_PART = ("organisation", "address")
_READ_OUT, _UNLIKE, _OTHER_WORD = 0.5, 0.4, 0.5


def near_sound(comparison: Comparison, level: Level) -> Held | None:
    """What was heard sounds like what is on paper, within the level's `unlike` a syllable; what the recogniser was not
    sure of counts less. The application's spelling is reported where the level makes it a match.
    """
    unlike = _unlike(comparison)
    if unlike is None or unlike > (level.unlike or 0.0):
        return None
    return Held(comparison.applied if level.outcome == "match" else comparison.stated.value)


def _unlike(comparison: Comparison) -> float | None:
    """How unlike the two sound, a syllable; None where that tells nothing, or nothing that differs is doubted."""
    kind = comparison.rule.type
    said, applied = comparison.said, str(comparison.applied)
    if kind == "organisation":
        if is_generic(said, comparison):
            return None
        said, applied = distinctive(said, comparison), distinctive(applied, comparison)
    elif kind == "model":
        said, applied = bare_model(comparison, said), bare_model(comparison, applied)
    if kind == "name" and is_told_otherwise(comparison):
        return None
    said, applied = sounding_characters(said).lower(), sounding_characters(applied).lower()
    if min(len(said), len(applied)) < _SHORTEST:
        return None
    doubts = _doubts(comparison, said)
    if comparison.stated.polarity == "confirmed":  # the agent reads what is on paper
        doubts = [_READ_OUT * each for each in doubts]
    if kind in ("model", "brand"):
        return _by_what_differs(said, applied, doubts)
    longest = len(said) if kind in _IN_PART else max(len(said), len(applied))
    within = kind in _IN_PART
    sure = unlikeness(said, applied, within=within) / longest
    weighed = unlikeness(said, applied, doubts, within=within) / longest
    return weighed if weighed < sure <= _UNLIKE else None


def _by_what_differs(said: str, applied: str, doubts: Sequence[float]) -> float | None:
    """How unlike the differing characters of two names of one length are; None where most of them differ."""
    pairs = zip(sounds_in(said), sounds_in(applied), strict=False)
    differing = [(apart(one, other), place) for place, (one, other) in enumerate(pairs) if one != other]
    if len(said) != len(applied) or len(doubts) != len(said) or not 0 < 2 * len(differing) <= len(said):
        return None
    if any(far > _OTHER_WORD and is_han(said[place]) for far, place in differing):  # 海豚 is heard, and no 海鸥
        return None
    return sum(far * doubts[place] for far, place in differing) / len(differing)


def _doubts(comparison: Comparison, said: str) -> Sequence[float]:
    """How far each sounding character of `said` counts; all as the least sure one where it was heard in other words."""
    heard, sureness = comparison.stated.text, comparison.sureness(comparison.stated)
    if not sureness:
        return ()
    sounding = [place for place, each in enumerate(heard) if sounding_characters(each)]
    text = "".join(heard[place] for place in sounding).lower()
    sure = [comparison.rules.sounds.doubt(sureness[place]) for place in sounding if place < len(sureness)]
    at = text.find(said)
    return sure[at : at + len(said)] if at >= 0 else [min(sure, default=1.0)] * len(said)
