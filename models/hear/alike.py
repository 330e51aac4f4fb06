"""Which of the characters of one sound was said.

A recogniser that has heard little knows sounds better than words: nearly all of its syllables are right where a fifth
of its names and places is not. So each character of a text that it is unsure of is chosen again among those of the same
syllable: the noisy channel of spelling correction (Kernighan, Church and Gale 1990), with the language model for what
is said, and for the channel what the decoder gives each of them once the text is known. A Viterbi search with a beam
finds the likeliest text; as many characters come out as went in.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from pypinyin import Style, pinyin
from torch import Tensor
from whisper.tokenizer import Tokenizer

from models.read.language_model import LanguageModel
from pipeline.types import CHARACTER_BITS, PAST_CHARACTERS, TEXT_END, TEXT_START

EVERY = 1 << 16
_BEYOND = 0xFFFD
_PAST = np.uint64((1 << (CHARACTER_BITS * PAST_CHARACTERS)) - 1)

Codes = NDArray[np.uint64]
Values = NDArray[np.float32]
Numbers = NDArray[np.int64]


class AlikeRules(BaseModel):
    """How a character is chosen among those of its sound; all in nats.

    `language` times the language model's log probability counts against `heard` times the decoder's, which is taken to
    be no more than `most` behind the character that it wrote; another tone costs `tone`. A character that the decoder
    gives at least the probability `sure` stays. `beam` texts are followed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: float = Field(ge=0, le=5)
    heard: float = Field(ge=0, le=5)
    most: float = Field(gt=0, le=50)
    tone: float = Field(ge=0, le=20)
    sure: float = Field(gt=0, le=1)
    beam: int = Field(ge=1, le=64)


@dataclass(frozen=True, slots=True)
class _Written:
    """A character of a text: where its tokens begin, and which they are."""

    character: str
    first: int
    tokens: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Others:
    """What sounds like a character: `codes`, what their tone costs, and the first token that tells each apart, with
    its place among the character's own.
    """

    codes: Codes
    costs: Values
    places: Numbers
    tokens: Numbers
    own: Numbers


@dataclass(frozen=True, slots=True)
class _Choice:
    """The characters that may stand at a place, the written one first, and what the channel gives each."""

    codes: Codes
    scores: Values


