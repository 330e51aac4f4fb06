"""The lists that comparisons draw on: vehicle catalogue, places, trades. Read once from `configs/lexicon`."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from configs import path_of, read_rows, read_yaml
from pipeline.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Car:
    """One catalogue entry; `names` are every way to write or say the model."""

    brand: str
    model: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Cars by catalogue order; places and trades longest first."""

    cars: tuple[Car, ...]
    cities: tuple[str, ...]
    provinces: tuple[str, ...]
    districts: tuple[str, ...]
    compounds: tuple[str, ...]
    trades: tuple[str, ...]


@functools.lru_cache(maxsize=4)
def load_lexicon(own: Path | None = None) -> Lexicon:
    """The lists of the lender's folder `own` or the embedded defaults. Raises `SettingsError`."""
    places = _lists("lexicon/places.yaml", own)
    return Lexicon(
        cars=_cars(own),
        cities=_longest_first(places.get("cities", ())),
        provinces=_longest_first(places.get("provinces", ())),
        districts=_longest_first(places.get("districts", ())),
        compounds=_longest_first(places.get("compounds", ())),
        trades=_longest_first(_lists("lexicon/employers.yaml", own).get("trades", ())),
    )


def _cars(own: Path | None) -> tuple[Car, ...]:
    name = "lexicon/vehicles.tsv"
    cars = []
    for row in read_rows(name, own)[1:]:
        if len(row) < 2:
            raise SettingsError(f"config file {path_of(name, own)}: every row needs brand and model, tab-separated")
        brand, model, *others = row
        heard = (alias for cell in others for alias in cell.split("|") if alias)
        cars.append(Car(brand, model, tuple(dict.fromkeys((model, *heard)))))
    return tuple(cars)


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
