"""Disfluencies: 我,我姐开 and 呃,我我姐开 are 我姐开, whoever began to speak twice or gained time.

Read as it stands, the 我 alone is an answer of its own. So a turn is read without what was begun and said again,
without clauses that only gain time or call somebody, and with a sum said twice but once; quotes and times stay those of
what was heard.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pipeline.language.resources import any_of, table, word_list
from pipeline.types import Turn

FILE = "language/disfluencies.yaml"
_STOPS = ",。?!、;… ，？！"
_NUMERALS = "零〇一二两三四五六七八九十百千万半几幺0-9"


class Disfluencies:
    """Leaves out of turns what was only begun, and what only gains time."""

    def __init__(self, own: Path | None = None) -> None:
        """By the lender's `disfluencies.yaml` or the built-in one. Raises SettingsError."""
        rules = table(FILE, own)
        opens, parts = f"(?<![^{_STOPS}])", "[,，、… ]+"
        fillers, twice, answers, others, called, asked, hailed, as_kin = (
            any_of(word_list(rules[key]))
            for key in ("fillers", "of_two", "answers", "other_words", "called", "asked", "hailed", "hailed_as_kin")
        )
        # One or two characters that the next clause begins with. Never a number, which is told anew or counted on, and
        # never a character that is told by a word that holds it: 杨,杨柳的杨.
        begun = (
            rf"{opens}(?P<begun>(?![{_NUMERALS}]|(?:{answers})[{_STOPS}])[\u4e00-\u9fff]{{1,2}}){parts}"
            rf"(?=(?P=begun)[^{_STOPS}])(?!{others})"
            rf"(?![^,。?!，？！]*的(?P=begun)(?:$|[,。?!，？！]))"
        )
        hesitations, stammered, sums, particles, trails_off = (
            re.escape(str(rules[key])) for key in ("hesitations", "stammered", "sums", "particles", "trails_off")
        )
        self._patterns = (
            re.compile(
                rf"^[哎诶唉喂]?(?:(?:{hailed}){parts}|(?:{as_kin}){parts}(?!{rules['no_person']}))(?=[^{_STOPS}])"
            ),
            re.compile(rf"^(?:{called}){parts}(?=[^{_STOPS}])(?=.*(?:{asked}|[?？]))", re.DOTALL),
            re.compile(
                rf"{opens}(?:(?:{fillers})[{particles}]?{parts}|[{trails_off}]+…+[,，、 ]*|[{hesitations}]+[,，、… ]*)+"
                rf"(?=[^{_STOPS}])"
            ),
            re.compile(begun),
            re.compile(rf"{opens}(?P<said>[{stammered}])(?P=said)*(?=(?P=said)[\u4e00-\u9fff])"),
            re.compile(
                rf"{opens}(?P<sum>(?!{twice})[^{_STOPS}]{{0,10}}[{sums}][^{_STOPS}]{{0,4}}){parts}"
                rf"(?=(?P=sum)(?:$|[{_STOPS}]))"
            ),
        )
        acknowledges = any_of((*word_list(rules["acknowledges"]), *word_list(rules["hailed_by_agents"])))
        self._acknowledged = re.compile(rf"(?:哎?(?:{acknowledges})[{particles}了]?[,，、 ]+)+(?=[^{_STOPS}])")

    def asked(self, turns: Iterable[Turn]) -> tuple[Turn, ...]:
        """The turns, their speakers known, without what an agent acknowledges before he asks on: 行,首付呢?"""
        return tuple(
            turn.without(set(range(found.end())))
            if turn.speaker == "agent" and (found := self._acknowledged.match(turn.text)) is not None
            else turn
            for turn in turns
        )

    def left_out(self, turns: Sequence[Turn]) -> tuple[Turn, ...]:
        """The turns as they are to be read; `heard` and `origins` of each that is changed lead to what was heard."""
        return tuple(turn.without(set(self._found(turn.text))) for turn in turns)

    def _found(self, text: str) -> Iterator[int]:
        """The places of the characters to leave out."""
        for pattern in self._patterns:
            for found in pattern.finditer(text):
                yield from range(*found.span())