class Alikes:
    """Chooses characters by their sound. `fixed` ones stay, and none becomes one of them."""

    def __init__(self, model: LanguageModel, rules: AlikeRules, tokenizer: Tokenizer, *, fixed: str = "") -> None:
        self._model = model
        self._rules = rules
        self._tokenizer = tokenizer
        self._fixed = fixed
        self._others: dict[str, _Others | None] = {}

    def chosen(self, tokens: Sequence[int], logits: Tensor) -> list[int]:
        """The tokens of the likeliest text; `logits` [tokens, vocabulary] are the decoder's with `tokens` known.

        Tokens that are no whole characters are left as they are, and so is the whole text then.
        """
        written = self._characters(tokens)
        if written is None:
            return list(tokens)
        choices = [self._choice(one, logits) for one in written]
        if all(len(choice.codes) == 1 for choice in choices):
            return list(tokens)
        best = self._likeliest(choices)
        again: list[int] = []
        for one, code in zip(written, best, strict=True):
            again += one.tokens if code == min(ord(one.character), _BEYOND) else self._tokenizer.encode(chr(code))
        return again

    def _characters(self, tokens: Sequence[int]) -> list[_Written] | None:
        """The characters that the tokens spell; letters of one token share it. None where one breaks off."""
        found: list[_Written] = []
        pending, first = b"", 0
        for at, token in enumerate(tokens):
            pending += self._tokenizer.encoding.decode_single_token_bytes(token)
            try:
                text = pending.decode()
            except UnicodeDecodeError:
                continue
            own = tuple(tokens[first : at + 1])
            found += [_Written(character, first, () if place else own) for place, character in enumerate(text)]
            pending, first = b"", at + 1
        return None if pending else found

    def _choice(self, one: _Written, logits: Tensor) -> _Choice:
        alone = _Choice(np.array([min(ord(one.character), _BEYOND)], np.uint64), np.zeros(1, np.float32))
        others = self._alike(one.character)
        if others is None or one.tokens != tuple(self._tokenizer.encode(one.character)):
            return alone
        own = logits[one.first : one.first + len(one.tokens)].float()
        decoded = own.log_softmax(dim=-1)[range(len(one.tokens)), list(one.tokens)].sum()
        if float(decoded) >= math.log(self._rules.sure):
            return alone
        behind = (own[others.places, others.tokens] - own[others.places, others.own]).numpy(force=True)
        heard = np.maximum(behind, -self._rules.most)
        return _Choice(
            np.concatenate([alone.codes, others.codes]),
            np.concatenate([alone.scores, self._rules.heard * heard - self._rules.tone * others.costs]),
        )

    def _alike(self, character: str) -> _Others | None:
        """What sounds like a character of a text; None where nothing does."""
        if character not in self._others:
            self._others[character] = self._found_alike(character)
        return self._others[character]

    def _found_alike(self, character: str) -> _Others | None:
        if character in self._fixed:
            return None
        tones = _readings(character)
        syllables = {_toneless(reading) for reading in tones}
        alike = sorted({one for syllable in syllables for one in self._by_syllable.get(syllable, ())} - {character})
        if not alike:
            return None
        own = self._tokenizer.encode(character)
        spelt = [self._tokenizer.encode(one) for one in alike]
        places = [_parting(own, other) for other in spelt]
        return _Others(
            np.array([ord(one) for one in alike], np.uint64),
            np.array([not tones & _readings(one) for one in alike], np.float32),
            np.array(places, np.int64),
            np.array([other[place] for other, place in zip(spelt, places, strict=True)], np.int64),
            np.array([own[place] for place in places], np.int64),
        )

    @cached_property
    def _by_syllable(self) -> dict[str, list[str]]:
        """The characters that the language model knows, by every syllable that each is read as."""
        found: dict[str, list[str]] = {}
        for character in map(chr, self._model.commonest(EVERY)):
            if character not in self._fixed:
                for syllable in {_toneless(reading) for reading in _readings(character)}:
                    found.setdefault(syllable, []).append(character)
        return found

    def _likeliest(self, choices: Sequence[_Choice]) -> list[int]:
        """The characters of the likeliest text, by a beam of texts that differ in what the language model looks at."""
        pasts, scores = np.array([TEXT_START], np.uint64), np.zeros(1, np.float32)
        steps: list[tuple[Numbers, Codes]] = []
        for choice in choices:
            after, codes = np.repeat(pasts, len(choice.codes)), np.tile(choice.codes, len(pasts))
            language = self._model.log_probabilities(after, codes)
            reached = np.repeat(scores, len(choice.codes)) + np.tile(choice.scores, len(pasts))
            reached += self._rules.language * language
            order = np.argsort(-reached, kind="stable")
            ahead = ((after << np.uint64(CHARACTER_BITS)) | codes) & _PAST
            _, firsts = np.unique(ahead[order], return_index=True)
            kept = order[np.sort(firsts)[: self._rules.beam]]
            steps.append((kept // len(choice.codes), codes[kept]))
            pasts, scores = ahead[kept], reached[kept]
        ends = np.full(len(pasts), TEXT_END, np.uint64)
        at = int(np.argmax(scores + self._rules.language * self._model.log_probabilities(pasts, ends)))
        best: list[int] = []
        for origins, codes in reversed(steps):
            best.append(int(codes[at]))
            at = int(origins[at])
        return best[::-1]


def _parting(one: Sequence[int], other: Sequence[int]) -> int:
    """The place of the first token in which the spellings of two characters differ."""
    return next(place for place, (own, its) in enumerate(zip(one, other, strict=False)) if own != its)


@lru_cache(maxsize=16_384)
def _readings(character: str) -> frozenset[str]:
    """The readings of a Chinese character, each with its tone (`le5`); none of any other."""
    if not "\u3400" <= character <= "\u9fff":
        return frozenset()
    found = pinyin(character, style=Style.TONE3, heteronym=True, neutral_tone_with_five=True)[0]
    return frozenset(reading for reading in found if reading != character)


def _toneless(reading: str) -> str:
    return reading.rstrip("12345")
