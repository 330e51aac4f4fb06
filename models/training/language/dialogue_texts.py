"""Sentences of verification calls that the model of what is said is counted on: wordings, values, invented calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from models.training.called_texts import FOLDERS, called_texts
from models.training.language.answers import AnswerBank
from models.training.recogniser.lexicon import load_lexicon, load_templates
from models.training.recogniser.texts import Kind, TextSource
from pipeline.language.misheard import sentences
from pipeline.language.script import fold

KINDS: tuple[Kind, ...] = ("short", "agent", "customer", "values", "wordings", "free")
WEIGHTS = (5, 24, 28, 16, 17, 10)
DRAWN, ANSWERED = 90_000, 20_000
# How often each sentence of the invented calls and excerpts counts: they are how people talk.
TIMES_OF_CALLS = 6


def dialogue_texts(
    *, seed: int, folders: Sequence[Path] = FOLDERS, drawn: int = DRAWN, answered: int = ANSWERED
) -> Iterator[str]:
    """Sentences of calls, folded and without stops: `drawn` by templates, `answered` answers, those of `folders`."""
    rng = Random(seed)
    source, bank = TextSource(load_lexicon(), load_templates()), AnswerBank()
    for _ in range(drawn):
        yield from _said(source.draw_kind(rng.choices(KINDS, weights=WEIGHTS)[0], rng).text)
    for _ in range(answered):
        pieces, _ = bank.draw(rng)
        yield from _said("".join(words for words, _ in pieces))
    for text in called_texts(folders):
        for said in _said(text):
            yield from [said] * TIMES_OF_CALLS


def _said(text: str) -> Iterator[str]:
    folded = fold(text)
    for places in sentences(folded):
        yield "".join(folded[place] for place in places)
