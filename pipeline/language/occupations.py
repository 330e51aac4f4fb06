"""What people work as: the names of each occupation, and what its people say they do."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import SettingsError
from pipeline.language.resources import table, word_list

FILE = "lexicon/occupations.yaml"


@dataclass(frozen=True, slots=True)
class Occupation:
    """`names` of one occupation, the plain one first; what is said in place of a name: `does` (看大门); and what `also`
    stands for it beside the question alone (业务, 自己干).
    """

    names: tuple[str, ...]
    also: tuple[str, ...] = ()
    does: tuple[str, ...] = ()

    def is_named_by(self, title: str) -> bool:
        """Whether `title` is one of its names, a longer one that ends with it (车间操作工), or told in its words."""
        return title.endswith(self.names) or self.is_told_by(title)

    def is_told_by(self, words: str) -> bool:
        """Whether `words` stand for it."""
        return words in self.names or words in self.also or words in self.does


@functools.lru_cache(maxsize=4)
def load_occupations(own: Path | None = None) -> tuple[Occupation, ...]:
    """The occupations of the lender's folder `own` or the embedded ones. Raises `SettingsError`."""
    found: list[Occupation] = []
    listed = table(FILE, own).get("occupations")
    for place, line in enumerate(listed if isinstance(listed, list) else [None]):
        if not isinstance(line, Mapping) or set(line) - {"names", "also", "does"} or not word_list(line.get("names")):
            raise SettingsError(f"config file {FILE}: occupations[{place}]: must be a mapping of names, also and does")
        found.append(Occupation(*(word_list(line.get(key)) for key in ("names", "also", "does"))))
    return tuple(found)
