"""What is said where a name is due and is none: 画那个, 这个, 大家都喊老顺坦; 职务, 线上 where a job is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.language.catalogue import load_catalogue
from pipeline.language.resources import table, word_list
from pipeline.types import Mention

FILE = "language/no_names.yaml"
SUFFIXES = ("省", "市", "区", "县", "旗", "镇", "乡")
SHORTEST = 2
FIGURES, COUNTED = frozenset("0123456789零〇洞幺一二两三四五六七拐八九十"), frozenset("年月号日岁个块元百千万")


@dataclass(frozen=True, slots=True)
class _Words:
    whole: frozenset[str]
    never: tuple[str, ...]
    first: tuple[str, ...]
    last: tuple[str, ...]

    def hold(self, words: str) -> bool:
        if words in self.whole or words.startswith(self.first) or words.endswith(self.last):
            return True
        return any(word in words for word in self.never)


class NoNames:
    """Tells fillers from names, by `configs/language/no_names.yaml` and the places of `configs/lexicon/places.yaml`."""

    def __init__(self, own: Path | None = None) -> None:
        content: Mapping[str, Mapping[str, Any]] = table(FILE, own)
        self._kinds = {
            kind: _Words(
                frozenset(word_list(words["whole"])), *(word_list(words[k]) for k in ("never", "first", "last"))
            )
            for kind, words in content.items()
        }
        self._beside = word_list(content["organisation"]["beside"])
        places: Mapping[str, Any] = table("lexicon/places.yaml", own)
        known = {word for name in ("provinces", "cities", "districts") for word in word_list(places[name])}
        makes = {car.brand for car in load_catalogue(own)}
        stems = {word[:-1] for word in known if word.endswith(SUFFIXES) and len(word) > SHORTEST}
        self._places = frozenset((known | stems) - makes)

    def tells_where(self, text: str, found: Mention) -> bool:
        """Whether what was taken for a firm in a folded text only tells where one is: 菜市场旁边那家."""
        return found.kind == "organisation" and text.startswith(self._beside, found.end)

    def hold(self, found: Mention) -> bool:
        """Whether what was found in a folded text, taken for a name of its kind, is none; a place alone is no firm."""
        kind = self._kinds.get(found.kind)
        if kind is None:
            return False
        words = str(found.value or found.text)
        if len(words) > SHORTEST and (FIGURES | COUNTED).issuperset(words):
            return True
        return kind.hold(words) or (found.kind == "organisation" and words in self._places)
