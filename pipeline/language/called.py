"""The name that somebody is called by where a name is known to be due: 郝瑞峰是吧, 扎西顿珠先生吗, 我姓盖,盖志远."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.language.resources import any_of, table, word_list, words
from pipeline.language.sieve import sought
from pipeline.types import Mention

HAN = "㐀-鿿"
LONGEST_UNKNOWN = 5
FRAMED = frozenset({"strong", "asking"})


class CalledNameReader:
    """Finds names by the surname list and the words of `configs/language/names.yaml` (`called`).

    Much looser than `NameReader`: to be asked only about turns that ask for, or give, a name.
    """

    def __init__(self, own: Path | None = None) -> None:
        called = table("language/names.yaml", own)["called"]
        surnames = words("lexicon/surnames.txt", own)
        surname = any_of(surnames)
        opened, titles, closed, doubled = (
            any_of(word_list(called[key])) for key in ("before", "titles", "after", "surname_first")
        )
        never = "".join(called["never_in"].split())
        given = f"(?![{never}])[{HAN}]"
        self._titled = re.compile(
            f"(?:^|[^{HAN}]|{opened})(?P<name>(?:{surname}|{given})(?:{given}){{1,{LONGEST_UNKNOWN - 1}}}?)(?={titles})"
        )
        known = re.compile(
            f"(?:^|[^{HAN}]|{opened})(?P<name>(?:{surname}){given}{{1,2}})(?=$|[^{HAN}]|{titles}|{closed})"
        )
        doubled_name = re.compile(f"(?:{doubled})(?P<sur>{surname})[,。 ]*(?P<name>(?P=sur){given}{{1,2}})")
        titled_again = any_of(word_list(called["titled_again"]))
        again = re.compile(
            f"(?:^|[^{HAN}]|{opened})(?P<name>(?P<sur>[{HAN}]){given}{{1,2}})(?=(?P=sur)(?:{titled_again}))"
        )
        self._patterns = (again, doubled_name, self._titled, known)
        self._sought = sought(tuple(pattern.pattern for pattern in self._patterns))
        self._never = frozenset(never)
        self._surnames = frozenset(surnames)
        self._not_names = frozenset(word_list(table("language/names.yaml", own)["not_names"]))

    def read(self, text: str) -> tuple[Mention, ...]:
        """The first name in a folded text, or none; `frame` is `called`."""
        for match in self._candidates(text):
            name = self._said_once(match)
            given = name[1:] if match.re is not self._titled or name[0] in self._surnames else name
            if self._never.isdisjoint(given) and name not in self._not_names:
                start = match.start("name")
                end = start + len(name)
                return (Mention("name", start, end, name, None, name, {"frame": "called"}),)
        return ()

    def _said_once(self, match: re.Match[str]) -> str:
        """The name without the surname that its title has once more: 隋玉波 of 隋玉波隋先生."""
        name: str = match["name"]
        first = next((s for s in (name[:2], name[:1]) if s in self._surnames and name.endswith(s, len(s) + 1)), "")
        return name.removesuffix(first) if match.re is self._titled else name

    def _candidates(self, text: str) -> Iterator[re.Match[str]]:
        for place in self._sought.possible(text):
            yield from self._patterns[place].finditer(text)


def with_called_name(mentions: Sequence[Mention], called: Sequence[Mention]) -> tuple[Mention, ...]:
    """The mentions of an agent's turn with the name that he calls somebody by, unless a name is read there already."""
    framed = any(m.kind == "name" and m.attributes.get("frame") in FRAMED for m in mentions)
    if framed or not called:
        return tuple(mentions)
    others = (m for m in mentions if m.kind != "name" or m.end <= called[0].start or called[0].end <= m.start)
    return tuple(sorted((*others, *called), key=lambda mention: (mention.start, mention.end)))
