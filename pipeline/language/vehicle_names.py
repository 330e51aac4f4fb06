"""Every way in which the cars of the catalogue are named: written, run on, with Latin letters said in Chinese."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from pipeline.language import sounds
from pipeline.language.catalogue import CatalogueCar, load_catalogue
from pipeline.language.resources import word_list
from pipeline.language.script import fold, is_han, is_latin

JOINERS = frozenset(" -·_.")
HAN_DIGITS = str.maketrans("零〇幺一二三四五六七八九", "001123456789")
# Latin words of so many letters are also written by their sound (宏光迷你).
SPELLED = 3
REMEMBERED = 50_000


@dataclass(frozen=True, slots=True)
class Form:
    """One way to say a car: `model` is empty for a brand; `weak` needs a brand or a question about the car."""

    written: str
    brand: str
    model: str
    weak: bool
    alias: bool


class _Lengths(dict[str, tuple[int, ...]]):
    """How long the names are that two syllables begin, from the longest; a key is their codes and their loose codes."""

    def __init__(self, strict: Mapping[str, tuple[int, ...]], loose: Mapping[str, tuple[int, ...]]) -> None:
        self._strict, self._loose = strict, loose

    def __missing__(self, beginning: str) -> tuple[int, ...]:
        pair, loosely = beginning[:2], beginning[2:]
        lengths = {*(self._strict.get(pair) or self._strict.get(pair[0], ())), *self._loose.get(loosely, ())}
        if len(self) < REMEMBERED:
            self[beginning] = tuple(sorted(lengths, reverse=True))
        return tuple(sorted(lengths, reverse=True))


class CarNames:
    """The names of all cars by their syllables (`strict`), and by coarser sounds from three on (`loose`); `lengths`
    says how long those are that two characters of a text may begin.
    """

    def __init__(self, words: Mapping[str, Any], own: Path | None = None) -> None:
        """By `words` of `configs/language/vehicles.yaml` and the catalogue, with the lender's own cars."""
        self._latin: Mapping[str, Sequence[str]] = words["latin"]
        self._letters: Mapping[str, Sequence[str]] = words["letters"]
        self._common = frozenset(compacted(fold(word))[0] for word in word_list(words["common"]))
        self.strict: dict[str, list[Form]] = {}
        self.loose: dict[str, list[Form]] = {}
        catalogue = load_catalogue(own)
        self._makes = frozenset(car.brand for car in catalogue)  # 埃安 of aion is one
        for brand in dict.fromkeys(car.brand for car in catalogue):
            for name in (brand, *word_list(words["brands"].get(brand))):
                self._add(name, brand, "", alias=name != brand)
        for car in catalogue:
            for name in _names(car):
                self._add(name, car.brand, car.model, alias=name != car.model)
        self.lengths = _Lengths(_by_beginning(self.strict), _by_beginning(self.loose))

    def _add(self, name: str, brand: str, model: str, *, alias: bool) -> None:
        written = compacted(fold(name))[0]
        if not written:
            return
        weak = (
            written in self._common or len(written) == 1 or all(each.isdigit() or each in "百十千" for each in written)
        )
        weak = weak or (len(written) <= 2 and written.isascii())
        form = Form(written, brand, model, weak, alias)
        for word, spellings in self._latin.items():
            if len(word) >= SPELLED and word in written and word != written:
                for spelled in (each for each in spellings if each not in self._makes):
                    self._add(written.replace(word, spelled), brand, model, alias=True)
        for units in self._soundings(written):
            _put(self.strict, units, form)
            if len(units) >= 3:
                _put(self.loose, [sounds.key(unit) if is_han(unit) else _loosen(unit) for unit in units], form)

    def _soundings(self, written: str) -> Iterator[tuple[str, ...]]:
        """Every way the name may sound, as syllables; Latin as it is written or as it is said."""
        parts: list[list[tuple[str, ...]]] = []
        for run in _runs(written):
            plain = tuple(sounds.syllable(character) for character in run)
            if not is_latin(run[0]):
                parts.append([plain])
                continue
            said = [tuple(map(sounds.syllable, name)) for name in self._latin.get(run, ())]
            if not said and len(run) <= 3:
                ways = product(*(self._letters.get(letter, [letter]) for letter in run))
                said = [tuple(map(sounds.syllable, "".join(spoken))) for spoken in ways]
            parts.append([plain, *said])
        for combination in product(*parts):
            yield tuple(unit for part in combination for unit in part)


def plain(name: str) -> str:
    """A name as texts are searched for it."""
    return compacted(fold(name))[0]


def _names(car: CatalogueCar) -> Iterator[str]:
    """How a car is named, without what brand and name together make (本田雅阁); Latin ones also run on (MINICOOPER)."""
    whole = {plain(name) for name in car.names}
    brand = plain(car.brand)
    for name in car.names:
        if plain(name).removeprefix(brand) == plain(name) or plain(name).removeprefix(brand) not in whole:
            yield name
    if is_latin(brand[-1]) and is_latin(plain(car.model)[0]):
        yield car.brand + car.model


def _put(book: dict[str, list[Form]], units: Sequence[str], form: Form) -> None:
    forms = book.setdefault("".join(map(sounds.code_of, units)), [])
    if form not in forms:
        forms.append(form)


def _by_beginning(book: Mapping[str, object]) -> dict[str, tuple[int, ...]]:
    """How long names are that begin with two codes, or with one code and are no longer."""
    lengths: dict[str, set[int]] = {}
    for codes in book:
        lengths.setdefault(codes[:2], set()).add(len(codes))
    for beginning, found in lengths.items():
        if len(beginning) == 2:
            found.update(lengths.get(beginning[0], ()))
    return {beginning: tuple(found) for beginning, found in lengths.items()}


def _loosen(syllable: str) -> str:
    for strict, loose in (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l")):
        if syllable.startswith(strict) and len(syllable) > 1:
            syllable = loose + syllable[len(strict) :]
            break
    return syllable[:-1] if syllable.endswith("ng") else syllable


def _runs(written: str) -> Iterator[str]:
    """Stretches of Latin letters, and of everything else (model, y / 秦, plus)."""
    start = 0
    for index in range(1, len(written) + 1):
        if index == len(written) or is_latin(written[index]) != is_latin(written[start]):
            run = written[start:index]
            if run.startswith("model") and len(run) > 5:
                yield run[:5]
                run = run[5:]
            yield run
            start = index


def compacted(text: str) -> tuple[str, Sequence[int]]:
    """The text without joiners and with spoken digits as figures, and where each kept character was."""
    if JOINERS.isdisjoint(text):
        return text.translate(HAN_DIGITS), range(len(text))
    places = [index for index, character in enumerate(text) if character not in JOINERS]
    return "".join(text[index] for index in places).translate(HAN_DIGITS), places
