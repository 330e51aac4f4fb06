"""Where a turn says a name, a car, an employer, a job or a place that stands on the application."""

from __future__ import annotations

import re

from pipeline.language.heard_numbers import as_numbers
from pipeline.language.script import fold
from pipeline.reconcile.catalogue import names_of
from pipeline.reconcile.comparison import Comparison
from pipeline.reconcile.organisations import core, is_generic

_TAILS = (18, 11, 8, 6, 4)
_READ_DIGITS = str.maketrans("零〇洞幺一二两三四五六七拐八九叉", "0001122345677" + "89x")
_LETTER = re.compile(r"[x叉]|英文|字母|艾克斯")
_NO_DIGIT = re.compile(r"[^0-9x]")
_SHORTEST = 2
_PLACE = 3


def place_of_applied(comparison: Comparison, text: str) -> tuple[int, int] | None:
    """Offsets in the folded `text` of a turn where the applied value is written; None where it is not."""
    find = {
        "name": _whole,
        "organisation": _organisation,
        "brand": _brand,
        "model": _model,
        "text": _job,
        "address": _place,
    }.get(comparison.rule.type)
    return find(comparison, text) if find else None


def end_of_number(applied: str, text: str) -> tuple[int, int, str] | None:
    """Offsets in the folded `text` where the last digits of a number on paper are read one by one, whatever stands
    between them and however they are written, and those digits; None where they are not, or others follow.
    """
    kept = [
        (place, each)
        for place, each in enumerate(as_numbers(text).translate(_READ_DIGITS))
        if not _NO_DIGIT.match(each)
    ]
    said, number = "".join(each for _, each in kept), fold(applied)
    if number.endswith("x") and _LETTER.search(text):  # 幺四三二幺,最后是英文那个
        kept = [(place, each) for place, each in kept if each != "x" and text[place : place + 2] != "一个"]
        said = "".join(each for _, each in kept) + "x"
        kept.append(kept[-1] if kept else (0, "x"))
    for length in _TAILS:
        found = said.rfind(number[-length:]) if len(number) >= length else -1
        if found >= 0 and found + length == len(said):
            return kept[found][0], kept[-1][0] + 1, number[-length:].upper()
    return None


def _whole(comparison: Comparison, text: str) -> tuple[int, int] | None:
    return _first_of((str(comparison.applied),), text)


def _organisation(comparison: Comparison, text: str) -> tuple[int, int] | None:
    """Its name, the beginning of it, or a longer run that is more than trade and form."""
    name = core(str(comparison.applied), comparison)
    if name[:1] not in text and not any(run in text for run in _runs(name, _PLACE)):
        return None
    if is_generic(name, comparison):
        return None
    runs = [name, *(name[:end] for end in range(len(name) - 1, _SHORTEST - 1, -1)), *_runs(name, _PLACE)]
    return _first_of([run for run in runs if not is_generic(run, comparison)], text)


def _brand(comparison: Comparison, text: str) -> tuple[int, int] | None:
    applied = str(comparison.applied)
    groups = comparison.rules.aliases.get(comparison.rule.field, ())
    also = [name for group in groups if applied in group for name in group]
    return _first_of((applied, *also), text)


def _model(comparison: Comparison, text: str) -> tuple[int, int] | None:
    names = names_of(comparison)
    return _first_of([name for name in names if len(name) >= _SHORTEST], text)


def _job(comparison: Comparison, text: str) -> tuple[int, int] | None:
    applied = str(comparison.applied)
    groups = comparison.rules.aliases.get(comparison.rule.field, ())
    also = [name for group in groups if applied in group for name in group]
    short = applied[: max(_SHORTEST, (len(applied) + 1) // 2 - 1)]
    return _first_of((applied, *also, *([short] if len(applied) > len(short) + 1 else ())), text)


def _place(comparison: Comparison, text: str) -> tuple[int, int] | None:
    """The longest run of the address, less province, city and district, that the turn holds."""
    whole = fold(str(comparison.applied))
    lexicon = comparison.lexicon
    for known in (*lexicon.provinces, *lexicon.cities, *lexicon.districts):
        whole = whole.replace(known, " ")
    return _first_of([run for run in _runs(whole, _PLACE) if " " not in run], text)


def _runs(text: str, shortest: int) -> list[str]:
    """Every run of `text` of `shortest` characters or more, the longest first."""
    return [
        text[start : start + length]
        for length in range(len(text), shortest - 1, -1)
        for start in range(len(text) - length + 1)
    ]


def _first_of(names: tuple[str, ...] | list[str], text: str) -> tuple[int, int] | None:
    for name in names:
        sought = fold(name)
        place = text.find(sought) if len(sought) >= _SHORTEST else -1
        if place >= 0:
            return place, place + len(sought)
    return None
