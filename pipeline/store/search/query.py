"""What is looked for: words that must, may and must not be said, sounds, and by whom.

As one line: `网约车 贷款` both, `滴滴|货拉拉` either, `-自用` not, `"先生您好"` exactly so, `~王建国` or `~wangjianguo`
what sounds so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final, Literal, NamedTuple

from pipeline.errors import InputError
from pipeline.store.search.analyser import pattern_of, words_to_find
from pipeline.store.search.masking import mask_text
from pipeline.store.search.sounds import Sounds, Syllables
from pipeline.store.search.units import Unit, normalise, units

MOST_TERMS: Final = 32
LONGEST_TERM: Final = 200
_PART: Final = re.compile(r'(-?)(~?)(?:"([^"]*)"|(\S+))')
_QUOTES: Final = str.maketrans("“”「」｜－～\u3000", '""""|-~ ')
Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """Words or phrases: all of `all`, one of `any`, none of `none`; `sounds` are names by character or pinyin.

    `within` says where they must meet: in one turn, or anywhere in one call.
    """

    all: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    sounds: tuple[str, ...] = ()
    within: Literal["turn", "call"] = "turn"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchFilters:
    """What a search is narrowed to; None does not narrow. `outcome` needs `field`. `until` is exclusive.

    `agent_part` and `dealer_part` are parts of a name, as in `CallFilters`.
    """

    speaker: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    agent_part: str | None = None
    dealer_part: str | None = None
    unit: str | None = None
    field: str | None = None
    outcome: str | None = None
    signal: str | None = None
    disposition: str | None = None
    call_id: str | None = None


def parse_query(line: str, within: Literal["turn", "call"] = "turn") -> SearchQuery:
    """The query that a line stands for. Raises `InputError` where it asks for nothing."""
    parts: dict[str, list[str]] = {"all": [], "any": [], "none": [], "sounds": []}
    for minus, tilde, phrase, word in _PART.findall(line.translate(_QUOTES)):
        choices = [choice for choice in word.split("|") if choice] if not phrase else [phrase]
        kind = "none" if minus else "sounds" if tilde else "any" if len(choices) > 1 else "all"
        parts[kind] += choices
    return SearchQuery(**{kind: tuple(found) for kind, found in parts.items()}, within=within)


class Text:
    """A normalised turn; its units are taken when a term asks for them."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def parts(self) -> list[Unit | None]:
        return list(units(self.text))


class Word(NamedTuple):
    """A word or phrase to find: the index terms it has, and what finds it in a turn."""

    terms: tuple[str, ...]
    pattern: re.Pattern[str]

    def find(self, said: Text) -> list[Span]:
        return [found.span() for found in self.pattern.finditer(said.text)]


class Sound(NamedTuple):
    """A name to find by its sound, in any of the ways that it can be read."""

    ways: tuple[Syllables, ...]
    sounds: Sounds

    def find(self, said: Text) -> list[Span]:
        return [span for way in self.ways if (span := self.sounds.find(way, said.parts)) is not None][:1]


Term = Word | Sound


class Compiled(NamedTuple):
    """A query ready to run: terms that must all be there, one of those that may, none of those that must not."""

    all: tuple[Term, ...]
    any: tuple[Term, ...]
    none: tuple[Term, ...]

    @property
    def wanted(self) -> tuple[Term, ...]:
        return self.all + self.any

    def match(self, text: str) -> list[Span] | None:
        """Where a normalised turn has what is wanted; None where it does not match."""
        said, spans = Text(text), []
        for term in self.all:
            found = term.find(said)
            if not found:
                return None
            spans += found
        either = [span for term in self.any for span in term.find(said)]
        if (self.any and not either) or any(term.find(said) for term in self.none):
            return None
        return _joined(spans + either)

    def match_call(self, texts: Iterable[str]) -> bool:
        """Whether the normalised turns of a call together have all that is wanted and nothing that is not."""
        said = [Text(text) for text in texts]

        def has(term: Term) -> bool:
            return any(term.find(text) for text in said)

        either = not self.any or any(has(term) for term in self.any)
        return either and all(has(term) for term in self.all) and not any(has(term) for term in self.none)


def compile_query(query: SearchQuery, sounds: Sounds) -> Compiled:
    """`query` ready to run. Raises `InputError` for too many terms, or for none that could be found."""
    count = len(query.all) + len(query.any) + len(query.none) + len(query.sounds)
    if count > MOST_TERMS:
        raise InputError(f"query: at most {MOST_TERMS} words, not {count}", code="bad_query")
    every: tuple[Term, ...] = (*_words(query.all), *_sounds(query.sounds, sounds))
    compiled = Compiled(every, tuple(_words(query.any)), tuple(_words(query.none)))
    if not compiled.wanted:
        raise InputError("query: no word to look for; name at least one that was said", code="bad_query")
    return compiled


def _words(words: Iterable[str]) -> Iterator[Word]:
    for word in words:
        if len(word) > LONGEST_TERM:
            raise InputError(f"query: a word or phrase has at most {LONGEST_TERM} characters", code="bad_query")
        masked = mask_text(word)
        if masked != word:
            raise InputError("query: long numbers are masked in the index and cannot be searched", code="bad_query")
        plain = normalise(word)
        pattern, terms = pattern_of(plain), words_to_find(plain)
        if pattern is not None:
            yield Word(tuple(terms), pattern)


def _sounds(names: Iterable[str], sounds: Sounds) -> Iterator[Sound]:
    for name in names:
        ways = tuple(sounds.read(normalise(name[:LONGEST_TERM])))
        if not ways:
            raise InputError("query: a name to find by sound is Chinese characters or pinyin", code="bad_query")
        yield Sound(ways, sounds)


def _joined(spans: list[Span]) -> list[Span]:
    """Spans in order, those that touch or overlap as one."""
    joined: list[Span] = []
    for start, stop in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        else:
            joined.append((start, stop))
    return joined
