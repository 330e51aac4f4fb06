"""The lists that comparisons draw on: vehicle catalogue, places, trades. Read once from `configs/lexicon`."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from configs import path_of, read_yaml
from pipeline.errors import SettingsError
from pipeline.language.catalogue import CatalogueCar, load_catalogue
from pipeline.language.occupations import Occupation, Ranks, load_occupations, load_ranks
from pipeline.reconcile.address_words import AddressWords, load_address_words
from pipeline.reconcile.sounds import sounding_characters

_READ_DIGITS = str.maketrans("零一幺二三四五六七八九", "01123456789")


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """The vehicle catalogue; places and trades longest first; how parts of addresses end."""

    by_name: Mapping[str, frozenset[CatalogueCar]]
    brands: tuple[str, ...]
    cities: tuple[str, ...]
    provinces: tuple[str, ...]
    districts: tuple[str, ...]
    compounds: tuple[str, ...]
    trades: tuple[str, ...]
    address_words: AddressWords
    occupations: tuple[Occupation, ...] = ()
    ranks: Ranks = field(default_factory=Ranks)
    places_by_first: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@functools.lru_cache(maxsize=4)
def load_lexicon(own: Path | None = None) -> Lexicon:
    """The lists of the lender's folder `own` or the embedded defaults. Raises `SettingsError`."""
    places = _lists("lexicon/places.yaml", own)
    by_first: dict[str, list[str]] = {}
    for kind in ("provinces", "districts", "cities"):
        for place in _longest_first(places.get(kind, ())):
            by_first.setdefault(place[:1], []).append(place)
    return Lexicon(
        by_name=_by_name(load_catalogue(own)),
        brands=_longest_first(tuple(car.brand for car in load_catalogue(own))),
        cities=_longest_first(places.get("cities", ())),
        provinces=_longest_first(places.get("provinces", ())),
        districts=_longest_first(places.get("districts", ())),
        compounds=_longest_first(places.get("compounds", ())),
        trades=_longest_first(_lists("lexicon/employers.yaml", own).get("trades", ())),
        address_words=load_address_words(own),
        occupations=load_occupations(own),
        ranks=load_ranks(own),
        places_by_first={first: tuple(words) for first, words in by_first.items()},
    )


def plain_model(name: str) -> str:
    """A model's name without blanks and hyphens: digits as digits, Latin in capitals."""
    return sounding_characters(name).translate(_READ_DIGITS)


def _by_name(cars: Sequence[CatalogueCar]) -> Mapping[str, frozenset[CatalogueCar]]:
    found: dict[str, set[CatalogueCar]] = {}
    for car in cars:
        for way in car.names:
            found.setdefault(plain_model(way), set()).add(car)
    return {name: frozenset(entries) for name, entries in found.items()}


def _lists(name: str, own: Path | None) -> dict[str, tuple[str, ...]]:
    """A YAML mapping whose values are lists, or words separated by blanks."""
    written: Any = read_yaml(name, own)
    if not isinstance(written, dict):
        raise SettingsError(f"config file {path_of(name, own)}: must be a mapping of lists")
    return {
        str(key): tuple(value.split()) if isinstance(value, str) else tuple(str(item) for item in value or ())
        for key, value in written.items()
    }


def _longest_first(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(dict.fromkeys(words), key=len, reverse=True))
