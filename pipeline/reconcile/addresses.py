"""Addresses: compared by the most specific part that both sides name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from pipeline.language.script import is_han
from pipeline.language.sounds import syllable
from pipeline.reconcile.address_words import AddressWords
from pipeline.reconcile.comparison import Comparison, Held
from pipeline.reconcile.lexicon import Lexicon
from pipeline.reconcile.rules import Level
from pipeline.reconcile.sounds import Sounds, sounding_characters, sounds_of

PARTS = ("province", "city", "district", "town", "road", "number", "compound")
_LONGEST, _SHORT = 200, 3
_SHORTEST_ALIKE = 2
_SHORTEST_TAIL, _LONGEST_TAIL = 2, 7
_DIGIT = {character: index for index, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "幺": 1, "两": 2}
_NUMERAL = "零〇一幺二两三四五六七八九十百"
_NUMBER = re.compile(rf"(\d+|[{_NUMERAL}]+)号(?!楼|线|院)")
_BUILDING = re.compile(rf"(?:\d+|[{_NUMERAL}A-Z]+)(?:期|栋|幢|号楼|座|单元|楼|层|室).*$")


@dataclass(frozen=True, slots=True)
class Address:
    """Named parts of an address, and the sounding characters of the whole."""

    parts: Mapping[str, str]
    whole: str


def address_parts(comparison: Comparison, level: Level) -> Held | None:
    """The most specific common part is written alike, and no wider common part is another place."""
    return _compare(comparison, None)


def address_sound(comparison: Comparison, level: Level) -> Held | None:
    """As `address_parts`, with parts that sound the same counted as one."""
    return _compare(comparison, sounds_of(comparison.rules.sounds))


def vague_place(comparison: Comparison, level: Level) -> Held | None:
    """The two sides name no part in common (老家那边; a road against a compound).

    A name alone (小榄) that stands nowhere in the address on paper is another place.
    """
    said, applied = (parse_address(str(value), comparison.lexicon) for value in (comparison.said, comparison.applied))
    words = comparison.lexicon.address_words
    if words.is_general(said.whole):
        return Held(comparison.stated.value)
    if not said.parts and len(said.whole) >= 2 and not words.is_vague(said.whole):
        return None
    return None if set(said.parts) & set(applied.parts) else Held(comparison.stated.value)


def names_a_known_place(comparison: Comparison) -> bool:
    """Whether what is said names a province, a city or a district: 顺德容桂."""
    return not {"province", "city", "district"}.isdisjoint(parse_address(comparison.said, comparison.lexicon).parts)


def parse_address(text: str, lexicon: Lexicon) -> Address:
    """The parts that `text` names, in its first 200 characters. House numbers are whole numbers as text."""
    whole = sounding_characters(text)[:_LONGEST]
    words = lexicon.address_words
    left = words.filler.sub("", whole)
    parts: dict[str, str] = {}
    for name, known in (("province", lexicon.provinces), ("city", lexicon.cities), ("district", lexicon.districts)):
        part, left = _take(left, known, name, words)
        if part:
            parts[name] = part
    for name in ("town", "road"):
        part, left = _take(left, (), name, words)
        if part:
            parts[name] = part
    number = _NUMBER.search(left)
    if number:
        parts["number"] = str(_whole_number(number[1]))
        left = left[number.end() :]
    left = _BUILDING.sub("", left)
    compound = next((name for name in lexicon.compounds if name in left), None) or _first(words.compound, left)
    if compound:
        parts["compound"] = compound
    return Address(parts, whole)


def _compare(comparison: Comparison, sounds: Sounds | None) -> Held | None:
    heard = comparison.said if sounds is None else _spelled(comparison.said, str(comparison.applied))
    said = parse_address(heard, comparison.lexicon)
    applied = parse_address(str(comparison.applied), comparison.lexicon)
    words = comparison.lexicon.address_words
    if _is_abridged(said, applied) or _stands_in(said, applied, words):
        return _held(comparison, "compound")
    common = [name for name in PARTS if name in said.parts and name in applied.parts]
    alike = {name: _same_part(said.parts[name], applied.parts[name], sounds, words) for name in common}
    if any(not alike.get(name, True) for name in ("province", "city")):
        return None
    if all(same for name, same in alike.items() if name != "compound") and _ends_alike(said, applied, words):
        return _held(comparison, "compound")
    if common:
        decisive = common[-1]
        return _held(comparison, decisive) if _agrees(alike, decisive) else None
    if len(said.whole) >= 2 and (
        said.whole in applied.whole or (sounds and sounds.contains(applied.whole, said.whole))
    ):
        return _held(comparison, "compound")
    return None


def _ends_alike(said: Address, applied: Address, words: AddressWords) -> bool:
    """Whether the compound of one side, or what stands on paper behind the last road or town, stands in the other:
    金色家园三期, 客栈后院才村.
    """
    pairs = ((said.parts.get("compound"), applied.whole), (applied.parts.get("compound"), said.whole))
    if any(part is not None and part in whole and not words.is_general(part) for part, whole in pairs):
        return True
    last = next((applied.parts[name] for name in ("road", "town") if name in applied.parts), "")
    tail = applied.whole.rpartition(last)[2] if last else ""
    return _SHORTEST_TAIL <= len(tail) < _LONGEST_TAIL and said.whole.endswith(tail) and not words.is_general(tail)


def _stands_in(said: Address, applied: Address, words: AddressWords) -> bool:
    """Whether all that is said stands on paper as it is (镇海路 in 石岛镇海路88号), and is more than 小区."""
    if "number" in said.parts or len(said.whole) < 2 or said.whole in words.vague:
        return False
    return not words.is_general(said.whole) and said.whole in applied.whole


def _is_abridged(said: Address, applied: Address) -> bool:
    """Whether all that is said stands on paper in that order, in pieces of two characters or more, whatever the parts
    are taken for: 龙凤卧里屯 for 龙凤区卧里屯街道, 泡崖八区 for 甘井子区泡崖八区.
    """
    if "number" in said.parts and said.parts["number"] != applied.parts.get("number"):
        return False
    left, place = said.whole, 0
    if len(left) <= _SHORT:
        return False
    while left:
        sizes = range(len(left), 1, -1)
        size = next((n for n in sizes if len(left) - n != 1 and applied.whole.find(left[:n], place) >= 0), 0)
        if not size:
            return False
        place = applied.whole.find(left[:size], place) + size
        left = left[size:]
    return True


def _agrees(alike: Mapping[str, bool], decisive: str) -> bool:
    """A house number counts only with its road; otherwise the most specific part alone decides."""
    return alike[decisive] and (decisive != "number" or alike.get("road", True))


def _same_part(one: str, other: str, sounds: Sounds | None, words: AddressWords) -> bool:
    if one == other:
        return True
    shorter, longer = sorted((one, other), key=lambda part: len(words.stem(part)))
    stem = words.stem(shorter)
    within = words.stem(longer).endswith(stem) or (stem == shorter and longer.startswith(stem))
    if within and len(stem) >= 2 and not stem.isdigit():
        return True
    return sounds is not None and sounds.same(one, other)


def _take(text: str, known: tuple[str, ...], name: str, words: AddressWords) -> tuple[str | None, str]:
    """The part found first among the `known` words or by its ending, and the text without what led up to it."""
    suffix = "市" if name == "city" else ""
    for word in known:
        if not text.startswith(word[0]):
            continue
        short = words.stem(word)
        shortened = len(short) >= 2 and short != word and text.startswith(short)
        if shortened and not words.road_after.match(text, len(short)):
            return word, text[len(short) :].removeprefix(word[len(short) :])
        if text.startswith(word) and not (short == word and words.road_after.match(text, len(word))):
            return word, text[len(word) :].removeprefix(suffix)
    found = words.suffixed[name].search(text)
    return (found[0], text[: found.start()] + text[found.end() :]) if found else (None, text)


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return found[0] if found else None


def _whole_number(text: str) -> int:
    if text.isdigit() and text.isascii():
        return int(text)
    if not any(mark in text for mark in "十百"):
        return int("".join(str(_DIGIT[character]) for character in text))
    total, digit = 0, 0
    for character in text:
        if character in "十百":
            total += (digit or 1) * (10 if character == "十" else 100)
            digit = 0
        else:
            digit = _DIGIT[character]
    return total + digit


def _held(comparison: Comparison, part: str) -> Held:
    label = comparison.lexicon.address_words.labels[part]
    spelled = _spelled(comparison.said, str(comparison.applied))
    return Held(spelled, {"part": label["zh"], "part_en": label["en"]})


def _spelled(said: str, applied: str) -> str:
    """What was said, with the characters on paper where it sounds the same: 紫洞路 for 紫东路."""
    if len(said) > _LONGEST:
        return said
    heard, written = ([syllable(character) for character in text] for text in (said, applied[:_LONGEST]))
    spelled = list(said)
    for block in SequenceMatcher(None, heard, written, autojunk=False).get_matching_blocks():
        if block.size >= _SHORTEST_ALIKE:
            for place in range(block.size):
                character = applied[block.b + place]
                if is_han(character) and is_han(said[block.a + place]):
                    spelled[block.a + place] = character
    return "".join(spelled)
