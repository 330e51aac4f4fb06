"""Characters that were written by their sound alone: 散年 for 三年, 沃爸 for 我爸, 队 for 对.

Recognisers write another character of the same sound where they do not know a word. Read as it stands, 首付七完二 holds
no sum. So a turn is read with such characters put right, where a model of what is said in verification calls finds the
whole far likelier so: the noisy channel of spelling correction (Kernighan, Church and Gale 1990), with characters in
place of letters and sound in place of keys. Only common words of calls are ever put in place (`misheard.yaml`), never
a name, and every character stays where it is, so that quotes are of the text as it was heard.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import SettingsError
from pipeline.language.resources import table, word_list
from pipeline.language.script import SENTENCE_END, fold, is_han
from pipeline.language.sounds import syllable
from pipeline.language.stops import Wholes, no_wholes
from pipeline.types import CHARACTER_BITS as BITS
from pipeline.types import PAST_CHARACTERS as PAST
from pipeline.types import TEXT_END as END
from pipeline.types import TEXT_START as START
from pipeline.types import CharacterModel, Turn

FILE = "language/misheard.yaml"
SILENT, SOUNDS, ENDS = range(3)
BEYOND = 0xFFFF  # stands for what lies beyond the basic plane
NUMERALS = frozenset("零一二两三四五六七八九十百千万几0123456789")
ROUNDS = 3  # a character put right makes its neighbours plainer
EXPECTATIONS = 6
EVERY = 1 << 16
NOISY = 0.01  # with so many wrong characters in a call a common one is doubted like any other
PRIOR_CHARACTERS = 150.0  # how many characters without an error a call is thought to begin with

Codes = NDArray[np.uint64]
Numbers = NDArray[np.int64]
Values = NDArray[np.float32]


_KINDS = np.full(BEYOND + 1, SILENT, np.uint8)
for _first, _last in ("\u3400\u9fff", "〇〇", "az", "09"):
    _KINDS[ord(_first) : ord(_last) + 1] = SOUNDS
_KINDS[list(map(ord, SENTENCE_END))] = ENDS


def sentences(text: str) -> Iterator[list[int]]:
    """Places of the characters that sound, one list a sentence of a folded text; commas are no sounds."""
    said = _in_a_row([text])
    for first in dict.fromkeys(said.first.tolist() if said else ()):
        yield said.places[first + 1 : said.last[first]].tolist() if said else []


@dataclass(frozen=True, slots=True)
class _Said:
    """The sentences of a call in one row: `codes` with a start and an end each, `turns` and `places` of each code."""

    codes: Codes
    first: Numbers  # where the sentence of each code starts
    last: Numbers  # where it ends
    turns: Numbers
    places: Numbers


class Misheard:
    """Puts right what was written by its sound, by a model of what is said."""

    def __init__(self, model: CharacterModel, own: Path | None = None) -> None:
        """By the lender's `misheard.yaml` or the built-in one. Raises SettingsError."""
        rules = table(FILE, own)
        self._model = model
        self._no_numbers = frozenset(word_list(rules.get("no_numbers")))
        self._least, self._most, self._sure = (float(rules[name]) for name in ("least", "most", "sure"))
        if not 0 < self._least <= self._most < 1:
            raise SettingsError(f"config file {FILE}: `least` and `most` are shares between 0 and 1, the least first")
        self._keep = re.compile("|".join(map(re.escape, word_list(rules.get("keep")))) or "(?!)")
        self._by_sound: dict[str, list[int]] = defaultdict(list)
        common = [code for code in model.commonest(int(rules["commonest"])) if is_han(chr(code))]
        for code in common:
            self._by_sound[syllable(chr(code))].append(code)
        self._common = np.array(common, np.uint64)
        self._shares = _Shares(model)
        self._others: dict[int, tuple[tuple[int, float], ...]] = {}

    def put_right(self, turns: Sequence[Turn], names: Wholes = no_wholes) -> tuple[Turn, ...]:
        """The turns as they are to be read; `heard` of each that is changed is its text as it was heard. Nothing is
        changed in the `names` that are found in a folded text.
        """
        texts = [fold(turn.text) for turn in turns]
        said = _in_a_row(texts)
        if said is None:
            return tuple(turns)
        changes = self._changes(said)
        kept = {
            (at, place)
            for at in sorted({int(said.turns[place]) for place in changes})
            for span in (*(each.span() for each in self._keep.finditer(texts[at])), *names(texts[at]))
            for place in range(*span)
        }
        written = [list(turn.text) for turn in turns]
        for at, code in changes.items():
            turn_at, place = int(said.turns[at]), int(said.places[at])
            if (turn_at, place) in kept or self._is_no_number(texts[turn_at], place, chr(code)):
                continue
            written[turn_at][place] = chr(code)
        read = ("".join(characters) for characters in written)
        return tuple(
            turn if text == turn.text else replace(turn, text=text, heard=turn.as_heard)
            for turn, text in zip(turns, read, strict=True)
        )

    def _is_no_number(self, text: str, place: int, meant: str) -> bool:
        """Whether a word that sounds like the head of a number only stands before one: 实际是九万."""
        if text[place] + meant not in self._no_numbers or text[place - 1 : place] in NUMERALS:
            return False
        return text[place + 1 : place + 2] in NUMERALS

    def _changes(self, said: _Said) -> dict[int, int]:
        """The characters to put in place of others, by their places in the row."""
        codes = said.codes.copy()
        changed: dict[int, int] = {}
        for _ in range(ROUNDS):
            at, alternatives, gains = self._candidates(codes, said)
            best = _best_of_each(at, gains)
            doubted = np.isin(codes[at[best]], self._common)
            rate = self._rate(gains[best] - self._sure * doubted, len(codes))
            gains[best] -= self._sure * doubted * max(0.0, 1 - rate / NOISY)
            chosen = [(int(at[place]), int(alternatives[place]), float(gains[place])) for place in best]
            fresh = _apart(chosen, _odds(rate))
            if not fresh:
                break
            for place, code in fresh:
                codes[place] = code
            changed.update(fresh)
        return {place: code for place, code in changed.items() if code != int(said.codes[place])}

    def _rate(self, gains: Values, characters: int) -> float:
        """The share of characters that are wrong in this call, by what would be put right: expectation-maximisation."""
        rate = self._most
        for _ in range(EXPECTATIONS):
            chances = 1 / (1 + np.exp(_odds(rate) - gains))
            rate = float(chances.sum()) / (characters + PRIOR_CHARACTERS)
            rate = min(self._most, max(self._least, rate))
        return rate

    def _candidates(self, codes: Codes, said: _Said) -> tuple[Numbers, Codes, Values]:
        """Places, other characters for them, and how much likelier (nats) each makes what was written, so that no less
        than the odds at the highest rate of errors remain."""
        least = _odds(self._most)
        base = self._model.log_probabilities(_pasts(codes, said), codes)
        base[said.first == np.arange(len(codes))] = 0  # a start is not said
        window = sum((_shifted(base, step, said) for step in range(PAST + 1)), np.zeros(len(codes), np.float32))
        places: list[int] = []
        others: list[int] = []
        costs: list[float] = []
        for place in np.flatnonzero(-window > least).tolist():
            for other, cost in self._alternatives(int(codes[place])):
                places.append(place)
                others.append(other)
                costs.append(cost)
        at, alternatives = np.array(places, np.int64), np.array(others, np.uint64)
        gains: Values = -window[at] - np.array(costs, np.float32)
        for step in range(PAST + 2):  # every step only costs
            possible = gains > least
            at, alternatives, gains = at[possible], alternatives[possible], gains[possible]
            if step <= PAST:
                gains += self._after(codes, said, at, alternatives, step)
        return at, alternatives, gains

    def _after(self, codes: Codes, said: _Said, at: Numbers, alternatives: Codes, step: int) -> Values:
        """Log probabilities of what stands `step` behind each place, with the other character there."""
        gains = np.zeros(len(at), np.float32)
        inside = at + step <= said.last[at]
        places, others = at[inside] + step, alternatives[inside]
        pasts = _pasts(codes, said, places)
        if step:
            pasts ^= (codes[at[inside]] ^ others) << np.uint64(BITS * (step - 1))
        gains[inside] = self._model.log_probabilities(pasts, codes[places] if step else others)
        return gains

    def _alternatives(self, code: int) -> tuple[tuple[int, float], ...]:
        """What sounds like a character, and what it costs (nats) that just this one was written in its place."""
        found = self._others.get(code)
        if found is None:
            character = chr(code)
            alike = self._by_sound.get(syllable(character), []) if is_han(character) else []
            found = tuple((other, self._shares.cost(code, other)) for other in alike if other != code)
            self._others[code] = found
        return found


