"""Where a turn says a name, a car, an employer, a job or a place that stands on the application."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pipeline.language.heard_numbers import as_numbers
from pipeline.language.script import fold, is_latin
from pipeline.language.sounds import syllable_codes
from pipeline.reconcile.catalogue import names_of
from pipeline.reconcile.comparison import Comparison
from pipeline.reconcile.organisations import DEALER, core, distinctive, is_generic

_TAILS = (18, 11, 8, 6, 4)
_READ_DIGITS = str.maketrans("零〇洞幺一二两三四五六七拐八九叉", "0001122345677" + "89x")
_LETTER = re.compile(r"[x叉]|英文|字母|艾克斯")
_NO_DIGIT = re.compile(r"[^0-9x]")
_SHORTEST, _SHORTEST_HEARD = 2, 3
_PLACE = 3


def ways_to_write(comparison: Comparison) -> tuple[str, ...]:
    """The folded ways in which a turn may write the applied value, those that tell most first."""
    ways = {
        "name": _whole,
        "organisation": _organisation,
        "brand": _brand,
        "model": _model,
        "text": _job,
        "address": _place,
    }.get(comparison.rule.type)
    folded = map(fold, ways(comparison) if ways else ())
    return tuple(dict.fromkeys(way for way in folded if len(way) >= _SHORTEST))


def differs(comparison: Comparison) -> bool:
    """Whether something else than the applied value was said."""
    return comparison.stated.value != comparison.applied


def signs_of(comparison: Comparison) -> tuple[str, ...]:
    """Folded words of the daily work of the applied job: 坏点 of a 质检员."""
    applied = str(comparison.applied)
    found = [each for each in comparison.lexicon.occupations if each.is_named_by(applied)]
    return tuple(dict.fromkeys(fold(sign) for each in found for sign in each.signs))


def place_of(comparison: Comparison, ways: Iterable[str], text: str) -> tuple[int, int] | None:
    """Offsets in the folded `text` of a turn where the first of `ways` that it holds is written, a firm by more
    than its trade and form, or is heard (于人完酒楼 for 渔人湾酒楼); None without.
    """
    firm = comparison.rule.type == "organisation"
    telling = [way for way in ways if not (firm and is_generic(way, comparison))]
    for way in telling:
        if (at := text.find(way)) >= 0 and not (_cuts_a_word(text, at) or _cuts_a_word(text, at + len(way))):
            return at, at + len(way)
    sounds = syllable_codes(text)
    for way in telling:
        at = sounds.find(syllable_codes(way)) if len(way) >= _SHORTEST_HEARD else -1
        if at >= 0 and not (_cuts_a_word(text, at) or _cuts_a_word(text, at + len(way))):
            return at, at + len(way)
    return None


def _cuts_a_word(text: str, place: int) -> bool:
    """Whether a stretch begins or ends at `place` inside a Latin word: smar of smart."""
    return 0 < place < len(text) and is_latin(text[place - 1]) and is_latin(text[place])


def whole_place(applied: str, text: str, place: tuple[int, int]) -> tuple[int, int]:
    """`place` in the folded `text` of a turn, with what stands around it of the applied address: 安溪城厢,河滨南路."""
    known, (start, end) = frozenset(fold(applied)), place
    while start and (text[start - 1] in known or (text[start - 1] == "," and text[start - 2 : start - 1] in known)):
        start -= 1
    while end < len(text) and text[end] in known:
        end += 1
    while text[start] == ",":
        start += 1
    return start, end


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


def _whole(comparison: Comparison) -> Sequence[str]:
    return (str(comparison.applied),)


def _organisation(comparison: Comparison) -> Sequence[str]:
    """Its name, the beginnings of it, and its longer runs; of a dealer what tells it from others of its make, where no
    other was named.
    """
    name = core(str(comparison.applied), comparison)
    if is_generic(name, comparison):
        return ()
    alone = comparison.rule.field == DEALER and not differs(comparison)
    told = [distinctive(str(comparison.applied), comparison)] if alone else []
    return [name, *told, *(name[:end] for end in range(len(name) - 1, _SHORTEST - 1, -1)), *_runs(name, _PLACE)]


def _brand(comparison: Comparison) -> Sequence[str]:
    applied = str(comparison.applied)
    groups = comparison.rules.aliases.get(comparison.rule.field, ())
    also = [name for group in groups if applied in group for name in group]
    return (applied, *also)


def _model(comparison: Comparison) -> Sequence[str]:
    return names_of(comparison)


def _job(comparison: Comparison) -> Sequence[str]:
    applied = str(comparison.applied)
    named = [each for each in comparison.lexicon.occupations if each.is_named_by(applied)]
    # 销售经理 is listed itself: who only says 经理 means somebody else by it.
    occupations = [each for each in named if applied in each.names] or named
    also = [words for each in occupations for words in (*each.names, *each.does)]
    led = [each for each in comparison.lexicon.occupations if each.is_led_by(applied, comparison.lexicon.ranks)]
    also += [words for each in led for words in each.does]
    short = applied[: max(_SHORTEST, (len(applied) + 1) // 2 - 1)]
    return (applied, *also, *([short] if len(applied) > len(short) + 1 else ()))


def _place(comparison: Comparison) -> Sequence[str]:
    """The runs of the address, less province, city and district, the longest first."""
    whole = fold(str(comparison.applied))
    lexicon = comparison.lexicon
    for known in (*lexicon.provinces, *lexicon.cities, *lexicon.districts):
        whole = whole.replace(known, " ")
    return [run for run in _runs(whole, _PLACE) if " " not in run]


def _runs(text: str, shortest: int) -> list[str]:
    """Every run of `text` of `shortest` characters or more, the longest first."""
    return [
        text[start : start + length]
        for length in range(len(text), shortest - 1, -1)
        for start in range(len(text) - length + 1)
    ]
