"""The vehicle catalogue: `configs/lexicon/vehicles.tsv`, and what a lender adds in `lexicon/vehicles.added.tsv`."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import configs
from pipeline.errors import SettingsError

CATALOGUE, ADDED = "lexicon/vehicles.tsv", "lexicon/vehicles.added.tsv"
HEADER = ["brand", "model", "aliases", "spoken"]


@dataclass(frozen=True, slots=True)
class CatalogueCar:
    """A model on the market; `names` are the ways to write or say it, its own name first."""

    brand: str
    model: str
    names: tuple[str, ...]


@functools.lru_cache(maxsize=4)
def load_catalogue(own: Path | None = None) -> tuple[CatalogueCar, ...]:
    """The default catalogue, or the one in the lender's folder `own`, with what his `vehicles.added.tsv` adds.

    A row of the added file for a model that is there already adds its names to it. Raises SettingsError where a row
    lacks its brand or model, or the first line does not name the columns.
    """
    cars: dict[tuple[str, str], tuple[str, ...]] = {}
    files = [CATALOGUE, ADDED] if own is not None and (own / ADDED).is_file() else [CATALOGUE]
    for name in files:
        header, *rows = configs.read_rows(name, own) or [[]]
        if header[:2] != HEADER[:2]:
            raise SettingsError(f"config file {configs.path_of(name, own)}: its first line must be {' '.join(HEADER)}")
        for number, row in enumerate(rows, start=1):
            if len(row) < 2 or not row[0] or not row[1]:
                where = f"config file {configs.path_of(name, own)}: row {number} after the header"
                raise SettingsError(f"{where} needs a brand and a model with a tab between")
            brand, model, *others = row
            names = (alias.strip() for cell in others for alias in cell.split("|"))
            known = cars.get((brand, model), (model,))
            cars[brand, model] = tuple(dict.fromkeys((*known, *filter(None, names))))
    return tuple(CatalogueCar(brand, model, names) for (brand, model), names in cars.items())
