"""Where people stop when they speak, as training examples: the gaps of sentences that are written with stops."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random

from models.training.called_texts import called_texts
from models.training.recogniser.lexicon import load_lexicon, load_templates
from models.training.recogniser.texts import TextSource
from pipeline.language.script import STOPS, fold
from pipeline.language.stops import around

COMMA, END, QUESTION = ",", "。", "?"
ENDS = frozenset("。!;…\n")
DRAWN = 8_000

Gap = tuple[list[str], frozenset[str]]


def spoken_texts(seed: int) -> Iterator[str]:
    """Turns of the labelled calls that may be tuned on, and drawn sentences, with their stops."""
    yield from called_texts()
    rng = Random(seed)
    source = TextSource(load_lexicon(), load_templates())
    for _ in range(DRAWN):
        yield source.draw_kind(rng.choice(("agent", "customer")), rng).text


def gaps(texts: Iterable[str]) -> Iterator[Gap]:
    """Every gap of the texts: what stands around it without the stops, and the stop that was there."""
    for text in texts:
        said: list[str] = []
        stops: dict[int, str] = {}
        for character in fold(text):
            if character == " " or character in STOPS:
                if said:
                    stops[len(said) - 1] = _kind(character)
            else:
                said.append(character)
        plain = "".join(said)
        for place in range(len(plain)):
            stop = stops.get(place)
            yield list(around(plain, place)), frozenset({stop} if stop else ())


def _kind(character: str) -> str:
    if character == QUESTION:
        return QUESTION
    return END if character in ENDS else COMMA