class _Shares:
    """How often a character stands for another of the same sound, where one is wrong: the frequent more often."""

    def __init__(self, model: CharacterModel) -> None:
        codes = [code for code in model.commonest(EVERY) if is_han(chr(code))]
        shares = np.exp(model.log_probabilities(np.zeros(len(codes), np.uint64), np.array(codes, np.uint64))).tolist()
        self._known = dict(zip(codes, shares, strict=True))
        self._least = min(shares, default=1.0)
        self._sounding: dict[str, float] = defaultdict(float)
        for code, share in self._known.items():
            self._sounding[syllable(chr(code))] += share

    def cost(self, written: int, meant: int) -> float:
        """Minus the log of the share of `written` among all that sound like `meant` and are not it."""
        share = self._known.get(written, self._least)
        others = self._sounding[syllable(chr(meant))] - self._known.get(meant, 0.0)
        return -math.log(share / max(others, share))


def _odds(rate: float) -> float:
    """Log odds that a character is right where `rate` of them are wrong."""
    return math.log((1 - rate) / rate)


def _in_a_row(texts: Sequence[str]) -> _Said | None:
    """The sentences of folded texts; commas and what else makes no sound are left out."""
    letters = np.frombuffer("\n".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
    kinds = _KINDS[np.minimum(letters, BEYOND)]
    sounding = np.flatnonzero(kinds == SOUNDS)
    if not len(sounding):
        return None
    sentence = np.cumsum(kinds == ENDS)[sounding]
    begins = np.flatnonzero(np.diff(sentence, prepend=-1))
    counts = np.diff(begins, append=len(sounding)) + 2  # with its start and end
    last = np.cumsum(counts) - 1
    first = last + 1 - counts
    inside = np.ones(int(counts.sum()), bool)
    inside[first] = inside[last] = False
    lengths = np.fromiter(map(len, texts), np.int64, len(texts)) + 1
    turn_of, starts = np.repeat(np.arange(len(texts)), lengths), np.repeat(np.cumsum(lengths) - lengths, lengths)
    codes, places = np.full(len(inside), START, np.uint64), np.full(len(inside), -1, np.int64)
    codes[last] = END
    codes[inside], places[inside] = letters[sounding], sounding - starts[sounding]
    turns = np.repeat(turn_of[sounding[begins]], counts)
    return _Said(codes, np.repeat(first, counts), np.repeat(last, counts), turns, places)


def _pasts(codes: Codes, said: _Said, places: Numbers | None = None) -> Codes:
    """The characters before each place, packed as the model has them, as far as its sentence goes."""
    at = np.arange(len(codes)) if places is None else places
    pasts = np.zeros(len(at), np.uint64)
    for back in range(1, PAST + 1):
        reached = at - back
        inside = reached >= said.first[at]
        pasts[inside] |= codes[reached[inside]] << np.uint64(BITS * (back - 1))
    return pasts


def _shifted(values: Values, step: int, said: _Said) -> Values:
    """Each place's value `step` further on, 0 beyond its sentence."""
    at = np.arange(len(values)) + step
    inside = at <= said.last
    shifted = np.zeros(len(values), np.float32)
    shifted[inside] = values[at[inside]]
    return shifted


def _best_of_each(at: Numbers, gains: Values) -> Numbers:
    """Which candidate is the best at each place."""
    order = np.lexsort((-gains, at))
    firsts = np.ones(len(order), bool)
    firsts[1:] = at[order][1:] != at[order][:-1]
    return order[firsts]


def _apart(candidates: Sequence[tuple[int, int, float]], cost: float) -> list[tuple[int, int]]:
    """The best changes beyond `cost` of which none lies within what another was judged by."""
    chosen: list[tuple[int, int]] = []
    judged: set[int] = set()
    for place, code, gain in sorted(candidates, key=lambda candidate: -candidate[2]):
        if gain > cost and place not in judged:
            chosen.append((place, code))
            judged.update(range(place - PAST, place + PAST + 1))
    return chosen
