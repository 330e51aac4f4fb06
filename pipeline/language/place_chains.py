"""Places named one behind the other with nothing that shows an address: 安徽合肥, 佛山顺德, 四川绵阳三台."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.language.resources import any_of, word_list

HAN = "\u3400-\u9fff"
KINDS = ("province", "city", "district")
LISTS = ("provinces", "cities", "districts")
LEAST = 2
_ENDINGS: Mapping[str, re.Pattern[str]] = {
    "province": re.compile("(?:省|自治区)$"),
    "city": re.compile("市$"),
    "district": re.compile("(?:新区|[区县旗])$"),
}


class PlaceChains:
    """Reads a clause that is nothing but a province, a city and a district of `configs/lexicon/places.yaml`, two of
    them at least, and perhaps the name of a smaller place behind them."""

    def __init__(self, places: Mapping[str, Any], closers: Sequence[str]) -> None:
        parts = (
            f"(?P<{kind}>{_any_way_of(word_list(places.get(name)), _ENDINGS[kind])})?"
            for kind, name in zip(KINDS, LISTS, strict=True)
        )
        closing = any_of(closers)
        self._chain = re.compile("".join(parts) + f"(?P<rest>[{HAN}]{{2,3}}?)??(?:{closing})*")

    def read(self, clause: str) -> tuple[int, tuple[str, ...], str] | None:
        """Where the places at the head of a folded clause end, their kinds, and what stands behind the last known one;
        None where it is no such clause."""
        found = self._chain.fullmatch(clause)
        if found is None:
            return None
        kinds = tuple(kind for kind in KINDS if found[kind])
        if len(kinds) < LEAST:
            return None
        rest = found["rest"] or ""
        return found.end("rest" if rest else kinds[-1]), (*kinds, "town") if rest else kinds, rest


def _any_way_of(words: Sequence[str], ending: re.Pattern[str]) -> str:
    """The words, each without its ending too where two characters are left."""
    ways = set(words)
    for word in words:
        stem = ending.sub("", word)
        ways |= {stem} if len(stem) >= LEAST else set()
        if ending is _ENDINGS["city"]:
            ways.add(f"{word}市")
    return any_of(ways)
