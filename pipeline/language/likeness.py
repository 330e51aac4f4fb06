"""How alike two words sound: the fewest changes from one to the other, a change of a like sound counting less.

A recogniser that does not know a word writes another that sounds much like it: 侵略 for 秦岳, 海拔 for 海蓝.
Syllables are aligned as letters are in spelling correction (Wagner and Fischer 1974), each pair weighed by initial,
medial, nucleus and coda.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from pipeline.language.script import is_han
from pipeline.language.sounds import syllable

LOST = 0.8
"""What a syllable costs that only one of two words has."""
INITIAL, NEAR_INITIAL, SAME_PLACE = 0.5, 0.2, 0.05
MEDIAL, NUCLEUS, CODA, NASAL = 0.15, 0.25, 0.2, 0.05

_INITIALS = ("zh", "ch", "sh", *"bpmfdtnlgkhjqxrzcs")
_ALMOST = tuple(map(frozenset, (("z", "zh"), ("c", "ch"), ("s", "sh"), ("n", "l"))))
_LIKE = tuple(
    map(
        frozenset,
        (("b", "p"), ("d", "t"), ("g", "k", "h"), ("j", "q", "x"), ("z", "zh", "c", "ch", "s", "sh"),
         ("n", "l", "r"), ("f", "h"), ("m", "n"), ("j", "zh"), ("q", "ch"), ("x", "sh", "s"), ("r", "")),
    )
)  # fmt: skip
_SPELLED = {"y": "i", "w": "u"}
_WRITTEN_SHORT = {"iu": "iou", "ui": "uei", "un": "uen", "ong": "ueng", "iong": "ieng", "vn": "ven", "in": "ien",
                  "ing": "ieng"}  # fmt: skip


class Syllable(NamedTuple):
    """A syllable in its parts, each empty where it has none."""

    initial: str
    medial: str
    nucleus: str
    coda: str


@lru_cache(maxsize=16384)
def parts_of(sound: str) -> Syllable:
    """The parts of a toneless syllable: kuang is k, u, a, ng; yue is i-v-e written by its sound."""
    initial = next((each for each in _INITIALS if sound.startswith(each)), "")
    final = sound[len(initial) :]
    if not initial:
        final = _without_glide(final)
    if initial in ("j", "q", "x") and final.startswith("u"):
        final = f"v{final[1:]}"
    final = _WRITTEN_SHORT.get(final, final)
    coda = next((each for each in ("ng", "n") if final.endswith(each) and len(final) > len(each)), "")
    final = final.removesuffix(coda)
    if not coda and len(final) > 1 and final[-1] in "iuo" and final[-2] in "aeo":
        final, coda = final[:-1], final[-1].replace("o", "u")
    medial = final[0] if len(final) > 1 and final[0] in "iuv" else ""
    return Syllable(initial, medial, final.removeprefix(medial), coda)


def _without_glide(final: str) -> str:
    """yan as ian, yi as i, yu as v, yuan as van, wo as uo, wu as u."""
    if final.startswith("yu"):
        return f"v{final[2:]}" if final != "you" else "iou"
    vowel = _SPELLED.get(final[:1])
    if vowel is None:
        return final
    return final[1:] if final[1:2] == vowel else f"{vowel}{final[1:]}"


@lru_cache(maxsize=65536)
def apart(one: str, other: str) -> float:
    """How far two toneless syllables are apart: 0 for the same, 1 for nothing in common; letters are alike or not."""
    if one == other:
        return 0.0
    if (
        len(one) == 1
        and len(other) == 1
        and not (one.isalpha() and other.isalpha() and one in "aeo" and other in "aeo")
    ):
        return 1.0
    first, second = parts_of(one), parts_of(other)
    far = _initials_apart(first.initial, second.initial)
    far += MEDIAL * (first.medial != second.medial) + NUCLEUS * (first.nucleus != second.nucleus)
    if first.coda != second.coda:
        far += NASAL if {first.coda, second.coda} == {"n", "ng"} else CODA
    return min(1.0, far)


def _initials_apart(one: str, other: str) -> float:
    if one == other:
        return 0.0
    pair = {one, other}
    if any(pair <= group for group in _ALMOST):
        return SAME_PLACE
    return NEAR_INITIAL if any(pair <= group for group in _LIKE) else INITIAL


def unlikeness(heard: str, meant: str, doubts: Sequence[float] = (), *, within: bool = False) -> float:
    """What the fewest changes from `heard` to `meant` cost, in syllables: 0 for the same sound.

    `doubts` weigh each sounding character of `heard`, 1 where it is sure; `within`: any part of `meant` is enough.
    """
    first, second = (sounds_in(text) for text in (heard, meant))
    row = [0.0 if within else LOST * place for place in range(len(second) + 1)]
    for at, sound in enumerate(first):
        doubt = doubts[at] if at < len(doubts) else 1.0
        before, row = row, [row[0] + LOST * doubt]
        for place, against in enumerate(second):
            changed = before[place] + doubt * apart(sound, against)
            row.append(min(changed, before[place + 1] + doubt * LOST, row[-1] + LOST))
    return min(row) if within else row[-1]


def sounds_in(text: str) -> list[str]:
    """The toneless syllables of a folded text; letters and digits as they are read."""
    return [syllable(character) for character in text if is_han(character) or character.isalnum()]
