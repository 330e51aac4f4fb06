"""How agents ask, as training examples: wordings from `configs/`, alone and several in one breath."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import yaml

from models.training.recogniser.lexicon import CONFIGS
from pipeline.language import Reader
from pipeline.language.called import CalledNameReader, with_called_name
from pipeline.language.masking import mask
from pipeline.language.script import fold

QUESTIONS, PURPOSES = "questions.yaml", "purposes.yaml"
NONE = "none"
REPEATS = 3
NO_CONTEXT = 0.4


@dataclass(frozen=True, slots=True)
class Wording:
    """One way to ask; `after` is the field spoken of before it ("" for any)."""

    text: str
    fields: frozenset[str]
    after: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """A masked turn with the fields spoken of before it, newest first, and the fields that it is about."""

    masked: str
    recent: tuple[str, ...]
    fields: frozenset[str]


def read_wordings(file: str, configs: Path = CONFIGS) -> tuple[Wording, ...]:
    """The wordings of a file of `configs/training/`; the same wording under two labels has both."""
    fields: dict[tuple[str, str], set[str]] = {}
    for label, lines in yaml.safe_load((configs / "training" / file).read_text(encoding="utf-8")).items():
        for line in filter(None, map(str.strip, lines.splitlines())):
            after, _, text = line.rpartition("|")
            found = fields.setdefault((text.strip(), after.strip()), set())
            if label != NONE:
                found.add(label)
    return tuple(Wording(text, frozenset(about), after) for (text, after), about in fields.items())


def examples(
    wordings: Sequence[Wording], reader: Reader, *, several: int, seed: int, context: bool
) -> Iterator[Example]:
    """Every wording a few times, then `several` turns of two or three wordings; with `context`, after chance fields."""
    rng = Random(seed)
    names = sorted({field for wording in wordings for field in wording.fields})
    called = CalledNameReader(reader.own)
    masked = {wording.text: _masked(wording.text, reader, called) for wording in wordings}
    for wording in wordings:
        for _ in range(REPEATS):
            recent = [] if not context or rng.random() < NO_CONTEXT else rng.sample(names, 2)
            if wording.after:
                recent = [wording.after, *rng.sample(names, 1)]
            yield Example(masked[wording.text], tuple(recent), wording.fields)
    alone = [wording for wording in wordings if not wording.after]
    for _ in range(several):
        parts = rng.sample(alone, rng.choice((2, 2, 3)))
        about = frozenset(field for part in parts for field in part.fields)
        yield Example(
            "".join(masked[part.text] for part in parts), tuple(rng.sample(names, 2)) if context else (), about
        )


def _masked(text: str, reader: Reader, called: CalledNameReader) -> str:
    folded = fold(text)
    return mask(folded, with_called_name(reader.read_text(folded), called.read(folded)))
