"""What a recogniser does to a call: sound-alike characters, lost and doubled ones, lost commas, figures for words.

The errors that Mandarin recognisers make most are substitutions by a character of the same toneless syllable, so a
labelled call can be put through them without any sound. Everything is seeded: the same seed gives the same errors.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from random import Random

import configs
from pipeline.contract import Transcript
from pipeline.evaluate.labels import LabelledCall
from pipeline.language.numerals import Number, find_numbers
from pipeline.language.script import fold
from pipeline.language.sounds import syllable

LEXICONS = (
    "lexicon/surnames.txt",
    "lexicon/given_names.txt",
    "lexicon/employers.yaml",
    "lexicon/jobs.yaml",
    "lexicon/places.yaml",
    "lexicon/banks.yaml",
    "lexicon/vehicles.tsv",
)
HAN = re.compile(r"[\u4e00-\u9fff]")
STOPS = frozenset(",。?!、;:\uff0c\uff1f\uff01\uff1b\uff1a")
SPOKEN_DIGITS = re.compile("[零〇一二三四五六七八九幺]{3,}")
DIGIT_OF = str.maketrans("零〇一二三四五六七八九幺", "001234567891")
DELETED, DOUBLED = 0.15, 0.05
# Lost stops and figures for words are of the same making as wrong characters, and several times as frequent.
OTHERS_A_CHARACTER_ERROR = 4
AT_MOST = 0.5


class SoundAlikes:
    """Characters by their toneless syllable, the more frequent ones the likelier.

    Drawn from `texts` and from the lexicons of the lender's folder `own` or the embedded defaults.
    """

    def __init__(self, texts: Iterable[str], own: Path | None = None) -> None:
        lexicons = (configs.read_text(name, own) for name in LEXICONS)
        seen = Counter(character for text in (*texts, *lexicons) for character in text if HAN.match(character))
        self._by_sound: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for character, times in sorted(seen.items()):
            self._by_sound[syllable(character)].append((character, times))

    def draw(self, character: str, chance: Random) -> str:
        """Another character of the same sound, or the same one where there is no other."""
        others = [(other, times) for other, times in self._by_sound.get(syllable(character), ()) if other != character]
        if not others:
            return character
        weights = list(accumulate(times for _, times in others))
        return chance.choices([other for other, _ in others], cum_weights=weights)[0]


def with_noise(calls: Sequence[LabelledCall], *, rate: float, seed: int, own: Path | None = None) -> list[LabelledCall]:
    """`calls` as a recogniser with the character error rate `rate` (0 to 1) might write them; labels and times stay.

    `rate` is the chance of each Chinese character to come out wrong; figures for numbers come on top of it.
    Each call has its own errors, whatever calls stand beside it, as long as the sounds to choose from are the same.
    """
    alikes = SoundAlikes((line.text for call in calls for line in call.lines), own)
    return [_noisy(call, alikes, rate, Random(f"{seed}:{call.name}")) for call in calls]


def noisy_text(text: str, alikes: SoundAlikes, *, rate: float, chance: Random) -> str:
    """One turn's text with errors: figures for numbers and lost stops first, then characters."""
    others = min(AT_MOST, OTHERS_A_CHARACTER_ERROR * rate)
    written = _in_figures(text, others, chance)
    kept = (character for character in written if character not in STOPS or chance.random() >= others)
    return "".join(_character(character, alikes, rate, chance) for character in kept)


def _noisy(call: LabelledCall, alikes: SoundAlikes, rate: float, chance: Random) -> LabelledCall:
    turns = [
        turn.model_copy(update={"text": noisy_text(turn.text, alikes, rate=rate, chance=chance)})
        for turn in call.transcript.turns
    ]
    transcript: Transcript = call.transcript.model_copy(update={"turns": turns})
    return replace(call, transcript=transcript)


def _character(character: str, alikes: SoundAlikes, rate: float, chance: Random) -> str:
    if not HAN.match(character) or chance.random() >= rate:
        return character
    kind = chance.random()
    if kind < DELETED:
        return ""
    return character * 2 if kind < DELETED + DOUBLED else alikes.draw(character, chance)


def _in_figures(text: str, rate: float, chance: Random) -> str:
    """Some exact numbers and digit strings of `text` in Arabic figures: 六千五 → 6500, 十二万八 → 12.8万."""
    folded = fold(text)
    spans = [(number.start, number.end, _figure(number)) for number in find_numbers(folded) if _exact(number, folded)]
    spans += [(run.start(), run.end(), run[0].translate(DIGIT_OF)) for run in SPOKEN_DIGITS.finditer(folded)]
    parts, position = [], 0
    for start, end, figure in sorted(spans):
        if start >= position and chance.random() < rate:
            parts += [text[position:start], figure]
            position = end
    return "".join([*parts, text[position:]])


def _exact(number: Number, text: str) -> bool:
    """Whether the number is said in two characters or more and means one value: 一 stands in too many words."""
    said = text[number.start : number.end]
    return number.low == number.high and not number.rough and len(said) > 1 and all(map(HAN.match, said))


def _figure(number: Number) -> str:
    if number.low >= 10_000 and number.low % 1000 == 0:
        return f"{number.low / 10_000:.10g}万"
    return f"{number.low:.10g}"
