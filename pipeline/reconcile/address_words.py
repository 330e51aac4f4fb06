"""The words that parts of an address are told by, from `configs/lexicon/address_parts.yaml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.language.resources import table, word_list

FILE = "lexicon/address_parts.yaml"


@dataclass(frozen=True, slots=True, eq=False)
class AddressWords:
    """How parts end (`suffixed`, by part; `compound`), what stands in front or may be left out, what says nothing.

    `labels` are the parts for people, by part and language.
    """

    suffixed: Mapping[str, re.Pattern[str]]
    compound: re.Pattern[str]
    filler: re.Pattern[str]
    ending: re.Pattern[str]
    road_after: re.Pattern[str]
    general: re.Pattern[str]
    vague: tuple[str, ...]
    labels: Mapping[str, Mapping[str, str]]

    def is_general(self, part: str) -> bool:
        """Whether a part tells no place from another: 小区."""
        return self.general.fullmatch(part) is not None

    def is_vague(self, whole: str) -> bool:
        """Whether what is said is too vague to be another place: 老家那边."""
        return any(word in whole for word in self.vague)

    def stem(self, part: str) -> str:
        """A part without its ending: 合肥 of 合肥市."""
        return self.ending.sub("", part)


def load_address_words(own: Path | None = None) -> AddressWords:
    """The words of the lender's folder `own` or the embedded ones. Raises `SettingsError`."""
    content = table(FILE, own)
    return AddressWords(
        suffixed={part: re.compile(pattern) for part, pattern in content["suffixed"].items()},
        compound=re.compile(content["compound"]),
        filler=re.compile(content["filler"]),
        ending=re.compile(content["ending"]),
        road_after=re.compile(content["road_after"]),
        general=re.compile(content["general"]),
        vague=word_list(content["vague"]),
        labels=content["labels"],
    )
