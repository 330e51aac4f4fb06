"""How likely a character is after the few before it: an n-gram model of what is said in verification calls.

Probabilities of all orders are interpolated by the number of different continuations (Witten and Bell 1991) and stored
as a back-off model: a probability for each n-gram seen, a weight for each context.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ModelError
from pipeline.types import CHARACTER_BITS, PAST_CHARACTERS, TEXT_END, TEXT_START

ORDER = PAST_CHARACTERS + 1
START, END = chr(TEXT_START), chr(TEXT_END)
BITS = CHARACTER_BITS  # of a character in a key; the few characters beyond share one number
_BEYOND = 0xFFFD
_UNSEEN = -math.log(6000)
_REMEMBERED = 100_000  # looks ahead

Keys = NDArray[np.uint64]
Values = NDArray[np.float32]


class LanguageModel:
    """n-grams of up to `ORDER` characters. `keys` and `contexts` are sorted; a key packs its characters."""

    def __init__(self, keys: Keys, probabilities: Values, contexts: Keys, back_off: Values) -> None:
        self._keys, self._probabilities = keys, probabilities.astype(np.float32)
        self._contexts, self._back_off = contexts, back_off.astype(np.float32)
        self._ahead: dict[tuple[int, bytes], float] = {}

    @classmethod
    def count(cls, texts: Iterable[str], *, least: int = 2) -> LanguageModel:
        """The model of `texts`; n-grams of three and more characters are kept from `least` occurrences on."""
        counts: list[Counter[int]] = [Counter() for _ in range(ORDER)]
        for text in texts:
            numbers = _numbers(START + text + END)
            for at in range(1, len(numbers)):
                key = 0
                for length in range(min(ORDER, at + 1)):
                    key |= numbers[at - length] << (BITS * length)
                    counts[length][key] += 1
        for length in range(2, ORDER):
            counts[length] = Counter({key: count for key, count in counts[length].items() if count >= least})
        return cls(*_interpolated(counts))

    @classmethod
    def load(cls, path: Path) -> LanguageModel:
        """Reads what `save` wrote. Raises `ModelError` for anything else."""
        try:
            with np.load(path) as stored:
                steps, context_steps = stored["keys"], stored["contexts"]
                return cls(
                    np.cumsum(steps, dtype=np.uint64),
                    stored["probabilities"],
                    np.cumsum(context_steps, dtype=np.uint64),
                    stored["back_off"],
                )
        except (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile) as error:
            raise ModelError(
                f"{path}: not a language model of callproof ({type(error).__name__})", code="weights_damaged"
            ) from error

    def save(self, path: Path) -> None:
        """Writes the model: keys as steps from one to the next, numbers in half precision."""
        np.savez_compressed(
            path,
            keys=np.diff(self._keys, prepend=np.uint64(0)),
            probabilities=self._probabilities.astype(np.float16),
            contexts=np.diff(self._contexts, prepend=np.uint64(0)),
            back_off=self._back_off.astype(np.float16),
        )

    def commonest(self, count: int) -> list[int]:
        """The numbers of the `count` likeliest characters."""
        characters = int(np.searchsorted(self._keys, np.uint64(1 << BITS)))
        order = np.argsort(-self._probabilities[:characters], kind="stable")[:count]
        return [int(number) for number in self._keys[order]]

    @cached_property
    def _beginnings(self) -> dict[bytes, str]:
        """Known characters by the first bytes that they share in UTF-8."""
        known = self._keys[self._keys < 1 << BITS].tolist()
        beginnings: dict[bytes, list[str]] = {}
        for character in map(chr, known):
            written = character.encode(errors="ignore")
            for length in range(1, len(written)):
                beginnings.setdefault(written[:length], []).append(character)
        return {begun: "".join(characters) for begun, characters in beginnings.items()}

    def best_ahead(self, text: str, begun: bytes) -> float:
        """Log probability of the likeliest character after `text` that begins with the bytes `begun`."""
        key = (_past(text), begun)
        if key not in self._ahead:
            if len(self._ahead) >= _REMEMBERED:
                self._ahead.clear()
            known = self._beginnings.get(begun, "")
            self._ahead[key] = max(self.scores([(text, character) for character in known]), default=_UNSEEN)
        return self._ahead[key]

    def scores(self, asked: Sequence[tuple[str, str]]) -> list[float]:
        """Log probability of each (text so far, next character); `END` is the character that ends a text."""
        if not asked:
            return []
        pasts = np.array([_past(text) for text, _ in asked], np.uint64)
        last = np.array([_number(character) for _, character in asked], np.uint64)
        return [float(score) for score in self.log_probabilities(pasts, last)]

    def log_probabilities(self, pasts: Keys, characters: Keys) -> Values:
        """Log probability of each of `characters` after its past, float32; both as numbers.

        A past packs up to `ORDER - 1` characters (`START` first), the last one in the lowest `BITS`.
        """
        scores = np.zeros(len(pasts), np.float32)
        left = np.arange(len(pasts))  # those of which no n-gram has been found yet
        for length in range(ORDER - 1, -1, -1):
            context = pasts[left] & np.uint64((1 << (BITS * length)) - 1)
            reaches = (context >> np.uint64(BITS * max(0, length - 1)) > 0) | (length == 0)
            asked, context = left[reaches], context[reaches]
            at, found = _find(self._keys, (context << np.uint64(BITS)) | characters[asked])
            scores[asked[found]] += self._probabilities[at[found]]
            missed, context = asked[~found], context[~found]
            at, found = _find(self._contexts, context)
            scores[missed[found]] += self._back_off[at[found]]
            left = np.concatenate((left[~reaches], missed))
        scores[left] += _UNSEEN
        return scores


def _find(keys: Keys, wanted: Keys) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Where each key stands, and which are known; they are looked for in their order, so that near ones are met."""
    order = np.argsort(wanted)
    at = np.empty(len(wanted), np.int64)
    at[order] = np.searchsorted(keys, wanted[order])
    np.minimum(at, len(keys) - 1, out=at)
    return at, keys[at] == wanted


def _number(character: str) -> int:
    return min(ord(character), _BEYOND)


def _numbers(text: str) -> list[int]:
    return [_number(character) for character in text]


def _past(text: str) -> int:
    key = 0
    for number in _numbers((START + text)[-(ORDER - 1) :]):
        key = key << BITS | number
    return key


def _interpolated(counts: list[Counter[int]]) -> tuple[Keys, Values, Keys, Values]:
    probabilities: dict[int, float] = {}
    back_off: dict[int, float] = {}
    for length, grams in enumerate(counts):
        totals: Counter[int] = Counter()
        kinds: Counter[int] = Counter()
        for key, count in grams.items():
            totals[key >> BITS] += count
            kinds[key >> BITS] += 1
        shorter = (1 << (BITS * length)) - 1
        for key, count in grams.items():
            context = key >> BITS
            lower = probabilities[key & shorter] if length else math.exp(_UNSEEN)
            probabilities[key] = (count + kinds[context] * lower) / (totals[context] + kinds[context])
        back_off.update({context: math.log(kinds[context] / (totals[context] + kinds[context])) for context in totals})
    keys, contexts = np.array(sorted(probabilities), np.uint64), np.array(sorted(back_off), np.uint64)
    return (
        keys,
        np.array([math.log(probabilities[int(key)]) for key in keys], np.float32),
        contexts,
        np.array([back_off[int(context)] for context in contexts], np.float32),
    )
