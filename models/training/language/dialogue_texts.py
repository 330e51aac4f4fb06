"""Sentences of verification calls that the model of what is said is counted on: wordings, values, invented calls."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import yaml

from models.training.language.answers import AnswerBank
from models.training.recogniser.lexicon import load_lexicon, load_templates
from models.training.recogniser.texts import Kind, TextSource
from pipeline.language.misheard import sentences
from pipeline.language.script import fold

CASES = Path("tests/cases")
FOLDERS = (CASES / "calls" / "tuned", CASES / "calls" / "everyday", CASES / "excerpts" / "tuned")
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


def called_texts(folders: Sequence[Path] = FOLDERS) -> Iterator[str]:
    """Every turn of the labelled calls and excerpts in `folders`."""
    for folder in folders:
        for file in sorted(folder.glob("*.yaml")):
            for call in yaml.load_all(file.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader):
                for turn in call["turns"]:
                    yield from (re.sub(r"\s+", " ", text) for text in turn.values() if isinstance(text, str))


def _said(text: str) -> Iterator[str]:
    folded = fold(text)
    for places in sentences(folded):
        yield "".join(folded[place] for place in places)
