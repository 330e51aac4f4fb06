"""Characters of a name as people tell them: 温度的温, 云是天上那个云, 立早章, 言西早那个谭."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.language import sounds
from pipeline.language.resources import any_of, table, word_list, words

FILE = "language/spelled.yaml"
HAN = "\u3400-\u9fff"
LONGEST_WORD = 6
SHORTEST, LONGEST = 2, 4
# So many characters may stand between a surname and a given name that are told apart.
APART = 16
SINGLE = re.compile(
    rf"(?:姓(?P<surname>[{HAN}]{{1,2}})(?=[,。 ])[^。?!]*?)?单名?(?:就|是|叫)?(?:一个|个)?(?:单字)?"
    rf"(?P<given>[{HAN}])(?=字|$|[,。!? 嘛呀啊])"
)
NOT = ("不是", "唔系", "不系", "非")
# 好多人都打成伊拉克那个伊
TAKEN_FOR = re.compile("[打写念叫读当听认说错记]成")


@dataclass(frozen=True, slots=True)
class Spelled:
    """One character told at `start:end`."""

    character: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class SpelledName:
    """A name with the characters told put in; `changed`: one of them is not the one that stood there."""

    name: str
    start: int
    end: int
    changed: bool = False


class SpelledReader:
    """Reads told characters by `configs/language/spelled.yaml`."""

    def __init__(self, own: Path | None = None) -> None:
        content: Mapping[str, Any] = table(FILE, own)
        between = any_of(word_list(content["between"]))
        # The word holds the character that it tells.
        self._told = re.compile(
            f"(?P<word>[{HAN}]{{1,{LONGEST_WORD}}}?)(?:{between})(?P<char>[{HAN}]{{1,2}})(?=$|[^{HAN}]|字)"
        )
        parts = [(part, char) for char, each in content["parts"].items() for part in each]
        known = "|".join(
            f"{re.escape(part)}(?:{between})?{char}" for part, char in sorted(parts, key=lambda one: -len(one[0]))
        )
        self._parts = re.compile(f"(?:{known})(?![{HAN}]*的)")
        surnames = words("lexicon/surnames.txt", own)
        self._surnames = frozenset(surnames)
        frames: Mapping[str, Any] = table("language/names.yaml", own)
        single = (name for name in surnames if len(name) == 1)
        characters = "".join((*words("lexicon/given_names.txt", own), *word_list(frames["given_characters"]), *single))
        plain, never = f"[{characters}]", "".join(word_list(frames["not_in_given"]))
        # What goes on behind the name is no part of it where the name is made as names are.
        given = f"(?P<given>(?:(?![{never}])[{HAN}]){{1,2}}(?=$|[^{HAN}])|(?:(?!的){plain}){{2}}(?!的))"
        surname, opened = f"姓(?P<surname>{any_of(surnames)})", any_of(word_list(content["given"]))
        self._in_parts = (
            re.compile(f"{surname}(?P<between>[^。?!]{{0,{APART}}}?)(?:{opened}){given}"),
            re.compile(f"(?P<between>)(?:{opened}){given}[,。、 ]+(?:我|俺|是|复|就|,)*{surname}(?=$|[^{HAN}]|的)"),
        )
        self._nicknames = word_list(content["nicknames"])

    def read(self, text: str) -> list[Spelled]:
        """The characters that a folded text tells, in their order; 不是弓长张 tells none."""
        told = [match for match in self._parts.finditer(text) if not text.endswith(NOT, 0, match.start())]
        found = [Spelled(match[0][-1], *match.span()) for match in told]
        taken = {place for each in found for place in range(each.start, each.end)}
        for match in self._told.finditer(text):
            denied = any(no in match["word"] for no in NOT) or text.endswith(NOT, 0, match.start())
            if denied or TAKEN_FOR.search(match["word"]):
                continue
            if match["char"] in match["word"] and taken.isdisjoint(range(*match.span("char"))):
                found.extend(Spelled(each, *match.span()) for each in match["char"])
        found.extend(self._single(text, found))
        return sorted(found, key=lambda each: each.start)

    def _single(self, text: str, found: Sequence[Spelled]) -> list[Spelled]:
        """姓聂,单名一个海; 耳东陈,单名一个晓."""
        match = SINGLE.search(text)
        if match is None or (match["surname"] or "") not in {*self._surnames, ""}:
            return []
        known = {each.character for each in found}
        parts = ("surname", "given") if match["surname"] else ("given",) if found else ()
        return [Spelled(match[part], *match.span(part)) for part in parts if match[part] not in known]

    def in_parts(self, text: str) -> SpelledName | None:
        """The name whose surname and given name are told apart: 姓佘,人示佘,名字是赛男; 我叫雪芬,姓欧阳."""
        for pattern in self._in_parts:
            for match in pattern.finditer(text):
                before = text[max(0, match.start() - APART) : match.start()] + match["between"]
                clause = before[max(before.rfind(stop) for stop in ",。!? ") + 1 :]
                whole = match["surname"] in match["given"]  # 我姓王,叫王伟; 叫老王
                if not whole and not any(word in clause for word in self._nicknames):
                    return SpelledName(match["surname"] + match["given"], *match.span())
        return None

    @staticmethod
    def put_into(name: str, told: Sequence[Spelled]) -> SpelledName | None:
        """`name` with what was told put where it, or its sound, stands; None where nothing fits."""
        characters, place = list(name), 0
        fitting: list[Spelled] = []
        for each in told:
            at = next(
                (
                    index
                    for index in range(place, len(characters))
                    if characters[index] == each.character
                    or sounds.syllable(characters[index]) == sounds.syllable(each.character)
                ),
                None,
            )
            if at is not None:
                characters[at], place = each.character, at + 1
                fitting.append(each)
        if not fitting:
            return None
        written = "".join(characters)
        return SpelledName(written, fitting[0].start, fitting[-1].end, written != name)

    def name(self, told: Sequence[Spelled]) -> SpelledName | None:
        """The name that the characters told make up by themselves; None where they are none."""
        written = "".join(each.character for each in told)
        if not SHORTEST <= len(written) <= LONGEST or not {written[0], written[:2]} & self._surnames:
            return None
        return SpelledName(written, told[0].start, told[-1].end)
